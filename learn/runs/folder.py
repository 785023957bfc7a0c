"""A run folder: what a training run was given, how it went, what came of it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

import torch

from elicit.errors import DISK_ERRORS, ElicitError
from learn.arrays import Ids
from learn.files import csv_text, write_atomic
from learn.runs.files import (
    BLENDS,
    CHECKPOINT,
    HOLDOUT,
    LOCK,
    METRICS,
    RECORD,
    RESULT,
    read_measures,
    read_metrics,
    read_record,
    to_json,
)
from learn.runs.holdout_file import format_blends, format_scores
from learn.runs.lock import Lock
from learn.runs.tensorboard import write_events
from learn.training.image_scores import ImageScores
from learn.training.loop import Training
from learn.training.percepts import BlendScores
from learn.training.settings import TrainingSettings, to_dict
from stimuli.files import MAX_ARRAY_BYTES, open_file
from stimuli.system_files import is_of_system
from stimuli.windows_files import make_folder

# Settings of runs whose record does not state them, as they came later.
OLDER_SETTINGS: Mapping[str, Any] = {"process": "mixup", "blend_weight": 1.0}


@dataclass(frozen=True)
class Identity:
    """What decides a run's result: a checkpoint of another identity is not gone on with."""

    settings: dict[str, Any]  # with the precision that was chosen
    sha256: dict[str, str]  # of each input
    processes: int = 1


class TakenOverError(ElicitError):
    """A run that another process goes on with, as this one was held to be gone."""


class RunFolder:
    """One run's files; every one is whole at any moment."""

    def __init__(
        self, path: Path, identity: Identity, writes: bool = True, events: bool = False
    ) -> None:
        """Take the folder `path`, new or of the same run.

        Of several processes that train one network, one writes. With `events` it writes what
        TensorBoard reads too.

        Raises:
            ElicitError: it holds another run, or something else, or cannot be written.
        """
        self.path, self.identity, self._writes = path, identity, writes
        self._events = events and writes
        self._lock: Lock | None = None
        if not writes:
            return
        try:
            make_folder(path)
        except OSError as error:
            raise ElicitError(
                f"{path}: cannot be made: {error.strerror}; choose another folder with --out"
            ) from error
        self._check()

    def result(self) -> dict[str, Any] | None:
        """Return the final measures, None where the run is not finished."""
        return read_measures(self.path / RESULT) if (self.path / RESULT).is_file() else None

    def checkpoint(self) -> dict[str, Any] | None:
        """Return what `Training.load` takes, None where there is none.

        Raises:
            ElicitError: the file is broken.
        """
        path = self.path / CHECKPOINT
        if not path.is_file():
            return None
        state = read_checkpoint(path)
        of = state.get("identity", asdict(self.identity))
        self._same(of, f"{path}: is of another run: ", "delete it to start this run again")
        return state

    def save_checkpoint(self, training: Training) -> None:
        """Write the state of `training`, and of which run it is."""
        content = io.BytesIO()
        torch.save(training.state() | {"identity": asdict(self.identity)}, content)
        self._put(CHECKPOINT, content.getvalue())

    def save_record(self, status: str, more: Mapping[str, Any]) -> None:
        """Write run.json: identity, `status`, and `more`."""
        record = {"status": status, **asdict(self.identity), **more}
        self._put(RECORD, to_json(record))

    def record(self) -> dict[str, Any]:
        """Return run.json's content, empty where there is none."""
        path = self.path / RECORD
        return read_record(path) if path.is_file() else {}

    def save_result(self, measures: Mapping[str, float]) -> None:
        """Write the final measures, and what they are beside."""
        self._put(RESULT, to_json(dict(measures)))
        if self._events:
            final = {f"holdout/{name}": value for name, value in measures.items()}
            write_events(self.path, final, self.identity.settings["epochs"])

    def save_images(self, ids: Ids, scores: ImageScores) -> None:
        """Write what the network made of each image of the holdout."""
        self._put(HOLDOUT, format_scores(ids, scores))

    def save_blends(self, scores: BlendScores) -> None:
        """Write what people and the network saw in each held-out blend."""
        self._put(BLENDS, format_blends(scores))

    def metrics(self) -> list[dict[str, str]]:
        """Return metrics.csv, a row an epoch; empty where there is none."""
        path = self.path / METRICS
        return read_metrics(path) if path.is_file() else []

    def save_metrics(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write metrics.csv anew, a row an epoch."""
        columns = list(dict.fromkeys(name for row in rows for name in row))
        cells = ([row.get(name) for name in columns] for row in rows)
        self._put(METRICS, csv_text([columns, *cells], has_texts=False).encode("utf-8"))
        if self._events:
            write_events(self.path, rows[-1], rows[-1]["epoch"])

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Hold the folder, so that no other process trains into it.

        Raises:
            ElicitError: another process holds it.
        """
        if not self._writes:
            yield
            return
        self._lock = Lock(self.path)
        self._lock.take()
        for name in (RECORD, METRICS, HOLDOUT, BLENDS, RESULT, CHECKPOINT):
            for left in self.path.glob(f".{name}.*"):  # by a process killed while it wrote
                left.unlink(missing_ok=True)
        try:
            yield
        finally:
            self._lock.release()
            self._lock = None

    def _check(self) -> None:
        path = self.path / RECORD
        if not path.is_file():
            # a name with a dot may be a file that was being written when the run was killed
            if any(
                each.name != LOCK and not is_of_system(each.name) for each in self.path.iterdir()
            ):
                raise ElicitError(
                    f"{self.path}: holds something else than a run; choose another folder with "
                    "--out"
                )
            return
        found = read_record(path)
        remedy = "choose another folder with --out, or delete this one"
        self._same(found, f"{self.path}: is a run of another configuration: ", remedy)
        if found.get("processes", 1) != self.identity.processes:
            raise ElicitError(
                f"{self.path}: was started with {found.get('processes')} processes, now there are "
                f"{self.identity.processes}; use as many, or choose another folder with --out"
            )

    def _same(self, found: Mapping[str, Any], place: str, remedy: str) -> None:
        """Raise ElicitError where `found` is not of this run."""
        for part, ours in (("settings", self.identity.settings), ("sha256", self.identity.sha256)):
            theirs = {**(OLDER_SETTINGS if part == "settings" else {}), **found.get(part, {})}
            for name in sorted(theirs.keys() | ours.keys()):
                if theirs.get(name) != ours.get(name):
                    was, now = theirs.get(name), ours.get(name)
                    raise ElicitError(f"{place}{name} was {was!r}, is {now!r}; {remedy}")

    def _put(self, name: str, content: bytes) -> None:
        if not self._writes:
            return
        if self._lock is not None and not self._lock.is_held():
            raise TakenOverError(
                f"{self.path}: another process has taken this run over; this one stops"
            )
        remedy = "free some disk space, then run the same command again to resume"
        write_atomic(self.path / name, content, remedy)


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Return what `RunFolder.save_checkpoint` wrote; nothing in the file is run.

    Raises:
        ElicitError: the file is broken.
        OSError: the disk does not give it.
    """
    try:
        with open_file(path, MAX_ARRAY_BYTES) as file:
            _check_sums(file)
            file.seek(0)
            return dict(torch.load(file, map_location="cpu", weights_only=True))
    except Exception as error:  # a broken file raises nearly anything
        if isinstance(error, OSError) and error.errno in DISK_ERRORS:  # it may be whole
            raise
        raise ElicitError(
            f"{path}: cannot be read as a checkpoint: {' '.join(str(error).split()):.120}; "
            "delete it to start this run again"
        ) from error


def _check_sums(file: BinaryIO) -> None:
    """Compare an archive with the checksums in it, which torch does not.

    Raises:
        Exception: it is no whole archive.
    """
    with zipfile.ZipFile(file) as archive:
        damaged = archive.testzip()
    if damaged is not None:
        raise ValueError(f"{damaged} in it is damaged")


def run_identity(made: TrainingSettings, sha256: Mapping[str, str], processes: int = 1) -> Identity:
    """Return a run's identity; settings that change no result are left out."""
    kept = to_dict(made)
    del kept["evaluate_every"], kept["policy"]  # the policy counts by its sha256
    return Identity(kept, dict(sha256), processes)
