"""A study's stimuli: which endpoints are paired, at which mix, and in which batch."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, islice, pairwise

import numpy as np

from stimuli.errors import StimulusError
from stimuli.limits import MAX_PER_COMBINATION, MAX_SET_ITEMS
from stimuli.mixing import Pair
from stimuli.sets.balanced import Counts, deal_evenly, take_least_used
from stimuli.sets.weighted import check_weights, deal_by_counts, largest_remainder
from stimuli.sources.endpoints import EndpointSource
from stimuli.sources.indexed import same_form

# What a seed is used for, each with a generator of its own: a study keeps its pairs when only its
# batches change.
_PAIRS, _BATCHES, _LAMBDAS = range(3)


@dataclass(frozen=True)
class SetItem(Pair):
    """One stimulus: a pair of endpoints, and the share of image i in their mix."""

    lambda_f: float | None  # None where the participant moves through a grid

    @property
    def pair(self) -> Pair:
        """The pair alone: what this item has in common with other mixes of the two images."""
        return Pair(*self.images, *self.classes)


Batches = tuple[tuple[SetItem, ...], ...]


def build_batches(
    source: EndpointSource,
    *,
    per_combination: int,
    batch_size: int,
    seed: int,
    lambdas: tuple[float, ...] | None = None,
    weights: tuple[float, ...] | None = None,
    classes: tuple[str, ...] | None = None,
    exclude: frozenset[int] = frozenset(),
) -> tuple[tuple[SetItem, ...], ...]:
    """Return a study's batches of stimuli; the same arguments give the same ones.

    Every two classes make `per_combination` items. They are spread over as few batches of at most
    `batch_size` items as hold them, whose sizes differ by at most 1. In a batch, and in every
    part of the study, things are as even as numbers allow, counts differing by at most 1:
    combinations in a batch (so none comes twice before each has come once); lambdas in a batch,
    in a combination and overall; and uses of a class's images. So no image comes again before its
    whole class is used up, and no pair of images ever does. A source that has as many images as
    you like gives instances 0, 1, 2... until no image comes twice.

    With `weights`, lambdas come by weight instead: overall in the numbers that the method of the
    largest remainder gives, in a batch less than 2 from their share, and in a combination about
    as near (see `stimuli.sets.weighted`).

    Args:
        source: where endpoints come from.
        per_combination: items of each class combination, at least 1.
        batch_size: most items of a batch, at least 1.
        seed: 0 or more.
        lambdas: the mixing coefficients dealt out, in [0, 1]; None leaves them to the participant.
        weights: how often each of `lambdas` comes, above 0; None for equally often.
        classes: at least two of the source's classes, all of them if None.
        exclude: ids of images never to use.

    Raises:
        StimulusError: an argument is not allowed, or a combination has too few pairs of images.
    """
    _check_numbers(per_combination, batch_size, seed)
    _check_excluded(source, exclude)
    combos = _list_combinations(source, _checked_classes(source, classes))
    _check_total(len(combos), per_combination)
    pairs = _draw_pairs(
        source, combos, per_combination, exclude, np.random.default_rng([seed, _PAIRS])
    )
    batches = _spread(
        len(combos), per_combination, batch_size, np.random.default_rng([seed, _BATCHES])
    )
    mixes = _deal_lambdas(batches, lambdas, weights, np.random.default_rng([seed, _LAMBDAS]))
    return tuple(
        tuple(
            SetItem(*pairs[combos[combo]].pop(), *combos[combo], lambda_f)
            for combo, lambda_f in zip(batch, mix, strict=True)
        )
        for batch, mix in zip(batches, mixes, strict=True)
    )


def _list_combinations(
    source: EndpointSource, classes: Sequence[str]
) -> tuple[tuple[str, str], ...]:
    """Return every two classes of which there are pairs.

    Raises:
        StimulusError: there are none.
    """
    combos = tuple(combo for combo in combinations(classes, 2) if source.pairs(*combo) != [])
    if not combos:
        raise StimulusError(
            f"classes: must be classes with pairs of images, got {', '.join(classes)}, of which "
            f"{source.name} has none"
        )
    return combos


def _draw_pairs(
    source: EndpointSource,
    combos: Sequence[tuple[str, str]],
    per_combination: int,
    exclude: frozenset[int],
    rng: np.random.Generator,
) -> dict[tuple[str, str], list[tuple[int, int]]]:
    """Return `per_combination` different pairs of image ids for each combination of classes."""
    if source.pairs(*combos[0]) is not None:
        return {
            combo: _draw_given_pairs(source, combo, per_combination, exclude, rng)
            for combo in combos
        }
    names = sorted({name for combo in combos for name in combo})
    enough = per_combination * (len(names) - 1)  # uses of a class's images
    free = {name: _free(source, name, enough, exclude) for name in names}
    used = {name: np.zeros(len(free[name]), dtype=np.int64) for name in names}
    kept = " that are not excluded" if exclude else ""
    pairs = {}
    for i, j in combos:
        possible = used[i].size * used[j].size
        if possible < per_combination:
            raise StimulusError(
                f"{source.name}: {i} and {j} have {used[i].size} and {used[j].size} images{kept}, "
                f"so {possible} pairs are possible; {per_combination} asked for"
            )
        taken_i = take_least_used(used[i], per_combination, rng)
        taken_j = take_least_used(used[j], per_combination, rng)
        pairs[i, j] = [
            (source.image_id(i, free[i][a]), source.image_id(j, free[j][b]))
            for a, b in _match(taken_i, taken_j, rng)
        ]
    return pairs


def _draw_given_pairs(
    source: EndpointSource,
    combo: tuple[str, str],
    per_combination: int,
    exclude: frozenset[int],
    rng: np.random.Generator,
) -> list[tuple[int, int]]:
    """Return `per_combination` of the pairs of two classes, where a source says which there are."""
    free = [pair for pair in source.pairs(*combo) or () if exclude.isdisjoint(pair)]
    if len(free) < per_combination:
        raise StimulusError(
            f"{source.name}: {' and '.join(combo)} have {len(free)} pairs; {per_combination} "
            "asked for"
        )
    return [free[k] for k in rng.permutation(len(free))[:per_combination]]


def _match(taken_i: Counts, taken_j: Counts, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Return different pairs that use each image as often as it is taken, in random order.

    Image i's uses stand together and images j go round, so one i meets every j at most once.
    """
    per_combination = int(taken_i.sum())
    order_i, order_j = rng.permutation(taken_i.size), rng.permutation(taken_j.size)
    side_i = np.repeat(order_i, taken_i[order_i])
    order_j = order_j[np.argsort(-taken_j[order_j], kind="stable")]  # those with one more use first
    side_j = np.resize(order_j, per_combination)
    shuffled = rng.permutation(per_combination)
    return list(zip(side_i[shuffled].tolist(), side_j[shuffled].tolist(), strict=True))


def _spread(
    combos: int, per_combination: int, batch_size: int, rng: np.random.Generator
) -> list[list[int]]:
    """Return the combination of each item of each batch, in random order."""
    total = combos * per_combination
    short, longer = divmod(total, math.ceil(total / batch_size))
    used = np.zeros(combos, dtype=np.int64)
    batches = []
    for batch in range(math.ceil(total / batch_size)):
        taken = take_least_used(used, short + (batch < longer), rng)
        batches.append(rng.permutation(np.repeat(np.arange(combos), taken)).tolist())
    return batches


def _deal_lambdas(
    batches: list[list[int]],
    lambdas: tuple[float, ...] | None,
    weights: tuple[float, ...] | None,
    rng: np.random.Generator,
) -> list[list[float | None]]:
    """Return the mixing coefficient of each item of each batch."""
    if weights is not None:
        check_weights(lambdas, weights)
    if lambdas is None:
        return [[None] * len(batch) for batch in batches]
    if not lambdas or len(set(lambdas)) < len(lambdas) or not all(0 <= x <= 1 for x in lambdas):
        raise StimulusError(
            f"lambdas: must be different numbers in [0, 1], at least one, got {list(lambdas)}"
        )
    numbers = [number for number, batch in enumerate(batches) for _ in batch]
    combos = [combo for batch in batches for combo in batch]
    if weights is None:
        places = deal_evenly(numbers, combos, len(lambdas), rng)
    else:
        places = deal_by_counts(numbers, combos, largest_remainder(weights, len(combos)), rng)
    dealt = [lambdas[place] for place in places]
    ends = np.cumsum([0, *(len(batch) for batch in batches)]).tolist()
    return [list(dealt[start:end]) for start, end in pairwise(ends)]


def _free(
    source: EndpointSource, class_name: str, enough: int, exclude: frozenset[int]
) -> Sequence[int]:
    """Return the instances of a class that may be used; of a source without end, `enough`."""
    count = source.count(class_name)
    if not exclude:
        return range(enough if count is None else count)
    instances = itertools.count() if count is None else range(count)
    kept = (n for n in instances if source.image_id(class_name, n) not in exclude)
    return list(islice(kept, enough if count is None else count))


def _check_excluded(source: EndpointSource, exclude: frozenset[int]) -> None:
    for image_id in sorted(exclude):  # the list may have been made for other images
        try:
            source.class_of(image_id)
        except StimulusError as error:
            raise StimulusError(f"exclude: {error}") from error


def _check_numbers(per_combination: int, batch_size: int, seed: int) -> None:
    for key, value, least in (
        ("per_combination", per_combination, 1),
        ("batch_size", batch_size, 1),
        ("seed", seed, 0),
    ):
        if value < least:
            raise StimulusError(f"{key}: must be {least} or more, got {value}")
    if per_combination > MAX_PER_COMBINATION:
        raise StimulusError(
            f"per_combination: must be at most {MAX_PER_COMBINATION}, got {per_combination}"
        )


def _check_total(combos: int, per_combination: int) -> None:
    if combos * per_combination > MAX_SET_ITEMS:
        raise StimulusError(
            f"per_combination: must make at most {MAX_SET_ITEMS} items, got {per_combination} for "
            f"each of {combos} combinations of classes"
        )


def _checked_classes(source: EndpointSource, classes: tuple[str, ...] | None) -> list[str]:
    chosen = source.classes if classes is None else tuple(map(same_form, classes))
    unknown = [name for name in chosen if name not in source.classes]
    if unknown or len(set(chosen)) < max(2, len(chosen)):
        known = ", ".join(source.classes)
        raise StimulusError(
            f"classes: must be at least two different ones of {known}; got {', '.join(chosen)}"
        )
    return sorted(chosen)
