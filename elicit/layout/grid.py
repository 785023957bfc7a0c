"""Where images, hints and buttons find room."""

from __future__ import annotations

from functools import lru_cache

from elicit.errors import DisplayError
from elicit.layout.scene import Box, Scene
from elicit.layout.style import BUTTON, GAP, TARGET


def capitalise(name: str) -> str:
    """Return a class name as it stands at the beginning of a label."""
    return name[:1].upper() + name[1:]


def _factor(area: Box, columns: int, rows: int, gap: int, image_size: int) -> int:
    """Return the largest whole factor at which the images fit `area`."""
    across = (area.w - gap * (columns - 1)) // columns
    down = (area.h - gap * (rows - 1)) // rows
    return max(0, min(across, down) // image_size)


def place_image(scene: Scene, area: Box, image_size: int) -> Box:
    """Return the place of one image in the middle of `area`, enlarged by a whole factor.

    Raises:
        DisplayError: it does not fit.
    """
    return place_images(scene, area, image_size, 1, 1, 0)[0]


@lru_cache(maxsize=64)
def columns(area: Box, images: int, gap: int, image_size: int) -> int:
    """Return the number of columns that shows the images largest, and fills its rows best."""

    def merit(columns: int) -> tuple[int, int]:
        rows = -(-images // columns)
        return _factor(area, columns, rows, gap, image_size), -(columns * rows - images)

    return max(range(1, images + 1), key=merit)


def place_images(
    scene: Scene, area: Box, image_size: int, columns: int, images: int, gap: int
) -> list[Box]:
    """Return the images' places, row by row, the last row centred.

    Args:
        scene: the window.
        area: the room for them.
        image_size: side of the source images, px.
        columns: images in a row.
        images: how many.
        gap: between two of them, px.

    Raises:
        DisplayError: they do not fit.
    """
    rows = -(-images // columns)
    factor = _factor(area, columns, rows, gap, image_size)
    if factor == 0:
        raise DisplayError(
            f"window {scene.w}x{scene.h}: {images} image(s) of {image_size} px do not fit; "
            "use a larger window or a smaller stimuli.image_size"
        )
    if scene.side is not None:
        factor = min(factor, max(1, round(scene.side / image_size)))
    side = factor * image_size
    grid_h = rows * side + (rows - 1) * gap
    top = area.y + (area.h - grid_h) // 2
    boxes = []
    for row in range(rows):
        in_row = min(columns, images - row * columns)
        left = area.x + (area.w - in_row * side - (in_row - 1) * gap) // 2
        y = top + row * (side + gap)
        boxes += [Box(left + k * (side + gap), y, side, side) for k in range(in_row)]
    return boxes


def hint_and_button(scene: Scene, foot: Box) -> tuple[Box, Box]:
    """Return the room for a hint, and below it for a button, in the foot of a screen."""
    space = scene.space
    width, height = space(BUTTON), space(TARGET)
    button = Box((scene.w - width) // 2, foot.bottom - height, width, height)
    return Box(foot.x, foot.y, foot.w, button.y - space(GAP) - foot.y), button
