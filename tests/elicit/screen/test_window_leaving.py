"""Participants who leave in a real window: by a slip, for sure, and where the disk is full."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from elicit.design import build as design
from elicit.layout.scene import Box
from elicit.layout.trials import lay_out
from elicit.log import reader as log
from elicit.log.rows import PageRow
from elicit.pages import BUTTON, AnyPage, Page
from elicit.paradigms import PARADIGMS
from elicit.protocol import study_protocol as protocol
from elicit.session.interruption_pages import back_page, leave_unsaved_page, unwritable_page
from elicit.session.stages import ConsentStage, PageStage, Stage, build_stages
from elicit.trial import Choose, Confirm, PageEvent, Wording
from stimuli.sources.endpoints import open_source
from tests.elicit.helpers.commands import elicit
from tests.elicit.helpers.factories import block, study, write_protocol
from tests.elicit.helpers.small_disks import fill, mount_disk
from tests.elicit.helpers.virtual_lab import LabPC, lab_pc, needs_a_virtual_screen

pytestmark = needs_a_virtual_screen

WORDS = Wording()
CONSENT = {"title": "Consent", "text": "Please read.", "points": ["I have read it.", "I agree."]}
KNOWN = ("--participant", "P01", "--session", "1")
SIZES = ["1024x600", "1920x1080"]


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    """A protocol with a consent page and three trials."""
    return write_protocol(tmp_path, study(block("construct"), consent=CONSENT))


def shown_first(path: Path) -> Iterator[Stage]:
    """Return what a protocol's session shows, from its beginning."""
    asked, source = protocol.load(path), open_source("pictograms")
    yield from build_stages(asked, design.build(asked, source, "P01", 1, 0), source)


def consent_of(path: Path) -> ConsentStage:
    return next(stage for stage in shown_first(path) if isinstance(stage, ConsentStage))


def page_after_consent(path: Path) -> AnyPage:
    return next(stage.page for stage in shown_first(path) if isinstance(stage, PageStage))


def place(page: AnyPage, event: PageEvent, size: str) -> Box:
    width, height = (int(length) for length in size.split("x"))
    scene = lay_out(page, (width, height), 32, WORDS)
    return next(box for box, meant in scene.buttons if meant == event)


def double_click(pc: LabPC, box: Box) -> None:
    pc.click(box)
    pc.click(box)


def said(logs: Path) -> list[tuple[str, str, str]]:
    (path,) = (logs / "data").glob("*_pages.csv")
    return [(row.kind, row.item, row.answer) for row in log.read_table(path, PageRow).rows]


def test_pressing_the_way_out_again_and_again_comes_back_to_the_consent_page(
    asked: Path, tmp_path: Path
) -> None:
    stage = consent_of(asked)
    ticked = stage.page.step(Choose(0))
    with lab_pc() as pc:
        pc.start("run", asked, *KNOWN, "--logs", tmp_path / "logs")
        pc.wait_for_page(stage.page)
        pc.press("space", "End", "space", "space")  # too quick to have seen the question
        pc.wait_for_page(stage.sure)
        pc.press("space")
        pc.wait_for_page(ticked.step(Choose(2)).again())
        pc.press("Return")
        pc.wait_for_page(stage.sure)
        pc.press("Return")
        pc.wait_for_page(ticked.step(Choose(2)).again())
        pc.press("Up", "space", "Return")
        pc.wait_for_page(page_after_consent(asked))
        pc.stop_session()
        code, _, err = pc.finish()
    assert code == 3
    assert "stopped after 0 of 3 trials" in err
    way_out = [("consent", "declining", ""), ("consent", "sure", WORDS.decline_back)]
    assert said(tmp_path / "logs") == [*way_out, *way_out, ("consent", "agreed", "")]


@pytest.mark.parametrize("size", SIZES)
def test_a_double_click_withholds_nothing_and_two_clicks_in_two_places_do(
    size: str, asked: Path, tmp_path: Path
) -> None:
    stage, logs = consent_of(asked), tmp_path / "logs"
    with lab_pc(size) as pc:
        pc.start("run", asked, *KNOWN, "--logs", logs)
        pc.wait_for_page(stage.page)
        double_click(pc, place(stage.page, Choose(2), size))
        pc.wait_for_page(stage.sure)
        pc.click(place(stage.sure, Confirm(), size))
        pc.wait_for_page(stage.page)
        for k in (0, 1, 2):
            pc.click(place(stage.page, Choose(k), size))
        pc.wait_for_page(stage.sure)
        double_click(pc, place(stage.sure, Choose(0), size))
        pc.wait_for_page(stage.sure)
        pc.click(place(stage.sure, Confirm(), size))
        pc.wait_for_page(stage.farewell)
        pc.press("space")
        code, _, err = pc.finish()
    assert (code, err) == (3, "elicit: the participant declined to take part; this is recorded\n")
    assert said(logs)[-2:] == [
        ("consent", "sure", WORDS.decline_leave),
        ("consent", "declined", ""),
    ]
    (end,) = (logs / "data").glob("*_end.json")
    assert json.loads(end.read_text(encoding="utf-8"))["status"] == "consent withheld"
    (events,) = (logs / "data").glob("*_events.csv")
    assert "click" in {act.cause for act in log.read_events(events) if act.page == 0}
    replayed = elicit(tmp_path, "replay", str(events))
    assert (replayed.code, replayed.shown) == (0, "0 trials replayed, all answers the same\n")


def test_whoever_goes_back_by_mouse_goes_on_with_the_button(asked: Path, tmp_path: Path) -> None:
    stage, size = consent_of(asked), "1024x600"
    with lab_pc(size) as pc:
        pc.start("run", asked, *KNOWN, "--logs", tmp_path / "logs")
        pc.wait_for_page(stage.page)
        for k in (0, 1, 2):
            pc.click(place(stage.page, Choose(k), size))
        pc.wait_for_page(stage.sure)
        pc.click(place(stage.sure, Confirm(), size))
        pc.wait_for_page(stage.page.step(Choose(0)).step(Choose(1)).step(Choose(2)).again())
        pc.click(place(stage.page, Choose(BUTTON), size))
        pc.wait_for_page(page_after_consent(asked))
    assert said(tmp_path / "logs")[-1] == ("consent", "agreed", "")


def test_a_session_killed_at_the_question_goes_on_with_the_consent_page(
    asked: Path, tmp_path: Path
) -> None:
    stage, logs = consent_of(asked), tmp_path / "logs"
    with lab_pc() as pc:
        pc.start("run", asked, *KNOWN, "--logs", logs)
        pc.wait_for_page(stage.page)
        pc.press("End", "space")
        pc.wait_for_page(stage.sure)
        pc.kill()
        pc.start("run", asked, *KNOWN, "--logs", logs, "--resume")
        pc.wait_for_page(back_page(WORDS))
        pc.press("space")
        pc.wait_for_page(stage.page)
        pc.press("space", "Down", "space", "Return")
        pc.wait_for_page(page_after_consent(asked))
    assert said(logs) == [("consent", "declining", ""), ("consent", "agreed", "")]


# -- where the disk is full


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 MB, which a session may begin on."""
    with mount_disk(tmp_path / "disk", "64m") as place:
        yield place


@pytest.mark.parametrize("size", SIZES)
def test_stopping_on_a_full_disk_says_what_is_lost_and_asks_it_again(
    size: str, disk: Path, tmp_path: Path
) -> None:
    path = write_protocol(tmp_path, study(block("construct")))
    asked, source = protocol.load(path), open_source("pictograms")
    plan = design.build(asked, source, "P01", 1, 0)
    first, second = (PARADIGMS[trial.paradigm](trial) for trial in plan.trials[:2])
    reason = "No space left on device"
    with lab_pc(size) as pc:
        pc.start("run", path, *KNOWN, "--logs", disk)
        pc.wait_for_page(page_after_consent(path))
        pc.press("space")
        pc.wait_for(first, source)
        pc.press("space")
        pc.wait_for(second, source)
        filler = fill(disk)
        pc.press(*["j"] * 200, every_s=0.01)  # more than the file's last page has room for
        pc.press("space")
        pc.wait_for_page(unwritable_page(WORDS, reason))
        pc.press("space")
        pc.wait_for_page(unwritable_page(WORDS, reason, 2))
        pc.press("Escape")
        pc.wait_for_page(leave_unsaved_page(WORDS, reason))
        pc.press("q")
        code, _, err = pc.finish()
        data = disk / "data" / "subject-P01_session-1_task-pilot_data.csv"
        assert code == 3
        assert err == (
            f"elicit: stopped; 1 of 3 trials are in {data}; the last answer could not be saved "
            f"({reason}) and will be asked again; run the same command again to resume\n"
        )
        filler.unlink()
        pc.start("run", path, *KNOWN, "--logs", disk, "--resume")
        pc.wait_for_page(back_page(WORDS))
        pc.press("space")
        for trial in plan.trials[1:]:
            pc.wait_for(PARADIGMS[trial.paradigm](trial), source)
            pc.press("space")
        pc.wait_for_page(Page(WORDS.end_title, WORDS.end_text, WORDS.page_hint))
        pc.press("space")
        assert pc.finish()[0] == 0
    assert [row.trial for row in log.read(data)] == [0, 1, 2]
    replayed = elicit(tmp_path, "replay", str(data))
    assert (replayed.code, replayed.shown) == (0, "3 trials replayed, all answers the same\n")
