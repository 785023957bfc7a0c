"""Times training and its measures, side by side: python -m tests.benchmarks.training --help.

Against what a lab would write otherwise: a Dataset of PIL images, torchvision's transforms for
each, a DataLoader with workers, float32; and a holdout measured one image at a time. All take
turns in one process tree, so that all meet the same machine; between its turns the DataLoader's
workers fetch a few batches ahead, to its advantage. On a busy machine the seconds of a core say
more than those of the clock; give --threads 1 there, since threads that wait use a core too.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from rich.console import Console
from rich.table import Table
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from learn.policies.lookup import LookUp
from learn.runs.device import choose_precision, describe_device, find_device, set_deterministic
from learn.training import evaluate, models
from learn.training.batches import DeviceData
from learn.training.loop import Training
from learn.training.settings import TrainingSettings, make_settings
from stimuli.sources.pictograms import CLASSES
from tests.learn.helpers.example_policies import some_policy_of
from tests.learn.helpers.tiny_runs import K, some_data

IMAGES = 2000  # to train on, random
HELD = 500  # measured at a time
Steps = Iterator[int]  # yields how many images were done


class PlainImages(Dataset):  # type: ignore[misc]  # torch is not read by mypy
    """PIL images, cropped, mirrored and normalised one by one."""

    def __init__(self) -> None:
        data = some_data(IMAGES).train
        self._images = [Image.fromarray(each) for each in data.images]
        self._labels = torch.from_numpy(data.labels).float()
        self._transform = transforms.Compose(
            [
                transforms.RandomCrop(32, padding=4),
                transforms.RandomHorizontalFlip(),
                transforms.ToTensor(),
                transforms.Normalize(models.CIFAR_MEAN, models.CIFAR_STD),
            ]
        )

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        return self._transform(self._images[index]), self._labels[index]


def plain(made: TrainingSettings, on: torch.device) -> Steps:
    """Train as a lab would otherwise."""
    net = models.build(made.model, K, made.width, 0)[1:].to(on).train()  # pixels are normalised
    optimiser = torch.optim.SGD(net.parameters(), made.lr, made.momentum, weight_decay=1e-4)
    loader = DataLoader(
        PlainImages(),
        made.batch_size,
        shuffle=True,
        num_workers=min(8, os.cpu_count() or 1),
        persistent_workers=True,
        pin_memory=on.type == "cuda",
    )
    while True:
        for images, labels in loader:
            optimiser.zero_grad()
            logits = net(images.to(on, non_blocking=True))
            torch.nn.functional.cross_entropy(logits, labels.to(on, non_blocking=True)).backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), made.clip_norm)
            optimiser.step()
            yield len(images)


def ours(
    made: TrainingSettings, on: torch.device, policy: bool = False, graphs: bool = False
) -> Steps:
    """Train as `learn train` does."""
    look_up = LookUp(some_policy_of(CLASSES, "pooled"), on) if policy else None
    training = Training(made, DeviceData(some_data(IMAGES), made, on, look_up), K, graphs=graphs)
    while True:
        for step, _ in training.steps():
            yield min(made.batch_size, IMAGES - (step - 1) * made.batch_size)


def several(made: TrainingSettings, on: torch.device, count: int, graphs: bool) -> Steps:
    """Train `count` networks in turn, each on a stream of its own, as `learn.together` does."""
    seeds = [make_settings(vars(made) | {"seed": seed}) for seed in range(count)]
    streams = [torch.cuda.Stream(on) for _ in seeds]
    going = [ours(each, on, graphs=graphs) for each in seeds]
    while True:
        for steps, stream in zip(going, streams, strict=True):
            with torch.cuda.stream(stream):
                done = next(steps)
        yield count * done


def measured(made: TrainingSettings, on: torch.device, at_a_time: int) -> Steps:
    """Measure a holdout, `at_a_time` images at once; yields after few of them."""
    net = models.build(made.model, K, made.width, 0).to(on)
    count = min(at_a_time, HELD) if at_a_time > 1 else 4
    held = some_data(2, count).holdout
    images = torch.from_numpy(held.images).permute(0, 3, 1, 2).to(on)
    labels = torch.from_numpy(held.labels).float().to(on)
    if at_a_time > 1:
        net = net.to(memory_format=torch.channels_last)
    while True:
        evaluate.evaluate(net, images, labels, at_a_time)
        yield count


@dataclass
class Times:
    """What a contender did, a figure a round."""

    per_s: list[float] = field(default_factory=list)  # images a second of the clock on the wall
    per_cpu_s: list[float] = field(default_factory=list)  # a second of a core, workers' included
    peak: float = 0.0  # memory, MiB


def in_turns(
    contenders: dict[str, Steps], on: torch.device, seconds: float, rounds: int
) -> dict[str, Times]:
    """Return what each did in its turns; the first round warms up."""
    times = {name: Times() for name in contenders}
    rng, names = np.random.default_rng(0), list(contenders)
    for number in range(rounds + 1):
        for index in rng.permutation(len(names)):
            name = names[index]
            forget_peak(on)
            began, cpu, done = time.perf_counter(), cpu_seconds(), 0
            while time.perf_counter() - began < seconds / rounds or not done:
                done += next(contenders[name])
            if on.type == "cuda":
                torch.cuda.synchronize(on)
            if number:
                times[name].per_s.append(done / (time.perf_counter() - began))
                times[name].per_cpu_s.append(done / (cpu_seconds() - cpu))
                times[name].peak = max(times[name].peak, peak_memory(on))
    return times


def cpu_seconds() -> float:
    """Return the seconds that this process and its workers had of a core."""
    used = time.process_time()
    for process in processes()[1:]:
        try:
            fields = (process / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        used += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return used


def forget_peak(on: torch.device) -> None:
    """Have the peak of memory counted anew from here."""
    if on.type == "cuda":
        torch.cuda.reset_peak_memory_stats(on)
    for process in processes():
        try:
            (process / "clear_refs").write_text("5", encoding="utf-8")
        except OSError:  # not Linux, or ended
            continue


def peak_memory(on: torch.device) -> float:
    """Return the peak since `forget_peak`, MiB: the GPU's, or of this process and its workers."""
    if on.type == "cuda":
        return float(torch.cuda.max_memory_allocated(on) / 2**20)
    kib = 0
    for process in processes():
        try:
            lines = (process / "status").read_text(encoding="utf-8").splitlines()
        except OSError:
            continue
        kib += sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    return kib / 1024 if kib else float("nan")


def processes() -> list[Path]:
    """Return the /proc folders of this process and its children."""
    me = Path("/proc/self")
    children = me / "task" / str(os.getpid()) / "children"
    ids = children.read_text(encoding="utf-8").split() if children.exists() else []
    return [me, *(Path("/proc", each) for each in ids)]


def told(title: str, times: dict[str, Times], base: str) -> Table:
    """Return speeds, and how many times that of `base` each is, round by round."""
    columns = ("images/s", "times the first", "images/CPU s", "times the first", "peak MiB")
    table = Table(title, *columns, box=None)
    for name, its in times.items():
        theirs = times[base]
        table.add_row(
            name,
            f"{statistics.median(its.per_s):.0f}",
            ratio(its.per_s, theirs.per_s),
            f"{statistics.median(its.per_cpu_s):.0f}",
            ratio(its.per_cpu_s, theirs.per_cpu_s),
            f"{its.peak:.0f}",
        )
    return table


def ratio(ours: list[float], theirs: list[float]) -> str:
    """Return the median ratio of two speeds over the rounds, with the lowest and the highest."""
    all_of = [one / other for one, other in zip(ours, theirs, strict=True)]
    return f"{statistics.median(all_of):.2f} ({min(all_of):.2f} to {max(all_of):.2f})"


def contests(
    made: Callable[..., TrainingSettings], on: torch.device, together: int
) -> Iterator[tuple[str, str, dict[str, Steps]]]:
    """Yield what is compared: a title, with whom, and all contenders."""
    for size in (32, 128):
        given = made(batch_size=size, augment="always")
        full = made(batch_size=size, augment="always", precision="float32")
        contenders = {"plain loop": plain(full, on), "ours": ours(given, on)}
        if given.precision != "float32":
            contenders["ours, float32"] = ours(full, on)
        if on.type == "cuda":
            for graphs in (False, True):
                name = f"ours, {together} together{', graphs' if graphs else ''}"
                contenders[name] = several(given, on, together, graphs)
        yield f"training, batch {size}", "plain loop", contenders
    both = {name: ours(made(mixup_alpha=1.0), on, policy=name != "mixup")
            for name in ("mixup", "human policy")}  # fmt: skip
    yield "full mixup, batch 32", "mixup", both
    yield (
        "all measures",
        "one by one",
        {
            "one by one": measured(made(), on, 1),
            f"ours, {HELD} at a time": measured(made(), on, HELD),
        },
    )


def main() -> None:
    """Print tables of images a second."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--device", default="auto")
    options.add_argument("--model", default="vgg11")
    options.add_argument("--width", type=float, default=1.0)
    options.add_argument("--seconds", type=float, default=20, help="a contender")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--threads", type=int, default=0)
    options.add_argument("--together", type=int, default=10, help="networks at once, on a GPU")
    given = options.parse_args()
    set_deterministic(given.threads)
    on = find_device(given.device)
    best = choose_precision("auto", on)

    def made(**more: Any) -> TrainingSettings:
        of = {"model": given.model, "width": given.width, "precision": best}
        return make_settings(of | more)

    console = Console(soft_wrap=True, highlight=False, width=120)
    here = ", ".join(f"{name} {value}" for name, value in describe_device(on).items())
    console.print(f"{given.model}, width {given.width:g}, {best}; torch {torch.__version__}")
    console.print(
        f"{here}; {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}, {platform.platform()}"
    )
    console.print(f"medians of {given.rounds} rounds in turns, {given.seconds:g} s a contender\n")
    for title, base, contenders in contests(made, on, given.together):
        console.print(told(title, in_turns(contenders, on, given.seconds, given.rounds), base))
        console.print()
        contenders.clear()


if __name__ == "__main__":
    main()
