"""The report's section about classes that are not in the mix, against numbers by hand."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from learn.commands.report import register
from learn.report.numbers import Tables, compute_tables
from tests.learn.helpers.handwritten_studies import named, row, table_of, write_session

OFFERED = ["cat", "deer", "dog", "frog", "horse"]
SHOWN: dict[str, Any] = {"offered": OFFERED}
# Cats are 3, 13..., dogs 5, 15...; deer 4, horse 7.
BY_PERSON = {
    "P01": (
        named(3, 5, 0.5, ("frog", 1.0), ("cat", 0.0), ["deer", "dog", "horse"], **SHOWN),
        named(3, 5, 0.25, ("dog", 0.6), ("frog", 0.4), ["cat", "deer", "horse"], **SHOWN),
        named(4, 7, 0.5, ("deer", 1.0), excluded=["cat", "dog", "frog", "horse"], **SHOWN),
        named(3, 5, 0.5, ("cat", 1.0), ("cat", 1.0), ["deer", "dog", "frog", "horse"],
              repeat=True, **SHOWN),
    ),
    "P02": (
        named(3, 5, 0.5, ("cat", 0.5), ("dog", 0.5), ["deer", "frog", "horse"], **SHOWN),
        named(3, 5, 0.25, ("frog", 0.8), ("dog", 0.2), ["cat", "deer", "horse"], **SHOWN),
        named(4, 7, 0.5, ("horse", 1.0), excluded=["cat", "deer", "dog", "frog"], **SHOWN),
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def tables() -> Tables:
    answered = [
        each.model_copy(update={"participant": who, "trial": trial})
        for who, answers in BY_PERSON.items()
        for trial, each in enumerate(answers)
    ]
    return compute_tables(table_of(*answered))


def write_study(logs: Path, *others: str) -> Path:
    for who, answers in BY_PERSON.items():
        write_session(logs, who, *answers)
    for who in others:
        write_session(logs, who, row(3, 5, 0.25, 0.2, 0.8), row(3, 5, 0.75, 0.9, 0.8))
    return logs


def report(logs: Path, out: Path) -> str:
    app = typer.Typer()
    register(app)
    done = CliRunner().invoke(app, [str(logs), "--out", str(out)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return out.read_text(encoding="utf-8")


def test_how_often_a_third_class_is_named_is_counted_over_first_answers(tables: Tables) -> None:
    table = tables["third_classes"].set_index("lambda_f")
    assert table["n"].to_dict() == {"all": 6, "0.25": 2, "0.5": 4}
    assert table["named"].to_dict() == {"all": 3 / 6, "0.25": 1.0, "0.5": 1 / 4}
    assert table["first"].to_dict() == {"all": pytest.approx(2 / 6), "0.25": 0.5, "0.5": 0.25}
    mass = (1.0 + 0.4 + 0 + 0 + 0.8 + 0) / 6
    assert table.loc["all", "mass"] == pytest.approx(mass)
    assert (table["named_low"]["all"], table["named_high"]["all"]) == (1 / 3, 2 / 3)


def test_a_pair_has_the_third_class_named_most_often_and_an_interval(tables: Tables) -> None:
    first, last = tables["third_classes_by_pair"].to_dict("records")
    assert (first["class_i"], first["class_j"], first["third"], first["times"]) == (
        *("cat", "dog", "frog"),
        3,
    )
    assert (first["n"], first["participants"], first["images"], first["named"]) == (4, 2, 2, 0.75)
    # Wilson: (p + z²/2n ± z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n) at p = .75, n = 4
    assert [first["low"], first["high"]] == pytest.approx([0.3006, 0.9544], abs=1e-4)
    assert (last["class_i"], last["third"], last["times"], last["named"]) == ("deer", "", 0, 0.0)


def test_a_pair_that_one_person_judged_has_no_interval() -> None:
    found = compute_tables(table_of(*BY_PERSON["P01"][:2]))
    (pair,) = found["third_classes_by_pair"].to_dict("records")
    assert pair["named"] == 1.0
    assert pd.isna([pair["low"], pair["high"], pair["p_value"]]).all()


def test_images_come_by_the_mass_of_their_labels_on_third_classes(tables: Tables) -> None:
    table = tables["third_classes_by_image"]
    assert table["lambda_f"].tolist() == [0.25, 0.5, 0.5]
    assert table["mass"].tolist() == pytest.approx([0.6, 1 / 3, 0.0])
    assert table["seen"].tolist()[0] == "frog 0.60, dog 0.40"


def test_repeats_are_compared_with_first_answers_class_by_class(tables: Tables) -> None:
    (again,) = tables["class_repeats"].to_dict("records")
    assert (again["n"], again["same"], again["overlap"]) == (1, 0.0, 0.0)


def test_the_page_says_where_people_see_a_third_class(tmp_path: Path) -> None:
    page = report(write_study(tmp_path / "logs"), tmp_path / "report.html")
    assert "name a third class, one that is not in the mix, in 50 % [33, 67] of their" in page
    assert "in 33 % [33, 33] as the most probable class" in page
    assert "<b>cat–dog</b>: 3 of 4 answers name a third class, 3 of them frog." in page
    assert "95 % Wilson intervals over other answers, of other people to other images" in page
    assert "people <b>frog 0.60, dog 0.40</b>; mixup cat 0.25, dog 0.75; 2 answers" in page
    assert "Inferred λ<sub>g</sub>: nobody was asked for it (Infer)." in page


def test_a_page_about_other_paradigms_says_that_nobody_named_classes(tmp_path: Path) -> None:
    write_session(tmp_path / "logs", "P01", row(3, 5, 0.25, 0.2, 0.8), row(3, 5, 0.75, 0.9, 0.8))
    page = report(tmp_path / "logs", tmp_path / "report.html")
    assert "Classes that are not in the mix: nobody was asked to name classes (Categorize)." in page


def test_one_person_s_study_has_a_section_without_intervals(tmp_path: Path) -> None:
    write_session(tmp_path / "logs", "P01", *BY_PERSON["P01"])
    page = report(tmp_path / "logs", tmp_path / "report.html")
    assert "One person names a third class, one that is not in the mix, in 67 % of 3 first" in page
