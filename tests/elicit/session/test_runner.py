"""Whole sessions, answered by a script."""

import csv
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from elicit.design import build as design
from elicit.design.build import SessionPlan
from elicit.errors import LogUnwritableError
from elicit.log.reader import read, read_table
from elicit.log.rows import COLUMNS, EVENT_COLUMNS, PAGE_COLUMNS, PageRow, TrialRow
from elicit.log.writer import RowWriters, Writer
from elicit.observers import observer
from elicit.pages import Booklet, Consent, Page
from elicit.paradigms.construct import Construct
from elicit.paradigms.infer import Infer
from elicit.protocol.study_protocol import StudyProtocol, load
from elicit.questions import Choice
from elicit.screen.view import ScreenState, View
from elicit.session.presenting import SessionStoppedError
from elicit.session.records import PreviousRows
from elicit.session.runner import ConsentWithheldError, SessionRunner
from elicit.session.stages import CheckStage, build_stages, list_screens
from elicit.timing import Phase
from elicit.trial import Choose, Confirm, PageEvent, Trial, Wording, Write
from stimuli.sources.endpoints import Pictograms
from tests.elicit.helpers.factories import PROTOCOLS, block, load_protocol, study
from tests.elicit.helpers.views import AnsweringView, ScriptedView

FRAME = 1 / 60
NO_ACTS = {"flip", "session"}  # causes of rows that say when a trial or page begins and ends
FILES = {"trials.csv": COLUMNS, "events.csv": EVENT_COLUMNS, "pages.csv": PAGE_COLUMNS}


class Desk:
    """A study's session: its plan, its files, and what the script's keys make of them."""

    def __init__(self, folder: Path, asked: StudyProtocol, plan: SessionPlan) -> None:
        self.asked = asked
        self.plan = plan
        self.folder = folder
        self.writer: type[Writer] = Writer

    def run(self, view: View, *, resume: bool = False) -> None:
        previous = self.previous if resume else None
        with ExitStack() as open_files:

            def opened(name: str) -> Writer:
                file = self.writer(self.folder / name, FILES[name], resume=resume)
                open_files.callback(file.close)
                return file

            writers = RowWriters(*(opened(name) for name in FILES))
            session = SessionRunner(
                self.asked, Pictograms(), self.plan, view, writers,
                simulated=True, previous=previous,
            )  # fmt: skip
            session.run()

    @property
    def previous(self) -> PreviousRows:
        """What is on disk of a session that was interrupted."""
        return PreviousRows(
            tuple(self.rows), tuple(read_table(self.folder / "pages.csv", PageRow).rows)
        )

    @property
    def said(self) -> list[tuple[str, str, str]]:
        """Kind, item and answer of each page, in order."""
        with (self.folder / "pages.csv").open(encoding="utf-8", newline="") as file:
            return [(row["kind"], row["item"], row["answer"]) for row in csv.DictReader(file)]

    @property
    def rows(self) -> list[TrialRow]:
        return read(self.folder / "trials.csv")

    @property
    def acts(self) -> list[dict[str, str]]:
        with (self.folder / "events.csv").open(encoding="utf-8", newline="") as file:
            return [act for act in csv.DictReader(file) if act["trial"]]

    @property
    def turns(self) -> list[dict[str, str]]:
        """What was done on pages."""
        with (self.folder / "events.csv").open(encoding="utf-8", newline="") as file:
            return [act for act in csv.DictReader(file) if act["page"]]


def number_of(state: ScreenState) -> int:
    assert isinstance(state, Construct | Infer)
    return state.trial.number


def desk(folder: Path, *blocks: dict[str, Any], allocation: int = 0) -> Desk:
    asked = load_protocol(folder, study(*blocks))
    return Desk(folder, asked, design.build(asked, Pictograms(), "P01", 1, allocation))


def test_a_session_is_its_pages_and_its_trials_in_order(tmp_path: Path) -> None:
    session = desk(tmp_path, block("construct"), block("infer", title="Next"))
    slide = ["end", "tab", "end", "enter"]
    view = ScriptedView(["space"] * 5 + slide * 3 + ["space"])
    session.run(view)
    pages = [shown.title for shown in view.shown if isinstance(shown, Page)]
    assert pages == ["Look", "Next", "Thank you!"]
    assert [row.trial for row in session.rows] == list(range(6))
    assert [row.block for row in session.rows] == ["construct"] * 3 + ["infer"] * 3


def test_a_row_says_what_was_shown_and_what_was_answered(tmp_path: Path) -> None:
    session = desk(
        tmp_path,
        block("construct", per_combination=2, repeats=[2], practice=1),
        allocation=1,
    )
    one = ["left", "left", "enter"]
    session.run(ScriptedView(["space", *one, "enter", *one * 4, "space"]))
    for row, trial in zip(session.rows, session.plan.trials, strict=True):
        pair = trial.pair
        assert (row.class_i, row.image_i) == (pair.class_i, pair.image_i)
        assert (row.fingerprint_i, row.fingerprint_j) == trial.fingerprints
        assert (row.start_value, row.mirrored, row.allocation) == (0.9, False, 1)
        assert (row.lambda_f, row.lambda_g, row.omega) == (1.0, 0.5, None)
        assert (row.steps, row.practice, row.repeat) == (1, trial.practice, trial.repeat)
        assert (row.order_shown, row.position, row.position_touched) == (None, None, None)
    assert [row.practice for row in session.rows] == [True, *[False] * 4]
    assert [row.repeat for row in session.rows] == [*[False] * 4, True]


def test_a_row_of_select_shuffled_says_the_order_shown(tmp_path: Path) -> None:
    session = desk(tmp_path, block("select_shuffled"))
    session.run(ScriptedView(["space", *["end", "enter", "enter"] * 3, "space"]))
    for row, trial in zip(session.rows, session.plan.trials, strict=True):
        assert row.order_shown == trial.lambdas
        assert row.lambda_f == trial.lambdas[-1]
        assert (row.start_value, row.mirrored, row.omega) == (None, None, None)


def test_a_row_of_infer_says_where_the_sliders_stood(tmp_path: Path) -> None:
    session = desk(tmp_path, block("infer"))
    session.run(ScriptedView(["space", *["right", "tab", "home", "enter"] * 3, "space"]))
    for row, trial in zip(session.rows, session.plan.trials, strict=True):
        assert row.lambda_f == trial.lambdas[0]
        assert (row.position, row.confidence_position) == (51, 0)
        assert (row.lambda_g, row.omega) == (0.49, 0.0)
        assert row.position_touched
        assert row.confidence_touched


def test_recorded_coefficients_are_exactly_the_grid_s(tmp_path: Path) -> None:
    session = desk(tmp_path, block("construct", batch_size=9, per_combination=3))
    keys = ["space"]
    for trial in range(9):
        keys += ["left"] * (trial + 1) + ["enter"]
    session.run(ScriptedView([*keys, "space"]))
    with (tmp_path / "trials.csv").open(encoding="utf-8", newline="") as file:
        recorded = {row["lambda_f"] for row in csv.DictReader(file)}
    assert recorded == {"0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9", "1.0"}


def test_a_row_is_on_disk_before_the_next_trial_is_shown(tmp_path: Path) -> None:
    session = desk(tmp_path, block("construct"))
    on_disk: list[tuple[int, int]] = []

    class Looking(ScriptedView):
        def show(
            self, state: ScreenState, *, too_early: bool = False, phase: Phase = Phase.PICTURE
        ) -> float:
            if isinstance(state, Construct):
                on_disk.append((state.trial.number, len(session.rows)))
            return super().show(state, too_early=too_early, phase=phase)

    session.run(Looking(["space"] * 5))
    assert on_disk == [(0, 0), (1, 1), (2, 2)]


def test_the_next_trial_s_images_are_ready_before_it_is_asked(tmp_path: Path) -> None:
    session = desk(tmp_path, block("construct"), block("infer"))
    log: list[int] = []

    class Preparing(AnsweringView):
        def prepare(self, trial: Trial) -> None:
            log.append(trial.number)

        def show(
            self, state: ScreenState, *, too_early: bool = False, phase: Phase = Phase.PICTURE
        ) -> float:
            assert isinstance(state, Page) or number_of(state) in log
            return super().show(state, too_early=too_early, phase=phase)

    session.run(Preparing(observer("autopilot", [1])))
    assert set(log) == set(range(6))


def test_every_act_of_a_session_is_in_the_events_file(tmp_path: Path) -> None:
    session = desk(tmp_path, block("construct"))
    session.run(ScriptedView(["space", "left", "enter", "j", "space", "right", "enter", "space"]))
    assert [act["trial"] for act in session.acts if act["event"] == "shown"] == ["0", "1", "2"]
    done = [act for act in session.acts if act["cause"] not in NO_ACTS]
    acts = [(act["trial"], act["cause"], act["event"], act["value"]) for act in done]
    assert acts == [
        ("0", "left", "step", "-1"),
        ("0", "enter", "confirm", ""),
        ("1", "j", "", ""),
        ("1", "space", "confirm", ""),
        ("2", "right", "step", "1"),
        ("2", "enter", "confirm", ""),
    ]
    counted = [act["counted"] for act in done]
    assert counted == ["true", "true", "false", "true", "true", "true"]


@pytest.mark.parametrize(
    "keys", [["left"], ["left", "escape", "q"], []], ids=["closed", "left by Q", "at once"]
)
def test_a_session_that_ends_in_mid_trial_keeps_all_rows(tmp_path: Path, keys: list[str]) -> None:
    session = desk(tmp_path, block("construct"))
    with pytest.raises(SessionStoppedError, match=r"^$"):
        session.run(ScriptedView(["space", "space", "left", "space", *keys]))
    assert [(row.trial, row.steps) for row in session.rows] == [(0, 0), (1, 1)]


def test_a_session_left_on_its_first_page_has_a_log_without_rows(tmp_path: Path) -> None:
    session = desk(tmp_path, block("construct"))
    with pytest.raises(SessionStoppedError, match=r"^$"):
        session.run(ScriptedView(["escape", "q"]))
    assert session.rows == []


def test_what_was_done_in_a_trial_that_is_left_is_recorded(tmp_path: Path) -> None:
    session = desk(tmp_path, block("construct"))
    with pytest.raises(SessionStoppedError, match=r"^$"):
        session.run(ScriptedView(["space", "left", "escape", "q"]))
    assert [act["event"] for act in session.acts] == ["shown", "step", "leave"]


def test_a_session_closed_on_its_last_page_is_complete(tmp_path: Path) -> None:
    session = desk(tmp_path, block("construct"))
    session.run(ScriptedView(["space"] * 4))
    assert len(session.rows) == 3


# -- pages around the trials

CONSENT = {"title": "Consent", "text": "Read this.", "points": ["Adult", "Read", "Agree"]}
QUESTION = {"question": "What?", "options": ["this", "that"], "answer": 2}
WHOLE: dict[str, Any] = {
    "consent": CONSENT,
    "instructions": [{"title": "One", "text": "1"}, {"title": "Two", "text": "2"}],
    "check": {
        "title": "Check",
        "questions": [QUESTION, QUESTION],
        "again": {"title": "Again", "text": "Read once more."},
    },
    "survey": {
        "title": "Survey",
        "items": [
            {"kind": "scale", "name": "clear", "question": "Clear?", "low": 1, "high": 10},
            {"kind": "text", "name": "how", "question": "How?"},
            {"kind": "choice", "name": "hand", "question": "Hand?", "options": ["left", "right"]},
        ],
    },
}
AGREE = ["space", "down", "space", "down", "space", "enter"]
READ = ["right", "left", "right", "space"]
PASSED = ["2", "enter", "2", "enter"]


def whole(folder: Path, **changes: Any) -> Desk:
    asked = load_protocol(folder, study(block("construct")) | WHOLE | changes)
    return Desk(folder, asked, design.build(asked, Pictograms(), "P01", 1, 0))


def test_a_whole_study_is_consent_instructions_check_trials_and_survey(tmp_path: Path) -> None:
    session = whole(tmp_path)
    said = Write('by "eye", mostly')
    survey: list[str | PageEvent] = ["7", "enter", said, "enter", "down", "down", "enter"]
    session.run(ScriptedView([*AGREE, *READ, *PASSED, "space", *["space"] * 3, *survey, "space"]))
    assert session.said == [
        ("consent", "agreed", ""),
        ("instructions", "read", ""),
        ("check", "1", "that"),
        ("check", "2", "that"),
        ("check", "passed", ""),
        ("block", "construct", ""),
        ("survey", "clear", "7"),
        ("survey", "how", 'by "eye", mostly'),
        ("survey", "hand", "right"),
        ("closing", "read", ""),
    ]
    assert len(session.rows) == 3


def test_a_wrong_answer_replays_the_instructions_until_all_are_right(tmp_path: Path) -> None:
    session = whole(tmp_path)
    wrong = ["1", "enter", "2", "enter", "space", "space", "space"]
    with pytest.raises(SessionStoppedError, match=r"^$"):
        session.run(ScriptedView([*AGREE, *READ, *wrong, *wrong, *PASSED, "space", "space"]))
    checks = [(item, answer) for kind, item, answer in session.said if kind == "check"]
    round_of_wrong = [("1", "this"), ("2", "that"), ("again", ""), ("instructions", "")]
    assert checks == [*round_of_wrong * 2, ("1", "that"), ("2", "that"), ("passed", "")]
    assert len(session.rows) == 1


def test_the_page_after_a_wrong_answer_says_which_answer_it_was(tmp_path: Path) -> None:
    questions = [QUESTION, QUESTION | {"question": "Which?", "options": ["{reason}", "b", "c"]}]
    session = whole(tmp_path, check=WHOLE["check"] | {"questions": questions})
    answers = ["2", "enter", "1", "enter"]
    view = ScriptedView([*AGREE, *READ, *answers, "space", *READ, *PASSED])
    with pytest.raises(SessionStoppedError, match=r"^$"):
        session.run(view)
    again = next(page for page in view.shown if isinstance(page, Page) and page.title == "Again")
    assert again.text == "Read once more.\n\nWhich?\n“{reason}” is not right."


def _orders(folder: Path, participant: str, session: int = 1) -> list[tuple[tuple[str, ...], str]]:
    options = ["a", "b", "c", "d", "e", "f"]
    questions = [{"question": f"{k}?", "options": options, "answer": 3} for k in range(4)]
    check = WHOLE["check"] | {"questions": questions, "shuffle": True}
    asked = load_protocol(folder, study(block("construct")) | WHOLE | {"check": check})
    plan = design.build(asked, Pictograms(), participant, session, 0)
    (stage,) = (
        each for each in build_stages(asked, plan, Pictograms()) if isinstance(each, CheckStage)
    )
    found = []
    for each in stage.questions:
        assert sorted(each.options) == options
        assert each.right is not None
        found.append((each.options, each.options[each.right]))
    return found


def test_options_of_the_check_are_shuffled_for_each_participant_and_stay_so(tmp_path: Path) -> None:
    orders = [_orders(tmp_path, f"P{number:02}") for number in range(1, 9)]
    assert {right for order in orders for _, right in order} == {"c"}
    assert len({options for order in orders for options, _ in order}) > 24
    assert _orders(tmp_path, "P03") == orders[2]
    assert _orders(tmp_path, "P03", session=2) != orders[2]


WAY_OUT = Choose(3)  # a click on the row below the three points


@pytest.mark.parametrize(
    "keys",
    [
        ["end", "space", "up", "enter"],
        ["end", "enter", "1", "space"],
        [WAY_OUT, Choose(0), Confirm()],
    ],
    ids=["keys", "numbers", "clicks"],
)
def test_consent_withheld_ends_the_session_politely(
    tmp_path: Path, keys: list[str | PageEvent]
) -> None:
    session = whole(tmp_path)
    view = ScriptedView([*keys, "space"])
    with pytest.raises(ConsentWithheldError, match=r"^$"):
        session.run(view)
    assert session.said == [
        ("consent", "declining", ""),
        ("consent", "sure", Wording().decline_leave),
        ("consent", "declined", ""),
    ]
    last = view.shown[-1]
    assert isinstance(last, Page)
    assert last.title == Wording().declined_title


@pytest.mark.parametrize(
    "again",
    [["space"], ["enter"], [WAY_OUT], ["down", "space"], ["tab", "enter"], ["end", "space"]],
    ids=str,
)
@pytest.mark.parametrize("times", [2, 3, 4, 9])
def test_nobody_withholds_consent_by_doing_the_same_again_and_again(
    tmp_path: Path, again: list[str | PageEvent], times: int
) -> None:
    session = whole(tmp_path)
    with pytest.raises(SessionStoppedError, match=r"^$"):
        session.run(ScriptedView(["end", *again * times]))
    assert "declined" not in [item for _, item, _ in session.said]


def test_whoever_took_the_way_out_by_a_slip_finds_the_page_as_it_was(tmp_path: Path) -> None:
    session = whole(tmp_path)
    view = ScriptedView([*AGREE[:-1], "end", "space", "space", "up", "enter"])
    with pytest.raises(SessionStoppedError, match=r"^$"):
        session.run(view)
    pages = [shown for shown in view.shown if isinstance(shown, Consent | Choice)]
    sure = next(page for page in pages if isinstance(page, Choice))
    before, after = pages[pages.index(sure) - 1], pages[pages.index(sure) + 1]
    assert isinstance(before, Consent)
    assert sure.answer == Wording().decline_back
    assert after == before
    assert session.said[-2:] == [
        ("consent", "sure", Wording().decline_back),
        ("consent", "agreed", ""),
    ]


def test_every_act_on_the_question_whether_to_withhold_consent_is_in_the_events_file(
    tmp_path: Path,
) -> None:
    session = whole(tmp_path)
    with pytest.raises(ConsentWithheldError, match=r"^$"):
        session.run(ScriptedView([WAY_OUT, "up", "j", "enter", "space"]))
    turns = [
        (turn["page"], turn["event"], turn["value"])
        for turn in session.turns
        if turn["cause"] not in NO_ACTS
    ]
    assert turns == [
        ("0", "choose", "3"),
        ("0", "step", "-1"),
        ("0", "", ""),
        ("0", "confirm", ""),
    ]


def test_consent_withheld_for_sure_stays_withheld_after_a_crash_on_the_last_page(
    tmp_path: Path,
) -> None:
    session = whole(tmp_path)
    with pytest.raises(ConsentWithheldError, match=r"^$"):
        session.run(ScriptedView([WAY_OUT, "up", "enter"]))
    view = ScriptedView(["space", *AGREE, "space"])
    with pytest.raises(ConsentWithheldError, match=r"^$"):
        session.run(view, resume=True)
    assert {type(shown) for shown in view.shown} == {Page}
    assert len(session.said) == 3


def test_a_session_cut_off_at_that_question_goes_on_with_the_consent_page(tmp_path: Path) -> None:
    session = whole(tmp_path)
    with pytest.raises(SessionStoppedError, match=r"^$"):
        session.run(ScriptedView([*AGREE[:-1], WAY_OUT, "down"]))
    view = ScriptedView(["space", *AGREE, "space"])
    with pytest.raises(SessionStoppedError, match=r"^$"):
        session.run(view, resume=True)
    assert [type(shown) for shown in view.shown[:2]] == [Page, Consent]
    assert ("consent", "agreed", "") in session.said


def test_every_act_on_a_page_is_in_the_events_file(tmp_path: Path) -> None:
    session = desk(tmp_path, block("construct"))
    session.run(ScriptedView(["j", "left", "space", *["space"] * 3, "enter"]))
    turns = [
        (turn["page"], turn["cause"], turn["counted"])
        for turn in session.turns
        if turn["cause"] not in NO_ACTS
    ]
    assert turns == [
        ("0", "j", "false"),
        ("0", "left", "false"),
        ("0", "space", "true"),
        ("4", "enter", "true"),
    ]


def test_consent_needs_every_box(tmp_path: Path) -> None:
    session = whole(tmp_path)
    with pytest.raises(SessionStoppedError, match=r"^$"):
        session.run(ScriptedView(["space", "down", "space", "enter", "enter", "enter"]))
    assert session.said == []


def test_a_break_comes_after_so_many_trials_and_lasts_its_time(tmp_path: Path) -> None:
    rest = {"every": 2, "page": {"title": "Rest", "text": "Rest."}, "seconds": 3 / 60}
    asked = load_protocol(tmp_path, study(block("construct", rest=rest)))
    session = Desk(tmp_path, asked, design.build(asked, Pictograms(), "P01", 1, 0))
    view = ScriptedView(["space"] * 20)
    session.run(view)
    titles = [shown.title if isinstance(shown, Page) else "trial" for shown in view.shown]
    assert titles == ["Look", "trial", "trial", *["Rest"] * 4, "trial", "Thank you!"]


@pytest.mark.parametrize(("wanted", "shown"), [(None, 999), (0, 0), (12, 12), (5000, 5000)])
def test_an_example_shows_the_image_that_is_wanted(
    wanted: int | None, shown: int, tmp_path: Path
) -> None:
    example = {"class_i": "cat", "class_j": "dog", "lambda_f": 1, "image_i": wanted}
    pages = [{"title": "One", "text": "1", "examples": [example]}]
    session = whole(tmp_path, instructions=pages)
    screens = list_screens(build_stages(session.asked, session.plan, Pictograms()))
    (booklet,) = (each for each in screens if isinstance(each, Booklet))
    (image,) = booklet.page.examples
    assert image.image_i == Pictograms().image_id("cat", shown)
    assert image.image_j == Pictograms().image_id("dog", 999)


class Few(Pictograms):
    """Pictograms, of which each class has eight."""

    def count(self, class_name: str) -> int:  # type: ignore[override]
        """Return how many images the class has."""
        return 8


def test_an_example_shows_the_last_image_where_there_are_fewer(tmp_path: Path) -> None:
    example = {"class_i": "cat", "class_j": "dog", "lambda_f": 1, "image_i": 981}
    session = whole(tmp_path, instructions=[{"title": "1", "text": "1", "examples": [example]}])
    screens = list_screens(build_stages(session.asked, session.plan, Few()))
    (booklet,) = (each for each in screens if isinstance(each, Booklet))
    assert booklet.page.examples[0].image_i == Few().image_id("cat", 7)


def test_a_break_shows_the_images_of_its_page(tmp_path: Path) -> None:
    example = {"class_i": "cat", "class_j": "dog", "lambda_f": 1, "caption": "A cat"}
    page = {"title": "Rest", "text": "Rest.", "examples": [example]}
    asked = load_protocol(tmp_path, study(block("construct", rest={"every": 2, "page": page})))
    plan = design.build(asked, Pictograms(), "P01", 1, 0)
    shown = list_screens(build_stages(asked, plan, Pictograms()))
    (rest,) = (each for each in shown if isinstance(each, Page) and each.title == "Rest")
    assert [example.caption for example in rest.examples] == ["A cat"]


def test_a_session_goes_on_from_the_first_unanswered_trial_as_if_nothing_had_happened(
    tmp_path: Path,
) -> None:
    keys = [["left"] * k + ["enter"] for k in range(6)]
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    uninterrupted = desk(tmp_path / "one", block("construct", per_combination=2, batch_size=6))
    uninterrupted.run(ScriptedView(["space", *(key for each in keys for key in each), "space"]))
    session = desk(tmp_path / "two", block("construct", per_combination=2, batch_size=6))
    with pytest.raises(SessionStoppedError, match=r"^$"):
        session.run(ScriptedView(["space", *(key for each in keys[:3] for key in each), "left"]))
    view = ScriptedView(["space", *(key for each in keys[3:] for key in each), "space"])
    session.run(view, resume=True)
    first = view.shown[0]
    assert isinstance(first, Page)
    assert first.title == Wording().back_title

    def lasting(rows: list[TrialRow]) -> list[dict[str, Any]]:
        return [row.model_dump(exclude={"rt_s", "onset_utc", "resumed"}) for row in rows]

    assert lasting(session.rows) == lasting(uninterrupted.rows)
    assert [row.resumed for row in session.rows] == [False] * 3 + [True] * 3


def test_a_log_that_cannot_be_written_pauses_the_session_and_loses_nothing(tmp_path: Path) -> None:
    session = desk(tmp_path, block("construct"))

    class Full(Writer):
        left = 2

        def append(self, *rows: BaseModel) -> None:
            if self.path.name == "trials.csv" and self.rows == 1 and self.left:
                self.left -= 1
                raise LogUnwritableError(self.path, "no space left on the disk")
            super().append(*rows)

    session.writer = Full
    view = ScriptedView(["space", "space", "left", *["space"] * 6])
    session.run(view)
    pages = [shown for shown in view.shown if isinstance(shown, Page)]
    there = [page.title for page in pages if page.hint != Wording().saving_hint]
    assert there.count(Wording().unwritable_title) == 2
    assert there.count(Wording().saved_title) == 1
    assert [(row.trial, row.steps) for row in session.rows] == [(0, 0), (1, 1), (2, 0)]


@pytest.mark.parametrize("allocation", range(4))
def test_the_autopilot_answers_a_whole_session(tmp_path: Path, allocation: int) -> None:
    asked = load(PROTOCOLS / "demo.yaml")
    session = Desk(tmp_path, asked, design.build(asked, Pictograms(), "P01", 1, allocation))
    session.run(AnsweringView(observer("autopilot", [7])))
    assert [row.paradigm for row in session.rows] == (
        ["construct"] * 4 + ["select_shuffled"] * 3 + ["infer"] * 5
    )
    assert all(row.rt_s > 0 for row in session.rows)


def test_the_same_session_with_the_same_acts_leaves_the_same_rows(tmp_path: Path) -> None:
    asked = load(PROTOCOLS / "demo.yaml")
    plan = design.build(asked, Pictograms(), "P01", 1, 0)
    logs = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        session = Desk(tmp_path / name, asked, plan)
        session.run(AnsweringView(observer("autopilot", [7])))
        logs.append([row.model_dump(exclude={"onset_utc"}) for row in session.rows])
    assert logs[0] == logs[1]
