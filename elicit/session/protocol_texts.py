"""The protocols of a study folder's sessions: each text is kept once, and told from another."""

from __future__ import annotations

import difflib
from itertools import islice
from pathlib import Path

from elicit.design.build import StimulusSets
from elicit.errors import ProtocolError
from elicit.log import files as disk
from elicit.log.statements import KEPT_FOLDER, path_of_manifest
from elicit.protocol import yaml_document
from elicit.protocol.study_protocol import StudyProtocol
from stimuli.files import MAX_TABLE_BYTES, read_bytes
from stimuli.windows_files import make_folder

MAX_DIFF_LINES = 20  # lines shown of what changed


def path_of_text(folder: Path, name: str, sha256: str) -> Path:
    """Return where a study folder keeps the text of a protocol.

    Args:
        folder: the study folder.
        name: the protocol's.
        sha256: of its file, 64 hex digits.
    """
    return folder / KEPT_FOLDER / f"{name}_{sha256[:16]}.yaml"


def keep_text(folder: Path, protocol: StudyProtocol) -> None:
    """Keep the text of a protocol's file, byte for byte, unless it is kept already.

    A protocol that did not come from a file has no text.

    Raises:
        OSError: it cannot be written.
    """
    if not protocol.text:
        return
    path = path_of_text(folder, protocol.name, protocol.sha256)
    make_folder(path.parent)
    if _read_kept(path, protocol.sha256) is None:
        disk.replace(path, protocol.text)


def keep_manifests(folder: Path, sets: StimulusSets) -> None:
    """Keep the manifests that a protocol's blocks name, byte for byte, unless they are kept.

    Readers of logs compare rows with them (`elicit.log.statements`).

    Raises:
        OSError: one cannot be read or written.
    """
    for index, block in enumerate(sets.protocol.blocks):
        if block.manifest is None:
            continue
        raw = read_bytes(Path(block.manifest), MAX_TABLE_BYTES)
        path = path_of_manifest(folder, sets.digest(index), yaml_document.digest(raw))
        make_folder(path.parent)
        if not path.exists() or read_bytes(path, MAX_TABLE_BYTES) != raw:
            disk.replace(path, raw)


def describe_changes(folder: Path, sha256: str, protocol: StudyProtocol) -> str | None:
    """Return what is asked otherwise since a session began; None where nothing is.

    Comments, line ends, the layout of the YAML and the order of its keys ask nothing.

    Args:
        folder: the study folder.
        sha256: of the protocol's file when the session began, 64 hex digits.
        protocol: as its file is now.

    Returns:
        Lines of text: where the earlier protocol is, and the lines that differ, `-` before an
        earlier one and `+` before one of now. Empty where the earlier text is not kept.
    """
    if sha256 == protocol.sha256:
        return None
    path = path_of_text(folder, protocol.name, sha256)
    raw = _read_kept(path, sha256)
    if not protocol.text or raw is None:
        return ""
    try:
        before = yaml_document.parse(path, raw).content
        now = yaml_document.parse(path, protocol.text.encode()).content
    except ProtocolError:  # from a version that read more than this one
        return ""
    if before == now:
        return None
    lines = _diff(raw.decode("utf-8-sig"), protocol.text.removeprefix("\ufeff"))
    more = len(lines) - MAX_DIFF_LINES
    rest = [f"and {more} more lines"] if more > 0 else []
    return "\n".join([f"the lines that differ from {path}:", *lines[:MAX_DIFF_LINES], *rest])


def _read_kept(path: Path, sha256: str) -> bytes | None:
    """Return the text of this hash; None where its file is not there, or holds another."""
    try:
        raw = read_bytes(path)
    except (OSError, ValueError):  # none is there, or it has a name that no file can have
        return None
    return raw if yaml_document.digest(raw) == sha256 else None


def _diff(before: str, now: str) -> list[str]:
    """Return the lines that differ, after each group's line numbers, as `diff -U 0` does."""
    lines = difflib.unified_diff(before.splitlines(), now.splitlines(), n=0, lineterm="")
    return [*islice(lines, 2, None)]  # not the names of the files
