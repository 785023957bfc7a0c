"""Times HumanMixUp beside torchvision's MixUp: python -m tests.benchmarks.policies [DEVICE]."""

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

from learn.human_mixup import HumanMixUp
from stimuli.sources.pictograms import CLASSES
from tests.learn.helpers.example_policies import some_policy_of

BATCHES = (32, 128, 512)
ROUNDS, CALLS = 400, 3


def main() -> None:
    """Print milliseconds a batch, and how much more or less HumanMixUp takes than MixUp."""
    device = torch.device(sys.argv[1] if len(sys.argv) > 1 else "cpu")
    torch.set_num_threads(1)
    print(f"torch {torch.__version__}, {device}; medians of {ROUNDS} rounds of {CALLS} batches")
    for size in BATCHES:
        images = torch.rand(size, 3, 32, 32, device=device)
        labels = torch.randint(len(CLASSES), (size,), device=device)
        strengths = torch.randn(size, 2, device=device) * 0.1
        k = len(CLASSES)
        second: dict[str, Any] = {
            "num_classes": k,
            "labels_getter": lambda batch: batch[1],
        }  # all get all three
        theirs = v2.MixUp(**second)
        plain = {
            name: HumanMixUp(some_policy_of(CLASSES, name), **second)
            for name in ("mixup", "pooled")
        }
        aware = HumanMixUp(
            some_policy_of(CLASSES, "image_aware"),
            **second,
            strengths_getter=lambda batch: batch[2],
        )
        runs: dict[str, Callable[[], Any]] = {
            "MixUp": partial(theirs.forward, images, labels, strengths),
            "HumanMixUp mixup": partial(plain["mixup"].forward, images, labels, strengths),
            "HumanMixUp pooled": partial(plain["pooled"].forward, images, labels, strengths),
            "HumanMixUp image_aware": partial(aware.forward, images, labels, strengths),
        }
        tell(size, in_turns(runs, device))


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
    """Print a line for each."""
    base = times["MixUp"]
    for name, each in times.items():
        ratio = statistics.median(a / b for a, b in zip(each, base, strict=True))
        took = 1000 * statistics.median(each)
        print(f"batch {size:4d}  {name:24s} {took:7.3f} ms  {100 * (ratio - 1):+6.1f} %")


if __name__ == "__main__":
    main()
