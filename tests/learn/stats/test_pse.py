"""PSEs and slopes by pair, and which answers are kept apart from which."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from typer.testing import CliRunner

from elicit.errors import ElicitError
from elicit.planning.intervals import (
    MIDPOINT,
    PSE,
    SLOPE,
    StudyAnswers,
    find_midpoints,
    find_populations,
)
from elicit.planning.pool import ParticipantPool
from elicit.planning.pse_precision import PoolAnswers
from learn.cli import app
from learn.qc.scores import score_participants
from learn.report.numbers import compute_tables
from learn.stats.pse import check_has_choices, list_pses, pair_pses, participant_pses
from learn.study.judgements import select_informative
from learn.study.pooling import pool
from learn.study.schema import IMAGE_PAIR
from learn.study.selection import SelectionOptions, select
from learn.study.table import read_study
from tests.elicit.helpers.factories import block, load_protocol
from tests.elicit.helpers.factories import study as content
from tests.helpers.simulated_studies import cohort, simulate_study
from tests.learn.helpers.handwritten_studies import row, table_of, write_session

MIXES = [0.1, 0.2, 0.3, 0.5, 0.6, 0.7] * 5
NAMED = tuple(row(3, 5, x, float(x > 0.4), paradigm="discriminate", trial=7) for x in MIXES)
RATED = (row(3, 5, 0.5, 0.3, 0.8), row(3, 5, 0.3, 0.2, 0.8))
HALVED = (row(3, 5, 0.4), row(3, 5, 0.5))


def test_a_class_named_is_never_averaged_with_a_share() -> None:
    chosen = select(table_of(*NAMED, *RATED))
    assert set(chosen.used["paradigm"]) == {"infer"}
    assert chosen.left_out["classes named, not shares"] == len(NAMED)
    assert pool(chosen.used)["mean_lambda_g"].tolist() == [0.2, 0.3]


@pytest.mark.parametrize("choice", [None, SelectionOptions(paradigms=("discriminate",))])
def test_alone_the_average_is_the_share_of_answers_that_named_class_i(
    choice: SelectionOptions | None,
) -> None:
    also = () if choice is None else RATED
    pooled = pool(select(table_of(*NAMED, row(3, 5, 0.5, 0.0, paradigm="discriminate"), *also),
                         choice).used)  # fmt: skip
    at_half = pooled[pooled["lambda_f"] == 0.5].iloc[0]
    assert at_half["mean_lambda_g"] == pytest.approx(5 / 6)


def test_classes_and_shares_cannot_be_chosen_together() -> None:
    with pytest.raises(
        ElicitError,
        match="--paradigms: discriminate names a class where infer say a share, so their",
    ):
        select(table_of(*NAMED, *RATED), SelectionOptions(paradigms=("discriminate", "infer")))


def test_quality_is_looked_at_paradigm_by_paradigm() -> None:
    used = select(table_of(*NAMED, *RATED), SelectionOptions(pooled=False)).used
    assert set(used["paradigm"]) == {"discriminate", "infer"}


def test_naming_a_class_is_no_answer_at_the_end_of_a_scale() -> None:
    named, rated = score_participants(table_of(*NAMED, *RATED)).to_dict("records")
    assert np.isnan(named["end_answer"])
    assert named["same_answer"] == 0.5
    assert rated["end_answer"] == 0.0


def test_a_policy_is_fitted_to_shares_or_to_classes_never_to_both() -> None:
    assert set(select_informative(table_of(*NAMED, *RATED))["paradigm"]) == {"infer"}
    assert len(select_informative(table_of(*NAMED))) == len(NAMED)


def test_a_participant_s_pse_and_slope_come_from_the_classes_named() -> None:
    (one,) = participant_pses(table_of(*NAMED)).to_dict("records")
    assert (one["class_i"], one["class_j"], one["trials"]) == ("cat", "dog", 30)
    assert one["pse"] == pytest.approx(0.4, abs=0.03)
    assert one["pse_low"] < 0.4 < one["pse_high"]
    assert one["slope"] > 15


def test_the_5050_points_of_construct_stand_beside_without_a_slope() -> None:
    found = pair_pses(table_of(*NAMED, *HALVED))
    halved, named = found.to_dict("records")
    assert (halved["paradigm"], halved["pse"]) == ("construct", pytest.approx(0.45))
    assert pd.isna(halved["slope"])
    assert pd.isna(halved["pse_low"])  # of one participant
    assert (named["paradigm"], named["trials"]) == ("discriminate", len(NAMED))


def test_over_participants_each_counts_once_and_the_interval_is_of_their_spread() -> None:
    people = [each.model_copy(update={"participant": "P02"}) for each in (*HALVED, *HALVED)]
    third = row(3, 5, 0.6, participant="P03")
    (one,) = pair_pses(table_of(*HALVED, *people, third)).to_dict("records")
    assert one["participants"] == 3
    assert one["pse"] == pytest.approx(np.mean([0.45, 0.45, 0.6]))
    assert (one["pse_high"] - one["pse"]) == pytest.approx(4.3027 * 0.05, rel=1e-3)


def test_of_all_pairs_the_mean_stands_first_and_holds_for_other_pairs() -> None:
    """Construct: two people and two pairs. .3 and .5, then .5 and .7: means .4 and .6.

    Between pairs (.1^2 + .1^2) / 4 * 2; a pair's own error is .1, which makes less. An answer moves
    its pair's mean by .05 up or down, and that of all by half of it: four cells of .025, times 4/3,
    and two people of .05, times 2.
    """
    chosen = [(0, 3, 5, 0.3), (1, 3, 5, 0.5), (0, 3, 7, 0.5), (1, 3, 7, 0.7)]
    table = table_of(*(row(i, j, x) for _, i, j, x in chosen))
    found = list_pses(table.assign(participant=[f"P{who}" for who, *_ in chosen]))
    assert found["class_i"].tolist()[0] == "all"
    assert found["pse"].tolist() == pytest.approx([0.5, 0.4, 0.6])
    assert found["trials"].tolist() == [4, 2, 2]
    between = (0.1**2 + 0.1**2) / 4 * 2
    people = 2 * 0.05**2 * 2
    variance = between + people - 4 * 0.025**2 * 4 / 3
    half = stats.t.ppf(0.975, 1) * np.sqrt(variance)
    assert found["pse_high"][0] - found["pse"][0] == pytest.approx(half)


def test_a_paradigm_that_asked_about_one_pair_has_no_mean_of_all() -> None:
    found = list_pses(table_of(*HALVED))
    assert len(found) == 1
    assert "all" not in found["class_i"].tolist()


def test_each_pair_of_images_can_have_its_own_pse() -> None:
    others = [each.model_copy(update={"image_j": 15}) for each in NAMED]
    assert len(participant_pses(table_of(*NAMED, *others))) == 1
    assert len(participant_pses(table_of(*NAMED, *others), IMAGE_PAIR)) == 2


def test_a_study_of_infer_alone_has_no_pse_to_tell() -> None:
    with pytest.raises(ElicitError, match="must be discriminate, construct or select_shuffled"):
        check_has_choices(table_of(*RATED))


@pytest.mark.slow
def test_a_report_tells_pses_and_takes_no_class_for_a_share() -> None:
    tables = compute_tables(table_of(*NAMED, *RATED))
    assert tables["points"]["paradigm"].tolist() == ["discriminate"]
    assert tables["inferred"]["n"].sum() == len(RATED)


def test_the_page_says_where_one_class_turns_into_the_other(tmp_path: Path) -> None:
    write_session(tmp_path / "logs", "P01", *NAMED)
    out = tmp_path / "report.html"
    ended = CliRunner().invoke(app, ["report", str(tmp_path / "logs"), "--out", str(out)])
    assert ended.exit_code == 0, ended.output
    page = out.read_text(encoding="utf-8")
    assert "At which mix are both classes named equally often?" in page
    assert "cat–dog" in page
    assert (tmp_path / "report_numbers" / "points.csv").is_file()


def test_the_command_prints_a_row_a_pair_and_writes_both_tables(tmp_path: Path) -> None:
    write_session(tmp_path / "logs", "P01", *NAMED)
    out = tmp_path / "pse"
    ended = CliRunner().invoke(app, ["pse", str(tmp_path / "logs"), "--out", str(out)])
    assert ended.exit_code == 0, ended.output
    assert "cat-dog" in ended.output
    assert sorted(path.name for path in out.iterdir()) == ["own_points.csv", "points.csv"]


def test_simulated_people_s_pses_come_back_from_an_adaptive_study(tmp_path: Path) -> None:
    how = {"target": "pse_and_slope", "trials": 40}
    asked = load_protocol(tmp_path, content(block("discriminate", adaptive=how)))
    truth = {"cat-dog": 0.4, "cat-frog": 0.5, "dog-frog": 0.62}
    known = {"pse": truth, "slope": 14.0, "lapse_rate": 0.04}
    found = pair_pses(
        read_study(simulate_study(tmp_path / "logs", asked, [cohort("psychometric", 12, known)]))
    )
    for each in found.to_dict("records"):
        pse = truth[f"{each['class_i']}-{each['class_j']}"]
        assert each["pse"] == pytest.approx(pse, abs=0.03)
        assert each["slope"] == pytest.approx(14.0, rel=0.3)
        assert each["participants"] == 12


def test_plan_calibrates_the_very_intervals_that_are_reported(tmp_path: Path) -> None:
    blocks = (
        block("discriminate", times=2, per_combination=2, batch_size=6),
        block("construct", per_combination=2, batch_size=6),
    )
    asked = load_protocol(tmp_path, content(*blocks))
    people = cohort("psychometric", 4, {"pse_sd": 0.1})
    reported = list_pses(read_study(simulate_study(tmp_path / "logs", asked, [people])))
    pool = ParticipantPool(asked, "pictograms", people, lambda _: 1)
    pool.grow(4)
    named, halved = (
        StudyAnswers(stimuli, PoolAnswers.of(number, pool.sessions))
        for number, stimuli in enumerate(pool.blocks)
    )
    intervals = find_populations(named) | find_midpoints(halved)
    for each in reported.to_dict("records"):
        is_all = each["class_i"] == "all"
        pair = "all" if is_all else f"{each['class_i']}-{each['class_j']}"
        what = PSE if each["paradigm"] == "discriminate" else MIDPOINT
        wanted = each["pse"], each["pse_low"], each["pse_high"]
        assert intervals.pop((what, pair)) == pytest.approx(wanted)
        if what == PSE:
            wanted = each["slope"], each["slope_low"], each["slope_high"]
            assert intervals.pop((SLOPE, pair)) == pytest.approx(wanted)
    assert not intervals
