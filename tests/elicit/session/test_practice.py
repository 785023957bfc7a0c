"""Practice: told apart from what counts, with feedback, repeated, and gone on with after a kill."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from elicit.design import build as design
from elicit.errors import StudyFolderWarning
from elicit.log.reader import read, read_events, read_table
from elicit.log.rows import PageRow, TrialRow
from elicit.observers import observer
from elicit.pages import Page
from elicit.questions import Choice
from elicit.screen.keys import meaning
from elicit.screen.view import ScreenState
from elicit.session import provenance
from elicit.session.interruption_pages import feedback_page, practice_end_page
from elicit.session.replay import find_differences
from elicit.session.runner import SessionRunner
from elicit.session.start import resume_session
from elicit.study.folder import Study
from elicit.study.status import StudyMonitor
from elicit.timing import Phase
from elicit.trial import Wording
from stimuli.sources.endpoints import Pictograms
from tests.elicit.helpers.factories import block, infer_trial, load_protocol
from tests.elicit.helpers.factories import study as content
from tests.elicit.helpers.views import AnsweringView

PASSING = {"rt_s", "onset_utc", "resumed", "at_utc"}
PRACTISED: dict[str, Any] = {"practice": 2, "feedback": True, "batch_size": 2}
BLOCKS = [block("construct", **PRACTISED), block("infer", **PRACTISED)]
ROUNDS = (3, 1)  # of practice, in each block
# What is on screen one after the other: the block's page; a practice trial and its feedback, twice;
# the page after it; the same without the block's page for each round; the trials that count.
FIRST_TRIAL, FIRST_FEEDBACK, FIRST_END = 1, 2, 5
SECOND_TRIAL, SECOND_FEEDBACK, SECOND_END = 6, 7, 10
SCREENS = (FIRST_TRIAL, FIRST_FEEDBACK, FIRST_END, SECOND_TRIAL + 2, SECOND_FEEDBACK, SECOND_END)
OTHERS = [k for k in range(27) if k not in SCREENS]
SLOW = pytest.mark.slow
WORDS = Wording()


class KilledError(Exception):
    """The program was killed."""


class Practising(AnsweringView):
    """A participant who practises as often as ROUNDS says, in a program that is killed once."""

    def __init__(self, killed_at: int | None = None) -> None:
        super().__init__(observer("autopilot", [7]))
        self.killed_at = killed_at  # which page or trial, counted from 0 through all tries
        self._left = [each - 1 for each in ROUNDS]
        self._screens = -1
        self._last: object = None

    def show(
        self, state: ScreenState, *, too_early: bool = False, phase: Phase = Phase.PICTURE
    ) -> float:
        what = getattr(state, "trial", state if isinstance(state, Page) else type(state))
        if what != self._last:
            self._last, self._screens = what, self._screens + 1
            if self._screens == self.killed_at:
                self.killed_at = None
                raise KilledError("by a test")
        return super().show(state, too_early=too_early, phase=phase)

    def events(self, until: float | None = None) -> list[Any]:
        happened, shown = super().events(until), self.shown[-1]
        if not isinstance(shown, Choice):
            return happened
        key = "down" if self._left[0] and shown.chosen == 0 else "enter"
        if key == "enter" and self._left[0] == 0:
            self._left.pop(0)
        elif key == "enter":
            self._left[0] -= 1
        return [replace(happened[-1], event=meaning(key, shown, 4), cause=key)]


@dataclass(frozen=True)
class Lab:
    """P01's session of two blocks, each with practice before it."""

    folder: Path

    def __post_init__(self) -> None:
        self.study.prepare()

    @property
    def sets(self) -> design.StimulusSets:
        return design.StimulusSets(load_protocol(self.folder, content(*BLOCKS)), Pictograms())

    @property
    def study(self) -> Study:
        return Study(self.folder / "logs", "pilot")

    def run(self, view: Practising) -> int:
        """Begin the session, or go on with it; return how many planned trials are answered."""
        sets, study, previous = self.sets, self.study, None
        if study.session("P01", 1).exists():
            started = resume_session(study, sets, "P01", 1)
            plan, files, previous = started.plan, started.files, started.previous
        else:
            place = study.claim("P01", 1)
            plan = design.build(sets.protocol, sets.source, "P01", 1, place.number, sets)
            record = provenance.make_record(
                sets.protocol, sets.source, plan, place, simulated=False, screen={}, clock="frames"
            )
            files = study.open_session("P01", 1, record)
        assert files is not None
        runner = SessionRunner(
            sets.protocol, sets.source, plan, view, files, simulated=False, previous=previous
        )
        try:
            runner.run()
            files.finish()
        except KilledError:
            files.close()
            raise
        return runner.answered

    def rows(self) -> list[TrialRow]:
        return read(self.study.session("P01", 1).file("data.csv"))

    def pages(self) -> list[PageRow]:
        return read_table(self.study.session("P01", 1).file("pages.csv"), PageRow).rows

    def lasting(self) -> list[dict[str, Any]]:
        """Return all rows without what differs from time to time."""
        return [each.model_dump(exclude=PASSING) for each in [*self.rows(), *self.pages()]]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    lab = Lab(tmp_path_factory.mktemp("whole"))
    lab.run(Practising())
    return lab


def test_rounds_of_practice_are_told_apart_and_the_trials_that_count_are_asked_once(
    whole: Lab,
) -> None:
    said = [(row.trial, row.block, row.practice_round) for row in whole.rows()]
    assert said == [
        *((0, "construct", 1), (1, "construct", 1)),
        *((8, "construct", 2), (9, "construct", 2)),
        *((12, "construct", 3), (13, "construct", 3)),
        *((2, "construct", None), (3, "construct", None)),
        *((4, "infer", 1), (5, "infer", 1), (6, "infer", None), (7, "infer", None)),
    ]
    assert all(row.practice == (row.practice_round is not None) for row in whole.rows())
    pairs = [(row.image_i, row.image_j) for row in whole.rows()]
    assert pairs[:2] == pairs[2:4] == pairs[4:6]
    ends = [(row.item, row.answer) for row in whole.pages() if row.kind == "practice"]
    again, begin = WORDS.practice_again, WORDS.practice_begin
    assert ends == [
        *(("construct 1", again), ("construct 2", again), ("construct 3", begin)),
        ("infer 1", begin),
    ]
    told = [row.item for row in whole.pages() if row.kind == "feedback"]
    assert told == [str(row.trial) for row in whole.rows() if row.practice]


def test_practice_done_again_is_no_trial_too_many_for_status_and_replay(whole: Lab) -> None:
    (progress,) = StudyMonitor(whole.study.folder).read_status().sessions
    assert (progress.answers.trials, progress.total, progress.lost) == (8, 8, "")
    events = read_events(whole.study.session("P01", 1).file("events.csv"))
    grids = {"construct": tuple(BLOCKS[0]["lambda_grid"])}
    assert find_differences(whole.rows(), events, grids) == []


@pytest.mark.parametrize("screen", [*SCREENS, *(pytest.param(k, marks=SLOW) for k in OTHERS)])
def test_a_session_killed_in_practice_goes_on_where_it_was(
    screen: int, whole: Lab, tmp_path: Path
) -> None:
    lab, view = Lab(tmp_path), Practising(screen)
    with pytest.raises(KilledError, match="by a test"):
        lab.run(view)
    assert lab.run(view) == 8  # however often practice was done
    assert lab.lasting() == whole.lasting()


@pytest.mark.parametrize("killed_at", [SECOND_FEEDBACK, SECOND_END])
def test_rows_of_practice_that_are_lost_are_made_again(killed_at: int, tmp_path: Path) -> None:
    lost = ["data.csv", "pages.csv"]
    lab, view = Lab(tmp_path), Practising(killed_at)
    with pytest.raises(KilledError, match="by a test"):
        lab.run(view)
    files = lab.study.session("P01", 1)
    before = {kind: files.file(kind).read_bytes() for kind in lost}
    assert b"true,2," in files.file("data.csv").read_bytes()
    for kind in lost:
        files.file(kind).unlink()
    with pytest.warns(StudyFolderWarning):
        started = resume_session(lab.study, lab.sets, "P01", 1)
    assert started.files is not None
    started.files.close()
    assert {kind: files.file(kind).read_bytes() for kind in lost} == before


def test_a_log_from_before_rounds_were_recorded_is_gone_on_with(tmp_path: Path) -> None:
    lab, view = Lab(tmp_path), Practising(3)
    with pytest.raises(KilledError, match="by a test"):
        lab.run(view)
    path = lab.study.session("P01", 1).file("data.csv")
    lines = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]
    gone = lines[0].index("practice_round")
    text = "".join(",".join(line[:gone] + line[gone + 1 :]) + "\n" for line in lines)
    path.write_text(text, encoding="utf-8")
    lab.run(view)
    assert {row.practice_round for row in lab.rows()} == {None}
    assert [row.trial for row in lab.rows() if not row.practice] == [2, 3, 6, 7]
    shutil.rmtree(tmp_path / "logs")


RIGHT, WRONG, LATE = (
    WORDS.feedback_right_title,
    WORDS.feedback_wrong_title,
    WORDS.feedback_missed_title,
)


@pytest.mark.parametrize(
    ("paradigm", "answer", "title"),
    [
        ("discriminate", {"lambda_f": 0.7, "lambda_g": None, "chose_i": True}, RIGHT),
        ("discriminate", {"lambda_f": 0.7, "lambda_g": None, "chose_i": False}, WRONG),
        ("discriminate", {"lambda_f": 0.3, "lambda_g": None, "chose_i": False}, RIGHT),
        ("infer", {"lambda_f": 0.3, "lambda_g": 0.4}, RIGHT),
        ("infer", {"lambda_f": 0.3, "lambda_g": 0.41}, WRONG),
        ("infer", {"lambda_f": 0.3, "lambda_g": 0.2}, RIGHT),
        ("construct", {"lambda_f": 0.6, "lambda_g": 0.5}, RIGHT),
        ("select_shuffled", {"lambda_f": 0.7, "lambda_g": 0.5}, WRONG),
        ("infer", {"lambda_f": 0.7, "lambda_g": None, "missed": True}, LATE),
    ],
)
def test_feedback_says_whether_the_answer_was_right(
    paradigm: str, answer: dict[str, Any], title: str
) -> None:
    trial = replace(infer_trial(mirrored=False, feedback_within=0.1), paradigm=paradigm)
    answered = TrialRow.model_construct(missed=None, chose_i=None)
    page = feedback_page(trial, answered.model_copy(update=answer), WORDS)
    share = round(100 * answer["lambda_f"])
    assert page.title == title
    assert f"{share}% {trial.left} and {100 - share}% {trial.right}" in page.text
    mirrored = feedback_page(
        replace(trial, mirrored=True), answered.model_copy(update=answer), WORDS
    )
    assert f"{100 - share}% {trial.right} and {share}% {trial.left}" in mirrored.text
    assert mirrored.examples[0].lambda_f == answer["lambda_f"]


def test_the_page_after_practice_goes_on_unless_told_otherwise() -> None:
    page = practice_end_page(WORDS)
    assert page.step(meaning("enter", page, 1)).answer == WORDS.practice_begin  # type: ignore[arg-type]
