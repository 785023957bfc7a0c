"""What a power cut leaves at the end of a session's file costs no row that was on disk before."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from elicit.errors import LogError, TornLineWarning
from elicit.log.columns import read_columns
from elicit.log.reader import read_table
from elicit.log.records import find_tail, split_records
from elicit.log.repair import mend
from elicit.log.rows import COLUMNS, LogRow, TrialRow
from elicit.log.writer import Writer
from elicit.study.folder import Study
from elicit.study.session_files import TABLES
from learn.study.cells import read_batches
from tests.elicit.helpers.factories import block, load_protocol
from tests.elicit.helpers.factories import study as content
from tests.elicit.helpers.sessions import run_session
from tests.elicit.session.test_runner import WHOLE
from tests.helpers.examples import examples

BLOCK = 4096  # bytes that a disk writes at once
Fault = Callable[[bytes, int, int], bytes]


@dataclass(frozen=True)
class SessionFile:
    """A file of a whole session."""

    kind: type[LogRow]
    columns: tuple[str, ...]
    raw: bytes

    @cached_property
    def rows(self) -> list[bytes]:
        """Its rows as they stand in the file."""
        return [record for _, record in split_records(self.raw)][1:]

    @cached_property
    def ends(self) -> list[int]:
        """Where each row ends, bytes."""
        first = len(self.raw) - sum(map(len, self.rows))
        return list(accumulate(map(len, self.rows), initial=first))[1:]

    def count_whole(self, length: int) -> int:
        """Return how many rows the first `length` bytes hold."""
        return sum(end <= length for end in self.ends)

    def shorten(self) -> SessionFile:
        """Return the file with the rows of its last block, and some before, alone."""
        header = self.raw[: self.ends[0] - len(self.rows[0])]
        pairs = zip(self.rows, self.ends, strict=True)
        late = [row for row, end in pairs if end > len(self.raw) - BLOCK - BLOCK // 8]
        return replace(self, raw=b"".join([header, *late]))


def cut(raw: bytes, at: int, _other: int) -> bytes:
    """End at a byte."""
    return raw[:at]


def zero(raw: bytes, at: int, _other: int) -> bytes:
    """Hold zeros from a byte on."""
    return raw[:at] + bytes(len(raw) - at)


def double(raw: bytes, at: int, _other: int) -> bytes:
    """Hold what follows a byte twice."""
    return raw + raw[at:]


def cut_and_double(raw: bytes, at: int, other: int) -> bytes:
    """End at a byte, and hold what is before it, from another on, twice."""
    at, other = max(at, other), min(at, other)
    return raw[:at] + raw[other:at]


def hold_old_block(raw: bytes, at: int, other: int) -> bytes:
    """Hold from a byte on what the disk held there before: an earlier piece of the file."""
    return raw[:at] + raw[other : min(other + BLOCK, at)]


FAULTS = {each.__name__: each for each in (cut, zero, double, cut_and_double, hold_old_block)}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, SessionFile]:
    """The files of a session of every paradigm, with pages, by kind."""
    folder = tmp_path_factory.mktemp("session")
    few: dict[str, Any] = {"classes": ["cat", "dog"], "batch_size": 2, "per_combination": 2}
    blocks = [block(each, **few) for each in ("construct", "select_shuffled", "infer")]
    asked = load_protocol(folder, content(*blocks, **WHOLE))
    study = Study(folder / "logs", asked.name)
    study.prepare()
    run_session(study, asked, "P01")
    session = study.session("P01", 1)
    return {
        kind: SessionFile(row, columns, session.file(kind).read_bytes())
        for kind, (row, columns) in TABLES.items()
    }


def find_rows(file: SessionFile, broken: bytes, name: str, at: int) -> int:
    """See that no row is lost or there twice after a fault; return how many can be trusted.

    Args:
        file: before the fault.
        broken: what is left of it.
        name: of the fault.
        at: the last byte that is sure to be as it was.
    """
    whole = [record.strip() for record in file.rows]
    tail = find_tail(broken, file.kind)
    records = [record.strip() for _, record in split_records(broken[: tail.length])]
    found = [record for record in records[1:] if record]
    sure = len(whole) if name == "double" else file.count_whole(at)
    assert found[:sure] == whole[:sure]
    assert len(found) == len(set(found)) <= sure + 1  # one may lack its line end
    if name != "hold_old_block":  # where half a row may fit to the end of another
        assert found == whole[: len(found)]
    assert tail.rest == broken[tail.length :]
    assert bool(tail.words) == bool(tail.rest)
    return len(found)


@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize("name", FAULTS)
@settings(
    max_examples=examples(25),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_rows_before_a_fault_survive_it(
    files: dict[str, SessionFile], kind: str, name: str, tmp_path: Path, data: st.DataObject
) -> None:
    file, path = files[kind], tmp_path / f"{kind}.csv"
    at = data.draw(st.integers(max(len(file.raw) - BLOCK, 0), len(file.raw)))
    other = data.draw(st.integers(0, at))
    broken = FAULTS[name](file.raw, at, other)
    count = find_rows(file, broken, name, at)
    path.write_bytes(broken)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        table = read_table(path, file.kind)
    assert len(table.rows) == count
    assert (len(told) > 0) == (len(table.torn) > 0)  # what is set aside is said
    names = file.columns[:2]
    assert read_columns(path, file.kind, names) == {
        each: [getattr(row, each) for row in table.rows] for each in names
    }


@pytest.mark.slow
@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize("name", ["cut", "zero", "double"])
def test_rows_survive_a_fault_at_every_byte_of_the_last_rows_and_around_each_row_s_end(
    files: dict[str, SessionFile], kind: str, name: str
) -> None:
    file = files[kind].shorten()  # no fault here reaches what is before
    whole, last = len(file.raw), len(file.raw) - BLOCK // 4  # bytes within earlier rows are alike
    around = {end + off for end in file.ends for off in range(-3, 4) if last > end > whole - BLOCK}
    for at in sorted({*range(max(last, 0), whole + 1), *around}):
        find_rows(file, FAULTS[name](file.raw, at, 0), name, at)


def count_in_learn(path: Path) -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TornLineWarning)
        return sum(len(batch.lines) for batch in read_batches([path]))


@pytest.mark.parametrize("name", FAULTS)
def test_learn_counts_the_rows_that_the_session_resumes_with(
    files: dict[str, SessionFile], name: str, tmp_path: Path
) -> None:
    file, path = files["data.csv"], tmp_path / "data.csv"
    for at in range(len(file.raw) - 600, len(file.raw) + 1, 41):
        path.write_bytes(FAULTS[name](file.raw, at, at - 900))
        counted = count_in_learn(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", TornLineWarning)
            rows = mend(path, TrialRow, tmp_path / "torn.txt")
        assert counted == len(rows) == count_in_learn(path)
        writer = Writer(path, COLUMNS, resume=True)
        writer.append(TrialRow.model_validate(rows[-1].model_copy(update={"trial": 99})))
        writer.close()
        assert count_in_learn(path) == len(rows) + 1


def test_a_row_that_no_power_cut_made_is_told_and_not_set_aside(
    files: dict[str, SessionFile], tmp_path: Path
) -> None:
    path = tmp_path / "data.csv"
    header, *rows = files["data.csv"].raw.splitlines(keepends=True)
    for damaged in (rows[2] + b"\0" * 5, rows[2].replace(b",", b"", 1), b"\0" * 700 + rows[2]):
        path.write_bytes(b"".join([header, *rows[:2], damaged, *rows[3:]]))
        with pytest.raises(LogError, match=r"data\.csv:[45]: "):
            read_table(path, TrialRow)
