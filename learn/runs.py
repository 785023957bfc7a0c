"""A run folder: what a training run was given, how it went, what came of it; and going on."""

from __future__ import annotations

import csv
import io
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

from elicit.errors import ElicitError
from learn import settings as settings_of_runs
from learn.settings import Settings
from learn.train import Training

RECORD, METRICS, RESULT, CHECKPOINT = "run.json", "metrics.csv", "result.json", "checkpoint.pt"
LOCK = "running.lock"
PACKAGES = ("torch", "torchvision", "numpy", "pandas", "human-mixup")


@dataclass(frozen=True)
class Identity:
    """What decides a run's result: a checkpoint of another identity is not gone on with."""

    settings: dict[str, Any]  # with the precision that was chosen
    sha256: dict[str, str]  # of each input
    processes: int = 1


class RunFolder:
    """One run's files; every one is whole at any moment."""

    def __init__(self, path: Path, identity: Identity, writes: bool = True) -> None:
        """Take the folder `path`, new or of the same run.

        Of several processes that train one network, one writes.

        Raises:
            ElicitError: it holds another run, or something else, or cannot be written.
        """
        self.path, self.identity, self._writes = path, identity, writes
        if not writes:
            return
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ElicitError(
                f"{path}: cannot be made: {error.strerror}; choose another folder with --out"
            ) from error
        self._check()

    def result(self) -> dict[str, Any] | None:
        """Return the final measures, None where the run is not finished."""
        return read_json(self.path / RESULT) if (self.path / RESULT).is_file() else None

    def checkpoint(self) -> dict[str, Any] | None:
        """Return what `Training.load` takes, None where there is none.

        Raises:
            ElicitError: the file is broken.
        """
        path = self.path / CHECKPOINT
        if not path.is_file():
            return None
        try:
            state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        except Exception as error:  # a broken file raises nearly anything
            raise ElicitError(
                f"{path}: cannot be read as a checkpoint: {' '.join(str(error).split()):.200}; "
                "delete it to begin this run anew"
            ) from error
        return state

    def save_checkpoint(self, training: Training) -> None:
        """Write the state of `training`."""
        content = io.BytesIO()
        torch.save(training.state(), content)
        self._put(CHECKPOINT, content.getvalue())

    def save_record(self, status: str, more: Mapping[str, Any]) -> None:
        """Write run.json: identity, `status`, and `more`."""
        record = {"status": status, **asdict(self.identity), **more}
        self._put(RECORD, as_json(record))

    def record(self) -> dict[str, Any]:
        """Return run.json's content, empty where there is none."""
        path = self.path / RECORD
        return read_json(path) if path.is_file() else {}

    def save_result(self, measures: Mapping[str, float]) -> None:
        """Write the final measures."""
        self._put(RESULT, as_json(dict(measures)))

    def metrics(self) -> list[dict[str, str]]:
        """Return metrics.csv, a row an epoch."""
        path = self.path / METRICS
        if not path.is_file():
            return []
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def save_metrics(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write metrics.csv anew, a row an epoch."""
        columns = list(dict.fromkeys(name for row in rows for name in row))
        text = io.StringIO()
        writer = csv.DictWriter(text, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        self._put(METRICS, text.getvalue().encode("utf-8"))

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder, so that no other process trains into it.

        Raises:
            ElicitError: another process of this machine holds it.
        """
        if not self._writes:
            yield
            return
        path = self.path / LOCK
        mine = f"{platform.node()} {os.getpid()}"
        holder = path.read_text(encoding="utf-8") if path.is_file() else ""
        if holder and holder != mine and _lives(holder):
            raise ElicitError(
                f"{self.path}: process {holder.split()[-1]} on {holder.split()[0]} trains this run "
                f"now; wait for it, or delete {path} if it is gone"
            )
        path.write_text(mine, encoding="utf-8")
        try:
            yield
        finally:
            with suppress(OSError):
                path.unlink()

    def _check(self) -> None:
        path = self.path / RECORD
        if not path.is_file():
            if any(each.name != LOCK for each in self.path.iterdir()):
                raise ElicitError(
                    f"{self.path}: holds something else than a run; choose another folder with "
                    "--out"
                )
            return
        found, mine = read_json(path), asdict(self.identity)
        for part in ("settings", "sha256"):
            theirs, ours = found.get(part, {}), mine[part]
            for name in sorted(theirs.keys() | ours.keys()):
                if theirs.get(name) != ours.get(name):
                    raise ElicitError(
                        f"{self.path}: is a run of another configuration: {name} was "
                        f"{theirs.get(name)!r}, is {ours.get(name)!r}; choose another folder with "
                        "--out, or delete this one"
                    )
        if found.get("processes", 1) != self.identity.processes:
            raise ElicitError(
                f"{self.path}: was begun with {found.get('processes')} processes, now there are "
                f"{self.identity.processes}; use as many, or choose another folder with --out"
            )

    def _put(self, name: str, content: bytes) -> None:
        if not self._writes:
            return
        beside = self.path / f".{name}.{os.getpid()}"
        try:
            with beside.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self.path / name)
        except OSError as error:
            with suppress(OSError):
                beside.unlink()
            raise ElicitError(
                f"{self.path / name}: cannot be written: {error.strerror}; make room, then give "
                "the same command again: the run goes on"
            ) from error


def identity(made: Settings, sha256: Mapping[str, str], processes: int = 1) -> Identity:
    """Return a run's identity; settings that change no result are left out."""
    kept = settings_of_runs.as_dict(made)
    del kept["evaluate_every"], kept["policy"]  # the policy counts by its sha256
    return Identity(kept, dict(sha256), processes)


def provenance(command: Sequence[str], device: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a record says of code, versions and machine."""
    return {
        "command": list(command),
        "commit": commit(),
        "versions": {"python": platform.python_version(), **_versions()},
        "machine": {"platform": platform.platform(), **device},
        "started_utc": datetime.now(timezone.utc).isoformat(timespec="seconds"),
    }


def commit() -> str:
    """Return the commit of the source tree, with "+changes" where files differ; "" elsewhere."""
    tree = Path(__file__).parents[1]
    try:
        head = _git(tree, "rev-parse", "HEAD")
        changes = _git(tree, "status", "--porcelain", "--untracked-files=no", "learn", "stimuli")
    except (OSError, subprocess.CalledProcessError):
        return ""
    return head + ("+changes" if changes else "")


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in a JSON file.

    Raises:
        ElicitError: there is none.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ElicitError(f"{path}: cannot be read: {error}; delete the folder") from error
    if not isinstance(content, dict):
        raise ElicitError(f"{path}: must hold an object, got {type(content).__name__}")
    return content


def as_json(content: Mapping[str, Any]) -> bytes:
    """Return an object as JSON that a person can read; NaN becomes null."""
    clean = {k: None if isinstance(v, float) and v != v else v for k, v in content.items()}
    return (json.dumps(clean, indent=2, ensure_ascii=False) + "\n").encode("utf-8")


def go(
    folder: RunFolder,
    training: Training,
    measure: Callable[[], dict[str, float]],
    glance: Callable[[], dict[str, float]],
    every_s: float,
    told: Callable[[int, int, float | None], None],
) -> dict[str, float]:
    """Train from the last checkpoint to the end, and measure; every file is kept up.

    Args:
        folder: of the run.
        training: new, or with a checkpoint loaded.
        measure: gives the final measures.
        glance: gives the measures that are taken in between.
        every_s: seconds between checkpoints, at least; they change no result.
        told: takes the epoch, the share of all steps done, and the last epoch's loss.

    Raises:
        ElicitError: training diverged; the metrics of the epochs before are kept.
    """
    made = training.settings
    rows: list[dict[str, Any]] = [dict(row) for row in folder.metrics()][: training.epoch]
    saved = time.monotonic()
    while training.epoch < made.epochs:
        began = time.monotonic()
        for done, of in training.steps():
            loss = float(rows[-1]["loss"]) if rows else None
            told(training.epoch, (training.epoch + done / of) / made.epochs, loss)
        result = training.result
        seconds = time.monotonic() - began
        looked = {}
        if made.evaluate_every and training.epoch % made.evaluate_every == 0:
            looked = {f"holdout_{name}": value for name, value in glance().items()}
        rows.append(
            {
                "epoch": result.epoch + 1,
                "lr": result.lr,
                "loss": result.loss,
                "accuracy": result.accuracy,
                "seconds": round(seconds, 3),
                "images_per_s": round(len(training.examples.images) / seconds, 1),
                **looked,
            }
        )
        folder.save_metrics(rows)
        if time.monotonic() - saved >= every_s or training.epoch == made.epochs:
            folder.save_checkpoint(training)
            saved = time.monotonic()
    return measure()


def _versions() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        with suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


def _git(tree: Path, *command: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(tree), *command], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def _lives(holder: str) -> bool:
    """Return whether a process may still run; one on another machine always may."""
    node, _, number = holder.rpartition(" ")
    if node != platform.node() or not number.isdigit():
        return bool(node)
    if sys.platform == "win32":
        return True  # a signal would end it there
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
