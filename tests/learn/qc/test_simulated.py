"""Careless simulated participants are found by quality control, and careful ones left alone."""

from pathlib import Path
from typing import Any

import pytest

from learn.qc import check as qc
from learn.qc import criteria as qc_criteria
from learn.study.selection import select
from learn.study.table import read_study
from tests.elicit.helpers.factories import block, load_protocol, study
from tests.helpers.simulated_studies import cohort, simulate_study

CLASSES = ["bird", "cat", "dog", "frog"]
CARELESS = ("random", "same", "masher")
EACH, CAREFUL = 4, 24


@pytest.mark.parametrize("paradigm", ["construct", "select_shuffled", "infer"])
def test_the_careless_are_left_out_and_people_as_in_h_mix_are_not(
    paradigm: str, tmp_path: Path
) -> None:
    changes: dict[str, Any] = {
        "classes": CLASSES, "per_combination": 10, "batch_size": 30, "repeats": [6, 11],
    }  # fmt: skip
    if paradigm == "infer":
        changes["lambdas"] = [0.1, 0.25, 0.5, 0.75, 0.9]
    asked = load_protocol(tmp_path, study(block(paradigm, **changes)))
    cohorts = [cohort("hmix", CAREFUL), *(cohort(name, EACH) for name in CARELESS)]
    trials = select(read_study(simulate_study(tmp_path / "logs", asked, cohorts))).used
    left_out = {who for who, _ in qc.check_quality(trials, qc_criteria.read_criteria()).excluded}
    for name in CARELESS:
        found = sum(each.startswith(name) for each in left_out)
        assert found == EACH, f"{name}: {found} of {EACH} found"
    assert sum(each.startswith("hmix") for each in left_out) <= 1


def test_who_leaves_in_mid_session_leaves_a_log_that_can_be_read(tmp_path: Path) -> None:
    asked = load_protocol(tmp_path, study(block("infer", per_combination=10, batch_size=30)))
    rows = read_study(
        simulate_study(tmp_path / "logs", asked, [cohort("leaver", 3), cohort("ideal", 1)])
    )
    trials = rows.groupby("participant").size()
    assert trials.pop("ideal0001") == 30
    assert trials.between(6, 24).all()
    assert rows["simulated"].all()
