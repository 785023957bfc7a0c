"""What an X keyboard sends: a key's symbols, its place on the keyboard, and the text it types.

pyglet looks at the symbol alone, and loses text: of dead keys while the pointer is over the window,
and of keys that type two characters. So on Linux the window reads key events here.
"""

from __future__ import annotations

import ctypes
import locale
from contextlib import suppress
from ctypes import POINTER, byref, c_char_p, c_int, c_uint, c_ulong, c_void_p, create_string_buffer
from dataclasses import dataclass
from typing import Any

KEY_PRESS, KEY_RELEASE = 2, 3  # types of X events
SHIFT = 1  # bit of an event's state
OVERFLOW = -1  # what Xutf8LookupString says of a buffer that is too small
HAS_TEXT = frozenset({2, 4})  # what it says where there is text: alone, or beside a symbol
FIRST_FUNCTION = 0xFD00  # symbols from here to 0xFFFF are keys that type nothing, or the keypad's

# Where the keys of a typewriter are, by the numbers that Linux gives to all keyboards.
PLACES = {
    first + k: name
    for first, names in (
        (10, "1 2 3 4 5 6 7 8 9 0 minus equal"),
        (24, "q w e r t y u i o p bracketleft bracketright"),
        (38, "a s d f g h j k l semicolon apostrophe grave"),
        (51, "backslash z x c v b n m comma period slash"),
    )
    for k, name in enumerate(names.split())
}


@dataclass(frozen=True)
class KeyEvent:
    """One key event."""

    code: int  # number of the key; 0: only text, which a sequence of keys before it makes
    pressed: bool  # else let go
    symbols: tuple[int, ...]  # X keysyms: of the key as pressed, then without and with Shift
    place: str  # name of the key at this place of a US keyboard; "" where it types no character
    shift: bool
    text: str  # what it types; "" where nothing, or where a sequence of keys is under way


class X11Keyboard:
    """Reads the key events of one window."""

    def __init__(self, display: Any, input_context: Any, window: int) -> None:
        """Take a connection (Display*), an input context (XIC) and the window that has it."""
        self._display, self._context, self._window = display, input_context, window
        self._x = ctypes.CDLL("libX11.so.6")
        self._x.XLookupString.argtypes = [c_void_p, c_char_p, c_int, POINTER(c_ulong), c_void_p]
        self._x.XFilterEvent.argtypes = [c_void_p, c_ulong]
        self._x.Xutf8LookupString.argtypes = [
            c_void_p, c_void_p, c_char_p, c_int, POINTER(c_ulong), POINTER(c_int)
        ]  # fmt: skip
        self._x.XkbKeycodeToKeysym.argtypes = [c_void_p, c_uint, c_uint, c_uint]
        self._x.XkbKeycodeToKeysym.restype = c_ulong

    def read(self, event: Any) -> KeyEvent:
        """Return what a key event says.

        Args:
            event: pyglet's XEvent, of type KEY_PRESS or KEY_RELEASE.
        """
        key, pressed = event.xkey, event.type == KEY_PRESS
        code, state = int(key.keycode), int(key.state)
        symbol = c_ulong()
        self._x.XLookupString(byref(key), create_string_buffer(32), 31, byref(symbol), None)
        # always by the window that has the input context: the event may be of another one in it
        filtered = bool(self._x.XFilterEvent(byref(event), self._window))
        text = self._text(key) if pressed and not filtered else ""
        if code == 0:
            return KeyEvent(0, pressed, (), "", False, text)
        symbols = [int(symbol.value)]
        if types_character(symbols[0]):
            group = state >> 13 & 3
            symbols += [
                int(self._x.XkbKeycodeToKeysym(self._display, code, group, level))
                for level in (0, 1)
            ]
        found = tuple(dict.fromkeys(each for each in symbols if each))
        place = PLACES.get(code, "") if types_character(symbols[0]) else ""
        return KeyEvent(code, pressed, found, place, bool(state & SHIFT), text)

    def _text(self, key: Any) -> str:
        size = 64
        while True:
            buffer, symbol, status = create_string_buffer(size), c_ulong(), c_int()
            length = self._x.Xutf8LookupString(
                self._context, byref(key), buffer, size, byref(symbol), byref(status)
            )
            if status.value != OVERFLOW:
                break
            size = length + 1
        if status.value not in HAS_TEXT:
            return ""
        return buffer.raw[:length].decode("utf-8", "replace")


def choose_unicode_locale() -> None:
    """Have text typed as Unicode, whatever the system's language; call this before any window.

    A terminal without UTF-8 gets the letters of its own character set only, accents as far as it
    has them, and of a key that types two characters none.
    """
    known = ctypes.CDLL("libX11.so.6").XSupportsLocale()
    if not known or locale.nl_langinfo(locale.CODESET).upper() != "UTF-8":
        with suppress(locale.Error):  # an old system without it types what it can
            locale.setlocale(locale.LC_CTYPE, "C.UTF-8")


def types_character(symbol: int) -> bool:
    """Return whether an X keysym is a character's, a dead accent's among them."""
    return not FIRST_FUNCTION <= symbol <= 0xFFFF or 0xFE50 <= symbol <= 0xFE93
