"""One training run from its inputs to its measures: what `learn train` and the tables call."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch

from elicit.errors import ElicitError
from learn import evaluate, hardware, models, policy_file, runs
from learn.batches import OnDevice
from learn.data import Data, Inputs, gather
from learn.image_aware import read_array
from learn.lookup import LookUp
from learn.runs import RunFolder
from learn.settings import Settings
from learn.train import Training

Told = Callable[[int, float, float | None], None]


@dataclass(frozen=True)
class Where:
    """What a run is done on."""

    device: str = "auto"
    threads: int = 0  # on the CPU; 0: torch's choice
    checkpoint_s: float = 60.0  # between checkpoints, at least
    rank: int = 0
    world: int = 1


def silent(epoch: int, share: float, loss: float | None) -> None:
    """Tell nothing of how a run goes."""


def name_of(made: Settings) -> str:
    """Return what a run's folder is called where nobody says."""
    width = "" if made.width == 1 else f"-w{made.width:g}"
    mixed = f"-mixup{made.mixup_alpha:g}" if made.mixup_alpha else ""
    policy = f"-{Path(made.policy).stem}" if made.policy else ""
    return f"{made.model}{width}-{made.type}{mixed}{policy}-seed{made.seed}"


def run(
    made: Settings,
    inputs: Inputs,
    out: Path,
    where: Where | None = None,
    told: Told = silent,
    strengths: Path | None = None,
    data: Data | None = None,
    command: Sequence[str] | None = None,
) -> dict[str, Any]:
    """Train and evaluate one classifier, or go on with it; return the final measures.

    Args:
        made: settings.
        inputs: files and images.
        out: the run folder.
        where: device, threads, processes.
        told: takes the epoch in hand (from 0), the share of all steps done, and the last loss.
        strengths: .npy of `learn strengths`, for an image-aware policy; rows by image id.
        data: `inputs`, gathered before.
        command: what the record says the run was begun with; None for this process's.

    Raises:
        ElicitError: bad input, another run's folder, memory that is too small, a diverging loss.
        StimulusError: the source cannot be opened.
    """
    where = where or Where()
    hardware.prepare(where.threads)
    on = hardware.device(where.device, where.rank)
    made = replace(made, precision=hardware.precision(made.precision, on))
    data = data or gather(inputs, made.type, made.seed)
    look_up, given, digests = _policy(made, data, strengths, on)
    identity = runs.identity(made, data.sha256() | digests, where.world)
    folder = RunFolder(out, identity, writes=where.rank == 0)
    finished = folder.result()
    if finished is not None:
        return finished
    examples = OnDevice(data, made, on, look_up, given)
    training = Training(made, examples, len(data.classes), where.rank, where.world)
    with folder.held():
        return _train(folder, training, data, where, told, command or sys.argv, on)


def _train(
    folder: RunFolder,
    training: Training,
    data: Data,
    where: Where,
    told: Told,
    command: Sequence[str],
    on: torch.device,
) -> dict[str, Any]:
    state = folder.checkpoint()
    if state is not None:
        training.load(state)
    more = runs.provenance(command, hardware.describe(on)) | _sizes(data)
    folder.save_record("running", more)
    held = data.holdout
    images = torch.from_numpy(held.images).permute(0, 3, 1, 2).to(on)
    labels = torch.from_numpy(held.labels).to(on)
    try:
        measured = runs.go(
            folder,
            training,
            lambda: {} if where.rank else evaluate.evaluate(training.net, images, labels.float()),
            lambda: {} if where.rank else evaluate.glance(training.net, images, labels.float()),
            where.checkpoint_s,
            told,
        )
    except ElicitError:
        folder.save_record("diverged", more)
        raise
    except (torch.OutOfMemoryError, RuntimeError) as error:
        if not _is_of_memory(error):
            raise
        folder.save_record("out of memory", more)
        raise ElicitError(_too_large(training, on)) from error
    folder.save_result(measured)
    folder.save_record("finished", more)
    return measured


def _policy(
    made: Settings, data: Data, strengths: Path | None, on: torch.device
) -> tuple[LookUp | None, torch.Tensor | None, dict[str, str]]:
    """Return full mixup's look-up, its endpoints' strengths, and the sha256 of both files."""
    if not made.policy:
        return None, None, {}
    if data.blends:
        raise ElicitError(
            "--type: must be none where images are mixed anew each epoch (mixup_alpha), whose "
            f"images need one class each; got {made.type}"
        )
    path = Path(made.policy)
    policy = policy_file.load(path).with_classes(data.classes)
    digests = {"policy": sha256(path.read_bytes()).hexdigest()}
    if policy.appearance is None:
        return LookUp(policy, on), None, digests
    if strengths is None:
        raise ElicitError(f"{path}: looks at images; give --strengths, which learn strengths makes")
    values = read_array(strengths)
    if values.shape[1] != 2 or len(values) <= data.train.ids.max():
        raise ElicitError(
            f"{strengths}: must have a row for every image id up to {data.train.ids.max()} and 2 "
            f"columns, got {values.shape}"
        )
    given = torch.from_numpy(values[data.train.ids]).float().to(on)
    return LookUp(policy, on), given, digests | {"strengths": sha256(values.tobytes()).hexdigest()}


def _sizes(data: Data) -> dict[str, Any]:
    return {
        "classes": list(data.classes),
        "training_images": len(data.train.images) - data.blends,
        "blends": data.blends,
        "blends_dropped": data.dropped,
        "holdout_images": len(data.holdout.images),
        "files": data.files,
    }


def _is_of_memory(error: Exception) -> bool:
    text = str(error).lower()
    return isinstance(error, torch.OutOfMemoryError) or any(
        sign in text for sign in ("out of memory", "can't allocate memory", "not enough memory")
    )


def _too_large(training: Training, on: torch.device) -> str:
    """Return what to tell a person whose batches do not fit, having tried smaller ones."""
    made = training.settings
    fits = fitting_batch_size(training, on)
    remedy = (
        f"--batch-size {fits} fits"
        if fits
        else "not even 2 images fit; use a smaller --width, or another --device"
    )
    return f"out of memory on {on} with --batch-size {made.batch_size}: {remedy}"


def fitting_batch_size(training: Training, on: torch.device) -> int:
    """Return the largest half, quarter, ... of the batch size that can be trained; 0 if none."""
    size, side = training.settings.batch_size // 2, training.examples.images.shape[-1]
    while size >= 2:
        if on.type == "cuda":
            torch.cuda.empty_cache()
        net = models.build(
            training.settings.model, training.examples.labels.shape[1], training.settings.width, 0,
            side,
        ).to(on)  # fmt: skip
        try:
            net(torch.rand(size, 3, side, side, device=on)).sum().backward()
        except (torch.OutOfMemoryError, RuntimeError) as error:
            if not _is_of_memory(error):
                raise
            size //= 2
        else:
            return size
    return 0
