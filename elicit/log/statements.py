"""What a session's file name, record and manifests state of its rows too.

The rows must say the same. A study folder keeps the manifests that its sessions were built from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from elicit.log.data_folder import STEM, is_session_file
from elicit.log.files import read_json

RECORD = "session.json"
OF_SESSION = (
    *("participant", "session", "protocol", "protocol_sha256", "allocation"),
    *("source", "image_size", "process"),
)
OF_BLOCK = ("paradigm", "batch")
OF_IMAGES = ("class_i", "class_j", "fingerprint_i", "fingerprint_j")
OF_SET = ("block", "practice", "batch", "image_i", "image_j", *OF_IMAGES, "lambda_f")
KEPT_FOLDER = "protocols"  # in the study folder; what its sessions were built from
_RESTORE = "restore both files as the session wrote them"


def path_of_manifest(folder: Path, set_sha256: str, sha256: str) -> Path:
    """Return where a study folder keeps a manifest.

    Args:
        folder: the study folder.
        set_sha256: of its stimulus set, 64 hex digits, as a session's record has it.
        sha256: of the file; one set may be of other images, and so have several manifests.
    """
    return folder / KEPT_FOLDER / f"set_{set_sha256[:16]}_{sha256[:16]}.csv"


@dataclass(frozen=True)
class Statement:
    """A value that a column must have, and what states it."""

    value: Any
    place: str


@dataclass(frozen=True)
class SetStatements:
    """What a manifest states of the rows of a block."""

    place: str
    images: dict[tuple[int, int, int], dict[str, str]]  # by batch and images; of OF_IMAGES
    mixes: dict[tuple[int, int, int], set[float]]  # lambda_f

    def find_conflict(self, row: Mapping[str, Any]) -> tuple[str, str] | None:
        """Return the column of a row that says something else, and what is wrong with it.

        Args:
            row: cells of OF_SET by column. Practice is on images of no manifest.
        """
        key = (row["batch"], row["image_i"], row["image_j"])
        if row["practice"]:
            return None
        if key not in self.images:
            has_i = any(key[:2] == each[:2] for each in self.images)
            column = "image_j" if has_i else "image_i"
            beside = f" with {row['image_i']}" if has_i else ""
            allowed = f"an image of batch {row['batch']}{beside}"
            return column, self._describe(column, allowed, row[column])
        for column, value in self.images[key].items():
            if row[column] not in (None, "", value):
                return column, self._describe(column, repr(value), row[column])
        if row["lambda_f"] is not None and row["lambda_f"] not in self.mixes[key]:
            allowed = f"one of {sorted(self.mixes[key])}"
            return "lambda_f", self._describe("lambda_f", allowed, row["lambda_f"])
        return None

    def _describe(self, column: str, allowed: str, got: Any) -> str:
        return f"{column}: must be {allowed}, as {self.place} says, got {got!r}; {_RESTORE}"


@dataclass(frozen=True)
class SessionStatements:
    """What is stated of one session's rows, by column."""

    of_session: dict[str, list[Statement]] = field(default_factory=dict)
    of_blocks: dict[str, dict[str, Statement]] = field(default_factory=dict)  # by block, column
    of_sets: dict[str, list[SetStatements]] = field(default_factory=dict)  # by block

    def find_set_conflict(self, row: Mapping[str, Any]) -> tuple[str, str] | None:
        """Return the column of a row that a manifest says something else of, and what is wrong.

        Args:
            row: cells of OF_SET by column.
        """
        conflicts = [stated.find_conflict(row) for stated in self.of_sets.get(row["block"], ())]
        return None if None in conflicts or not conflicts else conflicts[0]

    def list_columns(self, columns: Sequence[str]) -> list[str]:
        """Return those of some columns of which anything is stated."""
        of_block = OF_BLOCK if self.of_blocks else ()
        return [each for each in columns if each in self.of_session or each in of_block]

    def find_conflict(self, column: str, value: Any, block: str | None = None) -> str | None:
        """Return what is wrong with a value; None where nothing states another.

        Args:
            column: of the value.
            value: of a row, None where the cell is blank.
            block: of the row; None in a file without blocks.
        """
        stated = self.of_session.get(column, [])
        if block is not None and column in self.of_blocks.get(block, {}):
            stated = [*stated, self.of_blocks[block][column]]
        for each in stated:
            if value is not None and value != each.value:
                return (
                    f"{column}: must be {each.value!r}, as {each.place} says, got {value!r}; "
                    f"{_RESTORE}"
                )
        return None


def read_statements(path: Path) -> SessionStatements:
    """Return what is stated of a session's file; nothing of any other file.

    A record that is missing or damaged states nothing; who needs it says so.

    Args:
        path: a session's trial log or pages file.
    """
    if not is_session_file(path.name):
        return SessionStatements()
    stem = path.name[: path.name.rindex("_")]
    found = STEM.fullmatch(stem)
    assert found is not None
    named = {"participant": found[1], "session": int(found[2]), "protocol": found[3]}
    name = f"{stem}_{RECORD}"
    record = read_json(path.with_name(name))
    of_session = {key: [Statement(value, "the file's name")] for key, value in named.items()}
    for column, value in _list_of_record(record):
        of_session.setdefault(column, []).append(Statement(value, name))
    blocks = record.get("blocks")
    of_blocks = {
        block["name"]: {
            key: Statement(block[key], name) for key in OF_BLOCK if _is_plain(block.get(key))
        }
        for block in (blocks if isinstance(blocks, list) else ())
        if isinstance(block, dict) and isinstance(block.get("name"), str)
    }
    of_sets = {
        block["name"]: stated
        for block in (blocks if isinstance(blocks, list) else ())
        if isinstance(block, dict) and isinstance(block.get("name"), str)
        if (stated := _list_sets(path.parent.parent, block.get("set_sha256")))
    }
    return SessionStatements(of_session, of_blocks, of_sets)


def _list_sets(folder: Path, set_sha256: Any) -> list[SetStatements]:
    """Return what the manifests of a set state; none where none is kept, or it is damaged."""
    if not isinstance(set_sha256, str) or not set_sha256.isalnum():
        return []
    found = []
    for path in sorted((folder / KEPT_FOLDER).glob(f"set_{set_sha256[:16]}_*.csv")):
        with suppress(OSError):
            there = path.stat()
            stated = _read_set(path, there.st_mtime_ns, there.st_size)
            found += [] if stated is None else [stated]
    return found


@lru_cache(maxsize=32)
def _read_set(path: Path, _mtime_ns: int, _size: int) -> SetStatements | None:
    from stimuli.errors import StimulusError
    from stimuli.manifest.read import read_manifest

    try:
        rows = read_manifest(path).rows
    except StimulusError:
        return None
    stated = SetStatements(f"{KEPT_FOLDER}/{path.name}", {}, {})
    for row in rows:
        key = (row.batch, row.image_i, row.image_j)
        stated.images[key] = {column: getattr(row, column) for column in OF_IMAGES}
        stated.mixes.setdefault(key, set()).add(row.lambda_f)
    return stated


def _list_of_record(record: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    stimuli = record.get("stimuli")
    stated = {**record, **(stimuli if isinstance(stimuli, dict) else {})}
    for column in OF_SESSION:
        if _is_plain(stated.get(column)) and stated[column] != "":
            yield column, stated[column]


def _is_plain(value: Any) -> bool:
    """Return whether a value is text or a whole number, as the columns here are."""
    return isinstance(value, str | int) and not isinstance(value, bool)
