"""Simulated participants in a real window, to watch and to take pictures of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from elicit.commands.windows import heed_signals, window
from elicit.screen.recording import Recording
from elicit.screen.simulated import Hastened, Participant, Pilot
from elicit.screen.view import Shown
from elicit.screen.virtual_display import screen as a_screen
from elicit.session.interruption_pages import asides
from elicit.session.stages import shown, stages
from elicit.simulation.lab import Clocked, Lab, Outcome, Recipe, Visit

if TYPE_CHECKING:
    from elicit.screen.window import WindowView


@dataclass(frozen=True)
class Seat:
    """Where and how fast simulated participants sit."""

    screen: int = 0
    size: tuple[int, int] | None = None  # of the window, px; full-screen where None
    speed: float = 1.0  # 1: their own times
    frames: Path | None = None  # a folder for pictures of the first session


def simulate(recipe: Recipe, visits: Sequence[Visit], seat: Seat) -> Iterator[Outcome]:
    """Simulate visits in one window, one after another; ends early where it is closed.

    Args:
        recipe: what to simulate.
        visits: their places claimed.
        seat: where, and how fast.

    Raises:
        ElicitError: there is no screen, or a visit cannot be simulated.
    """
    lab, watcher = recipe.lab(), _Watcher(seat)
    if not visits:
        return
    with a_screen(virtual=True):
        view = window(lab.asked, lab.source, seat.screen, seat.size, watcher.press, pilot_s=0.0)
        try:
            heed_signals(view)
            plan = lab.plan(visits[0])
            shows = shown(stages(lab.asked, plan, lab.source))
            view.check([*shows, *asides(lab.asked.wording).values()])
            lab.view = watcher.seat_in(view)
            lab.screen = view.provenance() | {"window": True, "speed": seat.speed}
            yield from _until_closed(lab, visits, watcher)
        finally:
            view.close()


def _until_closed(lab: Lab, visits: Sequence[Visit], watcher: _Watcher) -> Iterator[Outcome]:
    for visit in visits:
        outcome = lab.run(visit)
        if watcher.closed:
            return  # it was cut off, and is done again next time
        for path in watcher.save():
            typer.echo(f"{path}: written")
        yield outcome


class _Watcher:
    """Seats one participant after another at the window."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat
        self._pilot: Pilot | None = None
        self._view: Hastened | None = None
        self._recording: Recording | None = None

    @property
    def closed(self) -> bool:
        """Whether somebody closed the window in the last session."""
        return self._view is not None and self._view.closed

    def press(self, shown: Shown) -> str | None:
        """Return the key that whoever sits there presses now."""
        return None if self._pilot is None else self._pilot(shown)

    def seat_in(self, view: WindowView) -> Callable[[Participant, datetime], Clocked]:
        """Return what seats a participant at a window."""

        def seated(participant: Participant, start: datetime) -> Clocked:
            """Let a participant answer from the time of day `start` on."""
            speed, first = self._seat.speed, self._view is None
            self._pilot = Pilot(participant, speed)
            self._view = Hastened(view, self._pilot, start, speed)
            if self._seat.frames is None or not first:
                return self._view
            self._recording = Recording(self._view, view.screenshot, speed)
            return self._recording

        return seated

    def save(self) -> tuple[Path, ...]:
        """Write the pictures that were taken and not written yet; return their files."""
        if self._recording is None or self._seat.frames is None:
            return ()
        recording, self._recording = self._recording, None
        return recording.save(self._seat.frames)
