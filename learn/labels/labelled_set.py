"""A labelled set of mixed images, in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from learn.arrays import Labels
from learn.policies.policy import Policy
from stimuli.mixing import Pixels
from stimuli.processes.batches import Boxes


@dataclass(frozen=True)
class LabelledDataset:
    """Mixed images and what they are called, one row an image, in the order of `percepts`."""

    percepts: pd.DataFrame  # (N, ...) as `learn.study.pooling.pool` gives it
    images: Pixels  # (N, H, W, 3), as they were on screen
    fingerprints: NDArray[np.str_]  # (N, 2) of the endpoints i and j, see `stimuli.mixing`
    labels: Mapping[str, Labels]  # name of the label type: (N, K), rows sum to 1
    classes: tuple[str, ...]  # K, in the source's order
    source: str
    endpoints: int  # different endpoint images in it
    unverified: int  # of them, those of which no row says what was shown
    judgements: pd.DataFrame | None = (
        None  # (M, ...) as `learn.labels.relabel.list_judgements` gives it
    )
    judgement_labels: Labels | None = None  # (M, K) of each judgement, where it names classes
    process: str = "mixup"  # that made the images, a name of `stimuli.processes.PROCESSES`
    boxes: Boxes | None = None  # (N, 4) where image j is, for cutmix
    policy: Policy | None = None  # behind the labels that need one
