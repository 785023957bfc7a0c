"""A study's rows as one table: strict about meaning, kind about dirt."""

import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from elicit.errors import ElicitError, LogError, TornLineWarning
from elicit.log import reader as log
from elicit.log.rows import COLUMNS
from learn.study.table import check_one_source, read_study
from stimuli.sources.endpoints import Pictograms
from tests.learn.helpers.handwritten_studies import FIRST, row, table_of, write_session, write_study

FULL = row(
    3,
    5,
    0.25,
    0.2,
    0.8,
    start_value=0.9,
    order_shown=(0.1, 0.5),
    mirrored=True,
    position=80,
    confidence_position=80,
    position_touched=True,
    confidence_touched=False,
)


def replaced(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda raw: raw.replace(old, new)


def complaint(reading: Callable[[], object]) -> str:
    """Return what reading is refused with, nothing where it is not."""
    try:
        reading()
    except LogError as error:
        return str(error)
    return ""


def edited(folder: Path, edit: Callable[[bytes], bytes]) -> Path:
    """Write one session of three trials, changed by `edit`; return its file."""
    path = write_session(folder, "P01", *FIRST)
    path.write_bytes(edit(path.read_bytes()))
    return path


def test_every_row_of_a_study_is_read_with_its_file_and_line(tmp_path: Path) -> None:
    table = read_study(write_study(tmp_path))
    assert list(table.columns) == [*COLUMNS, "file", "line"]
    assert list(zip(table["participant"], table["line"], strict=True)) == [
        *(("P01", line) for line in (2, 3, 4)),
        *(("P02", line) for line in (2, 3)),
    ]
    assert table["file"].iloc[3].endswith("subject-P02_session-1_task-byhand_data.csv")


def test_the_table_says_what_the_rows_say(tmp_path: Path) -> None:
    path = write_session(tmp_path, "P01", *FIRST, FULL)
    table = read_study(tmp_path)
    for number, line in enumerate(log.read(path)):
        for column, cell in line:
            read_cell = table[column].iloc[number]
            assert pd.isna(read_cell) if cell is None else read_cell == cell, column


def test_columns_are_of_the_types_that_figures_are_made_from(tmp_path: Path) -> None:
    write_session(tmp_path, "P01", FULL)
    types = {column: str(dtype) for column, dtype in read_study(tmp_path).dtypes.items()}
    wanted = {
        "object": ("participant", "protocol_sha256", "class_i", "order_shown", "file"),
        "int64": ("session", "batch", "trial", "image_i", "line"),
        "float64": ("lambda_f", "lambda_g", "omega", "start_value", "rt_s"),
        "bool": ("practice", "repeat", "simulated", "resumed"),
        "Int64": ("allocation", "position", "steps", "dropped_frames"),
        "boolean": ("mirrored", "position_touched"),
        "datetime64[us, UTC]": ("onset_utc",),
    }
    assert {each: types[each] for names in wanted.values() for each in names} == {
        each: dtype for dtype, names in wanted.items() for each in names
    }


def test_columns_that_the_log_does_not_know_are_kept(tmp_path: Path) -> None:
    lines = iter((b",screen,age\r\n", b",left,30\r\n", b",,\r\n", b",right,31.5\r\n"))
    edited(tmp_path, lambda raw: b"".join(each + next(lines) for each in raw.splitlines()))
    write_session(tmp_path, "P02", *FIRST)
    table = read_study(tmp_path)
    assert list(table.columns) == [*COLUMNS, "screen", "age", "file", "line"]
    assert table["screen"].fillna("").tolist() == ["left", "", "right", "", "", ""]
    assert table["age"].dtype == np.float64
    assert table["age"].sum() == 61.5


def test_all_sessions_of_a_participant_are_theirs(tmp_path: Path) -> None:
    write_session(write_study(tmp_path), "P01", *FIRST, session=2)
    table = read_study(tmp_path)
    assert table[table["participant"] == "P01"]["session"].tolist() == [1, 1, 1, 2, 2, 2]


def test_events_and_sidecars_beside_a_trial_log_are_no_trial_logs(tmp_path: Path) -> None:
    write_study(tmp_path)
    stem = tmp_path / "data" / "subject-P01_session-1_task-byhand"
    Path(f"{stem}_events.csv").write_text("trial\r\n0\r\n", encoding="utf-8")
    Path(f"{stem}_session.json").write_text("{}", encoding="utf-8")
    assert len(read_study(tmp_path)) == 5


@pytest.mark.parametrize(
    ("edit", "lines"),
    [
        (lambda raw: b"\xef\xbb\xbf" + raw, [2, 3, 4]),  # a spreadsheet's mark
        (replaced(b"\r\n", b"\n"), [2, 3, 4]),
        (replaced(b"\r\n", b"\n\n"), [3, 5, 7]),  # blank lines
        (lambda raw: raw[:-2], [2, 3, 4]),  # no line end, all else there
        (replaced(b",only,", b',"on\r\nly",'), [3, 5, 7]),  # a line end in a cell
        (replaced(b",only,", b',"only",'), [2, 3, 4]),
        (lambda raw: raw + b"," * raw.split(b"\n")[0].count(b",") + b"\r\n", [2, 3, 4]),
        (lambda raw: raw + 2 * (b"," * 50 + b"\r\n") + b",,", [2, 3, 4]),  # rows of commas
    ],
)
def test_what_spreadsheets_and_editors_do_to_a_file_does_no_harm(
    edit: Callable[[bytes], bytes], lines: list[int], tmp_path: Path
) -> None:
    edited(tmp_path, edit)
    assert read_study(tmp_path)["line"].tolist() == lines


@pytest.mark.parametrize(
    "tear",
    [
        lambda raw: raw[:-30],
        lambda raw: raw[:-4],  # within the last cell
        lambda raw: raw[:-30] + b"\0" * 512,  # what some file systems leave after a power cut
        lambda raw: raw.replace(b",only,", b',"only",')[:-30],
        lambda raw: raw.replace(b",only,", b',"on\nly",')[:-200],
    ],
)
def test_a_torn_last_line_is_set_aside_with_a_warning(
    tear: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    edited(tmp_path, tear)
    with pytest.warns(TornLineWarning, match=r"_data.csv:\d: the last line is torn off; it is set"):
        table = read_study(tmp_path)
    assert table["trial"].tolist() == [0, 1]


def test_a_session_that_never_got_past_its_header_is_set_aside(tmp_path: Path) -> None:
    path = write_session(write_study(tmp_path), "P00")
    path.write_bytes(path.read_bytes()[:40])
    with pytest.warns(TornLineWarning, match=r"P00.*_data.csv:1: the header is torn off"):
        assert len(read_study(tmp_path)) == 5


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (replaced(b",0.6,", b",1.6,"), r":3: lambda_f: must be at most 1, got '1.6'$"),
        (replaced(b",0.6,", b",nan,"), r":3: lambda_f: must be a finite number, got 'nan'"),
        (replaced(b",1.5,", b",inf,"), r":2: rt_s: must be a finite number, got 'inf'"),
        (replaced(b",1.5,", b",0,"), r":2: rt_s: must be above 0, got '0'"),
        (replaced(b",true,", b",perhaps,"), r":4: repeat: must be true or false, got 'perhaps'"),
        (replaced(b"P01,", b"P 1,"), r":2: participant: must be 1 to 32 letters .*, got 'P 1'"),
        (
            replaced(b",8,", b"," + b"9" * 30 + b","),
            r":3: image_j: must be at most 99999999, got '9{30}'",
        ),
        (
            replaced(b",airplane,0,", b",airplane,"),
            rf":3: {len(COLUMNS)} cells expected, got {len(COLUMNS) - 1}$",
        ),
        (
            replaced(b",airplane,0,", b',"airplane",'),
            rf":3: {len(COLUMNS)} cells expected, got {len(COLUMNS) - 1}$",
        ),
        (
            replaced(b"airplane", b"airpl\xffne"),
            r": not a trial log: must be UTF-8 text, got the byte 0xff in line 3",
        ),
        (replaced(b"protocol,", b"protcol,"), r":1: not a trial log: no column protocol$"),
        (replaced(b",session,", b",session,session,"), r":1: each column .* session twice$"),
    ],
)
def test_a_wrong_cell_is_told_by_file_line_and_column(
    edit: Callable[[bytes], bytes], told: str, tmp_path: Path
) -> None:
    edited(tmp_path, edit)
    with pytest.raises(LogError, match=rf"P01_session-1_task-byhand_data\.csv{told}"):
        read_study(tmp_path)


@pytest.mark.parametrize(("name", "line"), [("zebra", 2), ("dog", 4)])
def test_a_pair_that_is_not_in_alphabetical_order_is_told_by_file_and_line(
    name: str, line: int, tmp_path: Path
) -> None:
    path = write_session(tmp_path, "P01", FULL, FULL, FULL)
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[line - 1] = lines[line - 1].replace(",cat,", f",{name},")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    told = rf"_data\.csv:{line}: class_j: must come after class_i, '{name}', .*, got 'dog'$"
    with pytest.raises(LogError, match=told):
        read_study(tmp_path)


@pytest.mark.parametrize("column", COLUMNS)
def test_a_cell_is_wrong_for_the_table_where_it_is_for_the_log(column: str, tmp_path: Path) -> None:
    path = write_session(tmp_path, "P01", FULL)
    header, cells = (line.split(",") for line in path.read_text(encoding="utf-8").splitlines())
    cells[header.index(column)] = "-1" if column == "class_i" else "\u00e9\u00e9 -1"
    path.write_text(",".join(header) + "\n" + ",".join(cells) + "\n", encoding="utf-8")
    assert complaint(lambda: read_study(tmp_path)) == complaint(lambda: log.read(path))


def test_of_many_wrong_cells_the_first_is_told(tmp_path: Path) -> None:
    path = write_session(tmp_path, "P01", *FIRST)
    raw = path.read_bytes().replace(b",0.25,", b",7,").replace(b",1.5,", b",-1,")
    path.write_bytes(raw)
    with pytest.raises(LogError, match=r"_data.csv:2: lambda_f: "):
        read_study(tmp_path)


def test_a_trial_log_that_was_copied_beside_itself_does_not_count_twice(tmp_path: Path) -> None:
    path = write_session(tmp_path, "P01", *FIRST)
    path.with_name(f"copy_of_{path.name}").write_bytes(path.read_bytes())
    told = (
        r"P01_.*_data.csv:2: trial 0 of participant P01, session 1, is in .*copy_of.*:2 too; keep"
    )
    with pytest.raises(ElicitError, match=told):
        read_study(tmp_path)


def test_rows_of_another_study_s_images_are_refused_with_how_many_of_each() -> None:
    other = row(3, 5, 0.5, source=Pictograms(48))
    told = r"got pictograms of 32 pixels \(3 trials\), pictograms of 48 pixels \(1 trials\); give"
    with pytest.raises(ElicitError, match=told):
        check_one_source(table_of(*FIRST, other))
    assert check_one_source(table_of(*FIRST)) == ("pictograms", 32)


def test_a_study_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ElicitError, match=r"logs: must be a study folder, .*; got no such folder"):
        read_study(tmp_path / "logs")


def test_a_file_is_no_study_folder(tmp_path: Path) -> None:
    with pytest.raises(ElicitError, match=r"_data.csv: must be a study folder, .*; got a file"):
        read_study(write_session(tmp_path, "P01", *FIRST))


def test_a_folder_without_trial_logs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ElicitError, match=r"no trial log is in it \(looked for data/\*_data.csv\)"):
        read_study(tmp_path)


def test_the_data_folder_instead_of_the_study_folder_is_answered_with_the_study_folder(
    tmp_path: Path,
) -> None:
    write_study(tmp_path / "logs")
    with pytest.raises(ElicitError, match=r"got its data folder: give .*logs$"):
        read_study(tmp_path / "logs" / "data")


def test_a_study_in_which_nobody_answered_anything_is_refused(tmp_path: Path) -> None:
    write_session(tmp_path, "P01")
    with pytest.raises(ElicitError, match="no answered trial in any trial log; run a session"):
        read_study(tmp_path)


def test_files_are_in_order_whatever_their_columns(tmp_path: Path) -> None:
    for participant in ("P01", "P02", "P03"):
        path = write_session(tmp_path, participant, *FIRST)
        if participant == "P02":
            path.write_bytes(path.read_bytes().replace(b"\r\n", b",more\r\n"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert (
            read_study(tmp_path)["participant"].tolist() == ["P01"] * 3 + ["P02"] * 3 + ["P03"] * 3
        )


def test_a_class_that_looks_like_a_formula_is_itself_in_the_table(tmp_path: Path) -> None:
    path = write_session(tmp_path, "P01", FULL.model_copy(update={"class_i": "'=a", "block": "-b"}))
    assert b",''=a," in path.read_bytes()
    assert b",'-b," in path.read_bytes()
    found = read_study(tmp_path).iloc[0]
    assert (found["class_i"], found["block"]) == ("'=a", "-b")
    assert log.read(path)[0].class_i == "'=a"


def test_a_missed_trial_has_no_answer_in_the_table(tmp_path: Path) -> None:
    answered = row(3, 5, 0.5, missed=False)
    missed = answered.model_copy(update={"missed": True, "lambda_f": None, "lambda_g": None})
    write_session(tmp_path, "P01", answered, missed)
    table = read_study(tmp_path)
    assert table["missed"].tolist() == [False, True]
    assert table[["lambda_f", "lambda_g"]].isna().all(axis=1).tolist() == [False, True]
