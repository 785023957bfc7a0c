"""A program for the window's tests: walks through trials and pages twice, and compares frames.

The first time as sessions do, where only what changes is drawn anew; the second time every frame
is drawn from nothing. Prints JSON: for each window size, how many frames are like no other, the
places of those that are not the same both times, how many items were drawn each time, and which
states look otherwise than their scenes drawn without a window.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import numpy as np
from pyglet import gl

from elicit.layout.scene import Box, Item
from elicit.pages import AnyPage, Page
from elicit.paradigms import PARADIGMS
from elicit.questions import Choice, Choices, Scale, Slider
from elicit.screen.view import ScreenState
from elicit.screen.window import WindowSettings, WindowView
from elicit.timing import Timing
from elicit.trial import Choose, Confirm, Event, Focus, Jump, Slide, Step, Trial, Wording
from stimuli.processes.mixup import MixupProcess
from stimuli.sources.endpoints import Pictograms
from tests.elicit.helpers.drawn_screens import draw_screen
from tests.elicit.helpers.factories import (
    SHUFFLED,
    construct_trial,
    discriminate_trial,
    infer_trial,
    select_trial,
)
from tests.elicit.helpers.study_pages import touch

MOVES = 5
EDGE = 3  # letters' and shapes' edges are blended by two programs
ACTS: list[Event] = [
    Step(1), Step(-1), Step(4), Jump(1), Jump(-1), Focus(1), Choose(2), Slide(0, 30), Slide(1, 99),
    Confirm(),
]  # fmt: skip
PHASES = Timing(0.1, 0.1, 0.1, "scrambled", 0.1, 7)


def main() -> None:
    """Walk in windows of the sizes given, such as 1024x600, on one screen."""
    print(json.dumps({size: compare(*map(int, size.split("x"))) for size in sys.argv[1:]}))


def compare(width: int, height: int) -> dict[str, Any]:
    """Return what the two walks in one window show."""
    view = WindowView(
        WindowSettings(windowed=(width, height)), MixupProcess(Pictograms()), Wording()
    )
    painter = view._painter
    drawn, draw = Counter[bool](), painter.draw_item

    def count_draws(item: Item, region: Box) -> None:
        drawn[painter.keeps_frames] += 1
        draw(item, region)

    painter.draw_item = count_draws  # type: ignore[method-assign]
    redrawn = list(walk(view))
    painter.keeps_frames = False
    painter.note_flip()
    whole = list(walk(view))
    states = [*list_pages(), *(PARADIGMS[trial.paradigm](trial) for trial in list_trials()[:4])]
    unlike = [type(state).__name__ for state in states if not is_as_drawn(view, state)]
    view.close()
    pairs = enumerate(zip(redrawn, whole, strict=True))
    return {
        "frames": len(set(whole)),
        "different": [k for k, (one, other) in pairs if one != other],
        "unlike_drawn": unlike,
        "drawn": drawn[True],
        "drawn_from_nothing": drawn[False],
    }


def is_as_drawn(view: WindowView, state: ScreenState) -> bool:
    """Return whether a window shows what the scene drawn without a window shows."""
    view.show(state)
    expected = draw_screen(view.scene, Pictograms()).astype(int)
    return bool(np.abs(np.asarray(view.screenshot(), int) - expected).max() <= EDGE)


def walk(view: WindowView) -> Iterator[str]:
    """Show trials and pages, with acts at random; return what the screen shows each time."""
    random = Random(15)
    trials = list_trials()
    for trial, following in zip(trials, [*trials[1:], trials[0]], strict=True):
        view.prepare(following)
        state: Any = PARADIGMS[trial.paradigm](trial)
        for phase, _ in trial.timing.phases:
            yield show(view, state, phase=phase)
        for _ in range(MOVES):
            stepped = state.step(random.choice(ACTS))
            state = state if stepped.done else stepped
            yield show(view, state, phase=phase, too_early=random.random() < 0.3)
            if view.pending:
                view._painter.make(view._jobs.popleft())  # as is done while a frame waits
    for page in list_pages():
        for each in touch(page):
            yield show(view, each)
    yield show(view, PARADIGMS[trials[0].paradigm](trials[0]))


def list_trials() -> list[Trial]:
    """Return a trial of each paradigm, with phases and without, each with a hint of each kind."""
    return [
        construct_trial(earliest_s=1.0),
        select_trial(earliest_s=1.0),
        infer_trial(earliest_s=1.0),
        discriminate_trial(earliest_s=1.0, timing=PHASES),
        infer_trial(timing=PHASES),
        select_trial(lambdas=SHUFFLED[:5], timing=Timing(fixation_s=0.1)),
    ]


def list_pages() -> list[AnyPage]:
    """Return pages of which parts change."""
    return [
        Page("Ready", "Here it begins.", "Go on."),
        Choice("Title", "Question?", tuple(f"Option {k}" for k in range(30))),
        Choices("Title", "Question?", ("One", "Two", "Three")),
        Scale("Title", "Question?", 1, 7, "low", "high"),
        Slider("Title", "Question?", "low", "high"),
    ]


def show(view: WindowView, state: ScreenState, **how: Any) -> str:
    """Show a state, and return a hash of the frame that is on the screen then.

    Where flips copy frames, as here, the back buffer holds it still.
    """
    view.show(state, **how)
    pixels = (gl.GLubyte * (4 * view.size[0] * view.size[1]))()
    gl.glReadBuffer(gl.GL_BACK)
    gl.glReadPixels(0, 0, *view.size, gl.GL_RGBA, gl.GL_UNSIGNED_BYTE, pixels)
    return hashlib.sha256(pixels).hexdigest()


if __name__ == "__main__":
    main()
