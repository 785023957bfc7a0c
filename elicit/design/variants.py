"""Trials as other sessions of a protocol ask them: what one session must look like too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from elicit.design.build import SessionPlan, StimulusSets
from elicit.trial import Trial


def list_name_variants(sets: StimulusSets, plan: SessionPlan) -> Iterator[Trial]:
    """Return a trial of each block with the classes of every other one, on both sides.

    The room for an image may depend on the names beside it; sessions of one protocol show images
    at one size all the same.

    Args:
        sets: the protocol's stimulus sets.
        plan: of one session.
    """
    called = sets.protocol.class_names
    for index, (asked, block) in enumerate(zip(sets.protocol.blocks, plan.blocks, strict=True)):
        first = block.trials[0]
        sides = (None,) if first.mirrored is None else (False, True)
        for classes in sorted({each.classes for batch in sets.batches(index) for each in batch}):
            names = (called.get(classes[0], classes[0]), called.get(classes[1], classes[1]))
            for mirrored in sides:
                trial = replace(first, names=names, mirrored=mirrored)
                yield replace(trial, prompt=asked.prompt.format(left=trial.left, right=trial.right))
