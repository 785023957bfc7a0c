"""A YAML file with the line of every key, so that an error can name its place."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yaml.reader import Reader

from elicit.errors import ProtocolError
from elicit.protocol.yaml_faults import ReadText, read_past_faults
from elicit.protocol.yaml_nodes import Key, NotYamlError, Problem, SourcePosition
from stimuli.csv_files import is_utf_16
from stimuli.files import read_bytes

MAX_PROTOCOL_BYTES = 256 << 10  # the largest real ones have a tenth of it
MAX_LINES = 1000  # of an error


@dataclass(frozen=True)
class Document:
    """What a YAML file holds, and where."""

    path: Path
    sha256: str  # of the file
    text: str  # all of the file, its line ends as they are
    parsed: ReadText

    @property
    def content(self) -> dict[str, Any]:
        """What the file holds."""
        return self.parsed.content

    @property
    def root(self) -> SourcePosition:
        """Where it stands."""
        return self.parsed.root

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with its keys; what values mean is for others to check."""
        return self.parsed.problems

    @property
    def misread(self) -> tuple[tuple[SourcePosition, Problem], ...]:
        """Numbers such as 010 and 1:30."""
        return self.parsed.misread

    def line(self, trail: Iterable[Key]) -> int:
        """Return the line of a value, or of what encloses it as closely as the file has it."""
        return self.place(trail).line

    def place(self, trail: Iterable[Key]) -> SourcePosition:
        """Return the place of a value, or of what encloses it as closely as the file has it."""
        place = self.root
        for part in trail:  # some are no keys but names of alternatives, such as construct
            place = place.inside.get(part, place)
        return place


def read(path: Path) -> Document:
    """Return what the YAML file at `path` holds: one mapping, its keys text.

    Keys that are there twice or are no text come back as the document's problems.

    Raises:
        ProtocolError: there is no such file, or it holds something else; with the line.
    """
    try:
        raw = read_bytes(path, MAX_PROTOCOL_BYTES)
    except OSError as error:
        raise ProtocolError(f"{path}: cannot be read: {error.strerror}") from error
    return parse(path, raw)


def parse(path: Path, raw: bytes) -> Document:
    """Return what the bytes of the YAML file at `path` hold, as `read` does.

    Raises:
        ProtocolError: they hold something else than one mapping; with the line.
    """
    try:
        parsed = read_past_faults(_text(raw))
    except NotYamlError as error:
        raise protocol_error(path, error.problems) from error
    return Document(path, digest(raw), raw.decode("utf-8"), parsed)


def digest(raw: bytes) -> str:
    """Return the SHA-256 of a protocol's file, 64 hex digits."""
    return hashlib.sha256(raw).hexdigest()


def protocol_error(path: Path, problems: Iterable[Problem]) -> ProtocolError:
    """Return the error that tells each mistake once, in the file's order, one line each.

    Of a file with more than MAX_LINES mistakes, the others are counted.
    """
    ordered = sorted(dict.fromkeys(problems), key=lambda problem: problem.line)
    lines = [f"{path}:{found.line}: {found.text}" for found in ordered[:MAX_LINES]]
    more = len(ordered) - len(lines)
    lines += [f"{path}: and {more} more mistakes"] if more else []
    return ProtocolError("\n".join(lines))


def _text(raw: bytes) -> str:
    """Return the text of a file, its lines all ended alike."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        if is_utf_16(raw):
            raise NotYamlError(1, "not valid YAML: must be saved as UTF-8, got UTF-16") from error
        found = f"must be saved as UTF-8, got the byte 0x{raw[error.start]:02x}"
        raise NotYamlError(line, f"not valid YAML: {found}") from error
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    control = Reader.NON_PRINTABLE.search(text)
    if control is not None:
        line = text.count("\n", 0, control.start()) + 1
        found = f"the character U+{ord(control[0]):04X} cannot be in it; delete it"
        raise NotYamlError(line, f"not valid YAML: {found}")
    return text
