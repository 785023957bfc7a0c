"""Codes that a recorder of brain or eye data gets at each onset and each answer.

They go over a serial port, where each is one byte, and over Lab Streaming Layer, where each is an
integer in a stream of markers with the time of what it marks.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias, get_args

from elicit.errors import ElicitError

MarkerEvent: TypeAlias = Literal[
    "interval", "fixation", "shown", "mask", "blank", "answered", "missed", "resumed", "page",
    "turned", "test",
]  # fmt: skip
MIN_CODE, MAX_CODE = 1, 255  # one byte; 0 is what many recorders show between codes
NO_RECORDER = "no recorder is connected"
# What each event sends where the protocol says nothing else.
CODES: Mapping[MarkerEvent, int] = {
    "interval": 1,  # an empty screen begins a trial
    "fixation": 2,  # the cross is on screen
    "shown": 3,  # the image
    "mask": 4,
    "blank": 5,  # the image is gone, and no mask in its place
    "answered": 6,  # the act that answers a trial
    "missed": 7,  # the deadline passed
    "resumed": 8,  # the trial is on screen again after a pause
    "page": 9,  # a page is on screen
    "turned": 10,  # the act that ends it
    "test": 255,  # sent by `elicit check`
}
assert tuple(CODES) == get_args(MarkerEvent)


class MarkerError(ElicitError):
    """A port or stream for markers that cannot be opened."""


class Marker(NamedTuple):
    """A code that was sent."""

    code: int
    at: float  # when it was handed over, s on the clock of `MarkerSender`


class MarkerOutput(Protocol):
    """Where codes go."""

    name: str

    def write(self, code: int, age_s: float) -> None:
        """Send a code, without waiting for anybody.

        Args:
            code: 1 to 255.
            age_s: how long ago that happened which it marks.

        Raises:
            OSError: it cannot be sent.
        """

    def describe(self) -> str:
        """Return its name, and whether anybody reads it where that is known."""

    def close(self) -> None:
        """Let go of the port or stream."""


class MarkerSender:
    """Sends codes; what fails is counted, and never stops a session."""

    def __init__(
        self,
        outputs: Sequence[MarkerOutput] = (),
        codes: Mapping[Any, int] = CODES,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Send codes to outputs.

        Args:
            outputs: where to; none where no markers are wanted.
            codes: of each event.
            clock: that the times of events are on, s.
        """
        self._outputs, self._codes, self._clock = list(outputs), codes, clock
        self.sent = 0
        self.unsent = 0  # codes that at least one output did not take
        self.problems: list[str] = []  # a line for each output that failed

    def send(self, event: MarkerEvent, at: float) -> Marker | None:
        """Send the code of an event; return it, or None where no output took it.

        Args:
            event: what happened.
            at: when, s on the clock.
        """
        if not self._outputs:
            self.unsent += bool(self.problems)
            return None
        code, reached = self._codes[event], 0
        wanted = len(self._outputs) + len(self.problems)
        for output in tuple(self._outputs):
            try:
                output.write(code, self._clock() - at)
                reached += 1
            except OSError as error:
                self.problems.append(f"{output.name}: {_said(error)}, after {self.sent} codes")
                self._outputs.remove(output)
                _close(output)
        marker = Marker(code, self._clock())
        self.sent += reached > 0
        self.unsent += reached < wanted
        return marker if reached else None

    def list_outputs(self) -> list[str]:
        """Return the name of each output, and whether anybody is known to read it."""
        return [output.describe() for output in self._outputs]

    def describe_losses(self) -> str:
        """Return what did not reach its output, in one line; "" where everything did."""
        if not self.unsent:
            return ""
        return f"markers: {self.unsent} codes were not sent everywhere: {'; '.join(self.problems)}"

    def close(self) -> None:
        """Let go of all ports and streams."""
        for output in self._outputs:
            _close(output)
        self._outputs.clear()


def _close(output: MarkerOutput) -> None:
    with suppress(OSError):  # it is gone already
        output.close()


def open_outputs(
    serial: str | None, baud_rate: int, lsl: str | None, source_id: str
) -> list[MarkerOutput]:
    """Return a serial port and a stream for markers, both open; either may be None.

    Args:
        serial: name of the port, such as COM3 or /dev/ttyUSB0.
        baud_rate: of the port, bits a second.
        lsl: name of the stream.
        source_id: what tells the stream from others of its name.

    Raises:
        MarkerError: one of them cannot be opened.
    """
    found: list[MarkerOutput] = []
    try:
        if serial is not None:
            found.append(SerialOutput(serial, baud_rate))
        if lsl is not None:
            found.append(StreamOutput(lsl, source_id))
    except MarkerError:
        for each in found:
            _close(each)
        raise
    return found


class SerialOutput:
    """A serial port: each code is one byte."""

    def __init__(self, name: str, baud_rate: int) -> None:
        """Open the port, for this program alone.

        Raises:
            MarkerError: it is not there, in use or may not be used, or pyserial is missing.
        """
        try:
            import serial
        except ImportError:
            raise _lacks("markers.serial", "pyserial") from None
        self.name = name
        try:
            self._port = serial.Serial(name, baud_rate, write_timeout=0, exclusive=True)
        except (OSError, ValueError) as error:  # pyserial's own errors are OSErrors
            raise MarkerError(
                f"markers.serial: must be a serial port that is there and not in use, got {name} "
                f"({_said(error)}); connect it, close other programs that use it, or name another "
                "with --marker-port"
            ) from error
        if sys.platform != "win32":
            os.set_blocking(self._port.fileno(), False)

    def write(self, code: int, age_s: float) -> None:
        """Send one byte; never wait, as a frame would too."""
        if sys.platform == "win32":
            written = self._port.write(bytes([code]))
        else:  # where pyserial tries for ever when nothing can be written
            written = os.write(self._port.fileno(), bytes([code]))
        if written != 1:
            raise OSError("takes no more codes")

    def describe(self) -> str:
        """Return the port's name."""
        return self.name

    def close(self) -> None:
        """Let go of the port."""
        self._port.close()


class StreamOutput:
    """A stream of Lab Streaming Layer, of the type Markers: each code is an integer."""

    def __init__(self, name: str, source_id: str) -> None:
        """Open the stream.

        Raises:
            MarkerError: pylsl or its library is missing.
        """
        try:
            import pylsl
        except ImportError:
            raise _lacks("markers.lsl", "pylsl") from None
        except RuntimeError as error:  # its own library is not there
            raise MarkerError(f"markers.lsl: {_said(error)}") from error
        self.name = f"Lab Streaming Layer {name}"
        info = pylsl.StreamInfo(name, "Markers", 1, pylsl.IRREGULAR_RATE, pylsl.cf_int32, source_id)
        self._outlet, self._now = pylsl.StreamOutlet(info), pylsl.local_clock

    def describe(self) -> str:
        """Return the stream's name, and whether a recorder is connected."""
        read = "a recorder is connected" if self._outlet.have_consumers() else NO_RECORDER
        return f"{self.name} ({read})"

    def write(self, code: int, age_s: float) -> None:
        """Send an integer, with the time of what it marks."""
        self._outlet.push_sample([code], self._now() - age_s)

    def close(self) -> None:
        """End the stream."""
        del self._outlet


def _lacks(key: str, package: str) -> MarkerError:
    return MarkerError(
        f"{key}: needs the package {package}; install the extra markers, as in "
        "pip install '.[lab,markers]'"
    )


def _said(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error).splitlines()[0] if str(error) else type(error).__name__
