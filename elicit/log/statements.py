"""What a session's file name and record state of its rows too: the rows must say the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from elicit.log.data_folder import STEM, is_session_file
from elicit.log.files import read_json

RECORD = "session.json"
OF_SESSION = (
    *("participant", "session", "protocol", "protocol_sha256", "allocation"),
    *("source", "image_size"),
)
OF_BLOCK = ("paradigm", "batch")


@dataclass(frozen=True)
class Statement:
    """A value that a column must have, and what states it."""

    value: Any
    place: str


@dataclass(frozen=True)
class SessionStatements:
    """What is stated of one session's rows, by column."""

    of_session: dict[str, list[Statement]] = field(default_factory=dict)
    of_blocks: dict[str, dict[str, Statement]] = field(default_factory=dict)  # by block, column

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
                    "restore both files as the session wrote them"
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
    return SessionStatements(of_session, of_blocks)


def _list_of_record(record: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    stimuli = record.get("stimuli")
    stated = {**record, **(stimuli if isinstance(stimuli, dict) else {})}
    for column in OF_SESSION:
        if _is_plain(stated.get(column)) and stated[column] != "":
            yield column, stated[column]


def _is_plain(value: Any) -> bool:
    """Return whether a value is text or a whole number, as the columns here are."""
    return isinstance(value, str | int) and not isinstance(value, bool)
