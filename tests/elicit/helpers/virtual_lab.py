"""A lab PC for tests: a virtual screen, a real session on it, real keys, real screenshots."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageGrab
from Xlib import XK, X
from Xlib import display as xdisplay
from Xlib.ext import xtest

from elicit.layout.picture_sides import find_common_side
from elicit.layout.scene import Box, Fill, Label, Panel, Picture
from elicit.layout.style import GROUND, INK
from elicit.layout.text import picture
from elicit.layout.trials import lay_out
from elicit.pages import AnyPage
from elicit.paradigms import PARADIGMS, State
from elicit.screen.virtual_display import virtual_screen
from elicit.screen.x11_keyboard import PLACES
from elicit.session.interruption_pages import leave_page
from elicit.trial import Trial, Wording
from stimuli.processes.cutmix import CutmixProcess
from stimuli.processes.frames import FramesProcess
from stimuli.processes.mixup import MixupProcess
from stimuli.processes.process import Process
from stimuli.sources.endpoints import EndpointSource
from tests.elicit.helpers.boxes import overlap
from tests.elicit.helpers.window_start import start_elicit
from tests.helpers.forks import RunningProcess

PATIENCE_S = 60.0  # shared machines are slow at times; nothing is asserted about speed
ROOT = Path(__file__).parents[3]
LEFT_SHIFT = 50  # its number
PART = re.compile(r"\d+-\d+$")  # of a long list, such as 1-6
MAX_BLENDING = 2  # grey values: letters' edges are blended by two programs
PROTOCOLS = ROOT / "protocols"

needs_a_virtual_screen = pytest.mark.skipif(
    shutil.which("Xvfb") is None, reason="Xvfb is not installed"
)


Images: TypeAlias = EndpointSource | CutmixProcess | FramesProcess  # of a source: by mixup


def as_process(images: Images) -> Process:
    """Return how the images of a study are made."""
    return images if isinstance(images, CutmixProcess | FramesProcess) else MixupProcess(images)


class LabPC:
    """A screen, a keyboard and a mouse, with a session in a window."""

    def __init__(self, display: str) -> None:
        """Sit down at the X display named `display`."""
        self.display = display
        self._x = xdisplay.Display(display)
        self._session: RunningProcess | None = None
        self._side: int | None = None  # of the images, px, where they have one; else as they fit

    def start(self, *arguments: str | Path, fresh: bool = False) -> None:
        """Start `elicit` with the arguments given.

        Args:
            arguments: what is typed after the name.
            fresh: whether the process imports everything itself, as on a lab PC.
        """
        environment = {**os.environ, "DISPLAY": self.display}
        self._session = start_elicit(*map(str, arguments), environment=environment, fresh=fresh)

    def finish(self) -> tuple[int, str, str]:
        """Wait for the session's end and return its exit code, output and errors."""
        assert self._session is not None
        out, err = self._session.communicate(timeout=PATIENCE_S)
        return self._session.returncode, out, err

    def kill(self) -> None:
        """End the session as a power cut does."""
        assert self._session is not None
        self._session.kill()
        self._session.communicate()

    def end(self) -> None:
        """Leave nothing running."""
        if self._session is not None and self._session.poll() is None:
            self._session.kill()
            self._session.communicate()
        self._x.close()

    def press(self, *keys: str, every_s: float = 0.0) -> None:
        """Press and let go keys by their X names, such as Left or Shift+Right."""
        for key in keys:
            *modifiers, name = key.split("+")
            codes = [self._code("Shift_L") for _ in modifiers] + [self._code(name)]
            for code in codes:
                xtest.fake_input(self._x, X.KeyPress, code)
            for code in reversed(codes):
                xtest.fake_input(self._x, X.KeyRelease, code)
            self._x.sync()
            time.sleep(every_s)

    def set_layout(self, name: str) -> None:
        """Give the keyboard a layout, such as fr."""
        subprocess.run(["setxkbmap", "-display", self.display, name], check=True)
        time.sleep(0.2)  # windows hear of it by an event

    def press_places(self, *places: str, shift: bool = False) -> None:
        """Press keys by their names on a US keyboard, or "enter", whatever the layout."""
        codes = {name: code for code, name in PLACES.items()} | {"enter": 36, "backspace": 22}
        for place in places:
            if shift:
                xtest.fake_input(self._x, X.KeyPress, LEFT_SHIFT)
            xtest.fake_input(self._x, X.KeyPress, codes[place])
            xtest.fake_input(self._x, X.KeyRelease, codes[place])
            if shift:
                xtest.fake_input(self._x, X.KeyRelease, LEFT_SHIFT)
            self._x.sync()

    def point(self, x: int, y: int) -> None:
        """Move the pointer."""
        xtest.fake_input(self._x, X.MotionNotify, x=x, y=y)
        self._x.sync()

    def turn_wheel(self, *, down: bool) -> None:
        """Turn the mouse's wheel by one notch."""
        button = 5 if down else 4
        xtest.fake_input(self._x, X.ButtonPress, button)
        xtest.fake_input(self._x, X.ButtonRelease, button)
        self._x.sync()

    @contextmanager
    def other_window(self) -> Iterator[None]:
        """Let another program's window have the keyboard during the block."""
        screen = self._x.screen()
        other = screen.root.create_window(0, 0, 50, 50, 0, screen.root_depth)
        before = self._x.get_input_focus().focus
        other.map()
        self._x.sync()
        other.set_input_focus(X.RevertToParent, X.CurrentTime)
        self._x.sync()
        time.sleep(0.2)
        yield
        self._x.set_input_focus(before, X.RevertToParent, X.CurrentTime)
        other.destroy()
        self._x.sync()
        time.sleep(0.2)

    def hold(self, key: str, seconds: float) -> None:
        """Hold a key down for some time."""
        xtest.fake_input(self._x, X.KeyPress, self._code(key))
        self._x.sync()
        time.sleep(seconds)
        xtest.fake_input(self._x, X.KeyRelease, self._code(key))
        self._x.sync()

    def click(self, box: Box, across: float = 0.5) -> None:
        """Click on a box, `across` of its width from the left."""
        x, y = box.x + int(box.w * across), box.y + box.h // 2
        xtest.fake_input(self._x, X.MotionNotify, x=x, y=y)
        xtest.fake_input(self._x, X.ButtonPress, 1)
        xtest.fake_input(self._x, X.ButtonRelease, 1)
        self._x.sync()

    def screenshot(self) -> NDArray[np.uint8]:
        """Return the whole screen, (H, W, 3) uint8."""
        return np.asarray(ImageGrab.grab(xdisplay=self.display).convert("RGB"))

    def wait_for_page(
        self, page: AnyPage, monitor: Box | None = None, keys: Mapping[str, str] | None = None
    ) -> None:
        """Wait until the page is on screen: its title and text, pixel by pixel.

        Args:
            page: what is to come.
            monitor: the part of the screen that it fills; all of it where None.
            keys: those that the study adds.
        """
        part = monitor or self._whole_screen()
        texts = list(_texts_of(page, (part.w, part.h), keys or {}))  # once, not at every look

        def is_on(seen: NDArray[np.uint8]) -> bool:
            seen = _part(seen, part)
            return all(np.abs(_part(seen, box) - text).max() <= MAX_BLENDING for box, text in texts)

        self._wait(is_on, f"page {page!r}")

    def wait_for(self, state: State, source: Images, wording: Wording | None = None) -> None:
        """Wait until exactly the images of `state` are on screen, pixel by pixel."""
        whole = self._whole_screen()
        images = list(images_of(state, (whole.w, whole.h), source, self._side))
        self._wait(
            lambda seen: all(np.array_equal(_part(seen, box), image) for box, image in images),
            f"trial {state.trial.number}",
        )

    def wait_while(self, is_so: Callable[[], bool], what: str) -> None:
        """Wait until something is no longer so.

        Args:
            is_so: looks at the screen.
            what: is then on the screen.
        """
        self._wait(lambda _: not is_so(), what)

    def expect_one_size(self, trials: Iterable[Trial], source: Images) -> None:
        """Take note of a session's trials, whose images have one size on screen."""
        size = size_of(self.screenshot())
        states = [PARADIGMS[trial.paradigm](trial) for trial in trials]
        image_size = as_process(source).source.image_size
        scenes = [lay_out(state, size, image_size, Wording()) for state in states]
        self._side = find_common_side(zip(states, scenes, strict=True))

    def stop_session(self, monitor: Box | None = None) -> None:
        """Stop it as a person does: press Escape, and Q once the question is on screen."""
        self.press("Escape")
        self.wait_for_page(leave_page(Wording()), monitor)
        self.press("q")

    def _wait(self, is_on: Callable[[NDArray[np.uint8]], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not is_on(self.screenshot()):
            if self._session is not None and self._session.poll() is not None:
                pytest.fail(f"the session ended before {what} was on screen: {self.finish()}")
            if time.monotonic() > deadline:
                Image.fromarray(self.screenshot()).save("/tmp/not_on_screen.png")
                pytest.fail(f"{what} did not come on screen; see /tmp/not_on_screen.png")
            time.sleep(0.05)

    def _whole_screen(self) -> Box:
        screen = self._x.screen()
        return Box(0, 0, screen.width_in_pixels, screen.height_in_pixels)

    def _code(self, name: str) -> int:
        code: int = self._x.keysym_to_keycode(XK.string_to_keysym(name))
        assert code, f"no such key: {name}"
        return code


@contextmanager
def lab_pc(size: str = "1024x600") -> Iterator[LabPC]:
    """Give a lab PC with a screen of WxH px."""
    with virtual_screen(size) as display:
        pc = LabPC(display)
        try:
            yield pc
        finally:
            pc.end()


def images_of(
    state: State, size: tuple[int, int], source: Images, side: int | None = None
) -> Iterable[tuple[Box, NDArray[np.uint8]]]:
    """Return where each visible image stands, and its pixels, enlarged by repeating each."""
    process = as_process(source)
    scene = lay_out(state, size, process.source.image_size, Wording(), side=side)
    for item in scene.items:
        if isinstance(item, Picture) and item.visible:
            blend = item.blend
            mixed = process.mix((blend.image_i, blend.image_j), blend.lambda_f)
            factor = item.box.w // process.source.image_size
            yield item.box, mixed.repeat(factor, axis=0).repeat(factor, axis=1)


def measure_width(seen: NDArray[np.uint8], x: int, y: int) -> int:
    """Return how many pixels of a screenshot's row, around one of them, are not the ground's."""
    ground = (seen[y] == GROUND).all(axis=-1).nonzero()[0]
    return int(ground[ground > x].min() - ground[ground < x].max() - 1)


def size_of(seen: NDArray[np.uint8]) -> tuple[int, int]:
    """Return width and height of a screenshot."""
    return seen.shape[1], seen.shape[0]


def _part(seen: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    return seen[box.y : box.bottom, box.x : box.right]


def _texts_of(
    page: AnyPage, size: tuple[int, int], keys: Mapping[str, str]
) -> Iterator[tuple[Box, NDArray[np.int16]]]:
    """Return where each text of a page stands, if on the ground alone, and its pixels.

    Of a long list, also which part of it is shown.
    """
    items = lay_out(page, size, 32, Wording(), keys=keys).items
    fields = [item.box for item in items if isinstance(item, Fill | Panel)]
    for item in items:
        if not isinstance(item, Label) or any(overlap(item.box, field) for field in fields):
            continue
        if item.visible and (item.colour == INK or PART.match(item.text.lines[0])):
            ground = Image.new("RGB", (item.box.w, item.box.h), GROUND)
            text = picture(item.text, item.colour, item.align)
            ground.paste(text, (0, 0), text)
            yield item.box, np.asarray(ground, np.int16)
