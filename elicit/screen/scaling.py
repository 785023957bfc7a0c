"""What Windows is set to enlarge: 150 % on many laptops."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

USUAL_DPI = 96  # that Windows calls 100 %
HORZRES, LOGPIXELSX, DESKTOPHORZRES = 8, 88, 118  # of GetDeviceCaps


@dataclass(frozen=True)
class WindowsScaling:
    """The scale of the screen that a window is on."""

    percent: int  # 100: nothing is enlarged
    enlarges_window: bool = False  # whether Windows draws the window larger than it is, blurred

    def describe(self) -> str | None:
        """Return what a session is told; None where there is nothing to tell."""
        if self.enlarges_window:
            return (
                f"Windows enlarges the window to {self.percent} %, so its pixels are not the "
                "screen's; set Scale to 100 % in Windows' display settings"
            )
        if self.percent == 100:
            return None
        return f"Windows scales to {self.percent} %; images keep to the screen's own pixels"


def read_scaling(handle: Any) -> WindowsScaling | None:
    """Return the scale of the screen that pyglet's window is on; None on other systems."""
    if sys.platform != "win32":
        return None
    return measure_scaling(ctypes.windll, handle._hwnd)


def measure_scaling(windows: Any, window: int) -> WindowsScaling:
    """Return what Windows says of a window's scale.

    A program that did not say that it draws in the screen's own pixels sees fewer of them.

    Args:
        windows: the libraries of Windows, as `ctypes.windll` has them.
        window: the window's handle.
    """
    user, graphics = windows.user32, windows.gdi32
    context = user.GetDC(0)
    own, seen, dpi = (
        graphics.GetDeviceCaps(context, each) for each in (DESKTOPHORZRES, HORZRES, LOGPIXELSX)
    )
    user.ReleaseDC(0, context)
    with suppress(AttributeError):  # before Windows 10
        dpi = user.GetDpiForWindow(window) or dpi
    enlarged = own / seen if own and seen else 1.0
    return WindowsScaling(round(100 * dpi / USUAL_DPI * enlarged), enlarged > 1)
