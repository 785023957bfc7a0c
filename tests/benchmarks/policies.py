"""Times HumanMixUp beside torchvision's MixUp, and HumanCutMix beside CutMix.

python -m tests.benchmarks.policies [DEVICE]
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from torchvision.transforms import v2

from learn.human_cutmix import HumanCutMix
from learn.human_mixup import HumanMixUp
from stimuli.sources.pictograms import CLASSES
from tests.learn.helpers.example_policies import some_policy_of

BATCHES = (32, 128, 512)
ROUNDS, CALLS = 400, 3


def main() -> None:
    """Print milliseconds a batch, and how much more or less a drop-in takes than torchvision's."""
    device = torch.device(sys.argv[1] if len(sys.argv) > 1 else "cpu")
    torch.set_num_threads(1)
    print(f"torch {torch.__version__}, {device}; medians of {ROUNDS} rounds of {CALLS} batches")
    for size in BATCHES:
        images = torch.rand(size, 3, 32, 32, device=device)
        labels = torch.randint(len(CLASSES), (size,), device=device)
        batch = images, labels, torch.randn(size, 2, device=device) * 0.1  # with strengths
        for human, theirs in ((HumanMixUp, v2.MixUp), (HumanCutMix, v2.CutMix)):
            tell(size, in_turns(transforms(human, theirs, batch), device))


def transforms(human: Any, theirs: Any, batch: tuple[Any, ...]) -> dict[str, Callable[[], Any]]:
    """Return torchvision's transform and the drop-in for it with several policies, by name."""
    both: dict[str, Any] = {"num_classes": len(CLASSES), "labels_getter": lambda batch: batch[1]}
    runs = {theirs.__name__: theirs(**both)}
    for name in ("mixup", "pooled", "image_aware"):
        looks = {"strengths_getter": lambda batch: batch[2]} if name == "image_aware" else {}
        policy = some_policy_of(CLASSES, name)
        made = human(policy, any_process=True, **both, **looks)
        runs[f"{human.__name__} {name}"] = made
    return {name: partial(each.forward, *batch) for name, each in runs.items()}


def in_turns(runs: dict[str, Callable[[], Any]], device: torch.device) -> dict[str, list[float]]:
    """Return seconds a call of each, in turns and any order: all meet the same machine."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    rng = np.random.default_rng(0)
    for number in range(ROUNDS + 10):
        for name in rng.permutation(list(runs)):
            run = runs[name]
            wait(device)
            start = time.perf_counter()
            for _ in range(CALLS):
                run()
            wait(device)
            if number >= 10:  # after the first few
                times[name].append((time.perf_counter() - start) / CALLS)
    return times


def wait(device: torch.device) -> None:
    """Wait until the device has done what it was asked."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def tell(size: int, times: dict[str, list[float]]) -> None:
    """Print a line for each; the first is what the others are compared with."""
    base = next(iter(times.values()))
    for name, each in times.items():
        ratio = statistics.median(a / b for a, b in zip(each, base, strict=True))
        took = 1000 * statistics.median(each)
        print(f"batch {size:4d}  {name:25s} {took:7.3f} ms  {100 * (ratio - 1):+6.1f} %")


if __name__ == "__main__":
    main()
