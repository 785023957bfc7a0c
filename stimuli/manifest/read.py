"""A stimulus manifest read from its file, every cell checked."""

import csv
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from stimuli.csv_files import (
    SAVE_AGAIN,
    explain_cell,
    explain_csv,
    explain_encoding,
    explain_header,
    limit_cells,
    trim_blank_rows,
)
from stimuli.errors import StimulusError
from stimuli.files import MAX_TABLE_BYTES, read_bytes
from stimuli.manifest.rows import COLUMNS, MIXUP_COLUMNS, ManifestRow, RowSequence, WrongCell, parse
from stimuli.sets.build import Batches, SetItem


@dataclass(frozen=True)
class Manifest:
    """A set as read from its file.

    Attributes:
        path: the file.
        sha256: of the file's bytes, 64 hex digits.
        rows: one a blend, in the file's order.
        lines: the line of the file that each row ends on.
        batches: the set; lambda_f is None where an item is a whole grid.
        grid: mixing coefficients of every item; None where each item has one of its own.
    """

    path: Path
    sha256: str
    rows: tuple[ManifestRow, ...]
    lines: tuple[int, ...]
    batches: Batches
    grid: tuple[float, ...] | None


def read_manifest(path: Path) -> Manifest:
    """Return a manifest, every cell of it checked.

    Raises:
        StimulusError: one line: the file, the line, the column, what is allowed and what came.
    """
    try:
        content = read_bytes(path, MAX_TABLE_BYTES)
        text = trim_blank_rows(content).decode("utf-8-sig")  # spreadsheets add a mark
    except OSError as error:
        raise StimulusError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        wrong = explain_encoding(content)
        raise StimulusError(f"{path}: not a stimulus manifest: {wrong}") from error
    with limit_cells():
        read_rows = list(_read(path, text))
    if not read_rows:
        raise StimulusError(f"{path}: must hold at least one row, got none")
    lines, rows = (tuple(column) for column in zip(*read_rows, strict=True))
    sha256 = hashlib.sha256(content).hexdigest()
    return Manifest(path, sha256, rows, lines, *_batches(path, lines, rows))


def _read(path: Path, text: str) -> Iterator[tuple[int, ManifestRow]]:
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    sequel = RowSequence()
    try:
        columns = _check_header(path, next(lines, []))
        for cells in lines:
            yield lines.line_num, _parse_row(path, lines.line_num, cells, columns, sequel)
    except csv.Error as error:
        said = explain_csv(error)
        raise StimulusError(f"{path}:{lines.line_num}: not a stimulus manifest: {said}") from error


def _check_header(path: Path, header: list[str]) -> tuple[str, ...]:
    """Return the columns of the file.

    Raises:
        StimulusError: they are not those of a manifest.
    """
    wrong = explain_header(header, MIXUP_COLUMNS)
    if wrong.endswith(SAVE_AGAIN):
        raise StimulusError(f"{path}:1: not a stimulus manifest: {wrong}")
    if tuple(header) not in (COLUMNS, MIXUP_COLUMNS):
        raise StimulusError(
            f"{path}:1: the columns of a stimulus manifest must be {','.join(MIXUP_COLUMNS)}, or "
            f"these and {','.join(COLUMNS[len(MIXUP_COLUMNS) :])}; "
            f"got {','.join(header)!r:.300}"
        )
    return tuple(header)


def _parse_row(
    path: Path, line: int, cells: list[str], columns: tuple[str, ...], sequel: RowSequence
) -> ManifestRow:
    if len(cells) != len(columns):
        raise StimulusError(f"{path}:{line}: {len(columns)} cells expected, got {len(cells)}")
    row = parse(cells)
    wrong = row if isinstance(row, WrongCell) else sequel.find_mistake(row)
    if wrong is not None:
        got = cells[columns.index(wrong.column)]
        raise _refused(path, line, wrong, f"{got!r:.200}{explain_cell(wrong.column, got)}")
    assert isinstance(row, ManifestRow)
    return row


def _batches(
    path: Path, lines: tuple[int, ...], rows: tuple[ManifestRow, ...]
) -> tuple[Batches, tuple[float, ...] | None]:
    """Return the set that the rows make, and the grid of its items if they have one."""
    items: list[list[SetItem]] = []
    first: tuple[float, ...] = ()
    shown: dict[tuple[object, ...], int] = {}
    numbered = zip(lines, rows, strict=True)
    for (batch, number), group in groupby(numbered, lambda each: (each[1].batch, each[1].item)):
        ends, mixes = zip(*group, strict=True)
        lambdas = tuple(row.lambda_f for row in mixes)
        first = first or lambdas
        row, line, single = mixes[0], ends[-1], len(first) == 1
        if len(lambdas) != len(first) or (not single and lambdas != first):
            allowed = "one value an item" if single else f"{list(first)}"
            wrong = WrongCell("lambda_f", f"{allowed}, as in the first item")
            raise _refused(path, line, wrong, f"{list(lambdas)}")
        before = shown.setdefault((batch, row.pair, lambdas), number)
        if before != number:
            wrong = WrongCell(
                "image_j", f"a blend that is not item {before} of batch {batch} again"
            )
            raise _refused(path, line, wrong, f"{row.image_i} with {row.image_j}")
        if batch == len(items):
            items.append([])
        lambda_f = row.lambda_f if single else None
        items[batch].append(SetItem(row.image_i, row.image_j, row.class_i, row.class_j, lambda_f))
    return tuple(tuple(batch) for batch in items), None if len(first) == 1 else first


def _refused(path: Path, line: int, wrong: WrongCell, got: str) -> StimulusError:
    return StimulusError(f"{path}:{line}: {wrong.column}: must be {wrong.allowed}; got {got:.300}")
