"""A session's window, opened as its protocol wants it."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from elicit.layout.fonts import face_for
from elicit.protocol.study_protocol import StudyProtocol
from elicit.session.stages import texts
from stimuli.sources.endpoints import EndpointSource

if TYPE_CHECKING:
    from elicit.screen.window import Pilot, WindowView


def window(
    asked: StudyProtocol,
    source: EndpointSource,
    screen: int,
    size: tuple[int, int] | None,
    pilot: Pilot | None = None,
    pilot_s: float | None = None,
) -> WindowView:
    """Return the window, open.

    Args:
        asked: the protocol.
        source: endpoint images.
        screen: which one, from 0.
        size: width and height, px; full-screen where None.
        pilot: a simulated participant, as `WindowView` takes it.
        pilot_s: least time between two of its keys, s; the window's own where None.

    Raises:
        DisplayError: the screen is not there, or the window too small.
    """
    # psychopy takes seconds to load and needs a screen: not before everything else is known good
    from elicit.screen.window import PILOT_S, WindowSettings, WindowView

    wanted = asked.stimuli
    settings = WindowSettings(
        screen,
        size,
        asked.key_repeat.delay_s,
        asked.key_repeat.rate_hz,
        asked.keys,
        face_for(texts(asked) + " ".join(source.classes), asked.font),
        wanted.side_px,
        wanted.side_deg,
        wanted.monitor,
    )
    return WindowView(
        settings, source, asked.wording, pilot, PILOT_S if pilot_s is None else pilot_s
    )


def heed_signals(view: WindowView) -> None:
    """End the session in good order when the system or the terminal asks for it."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: view.stop())
