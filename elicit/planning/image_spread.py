"""How much pairs of images of the same classes differ: what no number of participants averages out.

A plan is about the study's own images. Another study would draw others of the same classes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from elicit.planning.blocks import BlockStimuli
from elicit.planning.named_precision import NamedPseStudy
from elicit.planning.pool import SimulatedSession
from elicit.planning.pse_precision import COVERAGE, PoolAnswers
from elicit.protocol.blocks import DiscriminateBlock, InferBlock
from elicit.psychometric import Numbers

NORMAL_FACTOR = float(ndtri((1 + COVERAGE) / 2))


@dataclass(frozen=True)
class ImageSpread:
    """How the PSEs of a class pair's image pairs differ, over all class pairs of a block."""

    sd: float  # between image pairs, without the participants' share in it
    image_pairs: float  # of a class pair, in the mean

    @property
    def error(self) -> float:
        """The error of a class pair's PSE that 95 % of studies with other images stay within.

        It is that of very many participants: NORMAL_FACTOR sd / sqrt(image_pairs).
        """
        return NORMAL_FACTOR * self.sd / math.sqrt(self.image_pairs)

    def count_needed(self, error: float) -> int:
        """Return the image pairs a class pair that bring it to `error`, 2 at least."""
        return max(2, math.ceil((NORMAL_FACTOR * self.sd / error) ** 2))


def measure_image_spread(
    stimuli: BlockStimuli, number: int, pool: Sequence[SimulatedSession]
) -> ImageSpread | None:
    """Return how much the PSEs of image pairs differ within class pairs, by a pool's answers.

    The variance between image pairs is that of their means within class pairs, less what the
    participants' own differences leave in these means.

    Args:
        stimuli: of the block.
        number: of the block, from 0.
        pool: participants' answers.

    Returns:
        None where image pairs have no PSE of their own (Infer, a Discriminate curve for two
        classes), or no class pair has two image pairs that two participants judged.
    """
    block = stimuli.block
    if isinstance(block, InferBlock):
        return None
    if isinstance(block, DiscriminateBlock) and block.curve_for == "class_pair":
        return None
    measure = _measure_named if isinstance(block, DiscriminateBlock) else _measure_chosen
    mean, error = measure(stimuli, number, pool)
    judged = np.isfinite(error)
    if not judged.any():
        return None
    group = stimuli.class_pair[judged]
    size = np.bincount(group).astype(np.float64)
    centre = np.bincount(group, mean[judged]) / np.maximum(size, 1)
    between = np.bincount(group, (mean[judged] - centre[group]) ** 2)
    several = size > 1
    if not several.any():
        return None
    pairs = len(stimuli.image_pairs)
    variance = (
        between[several].sum() / (size[several] - 1).sum() - error[judged][several[group]].mean()
    )
    return ImageSpread(math.sqrt(max(variance, 0.0)), pairs / len(stimuli.class_pairs))


def _measure_chosen(
    stimuli: BlockStimuli, number: int, pool: Sequence[SimulatedSession]
) -> tuple[Numbers, Numbers]:
    """Return (I,) PSEs of image pairs, and their squared errors; NaN where there is none."""
    answers = PoolAnswers.of(number, pool)
    pairs = len(stimuli.image_pairs)
    n = np.bincount(answers.image_pair, minlength=pairs).astype(np.float64)
    mean = np.bincount(answers.image_pair, answers.lambda_f, pairs) / np.maximum(n, 1)
    squares = np.bincount(
        answers.image_pair, (answers.lambda_f - mean[answers.image_pair]) ** 2, pairs
    )
    error = np.full(pairs, np.nan)
    np.divide(squares, np.maximum(n - 1, 1) * n, out=error, where=n > 1)
    return mean, error


def _measure_named(
    stimuli: BlockStimuli, number: int, pool: Sequence[SimulatedSession]
) -> tuple[Numbers, Numbers]:
    """Return what `_measure_chosen` does, of which-class answers."""
    study = NamedPseStudy.of(stimuli, number, pool, "image")
    found = study.estimate(np.arange(len(pool))[None, :])
    return found.pse[0], found.pse_sd[0] ** 2
