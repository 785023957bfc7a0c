"""Answers that cannot be saved: what is tried, what is said, and what is asked again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from elicit.design import build as design
from elicit.log.reader import read, read_events, read_table
from elicit.log.rows import COLUMNS, EVENT_COLUMNS, PAGE_COLUMNS, PageRow
from elicit.log.writer import RowWriters, Writer
from elicit.pages import LeavePage, Page
from elicit.screen.keys import meaning
from elicit.screen.view import ScreenState
from elicit.session import replay
from elicit.session.interruption_pages import leave_page, leave_unsaved_page
from elicit.session.presenting import SessionStoppedError
from elicit.session.records import PreviousRows
from elicit.session.runner import SessionRunner
from elicit.session.saving import UnsavedError
from elicit.timing import Phase
from elicit.trial import Closed, Timed, Wording
from stimuli.sources.endpoints import Pictograms
from tests.elicit.helpers.factories import GRID, block, load_protocol, study
from tests.elicit.helpers.small_disks import fill
from tests.elicit.helpers.views import ScriptedView

WORDS = Wording()
FILES = {"trials.csv": COLUMNS, "events.csv": EVENT_COLUMNS, "pages.csv": PAGE_COLUMNS}
REASON = "No space left on device"
LOST = rf"^the last answer could not be saved \({REASON}\) and will be asked again$"
LEFT = rf"^what was done after the last answer could not be saved \({REASON}\)$"
CLOSES = "closes"


class Person(ScriptedView):
    """A view whose participant answers each trial with one key, and acts as told on asides."""

    def __init__(self, disk: Disk, acts: Sequence[str]) -> None:
        super().__init__([])
        self._disk, self._acts = disk, iter(acts)

    def show(
        self, state: ScreenState, *, too_early: bool = False, phase: Phase = Phase.PICTURE
    ) -> float:
        if not isinstance(state, Page):
            self._disk.reached(getattr(state, "trial").number)  # noqa: B009
        elif state.hint == WORDS.saving_hint:
            pass  # nobody can do anything there
        elif state.title == WORDS.saved_title:
            self._disk.saved.append(state)
        elif state.title in {WORDS.unwritable_title, WORDS.leave_title}:
            self._disk.asides.append(state)
        return super().show(state, too_early=too_early, phase=phase)

    def events(self, until: float | None = None) -> list[Timed]:
        shown, at = self.shown[-1], self._now + self._frame_s / 2
        key = "space"
        if isinstance(shown, Page) and shown in self._disk.asides:
            key = next(self._acts)
        if key.startswith("mended "):
            self._disk.mend()
        key = key.removeprefix("mended ")
        if key == CLOSES:
            return [Timed(Closed(), at, "window closed")]
        return [Timed(meaning(key, shown, columns=4), at, key)]


class Disk:
    """A study's session on a small disk, which is full from one of its trials on."""

    def __init__(self, place: Path, full_at: int) -> None:
        everything = block("construct", classes=None, batch_size=45)
        self._asked = load_protocol(place, study(everything))
        self._place, self._full_at = place, full_at
        self.plan = design.build(self._asked, Pictograms(), "P01", 1, 0)
        self.person: type[Person] = Person
        self.saved: list[Page] = []  # pages that say that an answer is saved after all
        self.asides: list[Page] = []  # pages that were shown about the disk, or about stopping

    def run(self, *acts: str, resume: bool = False) -> None:
        """Run the session; each trial is answered by one key.

        Args:
            acts: what is done on pages about the disk or about stopping; `mended` before the key
                where there is room again by then.
            resume: whether it goes on, on a disk with room.
        """
        there = [self._place / name for name in FILES]
        previous = None
        if resume:
            previous = PreviousRows(
                tuple(read(there[0])), tuple(read_table(there[2], PageRow).rows)
            )
        writers = [Writer(path, FILES[path.name], resume=resume) for path in there]
        session = SessionRunner(
            self._asked, Pictograms(), self.plan, self.person(self, acts), RowWriters(*writers),
            simulated=False, previous=previous,
        )  # fmt: skip
        try:
            session.run()
        finally:
            for writer in writers:
                writer.close()

    def reached(self, trial: int) -> None:
        """Fill the disk, if it is to be full at a trial."""
        if trial == self._full_at:
            fill(self._place)

    def mend(self) -> None:
        """Make room."""
        (self._place / "filler").unlink(missing_ok=True)
        self._full_at = -1

    @property
    def answered(self) -> list[int]:
        """Numbers of the trials that are on disk."""
        return [row.trial for row in read(self._file("trials"))]

    @property
    def asked(self) -> list[int]:
        """Numbers of the trials that were shown, in order, one for each time."""
        events = read_events(self._file("events"))
        return [each.trial for each in events if each.event == "shown" and each.trial is not None]

    def differences(self) -> list[replay.ReplayDifference]:
        """What `elicit replay` finds."""
        grids: dict[str, tuple[float, ...]] = {"construct": GRID}
        return replay.find_differences(
            read(self._file("trials")), read_events(self._file("events")), grids
        )

    def _file(self, name: str) -> Path:
        return self._place / f"{name}.csv"


@pytest.fixture
def disk(small_disk: Path) -> Disk:
    return Disk(small_disk, full_at=5)


def assert_goes_on_to_its_end(disk: Disk) -> None:
    """Let the session go on: what is not on disk is asked again, what is on disk is not."""
    kept = disk.answered
    disk.mend()
    disk.run(resume=True)
    assert kept == list(range(len(kept)))
    assert disk.answered == list(range(45))
    assert disk.differences() == []


def test_whoever_stops_on_a_full_disk_is_told_that_the_last_answer_is_asked_again(
    disk: Disk,
) -> None:
    with pytest.raises(UnsavedError, match=LOST):
        disk.run("escape", "q")
    unwritable, leave = disk.asides
    assert unwritable.text == WORDS.unwritable_text.replace("{reason}", REASON)
    assert leave == leave_unsaved_page(WORDS, REASON)
    assert "could not be saved: No space left on device." in leave.text
    lost = len(disk.answered)
    assert 5 <= lost < 45
    assert_goes_on_to_its_end(disk)
    assert disk.asked[-(45 - lost) :] == list(range(lost, 45))


def test_an_answer_that_can_be_saved_when_somebody_stops_is_saved_as_the_page_says(
    disk: Disk,
) -> None:
    with pytest.raises(SessionStoppedError, match=r"^$"):
        disk.run("mended escape", "q")
    assert disk.asides[1:] == [leave_page(WORDS)]
    last = disk.answered[-1]
    assert_goes_on_to_its_end(disk)
    assert disk.asked.count(last) == 1


@pytest.mark.parametrize("key", ["q", CLOSES])
def test_the_very_last_try_is_when_the_session_stops(disk: Disk, key: str) -> None:
    with pytest.raises(SessionStoppedError, match=r"^$"):
        disk.run("escape", f"mended {key}")
    last = disk.answered[-1]
    assert_goes_on_to_its_end(disk)
    assert disk.asked.count(last) == 1


@pytest.mark.parametrize("acts", [["mended escape", "space"], ["escape", "mended space"]])
def test_whoever_thinks_better_of_stopping_goes_on_with_the_next_trial(
    disk: Disk, acts: list[str]
) -> None:
    disk.run(*acts)
    assert disk.answered == disk.asked == list(range(45))
    assert len(disk.asides) == 2
    assert disk.differences() == []


def test_the_page_comes_again_while_the_disk_is_full(disk: Disk) -> None:
    disk.run("space", "escape", "space", "mended space")
    kinds = [isinstance(page, LeavePage) for page in disk.asides]
    assert kinds == [False, False, True, False]
    assert "failed" not in disk.asides[0].text
    assert disk.asides[1].text.startswith(
        f"Try 2 to save the last answer failed as well: {REASON}."
    )
    assert disk.asides[3].text.startswith(
        f"Try 4 to save the last answer failed as well: {REASON}."
    )
    assert "Try 5 worked" in disk.saved[-1].text
    assert disk.answered == disk.asked == list(range(45))


def test_a_window_that_is_closed_on_a_full_disk_loses_one_answer_and_says_so(disk: Disk) -> None:
    with pytest.raises(UnsavedError, match=LOST):
        disk.run(CLOSES)
    assert_goes_on_to_its_end(disk)


class Leaves(Person):
    """A participant who does much in a trial, or on the last page, and then closes the window."""

    at: object = 5  # number of the trial; or title of the page

    def events(self, until: float | None = None) -> list[Timed]:
        shown, at = self.shown[-1], self._now + self._frame_s / 2
        trial = getattr(shown, "trial", None)
        if self.at != (shown.title if isinstance(shown, Page) else getattr(trial, "number", None)):
            return super().events()
        much = Timed(None, at, "j" * 3000)  # more than the file's last page has room for
        return [much, much, Timed(Closed(), at, "window closed")]


class LeavesAtTheEnd(Leaves):
    at = WORDS.end_title


def test_what_was_done_in_a_trial_that_is_left_waits_for_no_disk(disk: Disk) -> None:
    disk.person = Leaves
    with pytest.raises(UnsavedError, match=LEFT):
        disk.run()
    assert disk.asides == []
    assert disk.answered == [0, 1, 2, 3, 4]
    disk.person = Person
    assert_goes_on_to_its_end(disk)


def test_a_session_whose_last_page_could_not_be_saved_is_stopped_and_not_ended(
    small_disk: Path,
) -> None:
    disk = Disk(small_disk, full_at=44)
    disk.person = LeavesAtTheEnd
    with pytest.raises(UnsavedError, match=rf"{LEFT}|{LOST}"):
        disk.run("mended space")
    disk.person = Person
    assert_goes_on_to_its_end(disk)
