"""Codes for a recorder: what reaches a port, what the log says of it, and ports that fail."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from elicit.design import build as design
from elicit.errors import ElicitError
from elicit.log.reader import read_table
from elicit.log.rows import COLUMNS, EVENT_COLUMNS, PAGE_COLUMNS, EventRow
from elicit.log.writer import RowWriters, Writer
from elicit.markers import (
    CODES,
    MarkerError,
    MarkerEvent,
    MarkerSender,
    SerialOutput,
    open_outputs,
)
from elicit.observers import observer
from elicit.screen.view import ScreenState
from elicit.session.runner import SessionRunner
from elicit.session.start import open_markers, override_marker_port
from elicit.session.trial_run import run_trial
from elicit.timing import Timing
from elicit.trial import Wording
from stimuli.sources.endpoints import Pictograms
from tests.elicit.helpers.commands import elicit
from tests.elicit.helpers.factories import (
    block,
    discriminate_trial,
    load_protocol,
    study,
    write_protocol,
)
from tests.elicit.helpers.views import AnsweringView, ScriptedView
from tests.elicit.helpers.virtual_lab import ROOT

if sys.platform == "win32":
    pytest.skip("needs pseudo-terminals", allow_module_level=True)

ONSETS = {"interval", "fixation", "shown", "mask", "blank"}
TRIALS = 5  # three of Construct, two of Discriminate
BRIEF: dict[str, Any] = {
    "interval_s": 0.1, "fixation_s": 0.1, "exposure_s": 0.1, "mask": "noise", "mask_s": 0.1,
    "classes": ["cat", "dog"], "batch_size": 1, "lambda_grid": [0.3, 0.7],
}  # fmt: skip


class Recorder:
    """The other end of a serial cable."""

    def __init__(self) -> None:
        self._end, other = os.openpty()
        self.port = os.ttyname(other)
        os.set_blocking(self._end, False)
        self._other = other

    def read(self) -> list[int]:
        """Return the codes that came since the last call."""
        found: list[int] = []
        while True:
            try:
                found += os.read(self._end, 4096)
            except BlockingIOError:
                return found

    def unplug(self) -> None:
        for end in (self._end, self._other):
            os.close(end)


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    found = Recorder()
    yield found
    with suppress(OSError):  # the test did it
        found.unplug()


def run_session(
    folder: Path, unplugs: Recorder | None = None, **markers: Any
) -> tuple[list[EventRow], MarkerSender]:
    """Return the events of a session with markers, and their sender.

    Args:
        folder: takes its files.
        unplugs: is unplugged as the last trial but one appears.
        markers: of the protocol.
    """
    content = study(block("construct"), block("discriminate", **BRIEF), markers=markers)
    asked = load_protocol(folder, content)
    plan = design.build(asked, Pictograms(), "P01", 1, 0)
    view = Unplugging(unplugs, plan.trials[-2].number)
    names = {"trials": COLUMNS, "events": EVENT_COLUMNS, "pages": PAGE_COLUMNS}
    writers = {name: Writer(folder / f"{name}.csv", names[name]) for name in names}
    with closing(open_markers(asked)) as sender:
        sender._clock = view.read_clock
        SessionRunner(
            asked, Pictograms(), plan, view, RowWriters(**writers), simulated=True, markers=sender
        ).run()
    for writer in writers.values():
        writer.close()
    return read_table(folder / "events.csv", EventRow).rows, sender


class Unplugging(AnsweringView):
    """A view that an observer answers; at one trial, a cable is pulled."""

    def __init__(self, recorder: Recorder | None, number: int) -> None:
        super().__init__(observer("autopilot", [7]))
        self._recorder, self._number = recorder, number

    def read_clock(self) -> float:
        """Return the view's time: codes are sent in none of it."""
        return self._now

    def show(self, state: ScreenState, **how: Any) -> float:
        trial = getattr(state, "trial", None)
        if self._recorder is not None and trial is not None and trial.number == self._number:
            self._recorder.unplug()
            self._recorder = None
        return super().show(state, **how)


def test_a_recorder_gets_each_onset_and_answer_in_order_as_the_events_say(
    recorder: Recorder, tmp_path: Path
) -> None:
    events, sender = run_session(tmp_path, serial=recorder.port)
    codes = recorder.read()
    marked = [row for row in events if row.marker is not None]
    assert codes == [row.marker for row in marked]
    assert sender.sent == len(codes)
    assert sender.describe_losses() == ""
    for row in marked:
        assert row.marker_s == row.at_s or row.cause != "flip"
    shown = [row for row in events if row.cause == "flip"]
    assert all(row.marker is not None for row in shown if row.event in ONSETS)
    trials = {row.trial for row in events if row.trial is not None}
    for number in trials:
        its = [row for row in marked if row.trial == number]
        assert [row.marker for row in its].count(CODES["answered"]) == 1
        assert [row.marker for row in its].count(CODES["shown"]) == 1
        act = next(row for row in its if row.marker == CODES["answered"])
        assert act.counted
    pages = {row.page for row in events if row.page is not None}
    for page in pages:
        turned = [row.marker for row in marked if row.page == page]
        assert turned == [CODES["page"], CODES["turned"]]


def test_a_protocol_s_own_codes_are_sent(recorder: Recorder, tmp_path: Path) -> None:
    run_session(tmp_path, serial=recorder.port, codes={"shown": 200, "answered": 3})
    codes = recorder.read()
    assert codes.count(200) == TRIALS
    assert codes.count(3) == TRIALS
    assert CODES["answered"] not in codes


def test_a_code_is_sent_after_the_flip_before_anything_else() -> None:
    calls: list[str | int] = []

    class Watched(ScriptedView):
        def show(self, state: ScreenState, **how: Any) -> float:
            calls.append("show")
            return super().show(state, **how)

        def events(self, until: float | None = None) -> Any:
            calls.append("events")
            return super().events(until)

    class Output:
        name = "a list"

        def write(self, code: int, age_s: float) -> None:
            calls.append(code)

        def describe(self) -> str:
            return self.name

        def close(self) -> None:
            pass

    trial = discriminate_trial(timing=Timing(exposure_s=1 / 60))
    run_trial(trial, Watched(["j", "left"]), Wording(), markers=MarkerSender([Output()]))
    shown, gone, answered = (CODES[each] for each in ("shown", "blank", "answered"))
    assert calls == ["show", shown, "events", "show", gone, "events", answered]


def test_a_session_goes_on_when_the_cable_is_pulled_and_says_what_is_missing(
    recorder: Recorder, tmp_path: Path
) -> None:
    events, sender = run_session(tmp_path, recorder, serial=recorder.port)
    answered = [row for row in events if row.event == "answered"]
    assert len(answered) == TRIALS
    marked = [row for row in events if row.marker is not None]
    assert sender.sent == len(marked)
    assert {row.trial for row in marked if row.trial is not None} == {0, 1, 2}
    told = sender.describe_losses()
    assert told.count("\n") == 0
    assert told.startswith(f"markers: {sender.unsent} codes were not sent everywhere")
    assert recorder.port in told
    wanted = [row for row in events if row.cause == "flip" and row.event in ONSETS]
    unsent = [row for row in wanted if row.marker is None]
    assert {row.trial for row in unsent} == {3, 4, None}
    assert sender.unsent == len(unsent) + 3  # two answers, and the last page's


def test_a_port_that_takes_nothing_holds_nothing_up(recorder: Recorder) -> None:
    sender = MarkerSender([SerialOutput(recorder.port, 115_200)])
    began = time.perf_counter()
    for _ in range(100_000):  # more than a pseudo-terminal holds
        sender.send("shown", time.perf_counter())
    assert time.perf_counter() - began < 10
    assert 0 < sender.sent < 100_000
    assert sender.sent + sender.unsent == 100_000


def test_a_port_that_is_missing_in_use_or_none_is_one_line(
    recorder: Recorder, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no port", encoding="utf-8")
    in_use = SerialOutput(recorder.port, 115_200)
    for port in (str(tmp_path / "ttyNONE"), str(tmp_path / "file"), recorder.port):
        with pytest.raises(MarkerError, match=r"^markers\.serial: must be a serial port") as told:
            open_outputs(port, 115_200, None, "pilot")
        assert port in str(told.value)
        assert "\n" not in str(told.value)
    in_use.close()


def test_a_session_without_its_port_does_not_begin(tmp_path: Path) -> None:
    path = write_protocol(tmp_path, study(markers={"serial": str(tmp_path / "ttyNONE")}))
    for more in ((), ("--marker-port", str(tmp_path / "ttyOTHER"))):
        ended = elicit(tmp_path, "run", path, "--autopilot", "--logs", tmp_path / "logs", *more)
        assert ended.code == 1
        assert ended.said.count("\n") == 1
        assert (more[-1] if more else "ttyNONE") in ended.said
        assert ended.places == []
        assert ended.data == []


def test_the_port_of_this_computer_replaces_the_protocol_s(tmp_path: Path) -> None:
    asked = load_protocol(tmp_path, study(markers={"serial": "COM3"}))
    changed = override_marker_port(asked, "COM4").markers
    assert changed is not None
    assert changed.serial == "COM4"
    with pytest.raises(ElicitError, match="the protocol has no markers"):
        override_marker_port(load_protocol(tmp_path, study()), "COM4")


@pytest.mark.parametrize(
    ("markers", "told"),
    [
        ({}, "markers: must have serial, lsl or both, got neither"),
        ({"serial": "COM3", "codes": {"shown": 0}}, "markers.codes.shown: must be"),
        ({"serial": "COM3", "codes": {"shown": 256}}, "markers.codes.shown: must be"),
        ({"serial": "COM3", "codes": {"shown": "7"}}, "markers.codes.shown: must be"),
        ({"serial": "COM3", "codes": {"shown": 4}}, "got 4 for shown and mask"),
        ({"serial": "COM3", "codes": {"shown": 50, "page": 50}}, "got 50 for shown and page"),
        ({"serial": "COM3", "codes": {"onset": 50}}, "markers.codes.onset"),
        ({"serial": "COM3", "speed": 50}, "markers.speed"),
    ],
)
def test_validate_tells_codes_that_cannot_be(
    markers: dict[str, Any], told: str, tmp_path: Path
) -> None:
    ended = elicit(tmp_path, "validate", write_protocol(tmp_path, study(markers=markers)))
    assert ended.code == 1
    assert told in ended.said
    assert "Traceback" not in ended.said


def test_codes_may_be_any_byte_but_0_and_may_trade_places(tmp_path: Path) -> None:
    codes: dict[MarkerEvent, int] = {"shown": 255, "test": 3, "page": 254}
    asked = load_protocol(tmp_path, study(markers={"lsl": "elicit", "codes": codes}))
    assert asked.markers is not None
    assert asked.markers.all_codes == {**CODES, **codes}


def test_the_readme_s_table_has_the_built_in_codes() -> None:
    text = (ROOT / "elicit" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \|", text, re.MULTILINE)
    assert {event: int(code) for event, code in rows} == CODES


def test_check_sends_the_test_code(recorder: Recorder, tmp_path: Path) -> None:
    for port, verdict in ((recorder.port, "ok"), (str(tmp_path / "ttyNONE"), "fix")):
        path = write_protocol(tmp_path, study(markers={"serial": port, "codes": {"test": 99}}))
        elicit(tmp_path, "check", path, "--logs", tmp_path / "logs")  # there is no screen
        report = max(
            (tmp_path / "logs" / "checks").iterdir(), key=lambda each: each.stat().st_mtime
        )
        found = json.loads(report.read_text("utf-8"))["findings"]
        [finding] = [each for each in found if each["what"] == "markers"]
        assert finding["verdict"] == verdict
        assert port in finding["measured"]
    assert recorder.read() == [99]


def test_simulated_sessions_open_no_port(recorder: Recorder, tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    for port in (recorder.port, str(tmp_path / "ttyNONE")):
        path = write_protocol(tmp_path, study(markers={"serial": port}))
        ended = elicit(tmp_path, "simulate", path, "--participants", "1", "--logs", logs)
        assert ended.code == 0, ended.said
        assert recorder.read() == []
        events = read_table(next((logs / "data").glob("*_events.csv")), EventRow).rows
        assert {row.marker for row in events} == {None}
        logs = tmp_path / "again"


INLET = """
import sys, pylsl
info = pylsl.resolve_byprop("name", sys.argv[1], timeout=20)[0]
inlet = pylsl.StreamInlet(info)
inlet.open_stream(timeout=20)
print("open", info.type(), info.source_id(), flush=True)
while True:
    sample, at = inlet.pull_sample(timeout=20)
    late = pylsl.local_clock() - at - inlet.time_correction(timeout=20)
    print(sample[0], late, flush=True)
    if sample[0] == 255:
        break
"""


@pytest.mark.slow
def test_a_reader_in_another_process_gets_the_codes_of_a_stream() -> None:
    pytest.importorskip("pylsl")
    from elicit.markers import StreamOutput

    name = f"elicit-{os.getpid()}"
    stream = StreamOutput(name, "pilot")
    sender = MarkerSender([stream])
    with subprocess.Popen(
        [sys.executable, "-c", INLET, name], stdout=subprocess.PIPE, encoding="utf-8"
    ) as reading:
        assert reading.stdout is not None
        assert reading.stdout.readline().split() == ["open", "Markers", "pilot"]
        assert "a recorder is connected" in stream.describe()
        sent = list(CODES)
        for event in sent:
            sender.send(event, time.perf_counter() - 0.5)  # half a second after it happened
        said = [line.split() for line in reading.stdout]
    assert reading.returncode == 0
    assert [int(code) for code, _ in said] == [CODES[event] for event in sent]
    for _, late_s in said:
        assert 0.49 < float(late_s) < 10
    sender.close()
