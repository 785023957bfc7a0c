"""How boxes of a scene lie to each other."""

from __future__ import annotations

from itertools import combinations

from elicit.layout.scene import Arrow, Box, Fill, Label, Panel, Picture, Scene


def overlap(one: Box, other: Box) -> bool:
    """Return whether two boxes share a pixel."""
    return (
        one.x < other.right
        and other.x < one.right
        and one.y < other.bottom
        and other.y < one.bottom
    )


def labels(scene: Scene) -> list[Label]:
    return [
        item
        for item in scene.items
        if isinstance(item, Label) and item.visible and "".join(item.text.lines)
    ]


def pictures(scene: Scene) -> list[Picture]:
    return [item for item in scene.items if isinstance(item, Picture) and item.visible]


def boxes(scene: Scene, *kinds: type[Arrow | Fill | Panel]) -> list[Box]:
    return [item.box for item in scene.items if isinstance(item, kinds) and item.visible]


def within(inner: Box, outer: Box) -> bool:
    return (
        outer.x <= inner.x
        and outer.y <= inner.y
        and inner.right <= outer.right
        and inner.bottom <= outer.bottom
    )


def assert_sound(scene: Scene) -> None:
    """Nothing outside the window, no text over anything but its own ground."""
    window = Box(0, 0, scene.w, scene.h)
    for box in [*(item.box for item in scene.items), *(box for box, _ in scene.buttons)]:
        assert within(box, window), box
        assert min(box.w, box.h) > 0, box
    for track in scene.tracks:
        assert within(track.grip, window), track
    for one, other in combinations(labels(scene), 2):
        assert not overlap(one.box, other.box), (one, other)
    for label in labels(scene):
        assert (label.box.w, label.box.h) == (label.text.width, label.text.height)
        for box in [*(each.box for each in pictures(scene)), *boxes(scene, Arrow)]:
            assert not overlap(label.box, box), (label, box)
        for box in [*boxes(scene, Fill, Panel), *(box for box, _ in scene.buttons)]:
            assert not overlap(label.box, box) or within(label.box, box), (label, box)
    assert_pictures_are_clear(scene)
    assert_the_pointer_means_one_thing(scene)


def assert_pictures_are_clear(scene: Scene) -> None:
    for one, other in combinations(pictures(scene), 2):
        assert not overlap(one.box, other.box), (one, other)
    for picture in pictures(scene):
        seen = False
        for item in scene.items:
            seen = seen or item is picture
            if isinstance(item, Fill | Panel) and overlap(item.box, picture.box):
                assert within(picture.box, item.box), (picture, item)
                assert not seen, (picture, item)
        for box in boxes(scene, Arrow):
            assert not overlap(box, picture.box), (picture, box)


def assert_the_pointer_means_one_thing(scene: Scene) -> None:
    places = [box for box, _ in scene.buttons] + [track.grip for track in scene.tracks]
    for one, other in combinations(places, 2):
        assert not overlap(one, other), (one, other)
