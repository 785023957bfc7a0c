"""The session window of a protocol, and simulated sessions shown in it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from elicit.errors import ElicitError
from elicit.layout.fonts import find_face
from elicit.log.session_record import SessionRecord
from elicit.log.station import this_station
from elicit.preflight.calibration import (
    KeptCalibrations,
    read_calibrations,
    require_calibration,
)
from elicit.protocol.study_protocol import StudyProtocol
from elicit.screen.light_patch import Corner
from elicit.screen.recording import Recording
from elicit.screen.simulated import SimulatedParticipant, SpeedUpView, TimedKeyPresser
from elicit.screen.view import ScreenState
from elicit.screen.virtual_display import provide_screen
from elicit.session.stages import collect_own_text, collect_text, list_all_screens
from elicit.simulation.cohort import Visit
from elicit.simulation.lab import ClockedView, SimulatedLab
from elicit.simulation.sinks import VisitResult
from elicit.trial import Wording
from elicit.visual_angle import ScreenCalibration
from stimuli.processes import make_process
from stimuli.processes.mixup import MixupProcess
from stimuli.sources.endpoints import EndpointSource, Pictograms

if TYPE_CHECKING:
    from elicit.screen.window import WindowView


def open_window(
    asked: StudyProtocol,
    source: EndpointSource,
    screen: int,
    size: tuple[int, int] | None,
    presser: Callable[[ScreenState], str | None] | None = None,
    before: SessionRecord | None = None,
    light_patch: Corner | None = None,
) -> WindowView:
    """Return the window, open, and calibrated where the screen is.

    A session that goes on keeps the calibration that it began with, on the same screen of the same
    computer. Where a program answers and the protocol states degrees, one is assumed for a screen
    that has none. What is worth knowing is told in a line.

    Args:
        asked: the protocol.
        source: endpoint images.
        screen: which one, from 0.
        size: width and height, px; full-screen where None.
        presser: a simulated participant, as `WindowView` takes it.
        before: the record of a session that goes on.
        light_patch: where a patch for a light sensor is; there is none where None.

    Raises:
        DisplayError: the screen is not there, the window is too small, or the protocol states
            degrees and the screen is not calibrated.
        ElicitError: what is kept of this computer's screens is damaged.
    """
    # psychopy takes seconds to load and needs a screen: not before everything else is known good
    from elicit.screen.window import WindowSettings, WindowView

    text = collect_text(asked) + " ".join(source.classes)
    face = find_face(text, asked.font, collect_own_text(asked))
    settings = WindowSettings.for_protocol(asked, face, screen, size, light_patch)
    kept = _read_calibrations(needed=asked.stimuli.side_deg is not None)
    view = WindowView(
        settings,
        make_process(asked.stimuli.process, source, asked.seed),
        asked.wording,
        presser,
    )
    try:
        side_deg = asked.stimuli.side_deg
        if view.scaling is not None:
            _tell(view.scaling.describe())
        calibration = _recorded(before, view.screen_px) or kept.choose(screen, view.screen_px)
        if calibration is None and screen in kept.screens:
            _tell(kept.explain_lack(screen, view.screen_px))
        if calibration is None and side_deg is not None:
            calibration = _assume(view, screen) if presser else None
            calibration = calibration or require_calibration(kept, screen, view.screen_px)
        if calibration is not None:
            view.calibrate(calibration, side_deg)
    except ElicitError:
        view.close()
        raise
    return view


def _read_calibrations(*, needed: bool) -> KeptCalibrations:
    """Return what is kept of this computer's screens; a file that is not needed stops nothing.

    Raises:
        ElicitError: it is needed, and cannot be read, or is damaged.
    """
    try:
        return read_calibrations()
    except ElicitError as error:
        if needed:
            raise
        _tell(str(error))
        return KeptCalibrations(Path(), {})


def _recorded(before: SessionRecord | None, screen_px: tuple[int, int]) -> ScreenCalibration | None:
    """Return the calibration that a session began with, where this is its screen."""
    if before is None or before.station != this_station().name:
        return None
    found = ScreenCalibration.of_record(before.screen.get("calibration"))
    return found if found is not None and found.size_px == screen_px else None


def _assume(view: WindowView, screen: int) -> ScreenCalibration:
    assumed = ScreenCalibration.assume(view.screen_px)
    _tell(
        f"screen {screen} is not calibrated; for simulated participants it is taken to have "
        f"{assumed.px_per_cm:.1f} px a cm, {assumed.distance_cm:g} cm from the eyes"
    )
    return assumed


def _tell(text: str | None) -> None:
    if text is not None:
        typer.echo(f"elicit: {text}", err=True)


def open_dialog(screen: int, size: tuple[int, int] | None) -> WindowView:
    """Return a window to ask the experimenter in, open: in English, as all commands are.

    Args:
        screen: which one, from 0.
        size: width and height, px; full-screen where None.

    Raises:
        DisplayError: there is no screen, or the window is too small.
    """
    with provide_screen(virtual=False):
        from elicit.screen.window import WindowSettings, WindowView

        return WindowView(WindowSettings(screen, size), MixupProcess(Pictograms()), Wording())


def stop_on_signals(view: WindowView) -> None:
    """Stop the session in an orderly way when the system or the terminal sends a signal."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: view.stop())


@dataclass(frozen=True)
class WatchOptions:
    """Where simulated sessions are shown, and how fast."""

    screen: int = 0
    size: tuple[int, int] | None = None  # of the window, px; full-screen where None
    speed: float = 1.0  # 1: their own times
    frames: Path | None = None  # a folder for pictures of the first session


def simulate_in_window(
    lab: SimulatedLab[VisitResult], visits: Sequence[Visit], options: WatchOptions
) -> Iterator[VisitResult]:
    """Simulate visits in one window, one after another, until it is closed.

    Args:
        lab: simulates them.
        visits: their places claimed.
        options: where, and how fast.

    Raises:
        ElicitError: there is no screen, or a visit cannot be simulated.
    """
    watcher = _Watcher(options)
    if not visits:
        return
    with provide_screen(virtual=True):
        view = open_window(lab.protocol, lab.source, options.screen, options.size, watcher.press)
        try:
            stop_on_signals(view)
            view.check(list_all_screens(lab.sets, lab.plan(visits[0])))
            lab.view = watcher.view_starter(view)
            lab.screen = view.provenance() | {"window": True, "speed": options.speed}
            yield from _run_until_closed(lab, visits, watcher)
        finally:
            view.close()


def _run_until_closed(
    lab: SimulatedLab[VisitResult], visits: Sequence[Visit], watcher: _Watcher
) -> Iterator[VisitResult]:
    for visit in visits:
        outcome = lab.run(visit)
        if watcher.closed:
            return  # it was cut off, and is done again next time
        for path in watcher.save():
            typer.echo(f"{path}: written")
        yield outcome


class _Watcher:
    """Seats one participant after another at the window."""

    def __init__(self, options: WatchOptions) -> None:
        self._options = options
        self._presser: TimedKeyPresser | None = None
        self._view: SpeedUpView | None = None
        self._recording: Recording | None = None

    @property
    def closed(self) -> bool:
        """Whether somebody closed the window in the last session."""
        return self._view is not None and self._view.closed

    def press(self, shown: ScreenState) -> str | None:
        """Return the key that the participant presses now; None: no key yet."""
        return None if self._presser is None else self._presser(shown)

    def view_starter(
        self, view: WindowView
    ) -> Callable[[SimulatedParticipant, datetime], ClockedView]:
        """Return a function that lets a participant answer in a window."""

        def start_view(participant: SimulatedParticipant, start: datetime) -> ClockedView:
            """Let a participant answer from the time of day `start` on."""
            speed, first = self._options.speed, self._view is None
            self._presser = TimedKeyPresser(participant, speed)
            self._view = SpeedUpView(view, self._presser, start, speed)
            if self._options.frames is None or not first:
                return self._view
            self._recording = Recording(self._view, view.screenshot, speed)
            return self._recording

        return start_view

    def save(self) -> tuple[Path, ...]:
        """Write the pictures that were taken and not written yet; return their files."""
        if self._recording is None or self._options.frames is None:
            return ()
        recording, self._recording = self._recording, None
        return recording.save(self._options.frames)
