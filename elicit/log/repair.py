"""Move a torn last line out of a file, so that rows can be added again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TypeVar

from elicit.log.files import utc_now
from elicit.log.reader import read_table
from elicit.log.rows import LogRow
from stimuli.windows_files import while_open_elsewhere

Kind = TypeVar("Kind", bound=LogRow)


def mend(path: Path, kind: type[Kind], aside: Path) -> list[Kind]:
    """Leave whole rows alone in a file, and return them; a torn end goes to `aside`.

    Nothing is lost: what is torn off is on disk there before it is gone here.

    Args:
        path: the file.
        kind: what its rows are.
        aside: the file that takes what is torn off, after what it holds already.

    Raises:
        LogError: the file is damaged before its end.
        OSError: one of the two cannot be written.
    """
    table = read_table(path, kind)
    if table.torn:
        with while_open_elsewhere(aside, lambda: aside.open("ab", buffering=0)) as file:
            file.write(f"{utc_now()} {path.name}, line {table.tail.line}:\n".encode())
            file.write(table.torn + b"\n")
            os.fsync(file.fileno())
    with while_open_elsewhere(path, lambda: path.open("r+b", buffering=0)) as file:
        file.truncate(table.length)
        file.seek(max(table.length - 2, 0))
        end = file.read()
        if table.length and not end.endswith(b"\n"):  # a whole row, but for its line end
            file.write(b"\n" if end.endswith(b"\r") else b"\r\n")
        os.fsync(file.fileno())
    return table.rows
