"""The next mix, chosen from the answers so far; sessions that are interrupted go on alike."""

from __future__ import annotations

import json
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from elicit.design import build as design
from elicit.design.adaptive import CHOICE_GRID, WIDE_GRID, Adaptive, AdaptiveCurve, CurveSpec
from elicit.log.reader import read
from elicit.log.rows import TrialRow
from elicit.observers import observer
from elicit.psychometric.function import Prior, estimate, grid
from elicit.screen.virtual_display import virtual_screen
from elicit.session.provenance import read_curves
from elicit.session.records import PreviousRows
from elicit.session.runner import SessionRunner
from elicit.session.start import resume_session
from elicit.study.folder import Study
from elicit.trial import Trial
from stimuli.sources.endpoints import Pictograms
from tests.elicit.helpers.commands import elicit
from tests.elicit.helpers.factories import GRID, block, discriminate_trial, write_protocol
from tests.elicit.helpers.factories import study as content
from tests.elicit.helpers.killed_sessions import kill_after, start_session
from tests.elicit.helpers.session_records import session_record
from tests.elicit.helpers.sessions import answer, pilot_study, run_session
from tests.elicit.helpers.views import AnsweringView
from tests.elicit.helpers.virtual_lab import PATIENCE_S, needs_a_virtual_screen

PRIOR = Prior()
HOW = {"target": "pse_and_slope", "trials": 8}
ADAPTIVE = block("discriminate", "more", adaptive=HOW, per_combination=2, batch_size=6)
TRIALS = 24  # three class pairs
PASSING = {"rt_s", "onset_utc", "dropped_frames", "resumed", "participant"}


def asked_of(pse: float, slope: float, trials: int, target: str = "pse_and_slope") -> AdaptiveCurve:
    rng = np.random.default_rng(5)
    curve = AdaptiveCurve.start(GRID, target, PRIOR)
    for _ in range(trials):
        lambda_f = curve.choice()
        chance = 1 / (1 + np.exp(-slope * (lambda_f - pse)))
        curve = curve.after(lambda_f, bool(rng.random() < chance))
    return curve


def test_no_answer_is_learnt_from_twice() -> None:
    """What was got ready while a trial was on screen is what follows its answer."""
    curve = AdaptiveCurve.start(GRID, "pse", PRIOR)
    assert curve.after(GRID[3], True) is curve.after(GRID[3], True)
    assert curve.after(GRID[3], True) is not curve.after(GRID[3], False)


def test_the_first_mix_is_in_the_middle_of_what_is_believed() -> None:
    assert AdaptiveCurve.start(GRID, "pse", PRIOR).choice() == pytest.approx(0.5, abs=0.1)
    early = replace(PRIOR, pse_mean=0.2, pse_sd=0.05)
    assert AdaptiveCurve.start(GRID, "pse", early).choice() == pytest.approx(0.2, abs=0.1)


@pytest.mark.parametrize("target", ["pse_and_slope", "pse"])
def test_the_mix_chosen_is_the_one_after_which_least_is_uncertain(target: str) -> None:
    curve = asked_of(0.4, 12.0, 7, target)
    expected = [uncertain_after(curve, k) for k in range(len(GRID))]
    assert curve.expected_entropies() == pytest.approx(expected, abs=1e-9)
    assert expected[GRID.index(curve.choice())] == pytest.approx(min(expected), abs=1e-8)


def answer_as(pse: float, rule: str, trials: int = 24, slope: float = 20.0) -> AdaptiveCurve:
    """Return the curve of somebody far from the prior."""
    rng = np.random.default_rng(7)
    curve = AdaptiveCurve.start(GRID, "pse_and_slope", PRIOR, rule)
    for _ in range(trials):
        lambda_f = curve.choice()
        chance = 1 / (1 + np.exp(-slope * (lambda_f - pse)))
        curve = curve.after(lambda_f, bool(rng.random() < chance))
    return curve


@pytest.mark.parametrize("pse", [0.03, 0.97])
def test_a_grid_is_widened_for_a_pse_at_its_edge_and_all_answers_count_on_it(pse: float) -> None:
    curve = answer_as(pse, "widening")
    assert curve.wide
    assert curve.posterior.shape == WIDE_GRID
    again = AdaptiveCurve.start(GRID, "pse_and_slope", PRIOR, "widening")
    for lambda_f, said_i in curve.answers:
        assert again.choice() == lambda_f  # as when a session is replayed
        again = again.after(lambda_f, said_i)
    assert (again.posterior == curve.posterior).all()


def test_a_grid_is_widened_for_a_shallow_slope() -> None:
    assert answer_as(0.5, "widening", 60, 1.0).wide
    assert not answer_as(0.5, "widening", 60, 10.0).wide


@pytest.mark.parametrize("pse", [0.4, 0.5, 0.6])
def test_a_grid_that_holds_the_participant_is_not_widened(pse: float) -> None:
    assert answer_as(pse, "widening").answers == answer_as(pse, "fixed").answers


def test_a_fixed_grid_is_never_widened() -> None:
    assert not answer_as(0.03, "fixed").wide


@pytest.mark.parametrize("rule", ["widening", "fixed"])
def test_a_session_keeps_the_rule_with_which_it_began(tmp_path: Path, rule: str) -> None:
    """Records of earlier versions state none: their grid is fixed."""
    study, asked = pilot_study(tmp_path, [ADAPTIVE])
    files = run_session(study, asked, "P01", closes_at=3)
    said = json.loads(files.sidecar.read_text(encoding="utf-8"))
    assert said["blocks"][0]["measured"]["rule"] == "widening"
    if rule == "fixed":
        del said["blocks"][0]["measured"]["rule"]
        files.sidecar.write_text(json.dumps(said), encoding="utf-8")
    begun = resume_session(study, design.StimulusSets(asked, Pictograms()), "P01", 1)
    assert begun.files is not None
    assert begun.before is not None
    begun.files.close()
    (kept,) = [block.curve_spec for block in begun.plan.blocks]
    assert kept is not None
    assert kept.rule == rule
    assert read_curves(begun.before, files.sidecar) == [kept]


def test_an_estimate_says_which_ends_the_trials_cannot_tell() -> None:
    all_i = estimate([0.2, 0.4, 0.6, 0.8] * 4, [True] * 16)
    assert "pse_low" in all_i.open_ends
    assert "pse_high" not in all_i.open_ends
    rng = np.random.default_rng(1)
    shown = np.tile(np.arange(1, 20) / 20, 20)
    said = rng.random(len(shown)) < 1 / (1 + np.exp(-12 * (shown - 0.5)))
    assert estimate(shown.tolist(), said.tolist()).open_ends == ()


def uncertain_after(curve: AdaptiveCurve, place: int) -> float:
    """Return the entropy of what is asked about, averaged over both answers, step by step."""
    total = 0.0
    for said_i in (True, False):
        after = curve.after(GRID[place], said_i)
        known = (
            after.posterior.sum(2)
            if curve.target == "pse_and_slope"
            else after.posterior.sum((1, 2))
        )
        share = share_naming_i(curve, place)
        entropy = -float(np.sum(known * np.log(np.maximum(known, 1e-300))))
        total += (share if said_i else 1 - share) * entropy
    return total


def share_naming_i(curve: AdaptiveCurve, place: int) -> float:
    chances = grid(curve.prior, CHOICE_GRID).chances([GRID[place]])[0]
    return float(np.sum(curve.posterior * chances))


@pytest.mark.parametrize("pse", [0.3, 0.5, 0.66])
def test_an_adaptive_block_gets_back_a_participant_s_own_pse(pse: float) -> None:
    answers = asked_of(pse, 14.0, 80).answers
    found = estimate([shown for shown, _ in answers], [said_i for _, said_i in answers])
    assert found.pse == pytest.approx(pse, abs=0.06)
    assert found.pse_low < pse < found.pse_high


def rows_of(study: Study) -> list[TrialRow]:
    return read(study.session("P01", 1).file("data.csv"))


def lasting(rows: list[TrialRow]) -> list[dict[str, Any]]:
    return [row.model_dump(exclude=PASSING) for row in rows]


@pytest.mark.parametrize("after", [0, 1, 7, 23])
def test_a_session_stopped_in_an_adaptive_block_goes_on_as_if_it_had_not_been(
    after: int, tmp_path: Path
) -> None:
    for name in ("whole", "stopped"):
        (tmp_path / name).mkdir()
    whole, asked = pilot_study(tmp_path / "whole", [ADAPTIVE])
    run_session(whole, asked, "P01")
    study, asked = pilot_study(tmp_path / "stopped", [ADAPTIVE])
    run_session(study, asked, "P01", closes_at=after)
    files, rows, record = study.reopen_session("P01", 1)
    assert len(rows) == after
    plan = design.build(asked, Pictograms(), "P01", 1, record.allocation)
    answer(files, asked, plan, previous=PreviousRows(tuple(rows)))
    assert len(rows_of(study)) == TRIALS
    assert lasting(rows_of(study)) == lasting(rows_of(whole))
    ends = [
        json.loads(s.session("P01", 1).file("end.json").read_text(encoding="utf-8"))
        for s in (study, whole)
    ]
    assert ends[0]["estimates"] == ends[1]["estimates"]


def test_the_record_of_a_session_tells_each_curve_s_pse_and_slope(tmp_path: Path) -> None:
    study, asked = pilot_study(tmp_path, [ADAPTIVE])
    run_session(study, asked, "P01")
    ending = json.loads(study.session("P01", 1).file("end.json").read_text(encoding="utf-8"))
    curves = {(each["class_i"], each["class_j"]): each for each in ending["estimates"]}
    assert set(curves) == {("cat", "dog"), ("cat", "frog"), ("dog", "frog")}
    for (i, j), curve in curves.items():
        its = [row for row in rows_of(study) if (row.class_i, row.class_j) == (i, j)]
        found = estimate(
            [float(row.lambda_f or 0) for row in its], [row.chose_i is True for row in its]
        )
        assert (curve["trials"], curve["block"]) == (8, "more")
        assert curve["pse"] == pytest.approx(found.pse, abs=1e-6)
        assert (curve["pse_low"], curve["pse_high"]) == pytest.approx(
            (found.pse_low, found.pse_high), abs=1e-6
        )


@needs_a_virtual_screen
def test_a_session_killed_in_an_adaptive_block_goes_on_as_if_it_had_not_been(
    tmp_path: Path,
) -> None:
    protocol = write_protocol(tmp_path, content(ADAPTIVE))
    with virtual_screen("1024x600") as display:
        ended = start_session(tmp_path / "whole", display, protocol=protocol).communicate(
            timeout=120
        )
        whole = read(data_file(tmp_path / "whole"))
        assert len(whole) == TRIALS, ended
        first = start_session(tmp_path / "killed", display, protocol=protocol)
        file, deadline = data_file(tmp_path / "killed"), time.monotonic() + PATIENCE_S
        while not file.exists() or file.read_bytes().count(b"\n") < 9:
            assert first.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        kill_after(first, 0.0, signal.SIGKILL)
        assert 8 <= len(read(file)) < TRIALS
        start_session(tmp_path / "killed", display, "--resume", protocol=protocol).communicate(
            timeout=120
        )
    assert lasting(read(file)) == lasting(whole)
    replayed = elicit(tmp_path, "replay", str(file))
    assert replayed.shown == f"{TRIALS} trials replayed, all answers the same\n"


def data_file(logs: Path) -> Path:
    return logs / "data" / "subject-autopilot_session-1_task-pilot_data.csv"


class Preparing(AnsweringView):
    """A view that remembers which mixes were ready when each trial came."""

    def __init__(self) -> None:
        super().__init__(observer("autopilot", [7]))
        self.prepared: dict[int, Trial] = {}

    def prepare(self, trial: Trial) -> None:
        self.prepared[trial.number] = trial


@pytest.mark.parametrize("classes", [["cat", "dog"], ["cat", "dog", "frog"]])
def test_every_mix_was_prepared_before_its_trial_two_at_most(
    classes: list[str], tmp_path: Path
) -> None:
    size = 2 * len(classes) * (len(classes) - 1) // 2
    one = ADAPTIVE | {"classes": classes, "batch_size": size}
    study, asked = pilot_study(tmp_path, [one])
    place = study.claim("P01", 1)
    plan = design.build(asked, Pictograms(), "P01", 1, place.number)
    record = session_record(
        allocation=place.number, attempt=place.attempt, protocol_sha256=asked.sha256
    )
    files = study.open_session("P01", 1, record)
    view = Preparing()
    SessionRunner(asked, Pictograms(), plan, view, files, simulated=True).run()
    files.close()
    rows = read(files.trials.path)
    assert len({row.lambda_f for row in rows}) > 1
    for row in rows:
        ready = view.prepared[row.trial]
        assert row.lambda_f in ready.lambdas
        assert len(ready.lambdas) <= 2
        assert (ready.pair.image_i, ready.pair.image_j) == (row.image_i, row.image_j)


def test_practice_and_constant_stimuli_say_nothing_to_an_adaptive_block(tmp_path: Path) -> None:
    study, asked = pilot_study(tmp_path, [ADAPTIVE])
    run_session(study, asked, "P01")
    row = rows_of(study)[0]
    measured = CurveSpec("more", "class_pair", GRID, "pse")
    untouched, taught = Adaptive([measured]), Adaptive([measured])
    taught.take(row.model_copy(update={"practice": True}))
    taught.take(row.model_copy(update={"block": "another"}))
    trial = discriminate_trial(block="more", lambdas=GRID)
    assert taught.choose(trial) == untouched.choose(trial)
    constant = discriminate_trial(block="another", lambdas=(0.3,))
    assert taught.choose(constant) is constant
