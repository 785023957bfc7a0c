"""The prior that a study's own protocol states is the one its PSEs are estimated with."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

from elicit.errors import ElicitError, StudyFolderWarning
from elicit.psychometric.function import Prior
from learn.cli import app
from learn.stats.pse import participant_pses
from learn.stats.pse_prior import read_study_prior
from learn.study.table import read_study
from tests.elicit.helpers.factories import block, load_protocol
from tests.elicit.helpers.factories import study as content
from tests.helpers.simulated_studies import cohort, simulate_study
from tests.learn.helpers.handwritten_studies import row, write_session

SURE = {"pse_mean": 0.7, "pse_sd": 0.02, "slope_median": 30.0}  # and wrong of the cohorts here


def answered(
    folder: Path, prior: Mapping[str, float] | None = None, people: int = 2, seed: int = 1
) -> Path:
    """Return a study folder, `people` of a known curve more in it than before."""
    how = {"target": "pse_and_slope", "trials": 10} | ({} if prior is None else {"prior": prior})
    asked = load_protocol(folder, content(block("discriminate", adaptive=how)))
    observer = ("psychometric", "ideal")[seed - 1]
    return simulate_study(folder / "logs", asked, [cohort(observer, people, seed=seed)])


def sidecar(logs: Path) -> Path:
    return min((logs / "data").glob("*_session.json"))


def test_pses_are_estimated_with_the_prior_that_the_study_s_protocol_states(
    tmp_path: Path,
) -> None:
    logs = answered(tmp_path, SURE)
    ended = CliRunner().invoke(app, ["pse", str(logs), "--out", str(tmp_path / "pse")])
    assert ended.exit_code == 0, ended.output
    assert "the study's own, which 2 of 2 sessions state: pse_mean 0.7, pse_sd 0.02" in ended.output
    rows = read_study(logs)
    its, default = participant_pses(rows, prior=Prior(**SURE)), participant_pses(rows)
    assert (its["pse"] - default["pse"]).min() > 0.1
    told = (tmp_path / "pse" / "own_points.csv").read_text(encoding="utf-8")
    assert f",{its['pse'][0]}," in told


def test_the_default_prior_can_be_asked_for_instead(tmp_path: Path) -> None:
    logs = answered(tmp_path, SURE)
    default, own = tmp_path / "default", tmp_path / "own"
    asked = ["pse", str(logs), "--out"]
    ended = CliRunner().invoke(app, [*asked, str(default), "--default-prior"])
    assert ended.exit_code == 0, ended.output
    assert "Prior of own curves: the default, as --default-prior says." in ended.output
    assert CliRunner().invoke(app, [*asked, str(own)]).exit_code == 0
    one, other = (folder / "own_points.csv" for folder in (default, own))
    assert one.read_bytes() != other.read_bytes()
    assert (default / "points.csv").read_bytes() == (own / "points.csv").read_bytes()


def test_a_protocol_that_says_nothing_of_a_prior_has_the_default_one(tmp_path: Path) -> None:
    found = read_study_prior(read_study(answered(tmp_path)))
    assert (found.prior, found.stating, found.sessions) == (Prior(), 2, 2)


def test_constant_stimuli_and_a_lost_sidecar_state_no_prior(tmp_path: Path) -> None:
    asked = load_protocol(tmp_path, content(block("discriminate")))
    constant = simulate_study(tmp_path / "constant", asked, [cohort("ideal", 1)])
    assert (
        read_study_prior(read_study(constant)).stating,
        read_study_prior(read_study(constant)).sessions,
    ) == (0, 1)
    logs = answered(tmp_path, SURE)
    sidecar(logs).unlink()
    found = read_study_prior(read_study(logs))
    assert (found.prior, found.stating, found.sessions) == (Prior(**SURE), 1, 2)
    assert "1 of 2 sessions state" in str(found)


def test_a_torn_sidecar_states_no_prior(tmp_path: Path) -> None:
    logs = answered(tmp_path, SURE, people=1)
    sidecar(logs).write_text('{"protocol": "pi', encoding="utf-8")
    with pytest.warns(StudyFolderWarning, match=r"_session\.json: is damaged, so that its prior"):
        found = read_study_prior(read_study(logs))
    assert (found.prior, found.stating) == (Prior(), 0)
    assert str(found).startswith("Prior of own curves: the default, as no session states one:")


def test_sessions_that_state_different_priors_are_told_in_one_line(tmp_path: Path) -> None:
    answered(tmp_path, SURE)
    logs = answered(tmp_path, {"pse_sd": 0.3}, seed=2)
    ended = CliRunner().invoke(app, ["pse", str(logs)])
    assert ended.exit_code == 1
    told = str(ended.exception)
    assert "\n" not in told
    assert "blocks.0.measured.prior: must be the same in every session, got pse_mean 0.7" in told
    assert "take the default for all: learn pse --default-prior" in told
    assert CliRunner().invoke(app, ["pse", str(logs), "--default-prior"]).exit_code == 0


def test_who_stated_another_prior_can_be_left_out(tmp_path: Path) -> None:
    answered(tmp_path, SURE)
    logs = answered(tmp_path, {"pse_sd": 0.3}, seed=2)
    gone = tmp_path / "gone.csv"
    gone.write_text("participant\nideal0001\nideal0002\n", encoding="utf-8")
    ended = CliRunner().invoke(app, ["pse", str(logs), "--exclude", str(gone)])
    assert ended.exit_code == 0, ended.output
    assert "which 2 of 2 sessions state: pse_mean 0.7" in ended.output


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"pse_sd": 0}, r"prior\.pse_sd: must lie between 0 and 10, both left out, got 0$"),
        ({"width": 1}, r"prior: must be numbers for pse_mean, .*, got \{'width': 1\}; restore"),
        ({"pse_sd": "wide"}, r"prior: must be numbers for pse_mean, .*, got \{'pse_sd': 'wide'\}"),
        (None, r"prior: must be numbers for pse_mean, .*, got None"),
    ],
)
def test_a_prior_that_cannot_be_is_told_with_its_place(
    said: object, told: str, tmp_path: Path
) -> None:
    logs = answered(tmp_path, SURE, people=1)
    its = json.loads(sidecar(logs).read_text(encoding="utf-8"))
    its["blocks"][0]["measured"]["prior"] = said
    sidecar(logs).write_text(json.dumps(its), encoding="utf-8")
    with pytest.raises(ElicitError, match=rf"_session\.json: blocks\.0\.measured\.{told}"):
        read_study_prior(read_study(logs))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"blocks": 3}, r"_session\.json: blocks: must be a list"),
        ({"blocks": ["[/x]"]}, r"_session\.json: blocks: must be a list"),
        ({"blocks": [{"name": "d", "measured": [1]}]}, r"blocks\.0\.measured: must be a mapping"),
    ],
)
def test_a_sidecar_that_is_none_is_told_with_its_place(
    change: dict[str, object], told: str, tmp_path: Path
) -> None:
    logs = answered(tmp_path, SURE, people=1)
    its = json.loads(sidecar(logs).read_text(encoding="utf-8"))
    sidecar(logs).write_text(json.dumps(its | change), encoding="utf-8")
    with pytest.raises(ElicitError, match=told):
        read_study_prior(read_study(logs))


def test_a_damaged_sidecar_is_told_and_does_not_count(tmp_path: Path) -> None:
    logs = answered(tmp_path, SURE)
    sidecar(logs).write_bytes(bytes(50))
    with pytest.warns(StudyFolderWarning, match=r"_session\.json: is damaged, so that its prior"):
        prior = read_study_prior(read_study(logs))
    assert prior.stating == 1


def test_a_study_without_discriminate_has_no_prior_to_tell(tmp_path: Path) -> None:
    write_session(tmp_path / "logs", "P01", row(3, 5, 0.4), row(3, 5, 0.5))
    ended = CliRunner().invoke(app, ["pse", str(tmp_path / "logs")])
    assert ended.exit_code == 0, ended.output
    assert "Prior" not in ended.output
