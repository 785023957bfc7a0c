"""The patch for a light sensor: when it is white, and what it leaves free."""

from __future__ import annotations

import itertools
from typing import Any, get_args

import pytest

from elicit.layout.scene import Arrow, Label, Mask, Picture, Scene
from elicit.layout.trials import lay_out
from elicit.pages import Page
from elicit.paradigms import PARADIGMS
from elicit.preflight.findings import check_light
from elicit.preflight.timing import measure_light
from elicit.screen.light_patch import BLACK, FLASH_S, WHITE, Corner, LightPatch
from elicit.screen.redraw import overlap
from elicit.screen.view import ScreenState
from elicit.timing import Phase, Timing
from elicit.trial import Trial, Wording
from tests.elicit.helpers.factories import (
    construct_trial,
    discriminate_trial,
    infer_trial,
    select_trial,
)
from tests.elicit.helpers.views import ScriptedView

CORNERS: tuple[Corner, ...] = get_args(Corner)
SIZES = ((1024, 600), (1280, 1024), (1920, 1080), (3840, 2160))
FRAME_S = 1 / 60


def list_white(
    patch: LightPatch, frames: list[tuple[Trial | None, Phase]], began: float = 0.0
) -> list[bool]:
    """Return of each frame whether the patch is white."""
    found = []
    for k, (trial, phase) in enumerate(frames):
        now = began + k * FRAME_S
        found.append(patch.paint(trial, phase, now).colour == WHITE)
        patch.note_flip(now)
    return found


def test_it_is_white_exactly_as_long_as_an_image_with_a_limited_exposure() -> None:
    trial = discriminate_trial(timing=Timing(fixation_s=0.1, exposure_s=0.2))
    shown = [Phase.FIXATION] * 6 + [Phase.PICTURE] * 30 + [Phase.BLANK] * 6
    white = list_white(LightPatch("top-left", (1024, 600)), [(trial, phase) for phase in shown])
    assert white == [phase is Phase.PICTURE for phase in shown]


def test_each_onset_of_an_image_that_stays_is_a_flash_of_its_own() -> None:
    first, second = construct_trial(number=0), construct_trial(number=1)
    frames: list[tuple[Trial | None, Phase]] = [(None, Phase.PICTURE)] * 3
    for trial in (first, second, None, second):  # a pause in the last
        frames += [(trial, Phase.PICTURE)] * 20
    white = list_white(LightPatch("top-left", (1024, 600)), frames)
    lit = [len(list(run)) if on else 0 for on, run in itertools.groupby(white)]
    assert lit[::2] == [0] * 4
    assert all(abs(frames * FRAME_S - FLASH_S) < 1.1 * FRAME_S for frames in lit[1::2])
    assert [k for k in range(1, len(white)) if white[k] and not white[k - 1]] == [3, 23, 63]


@pytest.mark.parametrize("size", SIZES)
def test_no_text_picture_or_arrow_is_under_it(size: tuple[int, int]) -> None:
    timing = Timing(0.1, 0.1, 0.1, "noise", 0.1)
    long = "A question that is long enough to fill every line that it may have " * 4
    states: list[ScreenState] = [Page(long[:80], long, long[:100])]
    for make in (construct_trial, select_trial, infer_trial, discriminate_trial):
        trial = make(prompt=long[:150], timing=timing, names=("a" * 18, "b" * 18))
        states.append(PARADIGMS[trial.paradigm](trial))
    scenes: list[Scene] = [lay_out(state, size, 32, Wording()) for state in states]
    for corner in CORNERS:
        box = LightPatch(corner, size).paint(None, Phase.PICTURE, 0.0).box
        assert box.w == box.h >= 24
        assert (box.x == 0) == corner.endswith("left")
        assert (box.y == 0) == corner.startswith("top")
        assert box.x in {0, size[0] - box.w}
        assert box.y in {0, size[1] - box.h}
        for item in itertools.chain.from_iterable(scene.items for scene in scenes):
            if isinstance(item, Label | Picture | Mask | Arrow):
                assert not overlap(item.box, box), item
        for scene in scenes:
            assert not any(overlap(button, box) for button, _ in scene.buttons)


class Sensor:
    """A sensor that sees each flip to white some time later, or not."""

    name = "Sensor"

    def __init__(self, view: PatchView, delay_s: float | None) -> None:
        self._view, self._delay_s, self._read = view, delay_s, 0

    def read_onsets(self) -> list[float]:
        if self._delay_s is None:
            return []
        new = [at + self._delay_s for at in self._view.onsets]
        come = [at for at in new if at <= self._view._now][self._read :]
        self._read += len(come)
        return come


class PatchView(ScriptedView):
    """A view that notes when its patch turned white; nobody presses a key."""

    def __init__(self) -> None:
        super().__init__(["j"] * 10_000)
        self._patch, self._white = LightPatch("top-left", (1024, 600)), False
        self.onsets: list[float] = []

    def show(self, state: ScreenState, *, phase: Phase = Phase.PICTURE, **how: Any) -> float:
        painted = self._patch.paint(getattr(state, "trial", None), phase, self._now)
        flipped = super().show(state, phase=phase, **how)
        self._patch.note_flip(flipped)
        if painted.colour == WHITE and not self._white:
            self.onsets.append(flipped)
        self._white = painted.colour != BLACK
        return flipped


@pytest.mark.parametrize("delay_s", [0.004, 0.031])
def test_a_sensor_s_delay_after_the_flip_is_measured(delay_s: float) -> None:
    view = PatchView()
    state = PARADIGMS["construct"](construct_trial())
    seen = measure_light(view, state, Sensor(view, delay_s), 12)
    assert seen == pytest.approx([delay_s] * 12)
    found = check_light("TPad", seen)
    assert found.verdict == "ok"
    assert found.measured.startswith(f"TPad: saw 12 of 12 images, {delay_s * 1e3:.1f} ms after")


def test_a_sensor_that_sees_nothing_and_none_at_all_are_said() -> None:
    view = PatchView()
    state = PARADIGMS["construct"](construct_trial())
    seen = measure_light(view, state, Sensor(view, None), 2)
    assert seen == [None, None]
    assert check_light("TPad", seen).verdict == "fix"
    assert "saw 0 of 2" in check_light("TPad", seen).measured
    assert check_light("TPad", [0.01, None]).verdict == "fix"
    assert "none is connected" in check_light(None, []).measured
