"""Two monitors under a window manager: the window is where it was asked for, or says so."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from Xlib import display as xdisplay
from Xlib.error import XError

from elicit.layout.scene import Box
from elicit.pages import Page
from elicit.trial import Wording
from tests.elicit.helpers.factories import block, study, write_protocol
from tests.elicit.helpers.virtual_lab import LabPC, lab_pc, needs_a_virtual_screen

NEEDED = ("xrandr", "icewm")
pytestmark = [
    needs_a_virtual_screen,
    pytest.mark.skipif(
        not all(map(shutil.which, NEEDED)), reason=f"needs the programs {', '.join(NEEDED)}"
    ),
]

FIRST, SECOND = Box(0, 0, 1280, 1024), Box(1280, 0, 1920, 1080)
KNOWN = ("--participant", "P01", "--session", "1")
WORDS = Wording()


@contextmanager
def two_monitors() -> Iterator[LabPC]:
    """Give a lab PC with two monitors side by side, and a window manager."""
    with lab_pc("3200x1080") as pc:
        for name, box, output in (("A", FIRST, "screen"), ("B", SECOND, "none")):
            size = f"{box.w}/300x{box.h}/200+{box.x}+{box.y}"
            subprocess.run(
                ["xrandr", "--display", pc.display, "--setmonitor", name, size, output],
                check=True, capture_output=True,
            )  # fmt: skip
        manager = subprocess.Popen(
            ["icewm", "--display", pc.display], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            time.sleep(1.0)
            yield pc
        finally:
            manager.terminate()
            manager.wait()


@contextmanager
def held_at(display: str, place: Box) -> Iterator[None]:
    """Move every window of elicit to one place again and again, as a tiling desktop does."""
    stop = threading.Event()

    def move() -> None:
        x = xdisplay.Display(display)
        x.set_error_handler(lambda *_: None)
        while not stop.wait(0.02):
            for window in x.screen().root.query_tree().children:
                try:
                    if window.get_attributes().override_redirect == 0:
                        window.configure(x=place.x, y=place.y, width=place.w, height=place.h)
                except XError:  # it is closed
                    continue
            x.sync()
        x.close()

    mover = threading.Thread(target=move)
    mover.start()
    try:
        yield
    finally:
        stop.set()
        mover.join()


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    return write_protocol(tmp_path, study(block("construct")))


@pytest.mark.parametrize(("screen", "monitor"), [(0, FIRST), (1, SECOND)])
def test_the_window_fills_the_monitor_that_was_asked_for(
    screen: int, monitor: Box, asked: Path, tmp_path: Path
) -> None:
    with two_monitors() as pc:
        pc.start("run", asked, *KNOWN, "--logs", tmp_path / "logs", "--screen", str(screen))
        pc.wait_for_page(Page("Look", "Look at the picture.", WORDS.page_hint), monitor)
        pc.stop_session(monitor)
        assert pc.finish()[0] == 3
    (record,) = (tmp_path / "logs" / "data").glob("*_session.json")
    assert json.loads(record.read_text(encoding="utf-8"))["screen"]["size_px"] == [
        monitor.w,
        monitor.h,
    ]


def test_a_window_of_a_size_opens_on_the_monitor_that_was_asked_for(
    asked: Path, tmp_path: Path
) -> None:
    with two_monitors() as pc:
        pc.start(
            "run", asked, *KNOWN, "--logs", tmp_path / "logs", "--autopilot",
            "--screen", "1", "--windowed", "1100x700",
        )  # fmt: skip
        assert pc.finish()[0] == 0


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ((), "must fill screen 0, 1280x800 px at 0,0"),
        (("--windowed", "1100x700"), "must be 1100x700 px on screen 0, 1280x800 px at 0,0"),
    ],
)
def test_a_window_that_the_desktop_puts_elsewhere_ends_run_and_check_in_a_line(
    options: tuple[str, ...], wanted: str, asked: Path, tmp_path: Path
) -> None:
    logs = tmp_path / "logs"
    with lab_pc("1280x800") as pc, held_at(pc.display, Box(0, 0, 1030, 610)):
        pc.start("run", asked, *KNOWN, "--logs", logs, *options)
        code, _, err = pc.finish()
        assert code == 1
        assert err.startswith(f"elicit: window {wanted}, got 1030x610 px at 0,0; ")
        assert err.count("\n") == 1
        assert list((logs / "data").iterdir()) == []
        pc.start("check", asked, "--logs", logs, "--seconds", "0.2", *options)
        code, _, err = pc.finish()
    assert (code, err) == (1, "elicit: not ready for a session; fix: window\n")
    (report,) = (logs / "checks").iterdir()
    found = {
        each["what"]: each for each in json.loads(report.read_text(encoding="utf-8"))["findings"]
    }
    assert found["window"]["measured"].startswith(f"window {wanted}")
