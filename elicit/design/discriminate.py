"""Which pairs and mixes a discriminate block shows, in which order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

import numpy as np

from elicit.design.adaptive import CurveSpec
from elicit.protocol.blocks import Block, DiscriminateBlock
from stimuli.sets.build import SetItem, build_batches
from stimuli.sources.endpoints import EndpointSource


@dataclass(frozen=True)
class ScheduledTrial:
    """One trial's pair, and the mixes that it may show: one, or all where it is adaptive."""

    item: SetItem
    lambdas: tuple[float, ...]


def deal_class_pairs(
    block: DiscriminateBlock, source: EndpointSource, seed: int
) -> tuple[tuple[SetItem, ...], ...]:
    """Return a set's batches; all pairs of images of two classes are in the same batch.

    Args:
        block: dealt, not from a manifest; each batch has as many whole combinations of two
            classes as batch_size allows.
        source: endpoint images.
        seed: of the set.

    Raises:
        StimulusError: the source cannot serve it.
    """
    assert block.per_combination is not None
    assert block.batch_size is not None
    names = source.classes if block.classes is None else block.classes
    (items,) = build_batches(
        source,
        per_combination=block.per_combination,
        batch_size=max(1, comb(len(names), 2) * block.per_combination),
        seed=seed,
        classes=block.classes,
    )
    of_classes: dict[tuple[str, str], list[SetItem]] = {}
    for item in items:
        of_classes.setdefault((item.class_i, item.class_j), []).append(item)
    combinations = list(of_classes.values())
    most = block.batch_size // block.per_combination
    batches = -(-len(combinations) // most)
    dealt = [combinations[number::batches] for number in range(batches)]
    return tuple(tuple(item for each in batch for item in each) for batch in dealt)


def trial_order(
    block: DiscriminateBlock, items: Sequence[SetItem], rng: np.random.Generator
) -> tuple[ScheduledTrial, ...]:
    """Return a participant's trials, curves taking turns.

    Every curve has one trial in each round, in a new random order; so none is measured late in
    the session and another early. A curve of two classes shows all its pairs of images equally
    often, each once before any comes again; its constant stimuli come in random order.

    Args:
        block: the block.
        items: the participant's batch.
        rng: the session's.
    """
    curves = [_schedule_curve(block, its, rng) for its in _group_by_curve(block, items)]
    rounds = block.trials_per_curve
    return tuple(curves[k][turn] for turn in range(rounds) for k in rng.permutation(len(curves)))


def trial_count(block: Block, items: Sequence[SetItem]) -> int:
    """Return how many trials a batch makes in any kind of block, practice and repeats apart."""
    if isinstance(block, DiscriminateBlock):
        return len(_group_by_curve(block, items)) * block.trials_per_curve
    return len(items)


def _group_by_curve(block: DiscriminateBlock, items: Sequence[SetItem]) -> list[list[SetItem]]:
    """Return the pairs that each curve is about."""
    by_class = block.curve_for == "class_pair"
    curves: dict[tuple[object, object], list[SetItem]] = {}
    for item in items:
        key = item.classes if by_class else item.images
        curves.setdefault(key, []).append(item)
    return list(curves.values())


def _schedule_curve(
    block: DiscriminateBlock, items: Sequence[SetItem], rng: np.random.Generator
) -> list[ScheduledTrial]:
    number = block.trials_per_curve
    turns = -(-number // len(items))
    pairs = [items[k] for _ in range(turns) for k in rng.permutation(len(items))][:number]
    if block.adaptive is not None:
        return [ScheduledTrial(pair, block.lambda_grid) for pair in pairs]
    grid = block.lambda_grid * (block.times or 0)
    mixes = [grid[k] for k in rng.permutation(len(grid))]
    return [ScheduledTrial(pair, (mix,)) for pair, mix in zip(pairs, mixes, strict=True)]


def curve_spec(block: DiscriminateBlock) -> CurveSpec:
    """Return what the block measures, and how."""
    if block.adaptive is None:
        return CurveSpec(block.name, block.curve_for, block.lambda_grid)
    how = block.adaptive
    return CurveSpec(block.name, block.curve_for, block.lambda_grid, how.target, how.prior)
