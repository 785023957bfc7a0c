"""Everything that is looked at on a lab PC before its first session."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from PIL import features

from elicit.design import build as design
from elicit.errors import DisplayError, ElicitError
from elicit.layout.fonts import Face, count_directions, face_for, missing
from elicit.layout.scene import Picture
from elicit.layout.trials import lay_out
from elicit.paradigms import PARADIGMS, State
from elicit.preflight import computer as station
from elicit.preflight import findings as measure
from elicit.preflight import protocol_check as rehearsal
from elicit.preflight import timing as bench
from elicit.preflight.findings import Finding
from elicit.protocol.study_protocol import StudyProtocol
from elicit.protocol.yaml_document import Document
from elicit.screen.view import ScreenState
from elicit.screen.virtual_display import provide_screen
from elicit.session import stages
from elicit.session.interruption_pages import list_interruption_pages
from elicit.session.provenance import read_versions
from stimuli.errors import StimulusError
from stimuli.sources.endpoints import EndpointSource, open_source

if TYPE_CHECKING:
    from elicit.screen.window import WindowView

KEYS = 40  # simulated ones, to time them


@dataclass(frozen=True)
class Wanted:
    """What to look at, and how."""

    asked: StudyProtocol
    document: Document  # the protocol's file
    stimuli: str  # where endpoint images come from
    logs: Path
    screen: int
    size: tuple[int, int] | None  # of the window, px; full-screen where None
    seconds: float  # that frames are watched
    person: bool  # whether somebody is there to press keys


@dataclass
class Report:
    """What was found so far, and the numbers behind it."""

    findings: list[Finding] = field(default_factory=list)
    numbers: dict[str, Any] = field(default_factory=dict)


def checkup(wanted: Wanted) -> Report:
    """Look at everything; what cannot be looked at is a finding too."""
    report = Report()
    wall, ticked = time.time(), time.perf_counter()
    report.numbers["versions"] = versions = read_versions()
    report.findings.append(station.version_finding(versions))
    source = _images(wanted, report)
    face = _letters(wanted, source, report)
    if source is not None and face is not None:
        with _finding_of("window", report):
            _at_the_screen(wanted, source, face, report)
    apart = _study_folder(wanted.logs, report)
    passed = time.time() - wall, time.perf_counter() - ticked
    report.findings.append(station.clock(datetime.now().astimezone(), apart, *passed))
    return report


@contextmanager
def _finding_of(what: str, report: Report) -> Iterator[None]:
    """Make a finding of what goes wrong in the block."""
    try:
        yield
    except DisplayError as error:
        measured, _, advice = str(error).partition("; ")
        report.findings.append(Finding(what, measured, "fix", advice))
    except (ElicitError, StimulusError) as error:
        report.findings.append(Finding(what, str(error), "fix"))


def _images(wanted: Wanted, report: Report) -> EndpointSource | None:
    source = None
    with _finding_of("images", report):
        source = open_source(wanted.stimuli, wanted.asked.stimuli.image_size)
        problems = rehearsal.set_problems(wanted.asked, source, wanted.document)
        if not problems:
            said = f"{source.name}, {len(source.classes)} classes: enough for the protocol"
            report.findings.append(Finding("images", said))
            return source
        for problem in problems:
            where = f"{wanted.document.path}:{problem.line}: {problem.text}"
            report.findings.append(Finding("images", where, "fix", "Correct the protocol."))
    return None


def _letters(wanted: Wanted, source: EndpointSource | None, report: Report) -> Face | None:
    text = stages.collect_text(wanted.asked) + " ".join(() if source is None else source.classes)
    face = None
    with _finding_of("fonts", report):
        face = face_for(text, wanted.asked.font, stages.collect_own_text(wanted.asked))
        report.findings.append(_font(face, text))
    return face


def _font(face: Face, text: str) -> Finding:
    letters = frozenset(letter for letter in text if not letter.isspace())
    measured = f"{Path(face.regular).name} has all {len(letters)} letters and signs"
    if count_directions(text)[0] and not features.check("raqm"):
        return Finding(
            "fonts",
            "Pillow cannot set text from right to left here",
            "fix",
            "Install Pillow from its own packages, which bring Raqm, or the library libfribidi.",
        )
    lacking = missing(letters, face.bold)
    if lacking:
        return Finding(
            "fonts",
            f"{measured}; its bold one, {Path(face.bold).name}, lacks {lacking[0]!r}",
            "attention",
            "Titles may show boxes: name another font with the protocol's key font.",
        )
    return Finding("fonts", measured)


def _at_the_screen(wanted: Wanted, source: EndpointSource, face: Face, report: Report) -> None:
    with provide_screen(virtual=False):
        # psychopy takes seconds to load and needs a screen
        from elicit.screen.window import WindowSettings, WindowView, monitor_cm

        name, presser = wanted.asked.stimuli.monitor, bench.KeyPresser()
        settings = WindowSettings.for_protocol(wanted.asked, face, wanted.screen, wanted.size)
        view = WindowView(settings, source, wanted.asked.wording, presser)
        try:
            plan = design.build(wanted.asked, source, "P01", 1, 0)
            shown = list(stages.list_screens(stages.build_stages(wanted.asked, plan, source)))
            shown += list_interruption_pages(wanted.asked.wording).values()
            report.findings.append(_window(wanted, view, source, shown, face, report))
            first = PARADIGMS[plan.trials[0].paradigm](plan.trials[0])
            view.show(first)
            monitor = None if name is None else monitor_cm(name)
            sides = [item.box.w for item in view.scene.items if isinstance(item, Picture)]
            report.findings.append(measure.image_size(sides[0], view.screen_width_px, monitor))
            _times(wanted, view, first, presser, report)
        except bench.StoppedError:
            raise DisplayError("stopped at the screen; check again before a session") from None
        finally:
            view.close()


def _window(
    wanted: Wanted,
    view: WindowView,
    source: EndpointSource,
    shown: list[ScreenState],
    face: Face,
    report: Report,
) -> Finding:
    report.numbers["screen"] = screen = view.provenance()
    unfit = ""
    for state in shown:
        try:
            lay_out(state, view.size, source.image_size, wanted.asked.wording, face)
        except DisplayError as error:
            unfit = str(error)
            break
    return measure.window(view.size, screen["scale"], screen["fullscreen"], unfit)


def _times(
    wanted: Wanted, view: WindowView, state: State, presser: bench.KeyPresser, report: Report
) -> None:
    seen = bench.frames(view, state, wanted.seconds, view.refresh_hz)
    taken = bench.latencies(view, state, presser, KEYS)
    hertz = view.refresh_hz
    report.findings += [
        measure.refresh(seen, hertz),
        measure.dropped(seen),
        measure.key_to_flip(taken, presser.pressed, hertz),
    ]
    report.numbers |= {
        "flips_synchronised": seen.synchronised,
        "frame_s": _spread(seen.intervals),
        "key_to_flip_s": _spread(taken),
    }
    heard = bench.persons_keys(view) if wanted.person else None
    report.findings.append(measure.keyboard(heard, bench.PRESSES))
    report.numbers["keys_heard"] = heard


def _study_folder(folder: Path, report: Report) -> float | None:
    """Look at the study folder, and return how far its clock is ahead, s; None if unknown."""
    try:
        taken = station.write_times(folder)
        apart = station.folder_clock(folder)
        report.findings += [station.disk_space(folder), station.write_latency(taken)]
    except OSError as error:
        report.findings.append(station.unwritable(folder, error))
        return None
    report.numbers |= {"write_s": _spread(taken), "folder_clock_ahead_s": round(apart, 3)}
    return apart


def _spread(seconds: list[float]) -> dict[str, float]:
    if not seconds:
        return {"number": 0}
    numbers = {"median": median(seconds), "late": measure.late(seconds), "most": max(seconds)}
    return {"number": len(seconds), **{name: round(each, 6) for name, each in numbers.items()}}
