"""The stimuli of the blocks of a protocol, the same for all participants."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence, Set
from dataclasses import dataclass

import numpy as np

from elicit.design import build as design
from elicit.planning.resampling import MIN_CONDITION_SIZE, encode
from elicit.protocol.blocks import Block, InferBlock
from elicit.psychometric import Codes
from stimuli.mixing import Pair
from stimuli.sets.build import SetItem


@dataclass(frozen=True)
class BlockStimuli:
    """The stimuli of a block, the same for all participants."""

    block: Block
    batches: int
    image_pairs: tuple[Pair, ...]  # I
    class_pairs: tuple[str, ...]  # P, such as cat-dog
    class_pair: Codes  # (I,) which of the class pairs
    images: int  # that are judged: mixes in Infer, else pairs of images, whose mixes are chosen
    mixes_of_class_pair: int  # Infer: the most that any class pair has
    mixes_of_image_pair: int

    @classmethod
    def of(cls, block: Block, batches: Sequence[Sequence[SetItem]]) -> BlockStimuli:
        """Return the stimuli in the batches of a block."""
        items = [item for batch in batches for item in batch]
        pairs = tuple(dict.fromkeys(item.pair for item in items))
        names = sorted({pair.classes for pair in pairs})
        mixes = {(item.pair, item.lambda_f) for item in items}
        return cls(
            block,
            len(batches),
            pairs,
            tuple("-".join(name) for name in names),
            np.array([names.index(pair.classes) for pair in pairs], dtype=np.int64),
            len(mixes),
            _most({(pair.classes, x) for pair, x in mixes}),
            _most(mixes),
        )


def _most(mixes: Set[tuple[Hashable, float | None]]) -> int:
    """Return how many mixes there are of whatever has the most."""
    return max(Counter(what for what, _ in mixes).values())


def conditions(stimuli: BlockStimuli, participants: int) -> Codes:
    """Return (M,) the condition of a block that each place of the counterbalancing order has.

    That is its batch, start value and sides; or, where these are so many that most would come
    fewer than `MIN_CONDITION_SIZE` times, its batch.
    """
    places = range(participants)
    whole = encode([design.assign_condition(stimuli.block, stimuli.batches, k) for k in places])
    if np.bincount(whole).min() >= MIN_CONDITION_SIZE:
        return whole
    return encode(
        [design.assign_condition(stimuli.block, stimuli.batches, k).batch for k in places]
    )


def judgement_unit(stimuli: BlockStimuli) -> str:
    """Return the word for what is judged once: an image or an image pair."""
    return "image" if isinstance(stimuli.block, InferBlock) else "image pair"
