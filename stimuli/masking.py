"""Masks that follow a briefly shown image: its own pixels, or blocks of them, in another order.

So a mask has every colour of its image as often as the image has it: mean, contrast and histogram
are the same, and only the order is gone.
"""

from __future__ import annotations

import numpy as np

from stimuli.mixing import Pixels

BLOCKS_ACROSS = 8  # of a scrambled image, as near as its side allows


def make_noise(image: Pixels, seed: int) -> Pixels:
    """Return an image whose pixels change places at random.

    Args:
        image: (H, W, 3) uint8.
        seed: at least 0; same image and seed, same mask.

    Returns:
        (H, W, 3) uint8.
    """
    places = np.random.default_rng(seed).permutation(image.shape[0] * image.shape[1])
    return image.reshape(-1, image.shape[2])[places].reshape(image.shape)


def scramble(image: Pixels, seed: int) -> Pixels:
    """Return an image whose square blocks change places at random; none stays in its own.

    Args:
        image: (S, S, 3) uint8.
        seed: at least 0; same image and seed, same mask.

    Returns:
        (S, S, 3) uint8.
    """
    side = image.shape[0]
    across = count_blocks(side)
    if across == 1:
        return image.copy()
    block = side // across
    blocks = image.reshape(across, block, across, block, 3).swapaxes(1, 2)
    flat = blocks.reshape(across * across, block, block, 3)
    rng = np.random.default_rng(seed)
    own = np.arange(len(flat))
    places = rng.permutation(len(flat))
    while (places == own).any():
        places = rng.permutation(len(flat))
    moved = flat[places].reshape(across, across, block, block, 3)
    return np.ascontiguousarray(moved.swapaxes(1, 2).reshape(image.shape))


def count_blocks(side: int) -> int:
    """Return how many blocks stand side by side in a scrambled image of `side` pixels.

    They are squares without a rest, two at least where there are two pixels, and as near to
    BLOCKS_ACROSS as that allows.
    """
    numbers = [number for number in range(2, side + 1) if side % number == 0]
    return min(numbers, key=lambda number: abs(np.log(number / BLOCKS_ACROSS)), default=1)
