"""Where a window really is: the window manager decides, not whoever opens it."""

from __future__ import annotations

import ctypes
import sys
import time
from ctypes import POINTER, Structure, byref, c_char_p, c_int, c_long, c_uint, c_ulong, c_void_p
from typing import Any

from elicit.errors import DisplayError
from elicit.layout.scene import Box

SETTLED_S = 0.25  # that a window must stay where it should be
PATIENCE_S = 2.0  # for the window manager to put it there
POLL_S = 0.02
CLIENT_MESSAGE = 33  # a type of X events
REMOVE, ADD, FROM_PROGRAM = 0, 1, 1  # in messages to the window manager
TO_WINDOW_MANAGER = 1 << 19 | 1 << 20  # masks of events on the root window


class _ClientMessage(Structure):
    """X's XClientMessageEvent, in the room that any event takes."""

    _fields_ = (
        ("type", c_int),
        ("serial", c_ulong),
        ("send_event", c_int),
        ("display", c_void_p),
        ("window", c_ulong),
        ("message_type", c_ulong),
        ("format", c_int),
        ("data", c_long * 5),
        ("rest", c_long * 16),
    )


def check_placement(handle: Any, number: int, windowed: tuple[int, int] | None) -> None:
    """Wait until the window is where it should be; where it is elsewhere, ask for that once.

    Args:
        handle: pyglet's window.
        number: of the screen that was asked for, from 0.
        windowed: width and height that were asked for, px; None for the full screen.

    Nothing is asked of a Mac, which has no window managers.

    Raises:
        DisplayError: it is on another screen, has another size or does not fill the screen.
    """
    if sys.platform == "darwin":
        return
    screen = handle.screen
    wanted = Box(screen.x, screen.y, screen.width, screen.height)
    began = matched = time.perf_counter()
    asked = False
    while True:
        handle.dispatch_events()
        now, found = time.perf_counter(), _place(handle)
        if not _fits(found, wanted, windowed):
            matched = now
            if windowed is None and not asked and now - began > SETTLED_S:
                asked = True
                _ask_for_screen(handle, number)
        if now - matched > SETTLED_S:
            _tell_pyglet(handle, found)
            return
        if now - began > PATIENCE_S and matched == now:
            break
        time.sleep(POLL_S)
    if windowed is None:
        asked_for = f"must fill screen {number}, {_said(wanted)}"
    else:
        asked_for = f"must be {windowed[0]}x{windowed[1]} px on screen {number}, {_said(wanted)}"
    raise DisplayError(
        f"window {asked_for}, got {_said(found)}; this desktop put it there: choose another "
        "--screen or --windowed, make that screen the only or the first one, or use another "
        "window manager"
    )


def _place(handle: Any) -> Box:
    """Return where the window's content is on the desktop, in the system's units."""
    size = handle.get_size()
    if sys.platform.startswith("linux"):  # where pyglet takes what it asked for as what it got
        x = ctypes.CDLL("libX11.so.6")
        numbers = POINTER(c_uint)
        x.XGetGeometry.argtypes = [
            c_void_p, c_ulong, POINTER(c_ulong), POINTER(c_int), POINTER(c_int),
            numbers, numbers, numbers, numbers,
        ]  # fmt: skip
        root, left, top, width, height = c_ulong(), c_int(), c_int(), c_uint(), c_uint()
        display = ctypes.cast(handle.display._display, c_void_p)
        rest = byref(c_uint()), byref(c_uint())
        if x.XGetGeometry(
            display, handle._window, root, left, top, byref(width), byref(height), *rest
        ):
            size = width.value, height.value
    return Box(*handle.get_location(), *size)


def _tell_pyglet(handle: Any, found: Box) -> None:
    """Have pyglet draw on the whole window, where it knows another size of it."""
    if handle.get_size() != (found.w, found.h):
        handle._width, handle._height = found.w, found.h
        handle._update_view_size()
        handle.dispatch_event("on_resize", found.w, found.h)


def _fits(found: Box, wanted: Box, windowed: tuple[int, int] | None) -> bool:
    if windowed is None:
        return found == wanted
    middle = found.x + found.w / 2, found.y + found.h / 2
    return (found.w, found.h) == windowed and wanted.holds(*middle)


def _said(box: Box) -> str:
    return f"{box.w}x{box.h} px at {box.x},{box.y}"


def _ask_for_screen(handle: Any, number: int) -> None:
    """Ask an X window manager to fill one screen, by its number, with a full-screen window.

    Some of them heed where the window is when it fills the screen, some the number.
    """
    if not sys.platform.startswith("linux"):
        return
    x = ctypes.CDLL("libX11.so.6")
    x.XInternAtom.argtypes, x.XInternAtom.restype = [c_void_p, c_char_p, c_int], c_ulong
    x.XDefaultRootWindow.argtypes, x.XDefaultRootWindow.restype = [c_void_p], c_ulong
    x.XSendEvent.argtypes = [c_void_p, c_ulong, c_int, c_long, POINTER(_ClientMessage)]
    x.XMoveResizeWindow.argtypes = [c_void_p, c_ulong, c_int, c_int, c_int, c_int]
    x.XSync.argtypes = [c_void_p, c_int]
    display, window = ctypes.cast(handle.display._display, c_void_p), handle._window

    def ask(what: bytes, *data: int) -> None:
        message = _ClientMessage(
            type=CLIENT_MESSAGE,
            window=window,
            message_type=x.XInternAtom(display, what, 0),
            format=32,
            data=data,
        )
        x.XSendEvent(display, x.XDefaultRootWindow(display), 0, TO_WINDOW_MANAGER, byref(message))
        x.XSync(display, 0)
        time.sleep(POLL_S)

    screen, full = handle.screen, x.XInternAtom(display, b"_NET_WM_STATE_FULLSCREEN", 0)
    ask(b"_NET_WM_STATE", REMOVE, full, 0, FROM_PROGRAM)
    place = screen.x, screen.y, screen.width, screen.height
    x.XMoveResizeWindow(display, window, *place)
    ask(b"_NET_WM_FULLSCREEN_MONITORS", number, number, number, number, FROM_PROGRAM)
    ask(b"_NET_WM_STATE", ADD, full, 0, FROM_PROGRAM)
