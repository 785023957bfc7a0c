"""The experimenter is asked in a window: by real keys, where there is no terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from elicit.design import build as design
from elicit.pages import Page
from elicit.preflight.experimenter import CANNOT_BEGIN, CLOSE_HINT
from elicit.protocol.study_protocol import load
from elicit.questions import Entry
from elicit.session.stages import PageStage, build_stages
from elicit.trial import Confirm
from stimuli.sources.endpoints import Pictograms
from tests.elicit.helpers.virtual_lab import PROTOCOLS, LabPC, lab_pc, needs_a_virtual_screen

pytestmark = [needs_a_virtual_screen, pytest.mark.slow]  # sessions in processes of their own

DEMO = PROTOCOLS / "demo.yaml"
ASKS = "Participant (letters and digits)"


@pytest.fixture(scope="module")
def pc() -> Iterator[LabPC]:
    with lab_pc() as found:
        yield found


def entry(title: str, question: str, typed: str, offer: str, problem: str = "") -> Entry:
    return Entry(title, question, typed, offer=offer, check=lambda _: problem)


def test_participant_and_session_are_asked_until_they_are_right_and_the_session_begins(
    pc: LabPC, tmp_path: Path
) -> None:
    asked = load(DEMO)
    pc.start("run", DEMO, "--logs", tmp_path / "logs")  # no terminal, and nobody is named
    pc.wait_for_page(entry(asked.title, ASKS, "", "P01"))
    pc.press("Shift+A", "n", "space")  # spaces around it are none of it
    pc.wait_for_page(entry(asked.title, ASKS, "An ", "P01"))
    pc.press("BackSpace", "BackSpace", "minus")
    wrong = "participant: must be 1 to 32 letters and digits, such as P01, got 'A-'"
    pc.wait_for_page(entry(asked.title, ASKS, "A-", "P01", wrong))
    pc.press("Return")
    pc.wait_for_page(entry(asked.title, ASKS, "A-", "P01", wrong).step(Confirm()))
    assert not (tmp_path / "logs").exists()
    pc.press("BackSpace", "7", "Return")
    pc.wait_for_page(entry("Session of A7", "Session (a number)", "", "1"))
    pc.press("0", "Return")
    told = "session: must be from 1 to 9999, got 0"
    zero = entry("Session of A7", "Session (a number)", "0", "1", told)
    pc.wait_for_page(zero.step(Confirm()))
    pc.press("BackSpace", "2", "Return")
    plan = design.build(asked, Pictograms(), "A7", 2, 0)
    first = build_stages(asked, plan, Pictograms())[0]
    assert isinstance(first, PageStage)
    pc.wait_for_page(first.page)
    pc.stop_session()
    assert pc.finish()[0] == 3
    assert (tmp_path / "logs" / "data" / "subject-A7_session-2_task-demo_data.csv").exists()


def test_escape_leaves_with_nothing_written(pc: LabPC, tmp_path: Path) -> None:
    pc.start("run", DEMO, "--dialog", "--participant", "P05", "--logs", tmp_path / "logs")
    pc.wait_for_page(entry("Session of P05", "Session (a number)", "", "1"))
    pc.press("Escape")
    code, _, err = pc.finish()
    assert (code, err) == (3, "elicit: left before a session began; nothing is written\n")
    assert not (tmp_path / "logs").exists()


def test_a_mistake_in_the_protocol_is_shown_where_no_terminal_shows_it(
    pc: LabPC, tmp_path: Path
) -> None:
    path = tmp_path / "pilot.yaml"
    text = DEMO.read_text(encoding="utf-8").replace("seed: 7", "seed: -7")
    path.write_text(text, encoding="utf-8")
    pc.start("run", path, "--logs", tmp_path / "logs")
    text = f"{path}:4: seed: must be at least 0, got -7"
    pc.wait_for_page(Page(CANNOT_BEGIN, text, CLOSE_HINT, button="Close"))
    pc.press("space")
    code, _, err = pc.finish()
    assert (code, err) == (1, f"elicit: {text}\n")
    assert not (tmp_path / "logs").exists()
