"""One size of images in all trials of a protocol, and the field of a bank card."""

from __future__ import annotations

from pathlib import Path

import pytest

from elicit.design import build as design
from elicit.layout.picture_sides import ONE_IMAGE, find_common_side, measure_side
from elicit.layout.scene import Box, Fill, Label
from elicit.layout.style import PAPER
from elicit.layout.trials import lay_out
from elicit.pages import CardPage
from elicit.screen.keys import meaning
from elicit.screen.view import ScreenState
from elicit.session.stages import build_stages, list_all_screens, list_screens
from elicit.trial import Confirm, Step, Wording
from stimuli.sources.endpoints import Pictograms
from tests.elicit.helpers.boxes import overlap
from tests.elicit.helpers.factories import block, load_protocol, study
from tests.elicit.layout.test_trials import NAMES, every_size, every_state

WORDING = Wording()
LONG = "long-legged wading bird of the northern marshes, seen from far away in thick fog"


def common_side(
    states: list[ScreenState], size: tuple[int, int], image_size: int, side: int | None = None
) -> int | None:
    scenes = [lay_out(state, size, image_size, WORDING, side=side) for state in states]
    return find_common_side(zip(states, scenes, strict=True))


@every_size
@pytest.mark.parametrize(("image_size", "wanted"), [(32, None), (96, None), (32, 100), (32, 9000)])
def test_trials_of_one_image_share_the_largest_side_that_all_have_room_for(
    image_size: int, wanted: int | None, size: tuple[int, int]
) -> None:
    states: list[ScreenState] = [*every_state(NAMES["CIFAR-10"])]
    side = common_side(states, size, image_size, wanted)
    assert side is not None
    assert side % image_size == 0
    for state in states:
        drawn = measure_side(lay_out(state, size, image_size, WORDING, side=side))
        assert drawn is not None
        assert drawn == side if isinstance(state, ONE_IMAGE) else drawn <= side
    free = [measure_side(lay_out(state, size, image_size, WORDING)) for state in states]
    assert side == 96 if wanted == 100 else side in free


def test_a_protocol_of_many_images_at_a_time_has_no_side_that_all_share() -> None:
    states: list[ScreenState] = [
        state for state in every_state(NAMES["CIFAR-10"]) if not isinstance(state, ONE_IMAGE)
    ]
    assert common_side(states, (1024, 600), 32) is None


def test_sessions_with_short_names_show_images_at_the_size_of_those_with_long_ones(
    tmp_path: Path,
) -> None:
    infer = block("infer", classes=["airplane", "bird", "ship"], per_combination=1, batch_size=1)
    asked = load_protocol(tmp_path, study(infer, class_names={"bird": LONG}))
    source = Pictograms()
    sets = design.StimulusSets(asked, source)
    plans = [design.build(asked, source, "P01", 1, place, sets) for place in range(3)]
    own = {
        common_side([*list_screens(build_stages(asked, plan, source))], (1024, 600), 32)
        for plan in plans
    }
    assert len(own) > 1  # else this test would see nothing
    shared = {common_side(list_all_screens(sets, plan), (1024, 600), 32) for plan in plans}
    assert shared == {min(side for side in own if side is not None)}


@every_size
def test_the_field_of_a_card_is_as_wide_as_the_page_says_and_covers_no_text(
    size: tuple[int, int],
) -> None:
    for width_px in (1, 324, size[0] - 40):
        page = CardPage("How large?", "Hold a card. " * 12, "Enter", (), width_px=width_px)
        scene = lay_out(page, size, 32, WORDING)
        (field,) = [
            item.box for item in scene.items if isinstance(item, Fill) and item.colour == PAPER
        ]
        assert field.w == width_px
        assert field.x >= 0
        assert field.right <= size[0]
        for item in scene.items:
            assert not (isinstance(item, Label) and overlap(item.box, field)), item
        assert not any(overlap(box, field) for box, _ in scene.buttons if isinstance(box, Box))


def test_keys_make_the_field_wider_and_narrower_between_its_ends() -> None:
    page = CardPage("How large?", "Hold a card.", "Enter", width_px=300, largest_px=320)
    for key, width_px in (
        ("right", 301), ("left", 299), ("shift+left", 290), ("up", 310), ("down", 290),
    ):  # fmt: skip
        event = meaning(key, page, 1)
        assert isinstance(event, Step)
        assert page.step(event).width_px == width_px
    assert page.step(Step(10_000)).width_px == 320
    assert page.step(Step(-10_000)).width_px == 1
    assert page.step(Confirm()).done
