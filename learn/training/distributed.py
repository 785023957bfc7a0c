"""Several processes that train one network: torchrun's, with DistributedDataParallel."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch import distributed as dist
from torch.distributed.nn import functional as across
from torch.nn.parallel import DistributedDataParallel


@contextmanager
def join_processes(device: str) -> Iterator[tuple[int, int]]:
    """Join the processes that torchrun began; give this one's number and how many there are.

    Without torchrun there is one. NCCL between GPUs (experimental: never run on CUDA), else gloo.
    """
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if world == 1:
        yield 0, 1
        return
    on_gpus = device.startswith("cuda") or (device == "auto" and torch.cuda.is_available())
    if on_gpus:
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
    dist.init_process_group("nccl" if on_gpus else "gloo")
    try:
        yield dist.get_rank(), world
    finally:
        dist.destroy_process_group()


def share_gradients(net: nn.Module, device: torch.device) -> nn.Module:
    """Return a network whose gradients are averaged over all processes.

    Its batch normalisation takes mean and variance over the whole batch, so that as many
    processes as you like train as one does; `net` itself is changed to that, its weights stay.
    """
    for module in net.modules():
        for name, child in module.named_children():
            if isinstance(child, nn.BatchNorm2d):
                setattr(module, name, WholeBatchNorm.of(child))
    ids = [device] if device.type == "cuda" else None
    return DistributedDataParallel(net, device_ids=ids, broadcast_buffers=False)


class WholeBatchNorm(nn.BatchNorm2d):  # type: ignore[misc]  # torch is not read by mypy
    """Batch normalisation over the parts of a batch that all processes hold.

    torch's SyncBatchNorm does the same on GPUs only.
    """

    @classmethod
    def of(cls, layer: nn.BatchNorm2d) -> WholeBatchNorm:
        """Return a layer with the weights and statistics of `layer`."""
        made = cls(layer.num_features, layer.eps, layer.momentum)
        made.load_state_dict(layer.state_dict())
        made.to(layer.weight.device)
        return made

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, C, H, W) normalised; in evaluation as any other."""
        if not self.training:
            return super().forward(x)
        wide = x.float()
        count = torch.full((1,), x.numel() / x.shape[1], device=x.device)
        total = across.all_reduce(torch.cat([wide.sum((0, 2, 3)), count]))  # (C + 1,)
        n = total[-1]
        mean = total[:-1] / n
        centred = wide - mean.view(1, -1, 1, 1)  # before squaring, or little of it may be left
        variance = across.all_reduce(centred.square().sum((0, 2, 3))) / n
        with torch.no_grad():
            share = float(self.momentum)
            self.running_mean.lerp_(mean, share)
            self.running_var.lerp_(variance * (n / (n - 1)), share)
            self.num_batches_tracked.add_(1)
        scale = (self.weight * (variance + self.eps).rsqrt()).view(1, -1, 1, 1)
        normal: Tensor = (centred * scale + self.bias.view(1, -1, 1, 1)).to(x.dtype)
        return normal
