"""A real window, by PsychoPy."""

from __future__ import annotations

import ctypes
import gc
import math
import os
import statistics
import sys
import time
import unicodedata
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from PIL import Image

from elicit.errors import DisplayError
from elicit.layout.fonts import Face, default_face
from elicit.layout.picture_sides import find_common_side, measure_side
from elicit.layout.scene import Item, Scene
from elicit.layout.style import GROUND
from elicit.layout.text import font_file
from elicit.layout.trials import lay_out
from elicit.paradigms import PARADIGMS
from elicit.questions import FreeText
from elicit.screen.keys import (
    CHARACTERS,
    KeyRepeater,
    KeyStroke,
    find_key,
    meaning,
    repeats,
    speeds_up,
)
from elicit.screen.light_patch import Corner, LightPatch
from elicit.screen.placement import check_placement
from elicit.screen.scaling import read_scaling
from elicit.screen.view import ScreenState
from elicit.screen.x11_keyboard import KEY_PRESS, KEY_RELEASE, X11Keyboard, choose_unicode_locale
from elicit.timing import BEFORE_PICTURE, Phase
from elicit.trial import FOCUS_LOST, FOCUS_REGAINED, Closed, Slide, Timed, Trial, Wording, Write
from elicit.visual_angle import PictureSize, ScreenCalibration
from stimuli.processes.process import Process

if TYPE_CHECKING:
    from elicit.protocol.study_protocol import StudyProtocol

if sys.platform == "win32":  # before any window: else Windows enlarges it, blurred
    ctypes.windll.shcore.SetProcessDpiAwareness(2)
    ctypes.windll.winmm.timeBeginPeriod(1)  # else a sleep of 1 ms can take 16
if sys.platform.startswith("linux"):
    choose_unicode_locale()

try:
    from psychopy import logging as psychopy_logging

    psychopy_logging.console.setLevel(psychopy_logging.CRITICAL)
    from psychopy import monitors, visual
    from pyglet import gl
    from pyglet.window import key as pyglet_key
    from pyglet.window import mouse as pyglet_mouse

    from elicit.screen.painter import Painter, list_pictures
except ImportError as error:
    raise DisplayError(
        f"PsychoPy cannot be loaded here: {str(error).splitlines()[0]}; a lab PC needs the lab "
        "extra and, on Linux, the OpenGL libraries (libgl1, libglu1-mesa)"
    ) from error
except Exception as error:  # pyglet has its own class for a screen that does not answer
    raise DisplayError(
        f"no screen can be opened: {str(error) or type(error).__name__}; on Linux check DISPLAY, "
        "or try --autopilot with Xvfb installed"
    ) from error

POLL_S = 0.001  # between two looks at the keyboard while a frame waits
SPARE_S = 0.05  # before the screen changes by itself, in which no picture is made
LAST_FRAMES = 9  # with anything new, whose median the next one is expected to take
RATE_FLIPS = 30  # to measure the refresh rate; as many more are held up by DELAY_FRAMES each
DELAY_FRAMES = 0.25
MAX_RATE_DIFFERENCE = 0.05  # of the measured refresh rate from the one that the system states
JOB_S = 0.006  # time that a frame must have left for one picture of the next trial to be made
QUIET_S = 0.25  # since anything happened
SOFTWARE = ("llvmpipe", "softpipe", "software rasterizer")  # what draws without a graphics card
KEPT_FLIPS = 6  # after which a frame must be there still, to draw on it
NAMES = {
    "return": "enter",
    **{f"num_{name}": name for name in ("enter", "space", "tab", "home", "end")},
    **{f"num_{name}": name for name in ("left", "right", "up", "down")},
}
BACK_TAB = 0xFE20  # what X calls Tab with Shift
SMALLEST = (1024, 600)  # of a window that every screen fits


@dataclass(frozen=True)
class WindowSettings:
    """How the window is opened."""

    screen: int = 0
    windowed: tuple[int, int] | None = None  # width, height in px; full-screen where None
    repeat_delay_s: float = 0.4
    repeat_rate_hz: float = 12.0
    keys: Mapping[str, str] = field(default_factory=dict)  # other keys for the named ones
    face: Face | None = None  # the font; PsychoPy's where None
    side_px: int | None = None  # of an image on screen; as large as fits where None
    timed: bool = False  # whether anything is on screen for a limited time
    light_patch: Corner | None = None  # where it turns white with each image, for a light sensor

    @classmethod
    def for_protocol(
        cls,
        protocol: StudyProtocol,
        face: Face,
        screen: int,
        size: tuple[int, int] | None,
        light_patch: Corner | None = None,
    ) -> WindowSettings:
        """Return the settings of a protocol's window.

        Args:
            protocol: the study.
            face: a font that has all letters of its texts.
            screen: which one, from 0.
            size: width and height, px; full-screen where None.
            light_patch: where a patch for a light sensor is; there is none where None.
        """
        return cls(
            screen,
            size,
            protocol.key_repeat.delay_s,
            protocol.key_repeat.rate_hz,
            protocol.keys,
            face,
            protocol.stimuli.side_px,
            any(block.has_durations for block in protocol.blocks),
            light_patch,
        )


class WindowView:
    """A PsychoPy window that one participant looks at."""

    def __init__(
        self,
        settings: WindowSettings,
        process: Process,
        wording: Wording,
        presser: Callable[[ScreenState], str | None] | None = None,
    ) -> None:
        """Open the window.

        Args:
            settings: where and how large.
            process: how the images of the trials to come are made, and of which endpoints.
            wording: the words that are the same in every trial.
            presser: where given, a simulated participant: called with what is on screen, it
                returns the key to press now, which goes the way that a person's key goes, or
                None for no key yet. The effect of a key is on screen before the next call.

        Raises:
            DisplayError: the screen is not there, or the window too small.
        """
        self._process = process
        self._wording = wording
        self._presser = presser
        self._keys = dict(settings.keys)
        self._face = settings.face or default_face()
        for file in (self._face.regular, self._face.bold):
            font_file(file)  # read here, not in a trial
        self._window = _open(settings)
        self._handle = self._window.winHandle
        try:
            check_placement(self._handle, settings.screen, settings.windowed)
        except DisplayError:
            with _quiet():
                self._window.close()
            raise
        self._keyboard = self._x11_keyboard() if sys.platform.startswith("linux") else None
        self.size: tuple[int, int] = (int(self._window.size[0]), int(self._window.size[1]))
        scale = float(self._window.getContentScaleFactor())
        screen = self._handle.screen
        self.screen_px = (round(screen.width * scale), round(screen.height * scale))
        self.scaling = read_scaling(self._handle)
        self.calibration: ScreenCalibration | None = None
        self._side = settings.side_px
        self.refresh_hz = _refresh_rate(self._handle)
        self.measured_hz: float | None = None  # where anything is on screen for a limited time
        self._window.recordFrameIntervals = True
        self._window.refreshThreshold = 1.5 / self.refresh_hz
        self._repeat = KeyRepeater(settings.repeat_delay_s, settings.repeat_rate_hz)
        self._down: dict[
            int, str
        ] = {}  # keys that are held, by their numbers: what they are taken for
        self._half = ""  # of a character that comes in two
        self._focused = True
        self._happened: deque[Timed] = deque()
        self._state: ScreenState | None = None
        self._too_early = False  # whether the hint says that an answer came too early
        self._phase = Phase.PICTURE  # of the trial on screen
        self._phases: dict[Phase, Scene] = {}  # of the state on screen
        self._trial: Trial | None = None  # shown last
        self.scene = Scene(*self.size)  # what is on screen
        self._dragged: int | None = None  # the slider that the pointer holds
        self._painter = Painter(self._window, self.size, process)
        self._jobs: deque[Item] = deque()  # pictures of the next trial that are still to be made
        self._wanted: list[Item] = []  # all items of the next trial
        corner = settings.light_patch
        self._patch = None if corner is None else LightPatch(corner, self.size)
        self._above: list[Item] = []  # the patch, as the next frame shows it
        self._flipped = self._key_sent = self._heard = time.perf_counter()
        self._draw_s = 0.004  # what the last frame with anything new took to draw
        self._frames_s = deque([0.004], LAST_FRAMES)  # that each took to draw and flip
        self._painter.keeps_frames = self._find_kept_frames()
        gc.collect()
        gc.freeze()  # else Python's look for garbage takes several frames, in an exposure too
        self.flips_wait = True  # for the screen, as far as is known
        if settings.timed:
            self._measure_rate()
        self._handle.push_handlers(self)
        if self.size < SMALLEST or self.size[1] < SMALLEST[1]:
            self.close()
            raise DisplayError(
                f"window {self.size[0]}x{self.size[1]}: must be at least "
                f"{SMALLEST[0]}x{SMALLEST[1]}; use a larger screen or --windowed WxH"
            )

    # -- the view's contract

    @property
    def dropped_frames(self) -> int:
        """Frames that came later than one and a half frames after the one before."""
        return int(self._window.nDroppedFrames)

    @property
    def picture_size(self) -> PictureSize | None:
        """Size of each image of the trial that was shown last."""
        side = measure_side(self.scene)
        return None if side is None else PictureSize.on_screen(side, self.calibration)

    @property
    def next_flip_s(self) -> float:
        """When the next flip is expected, s: a whole number of frames after the last one."""
        passed = time.perf_counter() - self._flipped
        return self._flipped + (math.floor(passed * self.refresh_hz) + 1) / self.refresh_hz

    @property
    def ready(self) -> int:
        """Pictures that are on the graphics card, whether shown or not."""
        return len(self._painter)

    @property
    def pending(self) -> int:
        """Pictures of the next trial that are still to be made."""
        return len(self._jobs)

    def calibrate(self, calibration: ScreenCalibration, side_deg: float | None = None) -> None:
        """Say from now on how large images are in degrees of visual angle.

        Args:
            calibration: of the screen that the window is on.
            side_deg: how large the study wants an image; None: it does not say it in degrees.
        """
        self.calibration = calibration
        if side_deg is not None:
            self._side = max(1, round(calibration.to_px(side_deg)))

    def check(self, states: Iterable[ScreenState]) -> None:
        """Lay out everything that is to come, so that what does not fit is known at once.

        From then on, all trials that show one image at a time show it at one size, the largest
        that all of them have room for, and no other image is larger.

        Raises:
            DisplayError: the window is too small for an image or a text.
        """
        side = find_common_side((state, self._lay_out(state)) for state in states)
        self._side = self._side if side is None else side

    def prepare(self, trial: Trial) -> None:
        """Line up `trial`'s pictures; they are made in the time that frames have left."""
        self._wanted = list_pictures(self._lay_out(PARADIGMS[trial.paradigm](trial)))
        self._jobs = deque(item for item in self._wanted if not self._painter.is_ready(item))

    def show(
        self, state: ScreenState, *, too_early: bool = False, phase: Phase = Phase.PICTURE
    ) -> float:
        """Draw `state`, flip, and return the flip time in seconds."""
        began = time.perf_counter()
        if state is not self._state or too_early is not self._too_early:
            self._enter(state, too_early, phase)
        elif phase is not self._phase:
            self._phase = phase
            self.scene = self._phases.get(phase) or self._lay_out(state, too_early, phase)
        drawing = time.perf_counter()
        if self._patch is not None:
            trial: Trial | None = getattr(state, "trial", None)
            self._above = [self._patch.paint(trial, phase, drawing)]
        anew = self._painter.draw(self.scene, self._above)
        drawn = time.perf_counter()
        flipped = self._flip()
        if self._patch is not None:
            self._patch.note_flip(flipped)
        if anew:  # else it tells nothing of the next frame that has anything new
            self._draw_s = drawn - began
            self._frames_s.append(flipped - drawing)
        return flipped

    def events(self, until: float | None = None) -> list[Timed]:
        """Return what the participant did since the last flip, oldest first.

        Waits for something to happen as long as the next frame can still be drawn in time; in
        that time the next trial's pictures are made, unless that could make a frame late which
        counts.
        """
        frame_s = 1 / self.refresh_hz
        deadline = self._flipped + frame_s - self._draw_s - 2 * POLL_S
        if until is not None and not self.flips_wait and until - self._flipped < 1.5 * frame_s:
            # no screen keeps the time, so this does
            deadline = until - min(statistics.median(self._frames_s), frame_s / 2)
        made = 0
        while True:
            self._handle.dispatch_events()
            self._press_what_is_due()
            now = time.perf_counter()
            if self._happened:
                self._heard = now
                break
            # where drawing takes all of a frame, one picture a frame is made in quiet moments
            quiet = made == 0 and now - self._heard > QUIET_S
            if self._jobs and (deadline - now > JOB_S or quiet) and self._may_work(until, now):
                self._painter.make(self._jobs.popleft())
                made += 1
            elif now >= deadline:
                break
            else:
                time.sleep(max(0.0, min(POLL_S, deadline - now)))
        happened = list(self._happened)
        self._happened.clear()
        return happened

    # -- for the session's record and its end

    def provenance(self) -> dict[str, Any]:
        """Return what the session's record says of the screen."""
        measured: dict[str, Any] = {}
        if self.measured_hz is not None:
            measured["measured_hz"] = round(self.measured_hz, 3)
        if self.scaling is not None:
            measured["windows_scaling_percent"] = self.scaling.percent
        if self._patch is not None:
            measured["light_patch"] = self._patch.record()
        if self.calibration is not None:
            measured["calibration"] = self.calibration.record()
        return {
            "size_px": list(self.size),
            "refresh_hz": self.refresh_hz,
            **measured,
            "scale": float(self._window.getContentScaleFactor()),
            "fullscreen": bool(self._window._isFullScr),
        }

    def screenshot(self) -> Image.Image:
        """Return what the next flip will show, as an RGB picture, pixel by pixel."""
        self._painter.draw(self.scene, self._above)
        frame: Image.Image = self._window._getFrame(buffer="back")
        return frame.convert("RGB")

    def stop(self) -> None:
        """End the session as if the window were closed from outside."""
        self._happened.append(Timed(Closed(), time.perf_counter(), "stop"))

    def close(self) -> None:
        """Close the window."""
        self._painter.clear()
        with _quiet():
            self._window.close()

    # -- what the window hears; pyglet calls these by name

    def on_key_press(self, symbol: int, modifiers: int) -> bool:
        """Take a key press at once, with the time at which it is heard."""
        self._key_down(symbol, (symbol,), bool(modifiers & pyglet_key.MOD_SHIFT))
        return True

    def on_key_release(self, symbol: int, _modifiers: int) -> bool:
        """End the repeats of the key."""
        self._key_up(symbol)
        return True

    def on_text(self, text: str) -> bool:
        """Take what is typed, where there is a field for it; all but control characters."""
        paired = (self._half + text).encode("utf-16-le", "surrogatepass")
        self._half = ""
        if paired[-1:] and 0xD8 <= paired[-1] <= 0xDB:  # the second half comes next
            self._half = paired[-2:].decode("utf-16-le", "surrogatepass")
            paired = paired[:-2]
        written = "".join(
            letter
            for letter in paired.decode("utf-16-le", "replace")
            if unicodedata.category(letter) != "Cc"
        )
        if isinstance(self._state, FreeText) and written:
            self._happened.append(Timed(Write(written), time.perf_counter(), "typed"))
        return True

    def on_activate(self) -> None:
        """Take note that this window has the keyboard again."""
        if not self._focused:
            self._focused = True
            self._happened.append(Timed(None, time.perf_counter(), FOCUS_REGAINED))

    def on_deactivate(self) -> None:
        """Take note that the keyboard goes to another window, and let go of every key."""
        self._repeat.clear()
        self._down.clear()
        getattr(self._handle, "pressed_keys", set()).clear()
        if self._focused:
            self._focused = False
            self._happened.append(Timed(None, time.perf_counter(), FOCUS_LOST))

    def on_close(self) -> bool:
        """Take note that the window was closed from outside."""
        self._happened.append(Timed(Closed(), time.perf_counter(), "window closed"))
        return True

    def on_mouse_motion(self, _x: int, _y: int, _dx: int, _dy: int) -> bool:
        """Bring the pointer back when the mouse moves."""
        self._set_pointer(True)
        return True

    def on_mouse_press(self, x: int, y: int, button: int, _modifiers: int) -> bool:
        """Take hold of a slider, or press what is under the pointer."""
        if button == pyglet_mouse.LEFT:
            left, top = self._to_scene(x, y)
            for track in self.scene.tracks:
                if track.grip.holds(left, top):
                    self._dragged = track.slider
                    self._drag(left)
            for box, event in self.scene.buttons:
                if box.holds(left, top):
                    self._happened.append(Timed(event, time.perf_counter(), "click"))
        return True

    def on_mouse_drag(
        self, x: int, y: int, _dx: int, _dy: int, _buttons: int, _modifiers: int
    ) -> bool:
        """Move the slider that the pointer holds."""
        if self._dragged is not None:
            self._drag(self._to_scene(x, y)[0])
        return True

    def on_mouse_scroll(self, _x: int, _y: int, _across: float, up: float) -> bool:
        """Look at another part of a long list."""
        event = self.scene.earlier if up > 0 else self.scene.later
        if event is not None and up:
            self._happened.append(Timed(event, time.perf_counter(), "wheel"))
        return True

    def on_mouse_release(self, _x: int, _y: int, _button: int, _modifiers: int) -> bool:
        """Let go of the slider."""
        self._dragged = None
        return True

    # -- inside

    def _measure_rate(self) -> None:
        """Take the measured refresh rate where flips wait for the screen, else the stated one."""
        frame_s = self._median_frame_s(0.0)
        longer_s = self._median_frame_s(DELAY_FRAMES / self.refresh_hz) - frame_s
        self.measured_hz = 1 / frame_s
        # a short delay before each flip is added to the frame only where flips wait for nothing
        self.flips_wait = (
            abs(self.measured_hz / self.refresh_hz - 1) <= MAX_RATE_DIFFERENCE
            and longer_s < DELAY_FRAMES / 2 / self.refresh_hz
        )
        if self.flips_wait:
            self.refresh_hz = self.measured_hz
            self._window.refreshThreshold = 1.5 / self.refresh_hz
        self._window.nDroppedFrames = 0

    def _median_frame_s(self, delay_s: float) -> float:
        """Return the usual time from one flip to the next, where each is held up first."""
        flips = []
        for _ in range(RATE_FLIPS):
            time.sleep(delay_s)
            self._painter.fill_all(GROUND)
            flips.append(self._flip())
        return statistics.median(after - before for before, after in pairwise(flips))

    def _find_kept_frames(self) -> bool:
        """Return whether a flip copies the frame that was drawn, and so leaves it to draw on.

        With a graphics card it does not, or not always, and there a whole frame is soon drawn.
        """
        if not str(gl.gl_info.get_renderer()).lower().startswith(SOFTWARE):
            return False
        read, kept = (gl.GLubyte * 3)(), True
        for k in range(KEPT_FLIPS):
            shade = GROUND[0] + k % 2
            self._painter.fill_all((shade, shade, shade))
            self._flip()
            gl.glReadBuffer(gl.GL_BACK)
            gl.glReadPixels(0, 0, 1, 1, gl.GL_RGB, gl.GL_UNSIGNED_BYTE, read)
            kept = kept and tuple(read) == (shade, shade, shade)
        return kept

    def _flip(self) -> float:
        self._window.flip(clearBuffer=False)
        self._flipped = time.perf_counter()
        self._painter.note_flip()
        return self._flipped

    def _may_work(self, until: float | None, now: float) -> bool:
        """Return whether a picture of the next trial may be made now: not while a frame counts."""
        if until is None:
            return True
        trial: Trial | None = getattr(self._state, "trial", None)
        waits = trial is not None and trial.timing.exposure_s is None
        free = self._phase in {Phase.INTERVAL, Phase.BLANK}
        return (free or (waits and self._phase is Phase.PICTURE)) and until - now > SPARE_S

    def _x11_keyboard(self) -> X11Keyboard:
        """Have key events come here, not to pyglet, and a held key come as presses alone."""
        from pyglet.window import xlib

        handle = self._handle
        supported = ctypes.c_int()
        # pyglet asks for this on the connection of its first window; PsychoPy's are on another
        xlib.XkbSetDetectableAutoRepeat(
            handle.display._display, ctypes.c_int(1), ctypes.byref(supported)
        )
        for handlers in (handle._event_handlers, handle._view_event_handlers):
            handlers[KEY_PRESS] = handlers[KEY_RELEASE] = self._hear_key
        return X11Keyboard(handle.display._display, handle._x_ic, handle._window)

    def _hear_key(self, event: Any) -> None:
        assert self._keyboard is not None
        key = self._keyboard.read(event)
        if key.code and not key.pressed:
            self._key_up(key.code)
        elif key.code and key.code not in self._down:  # else the system repeats it
            self._key_down(key.code, key.symbols, key.shift, key.place)
        if key.text:
            self.on_text(key.text)

    def _key_down(self, code: int, symbols: Iterable[int], shift: bool, place: str = "") -> None:
        now = time.perf_counter()
        names = [name for symbol in symbols if (name := _key_name(symbol))]
        if place and not any(name in CHARACTERS for name in names):
            names.append(place)
        stroke = KeyStroke(tuple(names) or (f"key {code}",), shift)
        name = stroke.names[0]
        if self._state is not None:
            name = find_key(stroke, self._state, self.scene.columns, self._keys)
        self._down[code] = name
        self._repeat.press(name, now)
        self._press(name, now)
        self._set_pointer(False)

    def _key_up(self, code: int) -> None:
        self._repeat.release(self._down.pop(code, "").removeprefix("shift+"))

    def _to_scene(self, x: float, y: float) -> tuple[float, float]:
        # pyglet counts window points from the bottom; scenes count pixels from the top.
        width, height = self._handle.get_size()
        return x * self.size[0] / width, (height - 1 - y) * self.size[1] / height

    def _drag(self, left: float) -> None:
        for track in self.scene.tracks:
            if track.slider == self._dragged:
                place = round(100 * (left - track.x) / track.w)
                event = Slide(track.slider, min(max(place, 0), 100))
                self._happened.append(Timed(event, time.perf_counter(), "drag"))

    def _press_what_is_due(self) -> None:
        faster = self._state is not None and speeds_up(self._state)
        for name, at in self._repeat.due(time.perf_counter(), speeds_up=faster):
            if self._state is not None and repeats(self._state):
                self._press(name, at)
        if self._presser is None or self._state is None or self._phase in BEFORE_PICTURE:
            return
        if self._key_sent > self._flipped:
            return  # the effect of the last simulated key is not on screen yet
        key = self._presser(self._state)
        if key is not None:
            self._key_sent = time.perf_counter()
            self._press_as_a_person(key)

    def _press_as_a_person(self, name: str) -> None:
        modifiers = pyglet_key.MOD_SHIFT if name.startswith("shift+") else 0
        plain = name.removeprefix("shift+").upper()
        symbol = getattr(pyglet_key, f"_{plain}" if plain.isdigit() else plain)
        self._handle.dispatch_event("on_key_press", symbol, modifiers)
        self._handle.dispatch_event("on_key_release", symbol, modifiers)
        self._handle.dispatch_events()  # before the next frame, also where there is no time left

    def _press(self, name: str, at: float) -> None:
        if self._state is None:
            return
        event = meaning(name, self._state, self.scene.columns)
        self._happened.append(Timed(event, at, name))

    def _set_pointer(self, visible: bool) -> None:
        if self._window.mouseVisible != visible:
            self._window.mouseVisible = visible

    def _lay_out(
        self, state: ScreenState, too_early: bool = False, phase: Phase = Phase.PICTURE
    ) -> Scene:
        return lay_out(
            state,
            self.size,
            self._process.source.image_size,
            self._wording,
            self._face,
            self._side,
            too_early,
            phase,
            self._keys,
        )

    def _enter(self, state: ScreenState, too_early: bool, phase: Phase) -> None:
        """Lay out `state`; make whatever of it is not ready, and let go of what is over."""
        trial: Trial | None = getattr(state, "trial", None)
        new_trial = trial is not None and trial is not self._trial
        begins = new_trial or getattr(self._state, "trial", None) is not trial
        self._state, self._too_early, self._phase = state, too_early, phase
        self.scene = self._lay_out(state, too_early, phase)
        self._phases = {}
        if begins and trial is not None and trial.timing.has_phases:
            # laid out and made here, so that nothing but drawing is between two flips
            others = [each for each, _ in trial.timing.phases]
            self._phases = {each: self._lay_out(state, too_early, each) for each in others}
        scenes = (self.scene, *self._phases.values())
        items = [each for scene in scenes for each in list_pictures(scene)]
        for item in items:
            self._painter.make(item)
        if new_trial:
            self._trial = trial
            self._dragged = None
        if new_trial or trial is None:  # texts of pages change, with every key or second
            self._painter.keep([*self._wanted, *items])


def _key_name(symbol: int) -> str:
    """Return the name of a key's symbol; "" where it has none."""
    if symbol == BACK_TAB:
        return "tab"
    if ord("A") <= symbol <= ord("Z"):
        symbol += ord("a") - ord("A")
    name = str(pyglet_key._key_names.get(symbol, "")).lower().lstrip("_")  # digits are _0 to _9
    return NAMES.get(name, name)


def _open(settings: WindowSettings) -> Any:
    from pyglet.canvas import get_display

    screens = len(get_display().get_screens())
    if not 0 <= settings.screen < screens:
        raise DisplayError(
            f"--screen: must be from 0 to {screens - 1}, the screens of this computer, "
            f"got {settings.screen}"
        )
    shade = [value / 127.5 - 1 for value in GROUND]
    try:
        return _opened(settings, shade)
    except Exception as error:  # pyglet's and the driver's, of many kinds
        raise DisplayError(
            f"the window cannot be opened: {str(error) or type(error).__name__}; check the "
            "graphics driver and, on Linux, the packages libgl1, libglu1-mesa and libxxf86vm1"
        ) from error


def _opened(settings: WindowSettings, shade: list[float]) -> Any:
    with _quiet():
        return visual.Window(
            size=settings.windowed or (800, 600),
            fullscr=settings.windowed is None,
            screen=settings.screen,
            monitor=monitors.Monitor("elicit", width=50, distance=60),
            units="pix",
            color=shade,
            allowGUI=settings.windowed is not None,
            checkTiming=False,  # it would cost a second before anything shows
            winType="pyglet",
            title="elicit",
            useRetina=True,
            gammaErrorPolicy="ignore",  # remote and virtual screens have no gamma table
        )


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what the X library itself writes to the terminal, such as that gamma is missing."""
    saved = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)


def _refresh_rate(handle: Any) -> float:
    """Return the refresh rate that the system states, in Hz; 60 where it states none."""
    with _quiet():
        mode = handle.screen.get_mode()
    rate = float(getattr(mode, "rate", 0) or 0)
    return rate if 20 <= rate <= 1000 else 60.0
