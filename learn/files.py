"""Whole files, CSV, JSON and YAML: what several rooms of learn do with files."""

from __future__ import annotations

import csv
import glob
import hashlib
import io
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from elicit.errors import ElicitError
from elicit.log import MAX_QUOTED_CHARS as MAX_QUOTED_CHARS
from elicit.log import describe_misread, is_misread, processes
from elicit.log import describe_wrong_value as describe_wrong_value
from elicit.log import files as disk
from elicit.log.files import load_json as load_json
from elicit.log.files import parse_json as parse_json
from elicit.log.station import NO_HOST as NO_HOST
from elicit.log.station import NO_HOST_HELP as NO_HOST_HELP
from elicit.log.station import hide_host as hide_host
from elicit.log.station import hide_paths as hide_paths
from elicit.log.station import this_station
from stimuli.files import MAX_ARRAY_BYTES, read_bytes
from stimuli.formulas import escape_formula
from stimuli.windows_files import check_name, make_folder, while_open_elsewhere

if TYPE_CHECKING:
    import pandas as pd

LONGEST_DRAFT_BYTES = 200  # of a file's name, to which a draft's adds some
# What a person can do where a file cannot be written; the end of the error.
ELSEWHERE = "choose another place with --out"
MEND = "mend that, or choose another folder with --out"


def parse_yaml(text: str) -> Any:
    """Return what a YAML text says.

    Raises:
        ValueError: it is not YAML, or is nested too deeply to be anybody's data; a key is there
            twice, or a number is written so that YAML reads another one.
    """
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        if node is None:
            return None
        _check_nodes(loader, node, set())
        return loader.construct_document(node)
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from error
    except RecursionError as error:
        raise ValueError("lists or keys are nested too deeply") from error


def _check_nodes(loader: yaml.SafeLoader, node: yaml.Node, seen: set[int]) -> None:
    """Raise ValueError where a key is there twice, or a number is in another notation."""
    if id(node) in seen:
        return
    seen.add(id(node))
    line = node.start_mark.line + 1
    if isinstance(node, yaml.ScalarNode):
        plain = node.style is None and node.tag.endswith((":int", ":float"))
        value = loader.construct_object(node, deep=True) if plain else None
        if plain and is_misread(node.value, value):
            raise ValueError(
                f"line {line}: must be in plain digits; {describe_misread(node.value, value)}"
            )
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _check_nodes(loader, item, seen)
    elif isinstance(node, yaml.MappingNode):
        first: dict[str, int] = {}
        for key, value in node.value:
            name, place = str(key.value), key.start_mark.line + 1
            if isinstance(key, yaml.ScalarNode) and name in first:
                raise ValueError(f"line {place}: {name} is here twice, first in line {first[name]}")
            first[name] = place
            _check_nodes(loader, key, seen)
            _check_nodes(loader, value, seen)


def write_atomic(path: Path, content: bytes, remedy: str = ELSEWHERE) -> None:
    """Write one file; see `write_all`."""
    write_all({path: content}, remedy)


def write_all(contents: Mapping[Path, bytes], remedy: str = ELSEWHERE) -> None:
    """Write files so that each place holds the old file or the new one, whole, at any moment.

    All are written to disk as drafts beside their places, folders made where they are missing,
    before the first is moved to its place: a full disk changes no file. No draft stays; one of a
    process that was killed meanwhile is removed when the same file is written again.

    Args:
        contents: of each file.
        remedy: what a person can do where one cannot be written; the end of the error.

    Raises:
        ElicitError: a file cannot be written.
    """
    drafts = {path: _draft_of(path) for path in contents}
    try:
        for path, draft in drafts.items():
            with _named(path.parent, remedy):
                make_folder(path.parent)
            with _named(path, remedy):
                check_name(path)
                _remove_abandoned_drafts(path)
                while_open_elsewhere(path, partial(_write_draft, draft, contents[path]))
        for path, draft in drafts.items():
            with _named(path, remedy):
                disk.replace_by(draft, path)
    finally:
        for draft in drafts.values():
            with suppress(OSError):
                draft.unlink()


def _write_draft(draft: Path, content: bytes) -> None:
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def remove(path: Path, remedy: str = MEND) -> None:
    """Remove a file, if it is there.

    Raises:
        ElicitError: it cannot be removed.
    """
    with _named(path, remedy):
        disk.delete(path)


def put(contents: Mapping[Path, bytes], remedy: str = MEND) -> dict[Path, str]:
    """Write the files that differ from what is there, all or none; return what became of each.

    Returns:
        Of each file "written", "replaced" or "unchanged".

    Raises:
        ElicitError: a file cannot be written, or an older one not read.
    """
    states = {}
    for path, content in contents.items():
        with _named(path, remedy):
            states[path] = _state(path, content)
    write_all({path: contents[path] for path in contents if states[path] != "unchanged"}, remedy)
    return states


def csv_text(rows: Iterable[Sequence[Any]], line_end: str = "\n", *, has_texts: bool = True) -> str:
    """Return rows as CSV, the header first; None is blank, and no text runs as a formula.

    Args:
        rows: of cells.
        line_end: of each line; carriage return and line feed as RFC 4180 has it, or line feed.
        has_texts: whether cells of type str are text; else they are numbers, written as they are.
    """
    text = io.StringIO()
    cells = ([escape_formula(cell) for cell in row] for row in rows) if has_texts else rows
    csv.writer(text, lineterminator=line_end).writerows(cells)
    return text.getvalue()


def csv_bytes(
    table: pd.DataFrame, index: str | None = None, float_format: str | None = None
) -> bytes:
    """Return a table as CSV in UTF-8, each line ending in a line feed; no text runs as a formula.

    Args:
        table: its columns are the header.
        index: names the column of row numbers; None: there is none.
        float_format: of printf, such as "%.6g"; None: floats in full.
    """
    text: str = _escape_texts(table).to_csv(
        index=index is not None, index_label=index, lineterminator="\n", float_format=float_format
    )
    return text.encode("utf-8")


def _escape_texts(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose texts, and names of columns, no spreadsheet runs."""
    changed = {}
    for name in table.columns:
        if table[name].dtype.kind not in "biufcmM":
            cells = list(table[name])
            escaped = [escape_formula(cell) for cell in cells]
            if any(a is not b for a, b in zip(cells, escaped, strict=True)):
                column = table[name].astype(object)  # so that other cells stay what they are
                column.array[:] = escaped
                changed[name] = column
    return table.assign(**changed).rename(columns=escape_formula) if len(table.columns) else table


@contextmanager
def _named(path: Path, remedy: str) -> Iterator[None]:
    """Tell an OSError of the block as one of `path`, whichever file it names itself."""
    try:
        yield
    except OSError as error:
        raise ElicitError(f"{path}: cannot be written: {error.strerror}; {remedy}") from error


def _state(path: Path, content: bytes) -> str:
    if not path.exists():
        return "written"
    return "unchanged" if read_bytes(path, MAX_ARRAY_BYTES) == content else "replaced"


def _draft_of(path: Path) -> Path:
    return path.with_name(f"{_draft_beginning(path)}{os.getpid()}.unfinished")


def _draft_beginning(path: Path) -> str:
    """Return how the names of this machine's drafts of `path` begin: as long as a name may be."""
    name = path.name
    if len(name.encode(errors="surrogateescape")) > LONGEST_DRAFT_BYTES:
        name = hashlib.sha256(name.encode(errors="surrogateescape")).hexdigest()
    return f".{name}.{this_station().id[:12]}."


def _remove_abandoned_drafts(path: Path) -> None:
    """Remove drafts of `path` whose process, on this machine, is gone."""
    mine = _draft_beginning(path)
    for draft in path.parent.glob(f"{glob.escape(mine)}*.unfinished"):
        process = draft.name.removeprefix(mine).removesuffix(".unfinished")
        if process.isdigit() and processes.identity(int(process)) is None:
            with suppress(OSError):
                draft.unlink()
