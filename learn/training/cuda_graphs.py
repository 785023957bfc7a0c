"""A training step recorded once and replayed as a whole: one launch where there were hundreds.

A network for 32x32 images does little work a kernel, so that a GPU waits for Python most of the
time. Experimental: written by PyTorch's rules for CUDA graphs, never run on CUDA.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from learn.training.batches import TrainingBatch

Step = Callable[[TrainingBatch, int], Tensor]

WARM_UP_STEPS = 3  # steps before the recording, in which libraries choose and allocate


class GraphedStep:
    """Takes training steps; full batches are replayed once enough steps have been taken.

    The steps before are steps of the training as any other, so that nothing is computed in vain.
    All steps, and the network's first, must be taken on one stream that is not the default one:
    gradients remember the stream they were made on, and a recording must not wait for another.
    The learning rate is part of the recording, so each new rate makes a new one.
    """

    def __init__(self, optimiser: Any, size: int) -> None:
        """Take steps with batches of `size`; smaller ones are learned from as they come.

        Args:
            optimiser: torch's, its state made on the device by the first step.
            size: of the batches that are replayed.
        """
        self._optimiser, self._size = optimiser, size
        self._taken = 0
        self._lr: float | None = None  # of the recording
        self._graph: Any = None

    def __call__(self, step: Step, batch: TrainingBatch, size: int) -> Tensor:
        """Learn from a batch; return what `step` does, good until the next call.

        Args:
            step: learns from a batch of a size, and nothing on the host waits for what comes of
                it; the same one at every call.
            batch: to learn from.
            size: of the batch.
        """
        lr = float(self._optimiser.param_groups[0]["lr"])
        if size != self._size or self._taken < WARM_UP_STEPS:
            self._taken += size == self._size
            return step(batch, size)
        if lr != self._lr:
            self._record(step, batch)
            self._lr = lr
        self._pixels.copy_(batch.pixels)
        self._labels.copy_(batch.labels)
        self._graph.replay()
        return self._came_to

    def _record(self, step: Step, batch: TrainingBatch) -> None:
        """Record a step; recording learns nothing."""
        stream = torch.cuda.current_stream()
        stream.synchronize()  # an older recording may still be replayed
        self._graph = torch.cuda.CUDAGraph()
        self._pixels = torch.empty_like(batch.pixels)  # keeps its memory format
        self._labels = torch.empty_like(batch.labels)
        self._optimiser.zero_grad(set_to_none=True)  # so that gradients lie in the graph's memory
        with torch.cuda.graph(self._graph, stream=stream):
            self._came_to = step(TrainingBatch(self._pixels, self._labels), self._size)
