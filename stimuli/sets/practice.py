"""Pairs for practice: none that a study asks about, with other images as far as there are any."""

from collections.abc import Collection, Sequence

import numpy as np

from stimuli.mixing import Pair
from stimuli.sources.endpoints import EndpointSource

_PRACTICE = 3  # what the seed is used for; `stimuli.sets.build` has 0 to 2


def draw_practice_pairs(
    source: EndpointSource,
    combinations: Sequence[tuple[str, str]],
    number: int,
    seed: int,
    taken: Collection[Pair],
) -> tuple[Pair, ...]:
    """Return pairs that are not taken; the same arguments give the same ones.

    Combinations of classes take turns, in an order that the seed draws. A pair has two images that
    no pair taken has, while there are such images; else it is another pair of these images.

    Args:
        source: where endpoints come from.
        combinations: two classes each, in the order that a pair names them.
        number: how many pairs; fewer are returned where the source has no more.
        seed: 0 or more.
        taken: the pairs that no practice may show.
    """
    rng = np.random.default_rng([seed, _PRACTICE])
    images = {image for pair in taken for image in pair.images}
    pairs = {frozenset(pair.images) for pair in taken}
    order = [combinations[k] for k in rng.permutation(len(combinations))]
    of_class = {
        name: _list_images(source, name, len(images) + number, rng)
        for name in sorted({name for classes in order for name in classes})
    }
    given = {classes: source.pairs(*classes) for classes in order}
    found: list[Pair] = []
    while order and len(found) < number:
        classes = order.pop(0)
        there = given[classes]
        drawn = (
            _find_free(of_class[classes[0]], of_class[classes[1]], images, pairs)
            if there is None
            else next((each for each in there if frozenset(each) not in pairs), None)
        )
        if drawn is not None:
            images.update(drawn)
            pairs.add(frozenset(drawn))
            found.append(Pair(*drawn, *classes))
            order.append(classes)
    return tuple(found)


def _list_images(
    source: EndpointSource, name: str, enough: int, rng: np.random.Generator
) -> list[int]:
    """Return the ids of a class's images in random order; of a class without end, the first."""
    count = source.count(name)
    instances = range(enough) if count is None else rng.permutation(count).tolist()
    return [source.image_id(name, instance) for instance in instances]


def _find_free(
    images_i: Sequence[int],
    images_j: Sequence[int],
    images: Collection[int],
    pairs: Collection[frozenset[int]],
) -> tuple[int, int] | None:
    """Return two images whose pair is free, those first that no pair has; None: there is none."""
    first, second = (sorted(each, key=images.__contains__) for each in (images_i, images_j))
    free = ((i, j) for i in first for j in second if frozenset((i, j)) not in pairs)
    return next(free, None)
