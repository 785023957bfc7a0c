"""`elicit calibrate`: how large a screen is, and how far the eyes are from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from elicit.commands.options import Screen, Windowed, parse_size
from elicit.errors import ElicitError
from elicit.preflight.calibration import (
    KeptCalibrations,
    describe_calibration,
    keep_calibration,
    read_calibrations,
)
from elicit.preflight.card import ask_distance_cm, measure_px_per_cm
from elicit.preflight.timing import StoppedError
from elicit.screen.virtual_display import provide_screen
from elicit.trial import Wording
from elicit.visual_angle import CARD_CM, MAX_DISTANCE_CM, MIN_DISTANCE_CM, ScreenCalibration
from stimuli.processes.mixup import MixupProcess
from stimuli.sources.endpoints import Pictograms

if TYPE_CHECKING:
    from elicit.screen.window import WindowView

MAX_WIDTH_CM = 1000.0  # of a screen


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(calibrate)


def calibrate(
    screen: Screen = 0,
    windowed: Windowed = None,
    width_cm: Annotated[
        float | None,
        typer.Option(help="Width of the screen's picture in cm, by a ruler, instead of the card."),
    ] = None,
    distance_cm: Annotated[
        float | None,
        typer.Option(help="From the eyes to the screen, in cm, instead of the question."),
    ] = None,
    show: Annotated[bool, typer.Option("--show", help="Print what is kept, and end.")] = False,
) -> None:
    """Measure a screen, so that images have a size in degrees of visual angle.

    Hold a bank card against the screen, make the outline as wide by the arrow keys, press Enter,
    and type how far the eyes are from the screen. Both are kept on this computer, for each screen.
    A protocol's **stimuli.side_deg** then works, and every row of a log states **side_deg**.

    Example: `elicit calibrate --width-cm 53.1 --distance-cm 60`
    """
    if show:
        if (width_cm, distance_cm, windowed) != (None, None, None):
            raise ElicitError("--show: must be given alone, or with --screen")
        _show(read_calibrations())
        return
    _check_between("--width-cm", width_cm, CARD_CM, MAX_WIDTH_CM, "a bank card's width")
    _check_between("--distance-cm", distance_cm, MIN_DISTANCE_CM, MAX_DISTANCE_CM)
    size = None if windowed is None else parse_size(windowed)
    with provide_screen(virtual=False):
        try:
            made = _measure(screen, size, width_cm, distance_cm)
        except StoppedError:
            raise ElicitError("stopped at the screen; nothing is kept") from None
    path = keep_calibration(screen, made)
    typer.echo(describe_calibration(screen, made))
    typer.echo(f"kept in {path}")


def _check_between(
    option: str, given: float | None, low: float, high: float, note: str = ""
) -> None:
    """Refuse a length that no screen has.

    Raises:
        ElicitError: it is not between both, cm.
    """
    if given is not None and not low <= given <= high:
        from_low = f"{low:g}{f', {note},' * bool(note)}"
        raise ElicitError(f"{option}: must be from {from_low} to {high:g} cm, got {given:g}")


def _show(kept: KeptCalibrations) -> None:
    for number in sorted(kept.screens):
        typer.echo(describe_calibration(number, kept.screens[number]))
    if kept.screens:
        typer.echo(f"kept in {kept.path}")
    else:
        typer.echo("no screen of this computer is calibrated; run elicit calibrate")


def _measure(
    screen: int, size: tuple[int, int] | None, width_cm: float | None, distance_cm: float | None
) -> ScreenCalibration:
    """Return what was measured; what is not given is asked for on the screen.

    Raises:
        DisplayError: the window cannot be opened.
        StoppedError: somebody pressed Escape, or closed the window.
    """
    # psychopy takes seconds to load and needs a screen
    from elicit.screen.window import WindowSettings, WindowView

    view = WindowView(WindowSettings(screen, size), MixupProcess(Pictograms()), Wording())
    try:
        return _ask(view, _read_before(screen), width_cm, distance_cm)
    finally:
        view.close()


def _read_before(screen: int) -> ScreenCalibration | None:
    """Return what was kept of a screen before; None where nothing can be read."""
    try:
        return read_calibrations().screens.get(screen)
    except ElicitError:
        return None


def _ask(
    view: WindowView,
    before: ScreenCalibration | None,
    width_cm: float | None,
    distance_cm: float | None,
) -> ScreenCalibration:
    size_px = view.screen_px
    known = before if before is not None and before.size_px == size_px else None
    if width_cm is None:
        px_per_cm = measure_px_per_cm(
            view, view.size[0], None if known is None else known.px_per_cm
        )
    else:
        px_per_cm = size_px[0] / width_cm
    if distance_cm is None:
        distance_cm = ask_distance_cm(view, None if before is None else before.distance_cm)
    return ScreenCalibration(size_px, px_per_cm, float(distance_cm))
