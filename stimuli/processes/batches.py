"""Mixed images made again, many at a time, as the process that made them in a study does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from stimuli.errors import StimulusError
from stimuli.mixing import Pixels, mix
from stimuli.processes import PROCESSES
from stimuli.processes.cutmix import paste
from stimuli.processes.process import Rectangle
from stimuli.sources.endpoints import EndpointSource
from stimuli.sources.frames import FrameFolder

Boxes = NDArray[np.int64]  # (N, 4) x1, y1, x2, y2 in px; x2 and y2 not included


def parse_boxes(texts: Sequence[str]) -> Boxes:
    """Return boxes, each stated as "x1 y1 x2 y2".

    Raises:
        StimulusError: a text that states none.
    """
    return np.array([Rectangle.parse(text) for text in texts], dtype=np.int64).reshape(-1, 4)


def mix_again(
    process: str,
    source: EndpointSource,
    ends: tuple[Pixels, Pixels],
    ids: NDArray[np.int64],
    lambda_f: NDArray[np.float64],
    boxes: Boxes | None = None,
) -> Pixels:
    """Return N mixed images, (N, H, W, 3) uint8.

    Args:
        process: a name of `stimuli.processes.PROCESSES`.
        source: of the endpoint images; for frames a `FrameFolder`.
        ends: endpoint images i, (N, H, W, 3), and j.
        ids: (N, 2) their ids in the source.
        lambda_f: (N,) share of image i, in [0, 1].
        boxes: where image j is, for cutmix.

    Raises:
        StimulusError: there is no such process or frame, or a box that is missing or does not lie
            in the image.
    """
    if process == "mixup":
        return mix(*ends, lambda_f.tolist())
    if process == "cutmix":
        if boxes is None:
            raise StimulusError("box: must be stated of every image that cutmix made, got none")
        each = zip(*ends, boxes.tolist(), strict=True)
        return np.stack([paste(i, j, Rectangle(*box)) for i, j, box in each])
    if process == "frames" and isinstance(source, FrameFolder):
        wanted = zip(ids.tolist(), lambda_f.tolist(), strict=True)
        return np.stack([source.frame((i, j), share) for (i, j), share in wanted])
    raise StimulusError(
        f"process: must be one of {', '.join(PROCESSES)}, frames with a folder of frames; got "
        f"{process!r:.80} with {source.name}"
    )
