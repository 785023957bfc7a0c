"""Measurements on a view: flip times, and the time from a key to the next flip."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import Protocol

from elicit.pages import Page
from elicit.paradigms import State
from elicit.preflight.findings import Frames
from elicit.screen.view import ScreenState, View
from elicit.session.events import Exposure
from elicit.session.presenting import SessionStoppedError
from elicit.session.trial_run import run_trial
from elicit.timing import Phase, Timing
from elicit.trial import Closed, Event, Leave, Trial, Wording

RUN_DURATION_S = 1.0  # of flips, between two looks at what the window heard
DELAYED_FRAMES = 60  # frames that are held up, to find out whether flips wait for the screen
DELAY_FRAMES = 0.25  # of a frame, by which they are
REQUESTED_PRESSES = 5  # of the right arrow key, by a person
KEY_TIMEOUT_S = 30.0  # for all keys of a test
PRESS_INTERVAL_S = 0.06  # least time from one simulated key to the next
MEASURED_EXPOSURES = 200
MEASURED_ONSETS = 30  # of an image, by a light sensor
DARK_S = 0.15  # before each of them
MAX_LIGHT_DELAY_S = 0.5  # from a flip to its light
MAX_EXPOSURE_S = 0.2  # of those; a longer one is measured as one of this length


class StoppedError(Exception):
    """Somebody closed the window, or pressed Escape."""


class OnsetSensor(Protocol):
    """What sees light on the screen."""

    def read_onsets(self) -> list[float]:
        """Return when light came since the last call, s on the view's clock."""


class KeyPresser:
    """A simulated participant that presses the arrow keys in turn, while `pressing` is True."""

    def __init__(self) -> None:
        self.pressing = False
        self.pressed = 0
        self._last_s = -math.inf

    def __call__(self, _shown: ScreenState) -> str | None:
        """Return the key to press now; None: not yet."""
        now_s = time.perf_counter()
        if not self.pressing or now_s - self._last_s < PRESS_INTERVAL_S:
            return None
        self._last_s = now_s
        self.pressed += 1
        return "right" if self.pressed % 2 else "left"


def measure_frames(view: View, state: State, seconds: float, refresh_hz: float) -> Frames:
    """Return the times of consecutive flips.

    Args:
        view: the screen.
        state: what to draw.
        seconds: how long.
        refresh_hz: what the system states that the screen does.

    Raises:
        StoppedError: somebody wants to stop.
    """
    _run(view, state, RUN_DURATION_S / 4)  # what is slow only once
    end = time.perf_counter() + seconds
    runs: list[tuple[float, ...]] = []
    while not runs or time.perf_counter() < end:
        runs.append(_run(view, state, min(RUN_DURATION_S, max(0.2, end - time.perf_counter()))))
    delayed, delay_s = [], DELAY_FRAMES / refresh_hz
    for _ in range(DELAYED_FRAMES):
        time.sleep(delay_s)
        delayed.append(view.show(state))
    return Frames(tuple(runs), tuple(delayed), delay_s)


def _run(view: View, state: State, seconds: float) -> tuple[float, ...]:
    for timed in view.events():
        _check_not_stopped(timed.event)
    end = time.perf_counter() + seconds
    flips = [view.show(state) for _ in range(3)]
    while time.perf_counter() < end:
        flips.append(view.show(state))
    return tuple(flips)


def measure_latencies(view: View, state: State, presser: KeyPresser, keys: int) -> list[float]:
    """Return the seconds from each key event to the flip after it, as in a session's loop.

    Args:
        view: a view that `presser` presses the keys of.
        state: a trial, as first shown.
        presser: the simulated participant.
        keys: how many.

    Raises:
        StoppedError: somebody wants to stop.
    """
    found: list[float] = []
    end = time.perf_counter() + KEY_TIMEOUT_S
    view.show(state)
    presser.pressing = True
    while presser.pressed < keys and time.perf_counter() < end:
        found += _answered(view, state)
    presser.pressing = False
    return found + _answered(view, state)


def _answered(view: View, state: State) -> list[float]:
    heard = list(view.events())
    for timed in heard:
        _check_not_stopped(timed.event)
        if isinstance(timed.event, Event):
            state = state.step(timed.event)
    flipped = view.show(state)
    return [flipped - timed.at for timed in heard]


def measure_exposures(view: View, trial: Trial, wording: Wording, number: int) -> list[Exposure]:
    """Return how long an image was on screen, each time that it was shown, as sessions show it.

    Args:
        view: the screen.
        trial: one whose image is shown for a limited time; without its fixation and mask.
        wording: the words that are the same in every trial.
        number: how often to show it.

    Raises:
        StoppedError: somebody wants to stop.
    """
    assert trial.timing.exposure_s is not None
    frame_s = 1 / view.refresh_hz
    exposure_s = min(trial.timing.exposure_s, MAX_EXPOSURE_S)
    timing = Timing(2 * frame_s, exposure_s=exposure_s, deadline_s=exposure_s + 2 * frame_s)
    found: list[Exposure] = []
    for k in range(number):
        shown = replace(trial, number=k, total=number, lambdas=trial.lambdas[:1], timing=timing)
        try:
            exposure = run_trial(shown, view, wording).exposure
        except SessionStoppedError:
            raise StoppedError from None
        found += [] if exposure is None else [exposure]
    return found


def measure_light(view: View, state: State, sensor: OnsetSensor, number: int) -> list[float | None]:
    """Return the seconds from flips that show an image to light; None where none was seen.

    Args:
        view: the screen, with its patch for the sensor.
        state: of a trial.
        sensor: before the patch.
        number: how often to show the image.

    Raises:
        StoppedError: somebody wants to stop.
    """
    found: list[float | None] = []
    for _ in range(number):
        dark_until = view.show(state, phase=Phase.INTERVAL) + DARK_S
        while view.show(state, phase=Phase.INTERVAL) < dark_until:
            _check_acts(view)
        sensor.read_onsets()  # what came before
        onset = flipped = view.show(state)
        seen: list[float] = []
        while not seen and flipped < onset + MAX_LIGHT_DELAY_S:
            _check_acts(view)
            flipped = view.show(state)
            seen = sensor.read_onsets()
        found.append(seen[0] - onset if seen else None)
    return found


def _check_acts(view: View) -> None:
    for timed in view.events():
        _check_not_stopped(timed.event)


def ask_for_keys(view: View) -> list[str]:
    """Ask the person before the screen for keys, and return those that arrive, by name.

    Raises:
        StoppedError: the person wants to stop.
    """
    text = f"Please press the right arrow key {REQUESTED_PRESSES} times. Then press Space."
    page = Page("Keyboard", text, "Escape: stop this check")
    heard: list[str] = []
    end = view.show(page) + KEY_TIMEOUT_S
    while "space" not in heard and time.perf_counter() < end:
        for timed in view.events():
            _check_not_stopped(timed.event)
            heard.append(timed.cause)
        view.show(page)
    return heard


def _check_not_stopped(event: object) -> None:
    if isinstance(event, Leave | Closed):
        raise StoppedError
