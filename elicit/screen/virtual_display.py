"""A screen to open windows on: this computer's, or a virtual one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from elicit.errors import DisplayError


@contextmanager
def provide_screen(*, virtual: bool, size: str = "1920x1080") -> Iterator[None]:
    """Give the block a screen: this computer's, or a virtual one where it has none.

    Args:
        virtual: whether a virtual screen will do.
        size: of the virtual screen, WxH in px.

    Raises:
        DisplayError: there is no screen, and no virtual one will do or can be made.
    """
    if not sys.platform.startswith("linux") or os.environ.get("DISPLAY"):
        yield
        return
    if not virtual:
        raise DisplayError(
            "no screen: DISPLAY is not set; run this at a computer with a desktop, "
            "or let a simulated participant answer with --autopilot"
        )
    with virtual_screen(size) as display:
        os.environ["DISPLAY"] = display
        try:
            yield
        finally:
            del os.environ["DISPLAY"]


@contextmanager
def virtual_screen(size: str) -> Iterator[str]:
    """Give the block a virtual screen of WxH px: the name of its X display.

    Raises:
        DisplayError: Xvfb is not installed, or does not start.
    """
    server = shutil.which("Xvfb")
    if server is None:
        raise DisplayError(
            "no screen: DISPLAY is not set and Xvfb is not installed; install it "
            "(Debian, Ubuntu: apt install xvfb) or run this at a computer with a desktop"
        )
    read, write = os.pipe()
    command = [server, "-displayfd", str(write), "-screen", "0", f"{size}x24", "-nolisten", "tcp"]
    process = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    try:
        with os.fdopen(read, encoding="utf-8") as answer:
            number = answer.readline().strip()
        if not number:
            raise DisplayError(f"no screen: {server} ended before it had opened one")
        yield f":{number}"
    finally:
        process.terminate()
        process.wait()
