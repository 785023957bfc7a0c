"""What the measurements on a lab PC mean for a session, and how to fix each problem."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median, quantiles
from typing import Literal, TypeAlias

from elicit.markers import NO_RECORDER
from elicit.screen.scaling import WindowsScaling
from elicit.visual_angle import ScreenCalibration

Verdict: TypeAlias = Literal["ok", "attention", "fix"]  # fix: would break a session

DROPPED_FRAME_FACTOR = 1.5  # frames: an interval longer than this holds a dropped frame
MAX_DROPPED_SHARE = 0.01  # share of all frames
MAX_RATE_DIFFERENCE = 0.05  # by which a measured refresh rate may differ from the one stated
MAX_KEY_LATENCY_FRAMES = 2.0  # from key to flip
MIN_SIDE_SHARE = 0.9  # of the side that a protocol asks for, to be as good as it


@dataclass(frozen=True)
class CheckResult:
    """One check: its name, what was measured, and what to do about it."""

    what: str
    measured: str
    verdict: Verdict = "ok"
    advice: str = ""


@dataclass(frozen=True)
class Frames:
    """Flip times of a window that did nothing but draw and flip, seconds."""

    flips: tuple[tuple[float, ...], ...]  # in runs without a pause
    delayed: tuple[float, ...]  # a run in which each frame was held up by `delay_s` first
    delay_s: float

    @property
    def intervals(self) -> list[float]:
        """From one flip to the next."""
        return _intervals(self.flips)

    @property
    def synchronised(self) -> bool:
        """Whether flips wait for the screen.

        Then a short delay before each changes nothing, or costs a whole frame; else it is added.
        """
        longer = median(_intervals([self.delayed])) - median(self.intervals)
        return not self.delay_s / 2 < longer < 2 * self.delay_s


def check_markers(code: int | None, taken_s: float, outputs: Sequence[str]) -> list[CheckResult]:
    """Say whether a test code went out; nothing where the protocol sends no codes.

    Args:
        code: that was sent; None where none is.
        taken_s: that it took, s.
        outputs: where it went.
    """
    if code is None:
        return []
    measured = f"test code {code} sent in {taken_s * 1e3:.1f} ms to {', '.join(outputs)}"
    advice = f"Look whether the recorder shows {code}."
    if any(NO_RECORDER in each for each in outputs):
        return [CheckResult("markers", measured, "attention", f"Start the recorder. {advice}")]
    return [CheckResult("markers", measured, advice=advice)]


def check_light(sensor: str | None, delays_s: Sequence[float | None]) -> CheckResult:
    """Say how long after its flip an image is light on the screen, by a light sensor.

    Args:
        sensor: its name; None where none is connected.
        delays_s: of each image, s; None where the sensor saw nothing.
    """
    if sensor is None:
        return CheckResult(
            "light sensor",
            "none is connected that PsychoPy knows",
            "attention",
            "Connect one, and install the PsychoPy plugin of its maker, to measure when the light "
            "comes; the patch itself is drawn.",
        )
    seen = [each for each in delays_s if each is not None]
    counted = f"{sensor}: saw {len(seen)} of {len(delays_s)} images"
    if len(seen) < len(delays_s):
        advice = "Put the sensor over the patch, darken the room and set its threshold."
        return CheckResult("light sensor", counted, "fix", advice)
    late = quantile_95(seen)
    measured = (
        f"{counted}, {median(seen) * 1e3:.1f} ms after their flips (95 %: {late * 1e3:.1f} ms; "
        f"spread {(max(seen) - min(seen)) * 1e3:.1f} ms)"
    )
    return CheckResult("light sensor", measured)


def _intervals(runs: Sequence[Sequence[float]]) -> list[float]:
    return [after - before for run in runs for before, after in pairwise(run)]


def quantile_95(values: Sequence[float]) -> float:
    """Return the value that 95% of `values` do not exceed."""
    return max(values) if len(values) < 20 else quantiles(values, n=20)[-1]


def check_refresh_rate(frames: Frames, stated_hz: float) -> CheckResult:
    """Return what flips say about the refresh rate.

    Args:
        frames: flip times.
        stated_hz: what the system says that the rate is; sessions go by it.
    """
    what, typical = "refresh rate", median(frames.intervals)
    if not frames.synchronised:
        return CheckResult(
            what,
            f"cannot be measured: flips do not wait for the screen ({1 / typical:.0f} a second)",
            "attention",
            "The screen is virtual or remote, or vertical sync is off: turn it on in the graphics "
            "driver's settings. Sessions run, but display times are less certain.",
        )
    measured = f"{1 / typical:.2f} Hz; the system states {stated_hz:.2f} Hz"
    if abs(1 / typical / stated_hz - 1) > MAX_RATE_DIFFERENCE:
        return CheckResult(
            what,
            measured,
            "attention",
            "Set all screens to the same fixed rate, and close other programs that draw. If "
            "drawing takes longer than a frame here, use a smaller --windowed.",
        )
    return CheckResult(what, measured)


def check_dropped_frames(frames: Frames) -> CheckResult:
    """Return how many frames came late."""
    what, intervals = "dropped frames", frames.intervals
    if not frames.synchronised:
        return CheckResult(
            what, "cannot be measured without a refresh rate", "attention", "See above."
        )
    number = sum(interval > DROPPED_FRAME_FACTOR * median(intervals) for interval in intervals)
    measured = f"{number} of {len(intervals)} in {sum(intervals):.1f} s"
    if number > MAX_DROPPED_SHARE * len(intervals):
        return CheckResult(
            what,
            measured,
            "attention",
            "Close other programs, turn off updates and desktop effects, plug in a laptop.",
        )
    return CheckResult(what, measured)


def check_key_latency(latencies: Sequence[float], sent: int, refresh_hz: float) -> CheckResult:
    """Return what passes from a key event to the flip that shows what it did.

    Args:
        latencies: one for each key heard, s.
        sent: keys sent.
        refresh_hz: the rate that sessions go by.
    """
    what = "key to flip"
    if len(latencies) < sent:
        return CheckResult(
            what,
            f"{len(latencies)} of {sent} keys heard",
            "fix",
            "Keys are lost inside the window: update the graphics driver and PsychoPy's packages.",
        )
    slow = quantile_95(latencies)
    measured = (
        f"median {median(latencies) * 1e3:.1f} ms, 95% below {slow * 1e3:.1f} ms "
        f"({slow * refresh_hz:.1f} frames), without the keyboard's own delay"
    )
    if slow * refresh_hz > MAX_KEY_LATENCY_FRAMES:
        return CheckResult(
            what,
            measured,
            "attention",
            "Close other programs and turn off desktop effects; a smaller window draws faster.",
        )
    return CheckResult(what, measured)


def check_durations(partial: Sequence[str], refresh_hz: float) -> CheckResult:
    """Return whether a protocol's durations are whole numbers of this screen's frames.

    Args:
        partial: those that are not, a line each.
        refresh_hz: the rate that sessions go by.
    """
    if not partial:
        return CheckResult("durations", f"whole numbers of frames at {refresh_hz:.2f} Hz")
    return CheckResult(
        "durations",
        "; ".join(partial),
        "attention",
        f"Sessions take the nearest number of frames. Exact are multiples of "
        f"{1e3 / refresh_hz:.2f} ms.",
    )


def check_exposures(
    seconds: Sequence[float], frames: int, refresh_hz: float, *, flips_wait: bool
) -> CheckResult:
    """Return how long images were on screen that were to be there for some frames.

    Args:
        seconds: one for each exposure.
        frames: how many were asked for.
        refresh_hz: the rate that sessions go by.
        flips_wait: whether flips wait for the screen.
    """
    exact = sum(round(each * refresh_hz) == frames for each in seconds)
    measured = (
        f"{exact} of {len(seconds)} lasted {frames} frames ({1e3 * frames / refresh_hz:.1f} ms); "
        f"{1e3 * min(seconds):.1f} to {1e3 * max(seconds):.1f} ms, "
        f"median {1e3 * median(seconds):.1f} ms"
    )
    if not flips_wait:
        advice = "Flips do not wait for the screen here, so this says little of a lab screen."
        return CheckResult("exposures", measured, "attention", advice)
    if len(seconds) - exact > MAX_DROPPED_SHARE * len(seconds):
        advice = (
            "Close other programs and turn off desktop effects; a smaller window draws faster. The "
            "log says how long each image was on screen."
        )
        return CheckResult("exposures", measured, "attention", advice)
    return CheckResult("exposures", measured)


def check_keyboard(heard: Sequence[str] | None, asked_for: int) -> CheckResult:
    """Return whether the keys of a person arrived.

    Args:
        heard: the keys that arrived, by name; None where nobody was asked.
        asked_for: how often the right arrow key should have been pressed.
    """
    what = "keyboard"
    if heard is None:
        return CheckResult(
            what,
            "not checked: nobody was asked to press keys",
            "attention",
            "Run the check at the screen with --person.",
        )
    arrows = sum(name == "right" for name in heard)
    others = sorted(set(heard) - {"right", "space", "enter"})
    measured = f"{arrows} of {asked_for} presses of the right arrow key arrived"
    if arrows == 0:
        return CheckResult(
            what,
            measured,
            "fix",
            "Check the keyboard's cable, and that no other window is in front; then try again.",
        )
    if arrows != asked_for or others:
        also = f"; also {', '.join(others)}" if others else ""
        return CheckResult(
            what,
            measured + also,
            "attention",
            "Try again; if presses are missing or doubled, turn off sticky, slow and filter "
            "keys in the system's settings, or change the keyboard.",
        )
    return CheckResult(what, measured)


def check_window(
    size: tuple[int, int], scale: float, fullscreen: bool, unfit: str = ""
) -> CheckResult:
    """Return whether the protocol fits the window.

    Args:
        size: width and height, px.
        scale: pixels of the screen for one of the system's, such as 2 on a fine screen.
        fullscreen: whether it covers the screen.
        unfit: what of the protocol does not fit it; empty where all does.
    """
    form = "full screen" if fullscreen else "a window"
    measured = f"{form}, {size[0]}x{size[1]} px, scale {scale:g}"
    if unfit:
        advice = "Use a larger screen, or shorten the protocol's texts."
        return CheckResult("window", f"{measured}; {unfit}", "fix", advice)
    return CheckResult("window", measured)


def check_image_sizes(
    sides_px: Mapping[str, int],
    calibration: ScreenCalibration | None,
    lack: str,
    asked_deg: float | None = None,
) -> CheckResult:
    """Return how large images are on the screen.

    Args:
        sides_px: of the images as drawn, px, by paradigm.
        calibration: of the screen; None where there is none.
        lack: why there is none, and what to do.
        asked_deg: what the protocol asks for, degrees of visual angle; None where it does not.
    """
    what = "image size"
    if calibration is None:
        measured = _list_sizes(sides_px, lambda side: f"{side} px")
        if asked_deg is None:
            advice = f"Their visual angle is not known: {lack}."
            return CheckResult(what, measured, "ok", advice)
        said = f"the protocol asks for {asked_deg:g} degrees, and {lack.partition('; ')[0]}"
        return CheckResult(what, said, "fix", "Run elicit calibrate at this screen.")
    measured = _list_sizes(
        sides_px, lambda side: f"{side} px, {calibration.to_degrees(side):.2f} degrees"
    )
    if asked_deg is None:
        return CheckResult(what, measured)
    largest = max(sides_px.values())
    if largest < MIN_SIDE_SHARE * calibration.to_px(asked_deg):
        advice = "The window has no room for more: use a larger one, or a smaller side_deg."
        return CheckResult(what, f"{measured}; {asked_deg:g} asked for", "attention", advice)
    return CheckResult(what, f"{measured}; {asked_deg:g} asked for, to whole source pixels")


def _list_sizes(sides_px: Mapping[str, int], describe: Callable[[int], str]) -> str:
    """Return the size of each paradigm's images, once where all have one size."""
    if len(set(sides_px.values())) == 1:
        return describe(next(iter(sides_px.values())))
    return "; ".join(f"{paradigm} {describe(side)}" for paradigm, side in sides_px.items())


def check_scaling(scaling: WindowsScaling) -> CheckResult:
    """Return what Windows is set to enlarge.

    Args:
        scaling: of the screen.
    """
    what, measured = "screen scaling", f"{scaling.percent} %"
    if scaling.enlarges_window:
        return CheckResult(
            what,
            f"{measured}; Windows enlarges this window, blurred",
            "fix",
            "Set Scale to 100 % in Windows' display settings.",
        )
    if scaling.percent == 100:
        return CheckResult(what, measured)
    return CheckResult(what, f"{measured}; images keep to the screen's own pixels")
