"""Files of a session that vanish, are emptied or replaced: nothing is lost, or asked again."""

from __future__ import annotations

import csv
import shutil
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from elicit.design import build as design
from elicit.errors import ElicitError, LogError, StudyFolderWarning
from elicit.log.reader import read, read_events, read_table
from elicit.log.rows import EVENT_COLUMNS, EventRow, PageRow
from elicit.observers import observer
from elicit.protocol.study_protocol import StudyProtocol
from elicit.screen.view import ScreenState
from elicit.session import provenance
from elicit.session.presenting import SessionStoppedError
from elicit.session.records import PreviousRows
from elicit.session.runner import SessionRunner
from elicit.session.start import resume_session
from elicit.study.folder import Study
from elicit.study.session_files import TABLES, SessionFiles, SessionWriters
from elicit.timing import Phase
from elicit.visual_angle import PictureSize
from stimuli.sources.endpoints import Pictograms
from tests.elicit.helpers.factories import block, load_protocol
from tests.elicit.helpers.factories import study as content
from tests.elicit.helpers.views import AnsweringView
from tests.elicit.log.test_power_cuts import FAULTS as FAULTS_OF_POWER
from tests.elicit.session.test_runner import WHOLE
from tests.helpers.older_logs import remove_columns

Fault = Callable[[Path], None]
TRIALS = 12  # three of each paradigm; the last three are adaptive
BROKEN_OFF = 10  # the trial that was on screen when the session was interrupted
NEW_COLUMNS = EVENT_COLUMNS[8:]  # which older events files lack
BLOCKS = (
    block("construct"),
    block("select_shuffled"),
    block("infer"),
    block("discriminate", adaptive={"target": "pse_and_slope", "trials": 1}),
)


def remove(path: Path) -> None:
    path.unlink()


def empty(path: Path) -> None:
    path.write_bytes(b"")


def replace(path: Path) -> None:
    path.unlink()
    path.write_bytes(b"a;b;c\n1;2;3\n")


FAULTS = pytest.mark.parametrize("fault", [remove, empty, replace])
KINDS = pytest.mark.parametrize("kinds", [(kind,) for kind in TABLES] + [("data.csv", "pages.csv")])


class FaultyView(AnsweringView):
    """A participant's view; when a trial is first shown, something happens to the files."""

    def __init__(self, at: int, act: Callable[[], None], closes_at: int | None = None) -> None:
        super().__init__(observer("autopilot", [7]), closes_at)
        self.picture_size = PictureSize(256, 6.7653)
        self._at, self._act = at, act

    def show(
        self, state: ScreenState, *, too_early: bool = False, phase: Phase = Phase.PICTURE
    ) -> float:
        if getattr(getattr(state, "trial", None), "number", -1) == self._at:
            self._at = -2
            self._act()
        return super().show(state, too_early=too_early, phase=phase)


class Lab:
    """A study of every paradigm and of pages of every kind, in which P01 takes part."""

    def __init__(self, folder: Path) -> None:
        self.asked: StudyProtocol = load_protocol(folder, content(*BLOCKS, **WHOLE))
        self.study = Study(folder / "logs", self.asked.name)
        self.study.prepare()
        self.sets = design.StimulusSets(self.asked, Pictograms())

    @property
    def session(self) -> SessionFiles:
        return self.study.session("P01", 1)

    def start(self, view: AnsweringView) -> None:
        """Run the session, from its beginning until it ends or its window is closed."""
        place = self.study.claim("P01", 1)
        plan = design.build(self.asked, Pictograms(), "P01", 1, place.number, self.sets)
        record = provenance.make_record(
            self.asked, Pictograms(), plan, place, simulated=False, screen={}, clock="frames"
        )
        self._run(self.study.open_session("P01", 1, record), plan, view)

    def resume(self, view: AnsweringView | None = None) -> None:
        """Run the rest of the session."""
        started = resume_session(self.study, self.sets, "P01", 1)
        assert started.files is not None
        view = view or AnsweringView(observer("autopilot", [8]))
        self._run(started.files, started.plan, view, started.previous)

    def _run(
        self,
        files: SessionWriters,
        plan: design.SessionPlan,
        view: AnsweringView,
        previous: PreviousRows | None = None,
    ) -> None:
        runner = SessionRunner(
            self.asked, Pictograms(), plan, view, files, simulated=False, previous=previous
        )
        try:
            runner.run()
        except SessionStoppedError:
            files.close()
        else:
            files.finish(estimates=runner.estimate_curves())

    def content(self) -> dict[str, bytes]:
        return {kind: self.session.file(kind).read_bytes() for kind in TABLES}

    def assert_whole(self) -> None:
        """See that each trial and page was asked once, and is in the files once."""
        assert self.session.status(self.study.now()) == "finished"
        assert [row.trial for row in read(self.session.file("data.csv"))] == list(range(TRIALS))
        pages = read_table(self.session.file("pages.csv"), PageRow).rows
        done = [(row.page, row.item) for row in pages]
        assert len(done) == len(set(done)) == 4 + 1 + len(BLOCKS) + 3 + 1


def columns(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)


@pytest.fixture(scope="module")
def broken_off(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a session that was broken off."""
    folder = tmp_path_factory.mktemp("broken_off")
    Lab(folder).start(FaultyView(-2, lambda: None, closes_at=BROKEN_OFF))
    return folder


@pytest.fixture
def again(broken_off: Path, tmp_path: Path) -> Lab:
    """A copy of that session."""
    shutil.copytree(broken_off, tmp_path, dirs_exist_ok=True)
    return Lab(tmp_path)


def said_of(told: Iterable[warnings.WarningMessage], kind: str) -> list[str]:
    return [str(each.message) for each in told if f"_{kind}: " in str(each.message)]


@FAULTS
@KINDS
@pytest.mark.parametrize("at", [0, TRIALS - 1])
def test_a_file_that_is_lost_in_mid_session_is_made_again_byte_by_byte(
    lab: Lab, fault: Fault, kinds: tuple[str, ...], at: int
) -> None:
    before: dict[str, bytes] = {}

    def lose() -> None:
        before.update(lab.content())
        for kind in kinds:
            fault(lab.session.file(kind))

    with pytest.warns(StudyFolderWarning) as told:
        lab.start(FaultyView(at, lose))
    assert all(after.startswith(before[kind]) for kind, after in lab.content().items())
    for kind in kinds:
        (line,) = said_of(told, kind)
        assert line.endswith("; it is made again with all its rows")
    lab.assert_whole()


def test_a_record_that_is_lost_in_mid_session_is_made_again(lab: Lab) -> None:
    sidecar, before = lab.session.file("session.json"), []

    def lose() -> None:
        before.append(sidecar.read_bytes())
        sidecar.unlink()

    with pytest.warns(StudyFolderWarning, match=r"_session\.json: was deleted or moved; it is"):
        lab.start(FaultyView(4, lose))
    assert before == [sidecar.read_bytes()]


@FAULTS
@KINDS
def test_a_file_that_is_lost_before_a_resume_is_made_again_cell_by_cell(
    again: Lab, fault: Fault, kinds: tuple[str, ...]
) -> None:
    before = again.content()
    answered = read(again.session.file("data.csv"))
    for kind in kinds:
        fault(again.session.file(kind))
    with pytest.warns(StudyFolderWarning) as told:
        again.resume()
    for kind in kinds:
        assert said_of(told, kind)
    for kind, was in before.items():
        if kind == "events.csv" and kind in kinds:  # these cannot be made again; that is said
            assert "cannot be made again" in said_of(told, kind)[-1]
        else:
            assert again.content()[kind].startswith(was)
    assert read(again.session.file("data.csv"))[: len(answered)] == answered
    asked = [each.trial for each in read_events(again.session.file("events.csv"))]
    if "events.csv" in kinds:
        assert set(asked) - {None} == set(range(BROKEN_OFF, TRIALS))
    again.assert_whole()
    copies = [path for path in again.study.data.iterdir() if path.name.endswith(" (1).csv")]
    assert len(copies) == (len(kinds) if fault is replace else 0)


def test_rows_that_are_missing_at_the_end_of_a_log_are_made_again(again: Lab) -> None:
    before = again.content()
    for kind in ("data.csv", "pages.csv"):
        lines = before[kind].splitlines(keepends=True)
        again.session.file(kind).write_bytes(b"".join(lines[:-2]))
    with pytest.warns(StudyFolderWarning, match=r": 2 (rows|answered trials) were missing"):
        again.resume()
    assert all(again.content()[kind].startswith(was) for kind, was in before.items())
    again.assert_whole()


@pytest.mark.parametrize("kind", TABLES)
def test_a_file_that_is_damaged_in_the_middle_can_be_moved_away_and_is_made_again(
    again: Lab, kind: str
) -> None:
    before, path = again.content(), again.session.file(kind)
    header, first, *rest = before[kind].splitlines(keepends=True)
    path.write_bytes(b"".join([header, b"x" + first.replace(b",", b",,", 1), *rest]))
    damaged = path.read_bytes()
    with pytest.raises(LogError, match=rf"_{kind}:2: .*; or move the file elsewhere and resume ag"):
        again.resume()
    assert path.read_bytes() == damaged
    path.unlink()
    with pytest.warns(StudyFolderWarning, match=f"_{kind}: "):
        again.resume()
    assert all(again.content()[each].startswith(before[each]) for each in set(TABLES) - {kind})
    assert kind == "events.csv" or again.content()[kind].startswith(before[kind])
    again.assert_whole()


@pytest.mark.filterwarnings("ignore::elicit.errors.TornLineWarning")
@pytest.mark.filterwarnings("ignore::elicit.errors.StudyFolderWarning")
@pytest.mark.parametrize("name", FAULTS_OF_POWER)
@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize("back", [1, 70])
def test_after_a_power_cut_nothing_that_was_answered_is_asked_again(
    again: Lab, kind: str, name: str, back: int
) -> None:
    before = again.content()
    at = len(before[kind]) - back
    again.session.file(kind).write_bytes(FAULTS_OF_POWER[name](before[kind], at, at - 500))
    again.resume()
    for each in ("data.csv", "pages.csv"):  # what is lost of one of these is in the events
        assert again.content()[each].startswith(before[each])
    again.assert_whole()


def test_an_older_session_s_log_is_made_again_but_for_what_its_events_do_not_state(
    again: Lab,
) -> None:
    before = columns(again.session.file("data.csv"))
    remove_columns(again.session.file("events.csv"), *NEW_COLUMNS)
    again.session.file("data.csv").unlink()
    with pytest.warns(
        StudyFolderWarning, match="onset_utc, dropped_frames and side_px, is blank, and res"
    ):
        again.resume()
    blank = dict.fromkeys(("onset_utc", "dropped_frames", "side_px", "side_deg"), "")
    blank["resumed"] = "true"
    after = columns(again.session.file("data.csv"))
    assert after[: len(before)] == [row | blank for row in before]
    again.assert_whole()


def test_an_older_session_whose_pages_are_lost_says_that_they_are_shown_again(again: Lab) -> None:
    remove_columns(again.session.file("events.csv"), *NEW_COLUMNS)
    again.session.file("pages.csv").unlink()
    with pytest.warns(StudyFolderWarning, match="cannot be made again; its pages are shown again"):
        again.resume()
    assert [row.trial for row in read(again.session.file("data.csv"))] == list(range(TRIALS))


def test_a_session_that_lost_its_log_and_events_says_that_answers_are_asked_again(
    again: Lab,
) -> None:
    for kind in ("data.csv", "events.csv"):
        again.session.file(kind).unlink()
    with pytest.warns(StudyFolderWarning, match="what was answered, if anything, is asked again"):
        again.resume()
    again.assert_whole()


def test_a_log_is_not_made_again_on_other_images(
    again: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    again.session.file("data.csv").unlink()
    monkeypatch.setattr(design.StimulusSets, "fingerprint", lambda *_: "0" * 16)
    with pytest.raises(ElicitError, match=r"trial 0: was answered on images \w{16} \w{16}, the im"):
        again.resume()


def test_a_session_that_lost_nothing_says_nothing(again: Lab) -> None:
    before = again.content()
    again.resume()
    assert all(again.content()[kind].startswith(was) for kind, was in before.items())
    again.assert_whole()


def test_every_trial_and_page_ends_with_a_row_that_says_so(again: Lab) -> None:
    events = read_table(again.session.file("events.csv"), EventRow).rows
    assert [row.row for row in events] == list(range(len(events)))
    ends = [row for row in events if row.cause == "session"]
    assert [row.trial for row in ends if row.event == "answered"] == list(range(BROKEN_OFF))
    pages = read_table(again.session.file("pages.csv"), PageRow).rows
    turned = [(row.page, row.item, row.answer, row.at_utc) for row in ends if row.trial is None]
    assert turned == [(row.page, row.item, row.answer, row.at_utc) for row in pages]
