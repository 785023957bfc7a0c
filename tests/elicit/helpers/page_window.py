"""A window that shows the page it is asked for, until that is answered: see `Pages`.

Run as a module it is the window: it reads a page's name a line, says that it is shown, and says
what came of it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from elicit.log.rows import EventRow
from elicit.pages import AnyPage, Booklet, Consent, LeavePage, Page
from elicit.questions import Choice, Choices, FreeText, Number, Scale, Slider, StatementGrid
from elicit.timing import Phase
from elicit.trial import Leave, Wording
from stimuli.processes.mixup import MixupProcess
from tests.elicit.helpers.factories import infer_trial
from tests.elicit.helpers.virtual_lab import ROOT
from tests.elicit.helpers.window_start import start_in_window
from tests.helpers.forks import RunningProcess

SHOWN: dict[str, AnyPage] = {
    "text": FreeText("A question", "What did you see?"),
    "scale": Scale("A question", "How hard was it?", 1, 7, "easy", "hard"),
    "scale from 0": Scale("A question", "How hard was it?", 0, 7),
    "scale to 10": Scale("A question", "How hard was it?", 1, 10),
    "choice": Choice("A question", "Which hand?", ("left", "right", "both")),
    "consent": Consent.start("Consent", "Please read.", ("I agree.",)),
    "choices": Choices("A question", "Which?", ("one", "two", "three")),
    "countries": Choice("A question", "Where?", tuple(f"country {k}" for k in range(30))),
    "grid": StatementGrid("A question", "Agree?", ("this", "that"), 1, 5, "not", "fully"),
    "number": Number("A question", "How old?", 18, 99, "years"),
    "slider": Slider("A question", "How?", "bad", "good"),
    "keys": Page("Keys", "Press {left_key} or {right_key}, then {enter_key}.", ""),
    "rest": Page("Rest", "Rest your eyes.", "Go on.", earliest_s=1.5, progress=(3, 9)),
    "leave": LeavePage("Stop the session?", "Press Q to stop, or Space to go on.", ""),
    "booklet": Booklet(tuple(Page(f"Page {k}", "Text", "Hint") for k in (1, 2, 3))),
}
TRIALS = {"infer": infer_trial()}


class Pages:
    """The window of another process, page by page."""

    def __init__(self, process: RunningProcess) -> None:
        """Talk to the process."""
        self._process = process

    def show(self, name: str) -> None:
        """Have a page shown, and wait until it is on screen."""
        assert self._process.stdin is not None
        print(name, file=self._process.stdin, flush=True)
        assert self._read() == "shown"

    def result(self) -> dict[str, Any]:
        """Wait until the page is done; return what came of it: answer, stopped, index, events."""
        result: dict[str, Any] = json.loads(self._read())
        return result

    def _read(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        if not line:
            assert self._process.stderr is not None
            raise AssertionError(f"the window is gone: {self._process.stderr.read()}")
        return line


@contextmanager
def pages(display: str, *options: str, **environment: str) -> Iterator[Pages]:
    """Give a window on an X display, such as ":7".

    Args:
        display: its name.
        options: "WxH" for a window of this size instead of the full screen; then its protocol's
            keys as JSON.
        environment: variables of the process.
    """
    process: RunningProcess
    if environment:  # it may decide how PsychoPy is imported
        process = subprocess.Popen(
            [sys.executable, "-m", __name__, *options],
            cwd=ROOT, env={**os.environ, "DISPLAY": display, **environment}, encoding="utf-8",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
    else:
        code = f"import sys; from {__name__} import main; main(*sys.argv[1:])"
        screen = {**os.environ, "DISPLAY": display}
        process = start_in_window(code, *options, environment=screen)
    try:
        yield Pages(process)
    finally:
        process.kill()
        process.communicate()


def main(windowed: str = "", keys: str = "{}") -> None:
    """Show the pages that are asked for, until the input ends."""
    from elicit.screen.view import ScreenState
    from elicit.screen.window import WindowSettings, WindowView
    from elicit.session.presenting import (
        SessionStoppedError,
        show_page,
        show_until_confirmed,
    )
    from elicit.session.trial_run import run_trial
    from stimuli.sources.endpoints import Pictograms

    class Announcing(WindowView):
        """A window that says when a page is on screen."""

        unsaid = False

        def show(
            self, state: ScreenState, *, too_early: bool = False, phase: Phase = Phase.PICTURE
        ) -> float:
            flipped = super().show(state, too_early=too_early, phase=phase)
            if self.unsaid:
                self.unsaid = False
                print("shown", flush=True)
            return flipped

    size = tuple(int(length) for length in windowed.split("x")) if windowed else None
    settings = WindowSettings(0, size, keys=json.loads(keys))  # type: ignore[arg-type]
    view = Announcing(settings, MixupProcess(Pictograms()), Wording())
    for line in sys.stdin:
        name = line.strip()
        page = SHOWN.get(name, SHOWN["text"])
        said = ""
        record: list[EventRow] = []
        view.unsaid, stopped = True, False
        try:
            if name in TRIALS:
                answer = run_trial(TRIALS[name], view, Wording(), record).response
                said = f"{answer.position} {answer.confidence_position}"
            elif isinstance(page, LeavePage):
                stopped = isinstance(show_until_confirmed(page, view).event, Leave)
            else:
                page, _ = show_page(page, view, Wording(), record)
                said = getattr(page, "answer", "")
        except SessionStoppedError:
            stopped = True
        acts = [(row.cause, row.event, row.value) for row in record]
        done = {"stopped": stopped, "answer": said, "events": acts}
        print(json.dumps(done), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
