"""`elicit replay`: the events of a session lead to its answers."""

from collections.abc import Callable
from pathlib import Path

import pytest

from elicit.design import build as design
from elicit.log.reader import read, read_events
from elicit.log.rows import COLUMNS
from elicit.pages import LeavePage
from elicit.screen.view import ScreenState
from elicit.session.records import PreviousRows
from elicit.study.session_files import SessionWriters
from elicit.trial import Confirm, Leave, Timed
from stimuli.sources.endpoints import Pictograms
from tests.elicit.helpers.commands import elicit
from tests.elicit.helpers.factories import block
from tests.elicit.helpers.sessions import TRIALS, answer, pilot_study, run_session
from tests.elicit.helpers.views import AnsweringView


@pytest.fixture
def finished(tmp_path: Path) -> SessionWriters:
    study, asked = pilot_study(tmp_path)
    return run_session(study, asked, "P01")


@pytest.mark.parametrize("kind", ["events.csv", "data.csv"])
def test_the_events_of_a_session_lead_to_its_answers(
    tmp_path: Path, finished: SessionWriters, kind: str
) -> None:
    ended = elicit(tmp_path, "replay", str(finished.session.file(kind)))
    assert (ended.code, ended.said) == (0, "")
    assert ended.shown == f"{TRIALS} trials replayed, all answers the same\n"
    assert {row.paradigm for row in read(finished.trials.path)} == {
        "construct",
        "select_shuffled",
        "infer",
    }


def test_a_session_that_was_interrupted_replays_too(tmp_path: Path) -> None:
    study, asked = pilot_study(tmp_path)
    run_session(study, asked, "P01", closes_at=4)
    path = study.session("P01", 1).file("events.csv")
    ended = elicit(tmp_path, "replay", str(path))
    assert ended.shown == "4 trials replayed, all answers the same (1 shown and not answered)\n"
    files, rows, record = study.reopen_session("P01", 1)
    plan = design.build(asked, Pictograms(), "P01", 1, record.allocation)
    answer(files, asked, plan, previous=PreviousRows(tuple(rows)))
    assert sum(act.event == "shown" and act.trial == 4 for act in read_events(path)) == 2
    ended = elicit(tmp_path, "replay", str(path))
    assert (ended.code, ended.shown) == (0, f"{TRIALS} trials replayed, all answers the same\n")


def _without_last_of(trial: int, lines: list[str]) -> list[str]:
    acts = [line.startswith(f"{trial},") and ",session," not in line for line in lines]
    last = max(k for k, is_act in enumerate(acts) if is_act)
    return lines[:last] + lines[last + 1 :]


def _without(trial: int, lines: list[str]) -> list[str]:
    return [line for line in lines if not line.startswith(f"{trial},")]


def _turned(trial: int, lines: list[str]) -> list[str]:
    first = next(
        k for k, line in enumerate(lines) if line.startswith(f"{trial},") and ",step," in line
    )
    return [*lines[:first], lines[first], *lines[first:]]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_without_last_of, "the events end before an answer"),
        (_without, "no events"),
        (_turned, "steps: "),
    ],
)
def test_what_the_events_do_not_lead_to_is_told_by_trial(
    tmp_path: Path,
    finished: SessionWriters,
    change: Callable[[int, list[str]], list[str]],
    told: str,
) -> None:
    path = finished.events.path
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\r\n".join([*change(1, lines), ""]), encoding="utf-8", newline="")
    ended = elicit(tmp_path, "replay", str(path))
    assert ended.code == 1
    assert f"{path}: trial 1: {told}" in ended.shown
    assert all(line.startswith(f"{path}: trial 1: ") for line in ended.shown.splitlines())


@pytest.mark.parametrize(
    ("column", "value"),
    [("lambda_f", "0.123"), ("rt_s", "9.5"), ("omega", "0.99"), ("side_px", "257")],
)
def test_an_answer_that_was_changed_is_told(
    tmp_path: Path, finished: SessionWriters, column: str, value: str
) -> None:
    path = finished.trials.path
    rows = read(path)
    trial = TRIALS - 1 if column == "omega" else 0
    lines = path.read_text("utf-8").splitlines()
    before = getattr(rows[trial], column)
    cells = lines[trial + 1].split(",")  # none of them is quoted
    cells[COLUMNS.index(column)] = value
    lines[trial + 1] = ",".join(cells)
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    assert getattr(read(path)[trial], column) == float(value)
    ended = elicit(tmp_path, "replay", str(path))
    assert ended.code == 1
    assert f"trial {trial}: {column}: {value} in the log, {before} from the events" in ended.shown


def test_a_construct_session_without_its_sidecar_is_told(
    tmp_path: Path, finished: SessionWriters
) -> None:
    finished.sidecar.unlink()
    ended = elicit(tmp_path, "replay", str(finished.events.path))
    assert ended.code == 1
    assert ended.said.startswith("elicit: trial 0: lambda_grid of block 'construct': must be in ")
    assert len(ended.said.splitlines()) == 1


def test_a_damaged_sidecar_is_told(tmp_path: Path, finished: SessionWriters) -> None:
    finished.sidecar.write_bytes(bytes(50))
    ended = elicit(tmp_path, "replay", str(finished.events.path))
    assert ended.said.startswith(f"elicit: {finished.sidecar}: is damaged; restore it from a copy")


@pytest.mark.parametrize("name", ["other.csv", "subject-P01_session-1_task-pilot_events.csv"])
def test_a_file_that_is_none_of_a_session_s_is_one_line(tmp_path: Path, name: str) -> None:
    ended = elicit(tmp_path, "replay", str(tmp_path / name))
    assert ended.code == 1
    assert len(ended.said.splitlines()) == 1
    assert "must be a session's _events.csv" in ended.said or "No such file" in ended.said


class PausingView(AnsweringView):
    """A view whose observer presses Escape before every key of a trial, and goes on."""

    _paused_on: ScreenState | None = None

    def events(self, until: float | None = None) -> list[Timed]:
        shown, at = self.shown[-1], self._now + self._frame_s / 3  # of no round number
        if isinstance(shown, LeavePage):
            return [Timed(Confirm(), at, "space")]
        if hasattr(shown, "trial") and shown is not self._paused_on:
            self._paused_on = shown
            return [Timed(Leave(), at, "escape")]
        return super().events()


def test_the_events_lead_to_the_pauses_of_a_trial(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.elicit.helpers.sessions.AnsweringView", PausingView)
    study, asked = pilot_study(tmp_path)
    files = run_session(study, asked, "P01")
    rows = read(files.trials.path)
    assert all(row.pauses and row.paused_s for row in rows)
    assert max(row.pauses or 0 for row in rows) > 3
    ended = elicit(tmp_path, "replay", str(files.trials.path))
    assert (ended.code, ended.shown) == (0, f"{TRIALS} trials replayed, all answers the same\n")


ADAPTIVE = block("discriminate", adaptive={"target": "pse", "trials": 5})


def test_every_mix_of_an_adaptive_block_is_the_one_its_answers_lead_to(tmp_path: Path) -> None:
    study, asked = pilot_study(tmp_path, [ADAPTIVE, block("discriminate", "constant")])
    files = run_session(study, asked, "P01")
    ended = elicit(tmp_path, "replay", str(files.trials.path))
    assert (ended.code, ended.shown) == (0, "48 trials replayed, all answers the same\n")


def test_a_mix_that_the_answers_do_not_lead_to_is_told(tmp_path: Path) -> None:
    study, asked = pilot_study(tmp_path, [ADAPTIVE])
    path = run_session(study, asked, "P01").trials.path
    rows = read(path)
    column = COLUMNS.index("lambda_f")
    lines = path.read_text(encoding="utf-8").splitlines()
    cells = lines[1].split(",")
    cells[column] = "0.9"
    path.write_text("\n".join([lines[0], ",".join(cells), *lines[2:]]) + "\n", encoding="utf-8")
    ended = elicit(tmp_path, "replay", str(path))
    chosen = rows[0].lambda_f
    told = f"{path}: trial 0: lambda_f: 0.9 in the log, {chosen} chosen after the answers before"
    assert ended.code == 1
    assert told in ended.shown.splitlines()


def test_a_session_of_categorize_is_resumed_and_replayed(tmp_path: Path) -> None:
    study, asked = pilot_study(tmp_path, [block("categorize")])
    run_session(study, asked, "P01", closes_at=1)
    files, rows, record = study.reopen_session("P01", 1)
    plan = design.build(asked, Pictograms(), "P01", 1, record.allocation)
    answer(files, asked, plan, previous=PreviousRows(tuple(rows)))
    path = study.session("P01", 1).file("data.csv")
    ended = elicit(tmp_path, "replay", str(path))
    assert (ended.code, ended.shown) == (0, "3 trials replayed, all answers the same\n")
    whole = read(path)
    assert len({row.class_order for row in whole}) == 1
    assert all(row.chosen_1 in row.class_order and row.lambda_g is None for row in whole)
    lines = path.read_text("utf-8").splitlines()
    cells = lines[2].split(",")
    cells[COLUMNS.index("share_1")] = "0.01"
    lines[2] = ",".join(cells)
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    ended = elicit(tmp_path, "replay", str(path))
    assert f"trial 1: share_1: 0.01 in the log, {whole[1].share_1} from the events" in ended.shown
