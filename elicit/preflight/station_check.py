"""All checks of a lab PC before its first session."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from PIL import features

from elicit.design import build as design
from elicit.errors import DisplayError, ElicitError
from elicit.layout.fonts import Face, count_directions, find_face, missing_letters
from elicit.layout.trials import lay_out
from elicit.pages import AnyPage
from elicit.paradigms import PARADIGMS, State
from elicit.preflight import computer, durations, findings, protocol_check, timing
from elicit.preflight.calibration import read_calibrations
from elicit.preflight.findings import CheckResult
from elicit.protocol.study_protocol import StudyProtocol
from elicit.protocol.yaml_document import Document
from elicit.screen.light_patch import Corner
from elicit.screen.view import ScreenState
from elicit.screen.virtual_display import provide_screen
from elicit.session import stages
from elicit.session.provenance import read_versions
from elicit.session.start import open_markers
from elicit.timing import count_frames
from elicit.trial import Trial
from stimuli.errors import StimulusError
from stimuli.sources.endpoints import EndpointSource, open_source

if TYPE_CHECKING:
    from elicit.screen.window import WindowView

SIMULATED_KEYS = 40  # simulated ones, to time them
FIND_STREAM_S = 3.0  # for recorders to find a stream


@dataclass(frozen=True)
class CheckOptions:
    """The protocol to check for, and how to check."""

    asked: StudyProtocol
    document: Document  # the protocol's file
    stimuli: str  # where endpoint images come from
    logs: Path
    screen: int
    size: tuple[int, int] | None  # of the window, px; full-screen where None
    seconds: float  # that frames are watched
    person: bool  # whether somebody is there to press keys
    light_patch: Corner | None = None  # where a patch for a light sensor is


@dataclass
class Report:
    """The results so far, and the numbers behind them."""

    findings: list[CheckResult] = field(default_factory=list)
    numbers: dict[str, Any] = field(default_factory=dict)


def check_station(wanted: CheckOptions) -> Report:
    """Run all checks; a check that fails to run is a result too."""
    report = Report()
    wall, ticked = time.time(), time.perf_counter()
    report.numbers["versions"] = versions = read_versions()
    report.findings.append(computer.check_versions(versions))
    sets = _images(wanted, report)
    face = _letters(wanted, sets, report)
    if sets is not None and face is not None:
        with _finding_of("window", report):
            _at_the_screen(wanted, sets, face, report)
    with _finding_of("markers", report):
        report.findings += findings.check_markers(*_send_test_code(wanted.asked))
    apart = _study_folder(wanted.logs, report)
    passed = time.time() - wall, time.perf_counter() - ticked
    report.findings.append(computer.check_clock(datetime.now().astimezone(), apart, *passed))
    return report


@contextmanager
def _finding_of(what: str, report: Report) -> Iterator[None]:
    """Add a result for an error in the `with` block."""
    try:
        yield
    except DisplayError as error:
        measured, _, advice = str(error).partition("; ")
        report.findings.append(CheckResult(what, measured, "fix", advice))
    except (ElicitError, StimulusError) as error:
        report.findings.append(CheckResult(what, str(error), "fix"))


def _send_test_code(asked: StudyProtocol) -> tuple[int | None, float, list[str]]:
    """Send a protocol's test code; return it, the seconds that took, and where it went.

    Raises:
        ElicitError: a port or stream cannot be opened, or does not take it.
    """
    if asked.markers is None:
        return None, 0.0, []
    with closing(open_markers(asked)) as sender:
        time.sleep(FIND_STREAM_S if asked.markers.lsl else 0.0)
        began = time.perf_counter()
        marker = sender.send("test", began)
        taken_s = time.perf_counter() - began
        if marker is None or sender.unsent:
            raise ElicitError(f"{sender.describe_losses()}")
        return marker.code, taken_s, sender.list_outputs()


def _images(wanted: CheckOptions, report: Report) -> design.StimulusSets | None:
    with _finding_of("images", report):
        source = open_source(
            wanted.stimuli, wanted.asked.stimuli.image_size, wanted.asked.stimuli.process
        )
        sets = design.StimulusSets(wanted.asked, source)
        problems = protocol_check.find_set_problems(sets, wanted.document)
        if not problems:
            said = f"{source.name}, {len(source.classes)} classes: sufficient for the protocol"
            report.findings.append(CheckResult("images", said))
            return sets
        for problem in problems:
            where = f"{wanted.document.path}:{problem.line}: {problem.text}"
            report.findings.append(CheckResult("images", where, "fix", "Correct the protocol."))
    return None


def _letters(wanted: CheckOptions, sets: design.StimulusSets | None, report: Report) -> Face | None:
    text = stages.collect_text(wanted.asked) + " ".join(() if sets is None else sets.source.classes)
    face = None
    with _finding_of("fonts", report):
        face = find_face(text, wanted.asked.font, stages.collect_own_text(wanted.asked))
        report.findings.append(_font(face, text))
    return face


def _font(face: Face, text: str) -> CheckResult:
    letters = frozenset(letter for letter in text if not letter.isspace())
    measured = f"{Path(face.regular).name} has all {len(letters)} letters and signs"
    if count_directions(text)[0] and not features.check("raqm"):
        return CheckResult(
            "fonts",
            "Pillow cannot set text from right to left here",
            "fix",
            "Install Pillow from its own packages, which bring Raqm, or the library libfribidi.",
        )
    lacking = missing_letters(letters, face.bold)
    if lacking:
        return CheckResult(
            "fonts",
            f"{measured}; its bold one, {Path(face.bold).name}, lacks {lacking[0]!r}",
            "attention",
            "Titles may show boxes: name another font with the protocol's key font.",
        )
    return CheckResult("fonts", measured)


def _at_the_screen(
    wanted: CheckOptions, sets: design.StimulusSets, face: Face, report: Report
) -> None:
    source = sets.source
    with provide_screen(virtual=False):
        # psychopy takes seconds to load and needs a screen
        from elicit.screen.window import WindowSettings, WindowView

        presser = timing.KeyPresser()
        settings = WindowSettings.for_protocol(
            wanted.asked, face, wanted.screen, wanted.size, wanted.light_patch
        )
        view = WindowView(settings, sets.process, wanted.asked.wording, presser)
        try:
            plan = design.build(wanted.asked, source, "P01", 1, 0, sets)
            shown = stages.list_all_screens(sets, plan)
            report.findings.append(_window(wanted, view, source, shown, face, report))
            _picture_sizes(wanted, view, shown, report)
            first = PARADIGMS[plan.trials[0].paradigm](plan.trials[0])
            _times(wanted, view, first, presser, report)
            _exposures(wanted, view, plan.trials, report)
            if wanted.light_patch is not None:
                _light(view, first, report)
            _keyboard(wanted, view, report)
        except timing.StoppedError:
            raise DisplayError(
                "stopped at the screen; run the check again before a session"
            ) from None
        finally:
            view.close()


def _window(
    wanted: CheckOptions,
    view: WindowView,
    source: EndpointSource,
    shown: list[ScreenState],
    face: Face,
    report: Report,
) -> CheckResult:
    report.numbers["screen"] = screen = view.provenance()
    unfit = ""
    for state in shown:
        try:
            lay_out(
                state,
                view.size,
                source.image_size,
                wanted.asked.wording,
                face,
                keys=wanted.asked.keys,
            )
        except DisplayError as error:
            unfit = str(error)
            break
    return findings.check_window(view.size, screen["scale"], screen["fullscreen"], unfit)


def _picture_sizes(
    wanted: CheckOptions, view: WindowView, shown: list[ScreenState], report: Report
) -> None:
    """Take the calibration of this screen, and see how large the images of each paradigm are."""
    if view.scaling is not None:
        report.findings.append(findings.check_scaling(view.scaling))
    kept, side_deg = read_calibrations(), wanted.asked.stimuli.side_deg
    calibration = kept.choose(wanted.screen, view.screen_px)
    if calibration is not None:
        view.calibrate(calibration, side_deg)
    trials = [state for state in shown if not isinstance(state, AnyPage)]
    view.check(trials)
    sides: dict[str, int] = {}
    for state in trials:
        if state.trial.paradigm not in sides:
            view.show(state)
            assert view.picture_size is not None
            sides[state.trial.paradigm] = view.picture_size.side_px
    lack = kept.explain_lack(wanted.screen, view.screen_px)
    report.findings.append(findings.check_image_sizes(sides, calibration, lack, side_deg))
    report.numbers |= {"side_px": sides, "screen": view.provenance()}


def _times(
    wanted: CheckOptions, view: WindowView, state: State, presser: timing.KeyPresser, report: Report
) -> None:
    seen = timing.measure_frames(view, state, wanted.seconds, view.refresh_hz)
    taken = timing.measure_latencies(view, state, presser, SIMULATED_KEYS)
    hertz = view.refresh_hz
    report.findings += [
        findings.check_refresh_rate(seen, hertz),
        findings.check_dropped_frames(seen),
        findings.check_key_latency(taken, presser.pressed, hertz),
    ]
    report.numbers |= {
        "flips_synchronised": seen.synchronised,
        "frame_s": _spread(seen.intervals),
        "key_to_flip_s": _spread(taken),
    }


def _exposures(
    wanted: CheckOptions, view: WindowView, trials: Sequence[Trial], report: Report
) -> None:
    """Measure exposures, where the protocol limits how long anything is shown."""
    if not any(block.has_durations for block in wanted.asked.blocks):
        return
    hertz = view.refresh_hz
    partial = list(durations.find_partial_frames(wanted.asked, hertz))
    report.findings.append(findings.check_durations(partial, hertz))
    limited = [trial for trial in trials if trial.timing.exposure_s is not None]
    if not limited:
        return
    shortest = min(limited, key=lambda trial: trial.timing.exposure_s or 0.0)
    exposure_s = min(shortest.timing.exposure_s or 0.0, timing.MAX_EXPOSURE_S)
    seen = timing.measure_exposures(view, shortest, wanted.asked.wording, timing.MEASURED_EXPOSURES)
    seconds = [each.seconds for each in seen]
    frames = count_frames(exposure_s, hertz)
    report.findings.append(
        findings.check_exposures(seconds, frames, hertz, flips_wait=view.flips_wait)
    )
    report.numbers["exposure_s"] = {"asked": exposure_s, **_spread(seconds)}


def _light(view: WindowView, state: State, report: Report) -> None:
    """Measure when light comes, where a sensor is connected; the patch shows the onsets."""
    from elicit.screen.light_sensor import open_light_sensor

    with _finding_of("light sensor", report):
        sensor = open_light_sensor()
        if sensor is None:
            report.findings.append(findings.check_light(None, []))
            return
        with closing(sensor):
            seen = timing.measure_light(view, state, sensor, timing.MEASURED_ONSETS)
        report.findings.append(findings.check_light(sensor.name, seen))
        report.numbers["light_s"] = _spread([each for each in seen if each is not None])


def _keyboard(wanted: CheckOptions, view: WindowView, report: Report) -> None:
    heard = timing.ask_for_keys(view) if wanted.person else None
    report.findings.append(findings.check_keyboard(heard, timing.REQUESTED_PRESSES))
    report.numbers["keys_heard"] = heard


def _study_folder(folder: Path, report: Report) -> float | None:
    """Check the study folder; return how far its clock is ahead, s; None if unknown."""
    try:
        taken = computer.measure_write_times(folder)
        apart = computer.measure_folder_clock(folder)
        report.findings += [computer.check_disk_space(folder), computer.check_write_latency(taken)]
    except OSError as error:
        report.findings.append(computer.report_unwritable(folder, error))
        return None
    report.findings += computer.check_data_folder(folder)
    report.numbers |= {"write_s": _spread(taken), "folder_clock_ahead_s": round(apart, 3)}
    return apart


def _spread(seconds: list[float]) -> dict[str, float]:
    if not seconds:
        return {"number": 0}
    numbers = {
        "median": median(seconds),
        "late": findings.quantile_95(seconds),
        "most": max(seconds),
    }
    return {"number": len(seconds), **{name: round(each, 6) for name, each in numbers.items()}}
