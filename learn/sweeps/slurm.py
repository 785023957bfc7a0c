"""Runs as jobs of a Slurm cluster, by submitit; a job whose node dies is begun again elsewhere."""

from __future__ import annotations

import json
import os
import pickle
import shlex
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from elicit.errors import ElicitError
from learn.files import write_atomic
from learn.runs import lock as run_lock
from learn.runs.files import METRICS, RESULT, read_json, read_measures
from learn.runs.run import Hardware
from learn.sweeps import local, slurm_queue
from learn.sweeps.jobs import Job, Outcome, ProgressListener
from stimuli.files import MAX_TABLE_BYTES, MAX_TEXT_BYTES, open_file, read_bytes
from stimuli.windows_files import make_folder

if TYPE_CHECKING:
    import submitit

LOOK_INTERVAL_S = 3.0  # seconds between two looks at the queue, which all jobs share
MAX_RESUBMISSIONS = 5  # times that a job that vanished is submitted anew
MAX_MISSED_LOOKS = 3  # looks in a row that a job is not in the queue before it counts as gone
_ENDS = "completing"  # the state of a job that is being taken away
_MAX_TIMEOUTS = 1000  # a run goes on from its checkpoint as often as its time limit needs


@dataclass(frozen=True)
class NodeJob:
    """What a node does: one run. submitit stores it and calls it there."""

    job: dict[str, Any]  # as `learn.sweeps.local.job_to_json`

    def __call__(self) -> str:
        """Train; return why there is no result, empty if there is one."""
        from learn.runs.folder import TakenOverError

        job, hardware, command = local.job_from_json(self.job)
        listener = _SilentListener()
        (outcome,) = local.run_in_turn([job], listener, hardware, command=command)
        if isinstance(listener.error, TakenOverError):
            os._exit(1)  # the job goes on on another node, whose outcome is not to be written over
        return outcome.why

    def checkpoint(self) -> Any:
        """Return what goes on when Slurm takes the node away: the same, from the run's files."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self)


@dataclass
class _SlurmJob:
    """A job as far as the table knows of it."""

    job: Job
    number: str  # Slurm's
    state: str = ""
    missed: int = 0  # looks in a row without it
    begun_again: int = 0


@dataclass
class SlurmExecutor:
    """Does jobs on a cluster; a `learn.sweeps.jobs.Executor`.

    Attributes:
        folder: for submitit's files and which run is which job; on a disk all nodes share.
        hardware: device, threads and checkpoints of each run.
        asked: of each job, by submitit's names: time (minutes), cpus_per_task, partition, ...
    """

    folder: Path
    hardware: Hardware
    asked: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, jobs: Sequence[Job], listener: ProgressListener) -> list[Outcome]:
        """Submit jobs and wait for all; on Ctrl-C they are cancelled.

        Jobs of a table that was killed are still there, and are not submitted twice.

        Raises:
            ElicitError: no Slurm, no submitit, or a job that Slurm does not take.
        """
        executor = self._executor()
        queue = slurm_queue.read_queue()
        waiting: dict[Path, _SlurmJob] = {}
        outcomes: dict[Path, Outcome] = {}
        try:
            for job in jobs:
                listener.on_start(job)
                earlier, same = self._noted(job)
                goes_on = not queue.get(earlier, _ENDS).startswith(_ENDS)
                if goes_on and same:
                    listener.on_message(job, f"job {earlier} of an earlier command is taken over")
                elif goes_on:
                    slurm_queue.cancel_jobs([earlier])
                number = earlier if goes_on and same else self._submit(executor, job)
                waiting[job.out] = _SlurmJob(job, number)
            while waiting:
                time.sleep(LOOK_INTERVAL_S)
                queue = slurm_queue.read_queue()
                for each in list(waiting.values()):
                    outcome = self._look(each, queue, executor, listener)
                    if outcome is not None:
                        outcomes[each.job.out] = outcome
                        del waiting[each.job.out]
                        listener.on_end(outcome)
        except KeyboardInterrupt:
            slurm_queue.cancel_jobs([each.number for each in waiting.values()])
            raise
        return [outcomes[job.out] for job in jobs]

    def _look(
        self,
        each: _SlurmJob,
        queue: Mapping[str, str],
        executor: submitit.SlurmExecutor,
        listener: ProgressListener,
    ) -> Outcome | None:
        """Return what came of a job, None while it goes on; begin it again where it was lost."""
        job = each.job
        if (job.out / RESULT).is_file():
            if queue.get(each.number, "").startswith("pending"):
                slurm_queue.cancel_jobs(
                    [each.number]
                )  # Slurm begins it anew though it came to its end
            return Outcome(job, read_measures(job.out / RESULT))
        if each.number in queue:
            each.missed = 0
            self._tell(each, queue[each.number], listener)
            return None
        each.missed += 1  # a result may still be on its way over the network's disk
        why = self._said(each)
        if why:
            return Outcome(job, None, why)
        if each.missed < MAX_MISSED_LOOKS:
            return None
        why = slurm_queue.why_it_left(each.number)
        if why:
            return Outcome(job, None, f"{job.out}: {why}; see {self._log(each)}")
        if each.begun_again == MAX_RESUBMISSIONS:
            why = f"Slurm lost its job {MAX_RESUBMISSIONS + 1} times; see {self._log(each)}"
            return Outcome(job, None, f"{job.out}: {why}")
        each.number, each.missed = self._submit(executor, job), 0
        each.begun_again += 1
        return None

    def _tell(self, each: _SlurmJob, state: str, listener: ProgressListener) -> None:
        if state != each.state:
            each.state = state
            listener.on_message(each.job, f"job {each.number}: {state}")
        epochs = _epochs(each.job)
        if epochs:
            of = each.job.settings.epochs
            listener.on_progress(each.job, min(epochs, of - 1), epochs / of, None)

    def _said(self, each: _SlurmJob) -> str:
        """Return what a job that has no result said of why, "" if nothing."""
        path = self.folder / f"{each.number}_0_result.pkl"
        if not path.is_file():
            return ""
        try:
            kind, what = read_result(path)
        except (OSError, ValueError) as error:
            return f"{each.job.out}: {local.to_one_line(error)}; see {self._log(each)}"
        if kind == "success":
            return what
        last = local.to_one_line(what.strip().split("\n")[-1])
        return f"{each.job.out}: {last}; see {self._log(each)}"

    def _log(self, each: _SlurmJob) -> Path:
        return self.folder / f"{each.number}_0_log.err"

    def _executor(self) -> submitit.SlurmExecutor:
        try:
            import submitit
        except ImportError as error:
            raise ElicitError(
                "--executor slurm: needs submitit; install it: pip install '.[slurm]'"
            ) from error
        make_private(self.folder)
        try:
            executor = submitit.SlurmExecutor(self.folder, max_num_timeout=_MAX_TIMEOUTS)
            root = local.process_environment()["PYTHONPATH"]
            asked = dict(self.asked)
            more = {"requeue": True, **asked.pop("additional_parameters", {})}
            executor.update_parameters(
                **asked,
                setup=[f"export PYTHONPATH={shlex.quote(root)}"],
                additional_parameters=more,
            )
        except (RuntimeError, ValueError) as error:
            raise ElicitError(
                f"--executor slurm: {local.to_one_line(error)}; give the command on a machine that "
                "has sbatch and srun"
            ) from error
        return executor

    def _submit(self, executor: submitit.SlurmExecutor, job: Job) -> str:
        import submitit

        earlier, _ = self._noted(job)
        run_lock.free_lock(job.out, earlier)  # the job that had it is gone
        executor.update_parameters(job_name=job.out.name)
        content = local.job_to_json(job, self.hardware, sys.argv)
        try:
            number = str(executor.submit(NodeJob(content)).job_id)
        except (submitit.core.utils.FailedJobError, subprocess.CalledProcessError) as error:
            raise ElicitError(f"--executor slurm: sbatch: {local.to_one_line(error)}") from error
        note = json.dumps({"job": number, "run": _without_command(content)})
        write_atomic(
            self._note(job), note.encode("utf-8"), "free some disk space in the folder of --runs"
        )
        return number

    def _note(self, job: Job) -> Path:
        return self.folder / "runs" / f"{job.out.name}.json"

    def _noted(self, job: Job) -> tuple[str, bool]:
        """Return the number of a run's last job, "" if none, and whether it does this very run."""
        if not self._note(job).is_file():
            return "", False
        note = read_json(self._note(job))
        asked = json.loads(json.dumps(local.job_to_json(job, self.hardware, ())))
        return str(note.get("job", "")), note.get("run") == _without_command(asked)


class _OnlyText(pickle.Unpickler):
    """Reads text and tuples; refuses to name anything else, so that no code runs."""

    def find_class(self, module: str, name: str) -> Any:
        """Refuse whatever the pickle asks for.

        Raises:
            UnpicklingError: always.
        """
        raise pickle.UnpicklingError(f"it asks for {module}.{name}")


def read_result(path: Path) -> tuple[str, str]:
    """Return what submitit stored of a job: "success" or "error", and its answer or traceback.

    The file is a pickle in a folder that several machines write; nothing in it is run.

    Raises:
        OSError: it cannot be read.
        ValueError: it holds anything but two texts.
    """
    with open_file(path, MAX_TEXT_BYTES) as file:
        try:
            content = _OnlyText(file).load()
        except Exception as error:  # a broken pickle raises nearly anything
            raise ValueError(f"{path}: not a job's result: {error}") from error
    match content:
        case (str(kind), str(what)):
            return kind, what
    raise ValueError(f"{path}: not a job's result: two texts expected")


def make_private(folder: Path) -> None:
    """Make the folder from which nodes load their jobs, so that nobody else can write in it.

    Raises:
        ElicitError: it cannot be made, or it is somebody else's and others can write in it.
    """
    try:
        make_folder(folder, 0o700)
        if folder.stat().st_mode & 0o022:
            folder.chmod(folder.stat().st_mode & ~0o022)
    except OSError as error:
        raise ElicitError(
            f"{folder}: nodes run what is in this folder, and it cannot be kept from others: "
            f"{error.strerror}; choose another with --runs"
        ) from error


def _without_command(content: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name != "command"}


class _SilentListener:
    """A `learn.sweeps.jobs.ProgressListener` that keeps a run's error."""

    error: Exception | None = None

    def on_start(self, job: Job) -> None:
        """The queue tells."""

    def on_progress(self, job: Job, epoch: int, share: float, loss: float | None) -> None:
        """metrics.csv tells."""

    def on_message(self, job: Job, text: str) -> None:
        """Nobody listens."""

    def on_end(self, outcome: Outcome) -> None:
        """Keep why it failed."""
        self.error = outcome.error


def _epochs(job: Job) -> int:
    """Return how many epochs a run has done, as its metrics say."""
    try:
        return max(0, read_bytes(job.out / METRICS, MAX_TABLE_BYTES).count(b"\n") - 1)
    except OSError:
        return 0
