"""Imports PsychoPy and the command `elicit` where there is no screen: see `window_start`."""

import pyglet

pyglet.options["shadow_window"] = False

import fontTools.ttLib.tables._c_m_a_p  # noqa: E402,F401
from PIL import Image  # noqa: E402
from pyglet.window.xlib import XlibWindow  # noqa: E402

import elicit.cli  # noqa: E402
import elicit.screen.window  # noqa: E402,F401
from elicit.screen.x11_keyboard import choose_unicode_locale  # noqa: E402

Image.init()  # which imports what reads each kind of image
XlibWindow.set_icon = lambda *_: None  # PsychoPy's, which takes a quarter of a second


def open_screen() -> None:
    """Do what importing PsychoPy would have done on the screen that there is now."""
    choose_unicode_locale()
    pyglet.options["shadow_window"] = True
    pyglet.gl._create_shadow_window()
