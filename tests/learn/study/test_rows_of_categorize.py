"""Rows of Categorize: what is read, what is refused, and what they leave alone."""

from pathlib import Path
from typing import Any

import pytest

from elicit.errors import ElicitError, LogError
from elicit.log import reader as log
from learn.labels.categorical import names_third
from learn.qc.scores import SCORES, score_participants
from learn.report.numbers import compute_tables
from learn.stats.pse import check_has_choices, list_pses
from learn.study.judgements import to_arrays
from learn.study.selection import SelectionOptions, select
from learn.study.table import read_study
from tests.learn.helpers.handwritten_studies import named, row, table_of, write_session

FOUR = ("cat", "dog", "frog", "ship")
NAMED = (
    named(3, 5, 0.5, ("cat", 0.7), ("frog", 0.2), ["ship"], offered=FOUR),
    named(3, 5, 0.25, ("dog", 0.9), offered=FOUR),
    named(3, 5, 0.5, ("frog", 0.5), repeat=True, offered=FOUR),
)
# Infer, Construct and Discriminate of two participants.
ANSWERED: tuple[dict[str, Any], ...] = (
    {"lambda_f": 0.25, "lambda_g": 0.2, "omega": 0.8},
    {"lambda_f": 0.75, "lambda_g": 0.7, "omega": 0.6},
    {"lambda_f": 0.5, "lambda_g": 0.5, "omega": 0.4},
    {"lambda_f": 0.5, "lambda_g": 0.4, "omega": 0.4, "repeat": True},
    {"lambda_f": 0.4, "start_value": 0.1},
    {"lambda_f": 0.6, "start_value": 0.9, "block": "other"},
    {"lambda_f": 0.25, "lambda_g": 0.0, "paradigm": "discriminate", "mirrored": False},
    {"lambda_f": 0.75, "lambda_g": 1.0, "paradigm": "discriminate", "mirrored": True},
)
SHARES = tuple(
    row(3, 5, participant=who, trial=trial, **answer)
    for who in ("P01", "P02")
    for trial, answer in enumerate(ANSWERED)
)
ASIDE = [
    each.model_copy(update={"participant": who, "trial": 20 + trial})
    for who in ("P01", "P02", "P03")
    for trial, each in enumerate(NAMED)
]


def edited(tmp_path: Path, **cells_of: str) -> Path:
    """A study with other cells, by column, in the first row of Categorize."""
    path = write_session(tmp_path, "P01", *NAMED)
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    cells = lines[0].split(",")
    for name, its in cells_of.items():
        cells[header.split(",").index(name)] = its
    lines[0] = ",".join(cells)
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return tmp_path


def test_answers_that_name_classes_are_read_as_they_were_logged(tmp_path: Path) -> None:
    write_session(tmp_path, "P01", *NAMED)
    table = read_study(tmp_path)
    assert table["chosen_1"].tolist() == ["cat", "dog", "frog"]
    assert table["share_1"].tolist() == [0.7, 0.9, 0.5]
    assert table["chosen_2"].tolist() == ["frog", "", ""]
    assert table["share_2"].isna().tolist() == [False, True, True]
    assert table["class_order"].tolist() == ["cat/dog/frog/ship"] * 3
    assert names_third(table).tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("column", "cell", "told"),
    [
        ("chosen_1", "yak", r"must be one of class_order \(cat, dog, frog, ship\), got 'yak'"),
        ("chosen_1", "", "must be a class, as it is the answer of categorize, got ''"),
        ("chosen_2", "bird", r"must be one of class_order \(cat, dog, frog, ship\), got 'bird'"),
        ("share_1", "", "must be a number from 0 to 1, as it is the answer of cat.*, got ''"),
        ("share_1", "1.01", "must be at most 1, got '1.01'"),
        ("share_2", "half", "must be a number, got 'half'"),
        (
            "excluded",
            "ship/yak",
            r"must be of class_order \(cat.*\), each once, .*, got 'ship/yak'",
        ),
        ("excluded", "ship/ship", r"must be of class_order .*, each once, .*, got 'ship/ship'"),
        ("class_order", "", "must be the classes offered, each once, cat and dog too, .*, got ''"),
        ("class_order", "cat/frog/ship", "must be the classes offered, .*, got 'cat/frog/ship'"),
        ("class_order", "cat/cat/dog/frog/ship", "must be the classes offered, each once, cat"),
        ("lambda_g", "0.5", "must be blank in categorize, whose answer is chosen_1 and share_1"),
        ("chose_i", "true", "must be blank in categorize, whose answer is chosen_1 and share_1"),
    ],
)
def test_a_wrong_cell_is_told_by_file_line_and_column(
    tmp_path: Path, column: str, cell: str, told: str
) -> None:
    study = edited(tmp_path, **{column: cell})
    told = rf"P01_session-1_task-byhand_data\.csv:2: {column}: {told}"
    with pytest.raises(LogError, match=told):
        read_study(study)
    with pytest.raises(LogError, match=told):
        log.read(next((study / "data").iterdir()))


def test_a_missed_trial_names_no_class(tmp_path: Path) -> None:
    blank = {"chosen_1": "", "share_1": "", "missed": "true"}
    with pytest.raises(LogError, match=r":2: chosen_2: must be blank where missed is true, got 'f"):
        read_study(edited(tmp_path, excluded="", **blank))


def test_another_paradigm_names_no_classes(tmp_path: Path) -> None:
    changed = {"chosen_1": "", "share_1": "", "lambda_g": "0.5", "share_2": "", "chosen_2": ""}
    study = edited(tmp_path, paradigm="infer", excluded="", **changed)
    with pytest.raises(LogError, match=r":2: class_order: must be blank in infer, which does not"):
        read_study(study)


def test_they_count_in_no_average_of_shares_and_are_counted_as_left_out() -> None:
    alone, both = select(table_of(*SHARES)), select(table_of(*SHARES, *ASIDE))
    assert both.left_out.pop("classes named out of all, not shares") == len(ASIDE)
    assert alone.left_out.pop("classes named out of all, not shares") == 0
    assert both.left_out == alone.left_out
    assert both.used["lambda_g"].equals(alone.used["lambda_g"])


def test_they_alone_count_where_they_are_asked_for() -> None:
    table = table_of(*SHARES, *ASIDE)
    chosen = select(table, SelectionOptions(paradigms=("categorize",)))
    assert set(chosen.used["paradigm"]) == {"categorize"}
    assert len(select(table_of(*ASIDE)).used) == len(ASIDE)
    for other, says in (("infer", "say a share"), ("discriminate", "names a class")):
        told = f"categorize names classes out of all where {other} {says}, so their answers cannot"
        with pytest.raises(ElicitError, match=told):
            select(table, SelectionOptions(paradigms=("categorize", other)))


def test_they_change_no_policy_s_judgements_and_no_pse() -> None:
    alone, both = table_of(*SHARES), table_of(*SHARES, *ASIDE)
    assert (to_arrays(both).lambda_g == to_arrays(alone).lambda_g).all()
    assert list_pses(both).equals(list_pses(alone))
    with pytest.raises(ElicitError, match=r"none of 9 says how lambda_g follows lambda_f"):
        to_arrays(table_of(*ASIDE))
    with pytest.raises(ElicitError, match=r"must be discriminate, .* got categorize only"):
        check_has_choices(table_of(*ASIDE))


def test_they_change_no_number_of_a_report_on_the_others() -> None:
    alone = compute_tables(table_of(*SHARES))
    both = compute_tables(table_of(*SHARES, *ASIDE))
    assert both.keys() - alone.keys() == {
        *("third_classes", "third_classes_by_pair", "third_classes_by_image", "class_repeats")
    }
    for name, table in alone.items():
        found = both[name]
        if "paradigm" in found:
            found = found[found["paradigm"] != "categorize"].reset_index(drop=True)
        assert found.equals(table), name


def test_they_change_no_score_of_the_others() -> None:
    alone = score_participants(table_of(*SHARES))
    both = score_participants(table_of(*SHARES, *ASIDE))
    others = both[both["paradigm"] != "categorize"].reset_index(drop=True)
    assert others[[*SCORES]].equals(alone[[*SCORES]])
