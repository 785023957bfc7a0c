"""One training run from its inputs to its measures: what `learn train` and the tables call."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import torch

from elicit.errors import ElicitError
from learn.files import hide_paths
from learn.policies import file as policy_file
from learn.policies.lookup import LookUp
from learn.runs import folder as runs
from learn.runs.device import choose_precision, describe_device, find_device, set_deterministic
from learn.runs.files import CHECKPOINT
from learn.runs.folder import RunFolder
from learn.runs.interleaved import train_together
from learn.runs.provenance import provenance
from learn.runs.steps import Measures, Steps, train_steps
from learn.training import evaluate, memory
from learn.training.batches import DeviceData
from learn.training.data import Data, Inputs, gather
from learn.training.loop import DivergedError, Training
from learn.training.settings import TrainingSettings
from stimuli.files import read_bytes

MeasuredT = TypeVar("MeasuredT")
ProgressCallback = Callable[[int, float, float | None], None]


@dataclass(frozen=True)
class Hardware:
    """What a run is done on."""

    device: str = "auto"
    threads: int = 0  # on the CPU; 0: torch's choice
    checkpoint_s: float = 60.0  # between checkpoints, at least
    rank: int = 0
    world: int = 1
    graphs: bool = False  # replay steps, on CUDA; see learn.training.cuda_graphs
    events: bool = False  # write what TensorBoard reads, too


def ignore_progress(epoch: int, share: float, loss: float | None) -> None:
    """Tell nothing of how a run goes."""


def run_name(made: TrainingSettings, blend_fold: int | None = None) -> str:
    """Return what a run's folder is called where nobody says."""
    width = "" if made.width == 1 else f"-w{made.width:g}"
    mixed = f"-{made.process}{made.mixup_alpha:g}" if made.mixup_alpha else ""
    policy = f"-{Path(made.policy).stem}" if made.policy else ""
    weight = "" if made.blend_weight == 1 else f"-weight{made.blend_weight:g}"
    fold = "" if blend_fold is None else f"-fold{blend_fold}"
    return f"{made.model}{width}-{made.type}{weight}{mixed}{policy}{fold}-seed{made.seed}"


def run(
    made: TrainingSettings,
    inputs: Inputs,
    out: Path,
    hardware: Hardware | None = None,
    on_progress: ProgressCallback = ignore_progress,
    strengths: Path | None = None,
    data: Data | None = None,
    command: Sequence[str] | None = None,
) -> Measures:
    """Train and evaluate one classifier, or go on with it; return the final measures.

    Args:
        made: settings.
        inputs: files and images.
        out: the run folder.
        hardware: device, threads, processes.
        on_progress: takes the epoch in hand (from 0), the share of all steps done, and the last
            loss.
        strengths: .npy of `learn strengths`, for an image-aware policy; rows by image id.
        data: `inputs`, gathered before.
        command: what the record says the run was begun with; None for this process's.

    Raises:
        ElicitError: bad input, another run's folder, memory that is too small, a diverging loss.
        StimulusError: the source cannot be opened.
    """
    hardware = hardware or Hardware()
    (outcome,) = train_together(
        [partial(run_steps, made, inputs, out, hardware, strengths, data, command)],
        find_device(hardware.device, hardware.rank),
        on_progress=lambda _, progress: on_progress(*progress),
        stop_at_error=True,
    )
    assert not isinstance(outcome, Exception)
    return outcome


def run_steps(
    made: TrainingSettings,
    inputs: Inputs,
    out: Path,
    hardware: Hardware,
    strengths: Path | None = None,
    data: Data | None = None,
    command: Sequence[str] | None = None,
) -> Steps:
    """Do what `run` does, a step at a time, for `learn.runs.interleaved`."""
    set_deterministic(hardware.threads)
    on = find_device(hardware.device, hardware.rank)
    made = replace(made, precision=choose_precision(made.precision, on))
    data = _gather(inputs, made) if data is None else data
    look_up, given, digests = read_policy(made, data, strengths, on)
    identity = runs.run_identity(made, data.sha256() | digests, hardware.world)
    folder = RunFolder(out, identity, writes=hardware.rank == 0, events=hardware.events)
    finished = folder.result()
    if finished is not None:
        return finished
    more = provenance(command or sys.argv, describe_device(on)) | _sizes(data)
    with folder.hold(), _keep_record(folder, more):
        try:
            on_device = partial(DeviceData, data, made, on, look_up, given)
            measured = yield from _train(folder, on_device, made, data, hardware)
        except (RuntimeError, MemoryError) as error:
            if not memory.is_out_of_memory(error):
                raise
            memory.free_memory(error)
            said = " ".join(str(error).split())
            raise OutOfMemoryError(_too_large(made, data, on, hardware, said)) from None
        folder.save_result(measured)
    return measured


def _gather(inputs: Inputs, made: TrainingSettings) -> Data:
    try:
        return gather(inputs, made.type, made.seed)
    except MemoryError as error:
        raise OutOfMemoryError(
            "out of memory: the images alone do not fit; take fewer of them with --train"
        ) from error


class OutOfMemoryError(ElicitError):
    """Memory that a run does not fit into."""


def _train(
    folder: RunFolder,
    on_device: Callable[[], DeviceData],
    made: TrainingSettings,
    data: Data,
    hardware: Hardware,
) -> Steps:
    """Train from the checkpoint, if there is one; the first process measures."""
    examples = on_device()
    training = Training(
        made, examples, len(data.classes), hardware.rank, hardware.world, hardware.graphs
    )
    state = folder.checkpoint()
    if state is not None:
        _load(training, state, folder)
    images = torch.from_numpy(data.holdout.images).permute(0, 3, 1, 2).to(examples.device)
    labels = examples.put(data.holdout.labels)

    def by(measure: Callable[..., MeasuredT]) -> MeasuredT:
        return memory.with_smaller_batches(
            partial(measure, training.net, images, labels), evaluate.EVALUATION_BATCH
        )

    def measure() -> Measures:
        if hardware.rank:
            return {}
        found = by(evaluate.evaluate_images)
        folder.save_images(data.holdout.ids, found.images)
        return found.result | _see_blends(folder, training.net, data, examples.device)

    def glance() -> Measures:
        return {} if hardware.rank else by(evaluate.evaluate_without_attacks)

    return (yield from train_steps(folder, training, measure, glance, hardware.checkpoint_s))


def _see_blends(
    folder: RunFolder, net: torch.nn.Module, data: Data, device: torch.device
) -> Measures:
    """Return what a network sees in held-out blends beside people, and write it; none: nothing."""
    if data.judged is None:
        return {}
    see = partial(evaluate.evaluate_percepts, net, data.judged, device)
    found = memory.with_smaller_batches(see, evaluate.EVALUATION_BATCH)
    folder.save_blends(found.blends)
    return found.result


def _load(training: Training, state: dict[str, Any], folder: RunFolder) -> None:
    try:
        training.load(state)
    except ElicitError as error:
        raise ElicitError(
            f"{folder.path / CHECKPOINT}: {error}; delete it to start this run again"
        ) from error


@contextmanager
def _keep_record(folder: RunFolder, more: dict[str, Any]) -> Iterator[None]:
    """Have the record say how the run stands, however it ends."""
    folder.save_record("running", more)
    try:
        yield
    except BaseException as error:
        with suppress(ElicitError):  # a full disk: the record goes on saying "running"
            why = hide_paths(" ".join(str(error).split()))
            folder.save_record(_status(error), more | ({"why": why} if why else {}))
        raise
    folder.save_record("finished", more)


def _status(error: BaseException) -> str:
    match error:
        case DivergedError():
            return "diverged"
        case OutOfMemoryError():
            return "out of memory"
        case KeyboardInterrupt() | GeneratorExit():
            return "stopped"
        case _:
            return "failed"


def read_policy(
    made: TrainingSettings, data: Data, strengths: Path | None, on: torch.device
) -> tuple[LookUp | None, torch.Tensor | None, dict[str, str]]:
    """Return full mixup's look-up, its endpoints' strengths, and the sha256 of both files."""
    if not made.policy:
        return None, None, {}
    if data.blends:
        raise ElicitError(
            "--type: must be none where images are mixed anew each epoch (mixup_alpha), whose "
            f"images need one class each; got {made.type}"
        )
    path = policy_file.find_policy(made.policy)
    policy = policy_file.load_policy(path).with_classes(data.classes)
    policy.check_process(made.process, str(path))
    digests = {"policy": sha256(read_bytes(path)).hexdigest()}
    if policy.appearance is None:
        return LookUp(policy, on), None, digests
    if strengths is None:
        raise ElicitError(f"{path}: looks at images; give --strengths, which learn strengths makes")
    from learn.policies.image_aware import read_array

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
        "image_size": int(data.holdout.images.shape[1]),
        "training_images": len(data.train.images) - data.blends,
        "blends": data.blends,
        "blends_dropped": data.dropped,
        "holdout_images": len(data.holdout.images),
        "files": data.files,
    } | ({} if data.judged is None else {"blends_held_out": len(data.judged.held_out)})


def _too_large(
    made: TrainingSettings, data: Data, on: torch.device, hardware: Hardware, said: str
) -> str:
    """Return what to tell a person whose run does not fit, having tried smaller batches."""
    here = f"out of memory on {on} with --batch-size {made.batch_size}"
    fits = memory.largest_that_fits(made.batch_size, partial(_fits, made, data, on, hardware.world))
    if not fits and on.type == "cpu" and made.batch_size > 2:  # free memory may be in pieces
        half = made.batch_size // 2
        return f"{here} ({said:.120}): try --batch-size {half}, or a smaller --width"
    if not fits:
        remedy = "use a smaller --width, or another --device"
        return f"{here} ({said:.120}): not even 2 images fit; {remedy}"
    return f"{here}: --batch-size {fits} fits"


def _fits(made: TrainingSettings, data: Data, on: torch.device, world: int, size: int) -> bool:
    """Return whether a network, its optimiser and a step with batches of `size` fit."""
    if on.type == "cuda":
        torch.cuda.empty_cache()
    try:
        training = Training(made, DeviceData(data, made, on), len(data.classes))
        return training.fits(-(-size // world))
    except (RuntimeError, MemoryError) as error:
        if not memory.is_out_of_memory(error):
            raise
        return False
