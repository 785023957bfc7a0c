"""The trial log: what is written is what is read, and nothing is overwritten."""

import csv
import errno
import io
import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from elicit.errors import LogError, LogUnwritableError, StudyFolderWarning, TornLineWarning
from elicit.fields import MAX_COUNT
from elicit.log.columns import read_columns
from elicit.log.reader import read, read_lines, read_table
from elicit.log.rows import (
    COLUMNS,
    NAMES_A_CLASS,
    NAMES_CLASSES,
    PAGE_COLUMNS,
    PageRow,
    TrialRow,
    join_classes,
    split_classes,
)
from elicit.log.writer import Writer
from elicit.paradigms import PARADIGMS
from tests.elicit.helpers.small_disks import fill
from tests.helpers.examples import examples

A_ROW: dict[str, Any] = {
    "participant": "P01",
    "session": 1,
    "protocol": "pilot",
    "protocol_sha256": "0" * 64,
    "allocation": 0,
    "block": "cats",
    "batch": 0,
    "trial": 0,
    "paradigm": "infer",
    "practice": False,
    "practice_round": None,
    "repeat": False,
    "missed": None,
    "simulated": False,
    "source": "pictograms",
    "image_size": 32,
    "class_i": "cat",
    "image_i": 3,
    "fingerprint_i": "00ff00ff00ff00ff",
    "class_j": "dog",
    "image_j": 5,
    "fingerprint_j": "ff00ff00ff00ff00",
    "lambda_f": 0.25,
    "lambda_g": 0.0,
    "chose_i": None,
    "omega": 0.0,
    "start_value": None,
    "order_shown": None,
    "mirrored": False,
    "side_px": 256,
    "side_deg": 6.7653,
    "position": 100,
    "confidence_position": 0,
    "position_touched": True,
    "confidence_touched": True,
    "confidence_of": "others",
    "steps": 7,
    "rt_s": 1.5,
    "onset_utc": datetime(2026, 5, 4, 12, 0, 0, 250000, timezone.utc),
    "dropped_frames": 0,
    "pauses": 1,
    "paused_s": 4.25,
    "interval_s": 0.5,
    "exposure_ms": 100.004,
    "exposure_frames": 6,
    "exposure_dropped_frames": 0,
    "restarts": 0,
    "missed_before": None,
    "too_fast": None,
    "resumed": False,
}

NO_TEXT = "\0"  # is in no text; a file that has it is damaged
texts = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters=NO_TEXT), min_size=1, max_size=20
)
awkward = st.sampled_from(
    ['a "cat"', "cat, dog", "two\nlines", "two\r\nlines", "\r", "🐈‍⬛", " ", "=1"]
)
names = st.text("aZ09", min_size=1, max_size=32)
fingerprints = st.just("") | st.text("0123456789abcdef", min_size=16, max_size=16)
units = st.floats(0, 1)
wholes = st.integers(0, MAX_COUNT)
places = st.none() | st.integers(0, 100)
flags = st.none() | st.booleans()
zones = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
times = st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1), timezones=zones).map(
    lambda time: time.replace(microsecond=time.microsecond // 1000 * 1000)
)
rows = st.builds(
    TrialRow,
    participant=names,
    session=st.integers(1, 10**6),
    protocol=names,
    protocol_sha256=st.text("0123456789abcdef", min_size=64, max_size=64),
    allocation=wholes,
    block=texts | awkward,
    batch=wholes,
    trial=wholes,
    paradigm=texts.filter(lambda name: name not in {*NAMES_A_CLASS, *NAMES_CLASSES}),
    practice=st.booleans(),
    practice_round=st.none() | st.integers(1, 99),
    repeat=st.booleans(),
    missed=st.none() | st.just(False),
    simulated=st.booleans(),
    source=texts,
    image_size=st.integers(1, 512),
    class_i=texts | awkward,
    image_i=wholes,
    fingerprint_i=fingerprints,
    class_j=texts | awkward,
    image_j=wholes,
    fingerprint_j=fingerprints,
    lambda_f=units,
    lambda_g=units,
    chose_i=st.none(),
    omega=st.none() | units,
    start_value=st.none() | units,
    order_shown=st.none() | st.lists(units, min_size=1, max_size=11).map(tuple),
    mirrored=flags,
    side_px=st.none() | st.integers(1, 4096),
    side_deg=st.none() | st.floats(0.001, 179),
    position=places,
    confidence_position=places,
    position_touched=flags,
    confidence_touched=flags,
    confidence_of=st.sampled_from([None, "self", "others"]),
    steps=wholes,
    rt_s=st.floats(0, 1e6, exclude_min=True),
    onset_utc=st.none() | times,
    dropped_frames=st.none() | wholes,
    pauses=st.none() | wholes,
    paused_s=st.none() | st.floats(0, 1e6),
    interval_s=st.none() | st.floats(0, 60),
    exposure_ms=st.none() | st.floats(0, 60000),
    exposure_frames=st.none() | wholes,
    exposure_dropped_frames=st.none() | wholes,
    restarts=st.none() | wholes,
    missed_before=st.none() | wholes,
    too_fast=flags,
    resumed=st.booleans(),
)  # fmt: skip


NAMED = {
    "chosen_1": "=cat",
    "share_1": 0.7,
    "chosen_2": "a, b",
    "share_2": 0.2,
    "excluded": "-frog/dog",
    "class_order": "=cat/-frog/a, b/dog",
}
ONE_NAMED = {"chosen_1": "dog", "share_1": 1.0, "class_order": "dog/=cat/a, b"}


def answering(row: TrialRow, paradigm: str, said_i: bool) -> TrialRow:
    """Return the row as one of a paradigm, with the answer where that has it."""
    row = row.model_copy(update={"paradigm": paradigm})
    if paradigm in NAMES_CLASSES:
        named = NAMED if said_i else ONE_NAMED
        mixed = {"class_i": "=cat", "class_j": "a, b"}
        return row.model_copy(update={"lambda_g": None, **mixed, **named})
    if paradigm not in NAMES_A_CLASS:
        return row
    return row.model_copy(update={"lambda_g": None, "chose_i": said_i})


def made_by(row: TrialRow, process: str) -> TrialRow:
    """Return the row as one of a process, with what that states of the image judged."""
    stated: dict[str, dict[str, Any]] = {
        "cutmix": {"box": (1, 0, 20, 20)},
        "frames": {"fingerprint_shown": "0f" * 8},
    }
    return row.model_copy(update={"process": process, **stated.get(process, {})})


answered_rows = st.builds(answering, rows, st.sampled_from([*PARADIGMS, "another"]), st.booleans())
any_rows = st.builds(made_by, answered_rows, st.sampled_from(["mixup", "cutmix", "frames"]))
some_rows = st.lists(any_rows, max_size=3, unique_by=lambda row: row.trial)


def logged(path: Path, *written: TrialRow) -> Path:
    writer = Writer(path, COLUMNS)
    writer.append(*written)
    writer.close()
    return path


def spoilt(folder: Path, **cells: str) -> Path:
    """Return a log of two rows, the second with some cells overwritten."""
    path = logged(folder / "P01.csv", TrialRow(**A_ROW), TrialRow(**A_ROW))
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    for column, cell in cells.items():
        lines[2][COLUMNS.index(column)] = cell
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(lines)
    return path


@given(some_rows)
@settings(
    max_examples=examples(60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_every_row_is_read_as_it_was_written(tmp_path: Path, written: list[TrialRow]) -> None:
    path = tmp_path / "P01.csv"
    path.unlink(missing_ok=True)
    assert read(logged(path, *written)) == written


@pytest.mark.parametrize("paradigm", [*PARADIGMS])
def test_a_missed_trial_is_read_without_an_answer(tmp_path: Path, paradigm: str) -> None:
    blank = {"missed": True, "lambda_f": None, "lambda_g": None}
    offered = {"class_order": "dog/frog/cat"} if paradigm in NAMES_CLASSES else {}
    missed = TrialRow(**A_ROW | {"paradigm": paradigm} | blank | offered)
    path = logged(tmp_path / "P01.csv", missed)
    assert read(path) == [missed]
    assert read_columns(path, TrialRow, ["missed"]) == {"missed": [True]}


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"missed": "true"}, "lambda_g: must be blank where missed is true, got '0.0'"),
        ({"missed": "false", "lambda_g": ""}, "lambda_g: must be a number from 0 to 1, as it"),
        ({"lambda_f": ""}, "lambda_f: must be a number from 0 to 1, got ''"),
    ],
)
def test_a_trial_has_no_answer_just_where_it_was_missed(
    tmp_path: Path, cells: dict[str, str], said: str
) -> None:
    with pytest.raises(LogError, match=rf"P01\.csv:3: {said}"):
        read(spoilt(tmp_path, **cells))


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"box": "1 2 3 4"}, "box: must be blank where process is mixup, got '1 2 3 4'"),
        ({"process": "cutmix"}, "box: must be x1 y1 x2 y2 where process is cutmix, got ''"),
        (
            {"process": "cutmix", "box": "1 2 3"},
            "box: must be four whole numbers, x1 y1 x2 y2, with x1 <= x2",
        ),
        (
            {"process": "frames"},
            "fingerprint_shown: must be 16 hexadecimal digits where process is",
        ),
        (
            {"fingerprint_shown": "0f" * 8},
            "fingerprint_shown: must be blank where process is mixup",
        ),
        ({"process": "blend"}, "process: "),
    ],
)
def test_a_row_states_of_its_image_what_its_process_has(
    tmp_path: Path, cells: dict[str, str], said: str
) -> None:
    path = spoilt(tmp_path, **cells)
    with pytest.raises(LogError, match=rf"P01\.csv:3: {said}"):
        read(path)
    with pytest.raises(LogError, match=rf"P01\.csv:3: {said}"):
        read_columns(path, TrialRow, ["trial"])


def test_the_header_is_the_row_s_fields_in_order(tmp_path: Path) -> None:
    first = logged(tmp_path / "P01.csv").read_bytes()
    assert first.decode() == ",".join(TrialRow.model_fields) + "\r\n"


def test_a_row_looks_the_same_on_every_system(tmp_path: Path) -> None:
    row = TrialRow(**A_ROW | {"order_shown": (0.1, 1.0), "class_i": 'a "big", cat'})
    line = logged(tmp_path / "P01.csv", row).read_bytes().split(b"\r\n")[1].decode()
    assert line == (
        f"P01,1,pilot,{'0' * 64},0,cats,0,0,infer,false,,false,,false,pictograms,32,mixup,"
        '"a ""big"", cat",3,00ff00ff00ff00ff,dog,5,ff00ff00ff00ff00,0.25,,,0.0,,0.0,,'
        "0.1 1.0,false,256,6.7653,100,0,true,true,others,,,,,,,7,1.5,2026-05-04T12:00:00.250Z,0,1,"
        "4.25,0.5,100.004,6,0,0,,,false"
    )


def test_a_row_is_on_disk_before_the_file_is_closed(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "P01.csv", COLUMNS)
    writer.append(TrialRow(**A_ROW))
    assert read(writer.path) == [TrialRow(**A_ROW)]
    assert writer.rows == 1
    writer.close()


def test_a_log_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    path = logged(tmp_path / "P01.csv", TrialRow(**A_ROW))
    before = path.read_bytes()
    with pytest.raises(FileExistsError, match=r"P01\.csv"):
        Writer(path, COLUMNS)
    assert path.read_bytes() == before


def test_a_confidence_of_zero_is_an_answer_and_a_blank_is_none(tmp_path: Path) -> None:
    written = [TrialRow(**A_ROW), TrialRow(**A_ROW | {"omega": None, "position": None})]
    zero, blank = read(logged(tmp_path / "P01.csv", *written))
    assert (zero.omega, blank.omega, blank.position) == (0.0, None, None)


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("lambda_f", "1.2", "must be at most 1, got '1.2'"),
        ("lambda_g", "", "must be a number from 0 to 1, .*, got ''"),
        ("lambda_g", "nan", "must be at most 1, got 'nan'"),
        ("omega", "sure", "must be a number, got 'sure'"),
        ("order_shown", "0.1 x", "must be a number, got '0.1 x'"),
        ("participant", "Ann Example", "must be 1 to 32 letters .*, got 'Ann Example'"),
        ("rt_s", "0", "must be above 0, got '0'"),
        ("onset_utc", "2026-05-04T12:00:00", "must be a time with its time zone, .*Z, got .*"),
        ("practice", "maybe", "must be true or false, got 'maybe'"),
        ("class_i", "", "must not be empty, got ''"),
    ],
)
def test_a_wrong_cell_is_told_with_file_line_and_column(
    tmp_path: Path, column: str, cell: str, message: str
) -> None:
    path = spoilt(tmp_path, **{column: cell})
    with pytest.raises(LogError, match=rf"P01\.csv:3: {column}: {message}$") as caught:
        read(path)
    assert len(str(caught.value).splitlines()) == 1


def test_a_row_of_several_lines_is_told_by_its_last_line(tmp_path: Path) -> None:
    path = spoilt(tmp_path, block="one\ntwo", rt_s="-1")
    with pytest.raises(LogError, match=r"P01\.csv:4: rt_s: "):
        read(path)


def test_a_row_with_a_cell_too_few_is_told_with_its_line(tmp_path: Path) -> None:
    path = logged(tmp_path / "P01.csv", TrialRow(**A_ROW))
    header, row, _ = path.read_bytes().split(b"\r\n")
    path.write_bytes(b"\r\n".join([header, row.rpartition(b",")[0], row, b""]))
    cells = len(COLUMNS)
    expected = rf"P01\.csv:2: {cells} cells expected, got {cells - 1}"
    with pytest.raises(LogError, match=expected):
        read(path)


@pytest.mark.parametrize("text", ["\r\n", "participant,session\r\nP01,1\r\n"])
def test_another_csv_is_no_trial_log(tmp_path: Path, text: str) -> None:
    path = tmp_path / "other.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LogError, match=r"other\.csv:1: not a trial log: no column .*lambda_f"):
        read(path)


def test_columns_that_a_later_version_adds_are_passed_over(tmp_path: Path) -> None:
    path = logged(tmp_path / "P01.csv", TrialRow(**A_ROW))
    header, row, _ = path.read_bytes().split(b"\r\n")
    path.write_bytes(header + b",mood\r\n" + row + b",good\r\n")
    assert read(path) == [TrialRow(**A_ROW)]


def test_a_log_that_is_not_there_or_not_text_is_told_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(LogError, match=r"none\.csv: cannot be read as a trial log: "):
        read(tmp_path / "none.csv")
    path = tmp_path / "bytes.csv"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(LogError, match=r"bytes\.csv: not a trial log: is saved as UTF-16"):
        read(path)


# -- a line that is torn


WHOLE, NEXT, LAST = (TrialRow(**A_ROW | {"trial": trial}) for trial in range(3))


@pytest.mark.filterwarnings("ignore::elicit.errors.TornLineWarning")
def test_a_log_that_is_cut_off_anywhere_keeps_every_whole_row(tmp_path: Path) -> None:
    written = [WHOLE, NEXT.model_copy(update={"block": 'a "big",\r\nblock'}), LAST]
    path = logged(tmp_path / "P01.csv", *written)
    whole = path.read_bytes()
    lasts = [
        found.end() for found in re.finditer(rb"250Z,0,1,4\.25,0\.5,100\.004,6,0,0,,,", whole)
    ]  # where last cells begin
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        there = [length - last for last in lasts]  # characters of each row's last cell, "false"
        assert read(path) == written[: sum(n >= len("false") for n in there)]


@pytest.mark.parametrize(
    ("left", "line"),
    [(b"P01,1,pil", 3), (b'P01,1,pilot,,0,"two\r\nli', 3), (b"\0" * 40, 3), (b"P\xf0\x9f", 3)],
)
def test_what_a_crash_leaves_at_the_end_is_never_fatal(
    tmp_path: Path, left: bytes, line: int
) -> None:
    path = logged(tmp_path / "P01.csv", WHOLE)
    path.write_bytes(path.read_bytes() + left)
    with pytest.warns(TornLineWarning, match=rf"P01\.csv:{line}: the last line is torn off"):
        assert read(path) == [WHOLE]
    table = read_table(path, TrialRow, warn=False)
    assert (table.torn, table.length) == (left, path.stat().st_size - len(left))


@pytest.mark.parametrize("length", [0, 1, 30])
def test_a_header_that_was_cut_off_is_a_log_without_rows(tmp_path: Path, length: int) -> None:
    path = logged(tmp_path / "P01.csv")
    path.write_bytes(path.read_bytes()[:length])
    if length:
        with pytest.warns(TornLineWarning, match=r"P01\.csv:1: the header is torn off"):
            assert read(path) == []
    else:
        assert read(path) == []


def test_a_last_line_with_too_few_cells_is_torn_although_it_has_an_end(tmp_path: Path) -> None:
    path = logged(tmp_path / "P01.csv", WHOLE)
    path.write_bytes(path.read_bytes() + b"P01,1\r\n")
    with pytest.warns(TornLineWarning, match=r"P01\.csv:3: "):
        assert read(path) == [WHOLE]


@pytest.mark.parametrize("end", [b"\r\n", b"\n", b""])
def test_a_last_row_that_lacks_only_its_line_end_counts(tmp_path: Path, end: bytes) -> None:
    path = logged(tmp_path / "P01.csv", WHOLE, NEXT)
    path.write_bytes(path.read_bytes().rstrip(b"\r\n") + end)
    assert read_lines(path) == [(2, WHOLE), (3, NEXT)]


def test_a_stray_quote_in_the_middle_takes_no_rows_along(tmp_path: Path) -> None:
    path = logged(tmp_path / "P01.csv", WHOLE, NEXT, LAST)
    lines = path.read_bytes().split(b"\r\n")
    lines[2] = lines[2].replace(b"cats", b'"cats')
    path.write_bytes(b"\r\n".join(lines))
    with pytest.raises(LogError, match=r"P01\.csv:\d: "):
        read(path)


# -- going on with a file


def test_a_file_that_goes_on_keeps_its_rows_and_has_one_header(tmp_path: Path) -> None:
    path = logged(tmp_path / "P01.csv", WHOLE)
    writer = Writer(path, COLUMNS, resume=True)
    writer.append(NEXT)
    writer.close()
    assert read(path) == [WHOLE, NEXT]
    assert path.read_bytes().count(b"participant") == 1


def test_a_file_whose_header_was_lost_gets_one_when_it_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "P01.csv"
    path.touch()
    writer = Writer(path, COLUMNS, resume=True)
    writer.append(WHOLE)
    writer.close()
    assert read(path) == [WHOLE]


# -- a disk that takes no more


def test_rows_that_a_full_disk_refuses_can_be_tried_again(small_disk: Path) -> None:
    writer = Writer(small_disk / "P01.csv", COLUMNS)
    written = [WHOLE.model_copy(update={"trial": k}) for k in range(60)]
    writer.append(*written[:3])
    filler = fill(small_disk)
    reasons: list[tuple[str, int]] = []
    for row in written[3:]:  # the last page of the file holds some of them
        while True:
            try:
                writer.append(row)
            except LogUnwritableError as error:
                reasons.append((error.reason, len(read(writer.path)) - row.trial))
                if len(reasons) == 3:
                    filler.unlink()
            else:
                break
    writer.close()
    assert reasons == [("No space left on device", 0)] * 3
    assert writer.rows == 60
    assert read(writer.path) == written


def test_a_file_that_a_full_disk_has_no_room_for_leaves_nothing(small_disk: Path) -> None:
    fill(small_disk)
    with pytest.raises(OSError, match="No space left on device"):
        Writer(small_disk / "P01.csv", COLUMNS)
    assert not (small_disk / "P01.csv").exists()


def test_rows_wait_for_a_folder_that_was_taken_away(tmp_path: Path) -> None:
    folder, away = tmp_path / "shared", tmp_path / "away"
    folder.mkdir()
    writer = Writer(folder / "P01.csv", COLUMNS)
    writer.append(WHOLE)
    folder.rename(away)
    for _ in range(2):
        with pytest.raises(LogUnwritableError, match=r"P01\.csv: cannot be written: No such file"):
            writer.append(WHOLE)
    away.rename(folder)
    writer.append(NEXT)
    writer.close()
    assert read(folder / "P01.csv") == [WHOLE, NEXT]


def test_half_a_row_that_could_not_be_taken_back_is_gone_with_the_next_try(tmp_path: Path) -> None:
    class HalfGone(io.FileIO):
        """A file that writes half of what it gets, and then has lost its disk."""

        def write(self, content: Any) -> int:
            super().write(bytes(content)[:50])
            raise OSError(errno.EIO, "Input/output error")

        def truncate(self, size: int | None = None) -> int:
            raise OSError(errno.EIO, "Input/output error")

    writer = Writer(tmp_path / "P01.csv", COLUMNS)
    writer.append(WHOLE)
    whole = writer.path.read_bytes()
    writer._file.close()
    writer._file = HalfGone(writer.path, "r+b")
    with pytest.raises(LogUnwritableError, match="cannot be written: Input/output error"):
        writer.append(NEXT)
    assert len(writer.path.read_bytes()) > len(whole)
    writer.append(NEXT)
    writer.close()
    assert read(writer.path) == [WHOLE, NEXT]


def remove(path: Path) -> None:
    path.unlink()


def empty(path: Path) -> None:
    path.write_bytes(b"")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def change(path: Path) -> None:
    path.write_bytes(b"longer " * 2000)


def swap(path: Path) -> None:
    path.replace(path.with_name("moved"))
    path.write_bytes(b"something else")


@pytest.mark.parametrize("fault", [remove, empty, cut, change, swap])
def test_a_file_that_is_lost_while_it_is_written_is_made_again_with_all_its_rows(
    tmp_path: Path, fault: Callable[[Path], None]
) -> None:
    writer = Writer(tmp_path / "P01.csv", COLUMNS)
    writer.append(WHOLE)
    fault(writer.path)
    with pytest.warns(
        StudyFolderWarning, match=r"P01\.csv: .*; it is made again with all its rows$"
    ):
        writer.append(NEXT)
    writer.append(LAST)
    fault(writer.path)
    with pytest.warns(
        StudyFolderWarning, match=r"P01\.csv: .*; it is made again with all its rows$"
    ):
        writer.check()
    writer.check()
    writer.close()
    assert read(writer.path) == [WHOLE, NEXT, LAST]
    there = {path.name for path in tmp_path.iterdir()} - {"moved"}
    copies = {"P01 (1).csv", "P01 (2).csv"} if fault in (change, swap) else set()
    assert there == copies | {"P01.csv"}
    for name in copies:  # what another program wrote is kept
        assert (tmp_path / name).read_bytes() in {b"longer " * 2000, b"something else"}


def test_a_file_that_another_computer_goes_on_with_is_left_as_it_is(tmp_path: Path) -> None:
    mine = Writer(tmp_path / "P01.csv", COLUMNS)
    mine.append(WHOLE)
    other = Writer(tmp_path / "P01.csv", COLUMNS, resume=True)
    other.append(NEXT)
    for _ in range(2):
        with pytest.raises(LogUnwritableError, match="another program added to the file"):
            mine.append(LAST)
    other.append(LAST)
    for writer in (mine, other):
        writer.close()
    assert read(mine.path) == [WHOLE, NEXT, LAST]


@pytest.mark.parametrize("full", [True, False])
def test_a_lost_file_waits_for_a_disk_that_takes_it(
    small_disk: Path,
    full: bool,
) -> None:
    writer = Writer(small_disk / "P01.csv", COLUMNS)
    writer.append(WHOLE)
    writer.path.unlink()
    if full:
        fill(small_disk)
        with pytest.raises(LogUnwritableError, match="No space left on device"):
            writer.append(NEXT)
        assert [path.name for path in small_disk.iterdir()] == ["filler"]
        (small_disk / "filler").unlink()
    with pytest.warns(StudyFolderWarning, match="made again"):
        writer.append(NEXT)
    writer.close()
    assert read(writer.path) == [WHOLE, NEXT]


# -- what participants say

A_PAGE: dict[str, Any] = {
    "participant": "P01",
    "session": 1,
    "page": 7,
    "kind": "survey",
    "item": "strategy",
    "question": "What did you look at?",
    "answer": "",
    "correct": None,
    "rt_s": 0.0,
    "at_utc": datetime(2026, 5, 4, 12, 0, 0, 250000, timezone.utc),
}
said = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


@given(st.lists(said | awkward, max_size=4))
@settings(
    max_examples=examples(100),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_text_survives_the_log(tmp_path: Path, answers: list[str]) -> None:
    path = tmp_path / "pages.csv"
    path.unlink(missing_ok=True)
    writer = Writer(path, PAGE_COLUMNS)
    for page, answer in enumerate(answers):  # no two rows of a session are the same
        writer.append(PageRow(**A_PAGE | {"page": page, "answer": answer, "question": answer}))
    writer.close()
    read_back = read_table(path, PageRow).rows
    assert [row.answer for row in read_back] == answers
    assert [row.question for row in read_back] == answers


@pytest.mark.parametrize(
    "answer",
    ['"', '""', ",", "\n", "\r\n\r", " both ends ", "\ufeffmark", "مرحبا \u202eabc", "日本語",
     "👩‍🚀", "\u2028\x85\x0b\x1c", "=1+1", "x" * 400_000],
)  # fmt: skip
def test_awkward_text_comes_back_identical(tmp_path: Path, answer: str) -> None:
    writer = Writer(tmp_path / "pages.csv", PAGE_COLUMNS)
    writer.append(PageRow(**A_PAGE | {"answer": answer}))
    writer.close()
    assert [row.answer for row in read_table(writer.path, PageRow).rows] == [answer]


def test_halves_of_a_character_become_one_and_no_text_holds_nul() -> None:
    assert PageRow(**A_PAGE | {"answer": "\ud83d\udc08!"}).answer == "🐈!"
    assert PageRow(**A_PAGE | {"answer": "a\ud83d\0b"}).answer == "a\ufffd\ufffdb"


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"paradigm": "categorize", "lambda_g": None} | ONE_NAMED | {"chosen_1": ""}, "chosen_1"),
        ({"paradigm": "categorize", "lambda_g": None} | ONE_NAMED | {"share_1": None}, "share_1"),
        ({"paradigm": "categorize", "lambda_g": 0.5} | ONE_NAMED, "lambda_g"),
        ({"chosen_1": "cat"}, "chosen_1"),
        ({"share_1": 0.5}, "share_1"),
    ],
)
def test_a_row_has_the_answer_of_its_paradigm_and_no_other(
    changes: dict[str, Any], column: str
) -> None:
    with pytest.raises(ValueError, match=column):
        TrialRow(**A_ROW | changes)


def test_classes_in_one_cell_come_back() -> None:
    assert split_classes(join_classes(("a b", "c, d"))) == ("a b", "c, d")
    assert split_classes(join_classes(())) == ()
