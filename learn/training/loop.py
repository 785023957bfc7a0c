"""The training loop: one network, SGD, and nothing between the reader and the steps."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from elicit.errors import ElicitError
from learn.training import models
from learn.training.batches import DeviceData, Epoch, TrainingBatch
from learn.training.cuda_graphs import GraphedStep
from learn.training.measures import cross_entropy
from learn.training.memory import is_out_of_memory
from learn.training.settings import TrainingSettings


@dataclass(frozen=True)
class EpochResult:
    """What an epoch came to."""

    epoch: int  # from 0
    lr: float
    loss: float  # mean over examples, nats; with the weights of each step
    accuracy: float  # share of examples whose label's largest class came first


class DivergedError(ElicitError):
    """Training that came to nothing: its loss is no number any more."""


class Training:
    """A network while it learns.

    Attributes:
        net: the network, without what wraps it for several processes.
        epoch: how many epochs are done.
        result: what the last one came to.
    """

    result: EpochResult

    def __init__(
        self,
        settings: TrainingSettings,
        examples: DeviceData,
        classes: int,
        rank: int = 0,
        world: int = 1,
        graphs: bool = False,
    ) -> None:
        """Build the network and its optimiser.

        Args:
            settings: of the run; precision is no longer "auto".
            examples: what it learns from.
            classes: K.
            rank: this process's number, from 0.
            world: how many processes share each batch, one network each.
            graphs: replay steps as `learn.training.cuda_graphs` does, where the device and
                settings allow it.
        """
        self.settings, self.examples = settings, examples
        self._rank, self._world = rank, world
        net = models.build(
            settings.model, classes, settings.width, settings.seed, examples.images.shape[-1]
        )
        device = examples.device
        self.net = net.to(device, memory_format=torch.channels_last)
        self._called = wrap_network(self.net, world, device)
        if settings.compile:
            self._called = torch.compile(self._called)
        scaled = settings.precision == "float16"
        self._optimiser = torch.optim.SGD(
            self.net.parameters(),
            lr=settings.lr,
            momentum=settings.momentum,
            weight_decay=settings.weight_decay,
            # torch's fused SGD makes momentum of nothing where float16's first step is left out
            fused=device.type in ("cpu", "cuda") and not scaled,
        )
        self._scaler = torch.amp.GradScaler(device.type, enabled=scaled)
        self._graphed: GraphedStep | None = None
        if graphs and device.type == "cuda" and world == 1 and not (scaled or settings.compile):
            self._graphed = GraphedStep(self._optimiser, settings.batch_size)
        self.epoch = 0

    def lr(self) -> float:
        """Return the learning rate of the epoch that comes next."""
        drops = sum(self.epoch >= drop for drop in self.settings.lr_drops)
        return self.settings.lr / 10.0**drops

    def steps(self) -> Iterator[tuple[int, int]]:
        """Train one epoch; yield (steps done, steps in all) after each step; then see `result`.

        Raises:
            DivergedError: the loss is no longer a number.
        """
        epoch = Epoch(self.examples, self.settings, self.epoch)
        lr = self.lr()
        for group in self._optimiser.param_groups:
            group["lr"] = lr
        self.net.train()
        sums = torch.zeros(2, device=self.examples.device)  # loss and right answers, summed
        for step in range(len(epoch)):
            batch = epoch.batch(step, self._rank, self._world)
            size = epoch.size(step)
            if self._graphed is None:
                sums += self._step(batch, size)
            else:
                sums += self._graphed(self._step, batch, size)
            yield step + 1, len(epoch)
        loss, right = (sum_over_processes(sums, self._world) / len(self.examples.images)).tolist()
        if not math.isfinite(loss):
            raise DivergedError(
                f"epoch {self.epoch + 1}: the loss is {loss}: training diverged; try a smaller "
                f"--lr than {self.settings.lr:g}"
            )
        self.result = EpochResult(self.epoch, lr, loss, right)
        self.epoch += 1

    def state(self) -> dict[str, Any]:
        """Return all that the epochs to come depend on, besides settings and data."""
        return {
            "epoch": self.epoch,
            "net": self.net.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "scaler": self._scaler.state_dict(),
        }

    def load(self, state: dict[str, Any]) -> None:
        """Go on from where `state` was taken.

        Raises:
            ElicitError: it is of another network, or none at all.
        """
        try:
            self.net.load_state_dict(state["net"])
            self._optimiser.load_state_dict(state["optimiser"])
            self._scaler.load_state_dict(state["scaler"])
            self.epoch = int(state["epoch"])
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            reason = " ".join(str(error).split())
            raise ElicitError(f"is not of this network: {reason:.120}") from error

    def fits(self, size: int) -> bool:
        """Return whether steps with `size` examples fit into memory; the network is spoilt."""
        images, labels = self.examples.images, self.examples.labels
        try:
            pixels = torch.zeros((size, *images.shape[1:]), device=images.device)
            pixels = pixels.contiguous(memory_format=torch.channels_last)
            for _ in range(3):  # the first has no momentum yet, and memory is not in pieces
                self._step(TrainingBatch(pixels, labels[:1].expand(size, -1)), size)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            return False
        return True

    def _step(self, batch: TrainingBatch, size: int) -> Tensor:
        """Learn from this process's part of a batch of `size`; return (2,) loss and right, summed.

        The gradient is that of the mean over the whole batch, however it is dealt.
        """
        with self._autocast():
            logits = self._called(batch.pixels)  # (B, K)
        log_probs = logits.float().log_softmax(dim=1)
        losses = cross_entropy(log_probs, batch.labels)  # (B,)
        loss = losses.sum() * (self._world / size)  # several processes' gradients are averaged
        self._optimiser.zero_grad(set_to_none=True)
        self._scaler.scale(loss).backward()
        self._scaler.unscale_(self._optimiser)
        nn.utils.clip_grad_norm_(self.net.parameters(), self.settings.clip_norm)
        self._scaler.step(self._optimiser)
        self._scaler.update()
        right = log_probs.argmax(dim=1) == batch.labels.argmax(dim=1)
        return torch.stack([losses.detach().sum(), right.sum().to(losses.dtype)])

    def _autocast(self) -> AbstractContextManager[Any]:
        dtype = {"bfloat16": torch.bfloat16, "float16": torch.float16}.get(self.settings.precision)
        if dtype is None:
            return nullcontext()  # not every torch knows autocast for every device
        lower: AbstractContextManager[Any] = torch.autocast(self.examples.device.type, dtype)
        return lower


def wrap_network(net: nn.Module, world: int, device: torch.device) -> nn.Module:
    """Return what is called in training: the network, or one that shares its gradients."""
    if world == 1:
        return net
    from learn.training.distributed import share_gradients

    return share_gradients(net, device)


def sum_over_processes(values: Tensor, world: int) -> Tensor:
    """Return `values` summed over all processes."""
    if world > 1:
        torch.distributed.all_reduce(values)
    return values
