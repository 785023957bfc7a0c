"""Many runs on this machine: in turn in this process, or several at once as processes."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import IO, Any

import learn
from elicit.errors import ElicitError
from learn.runs import run as one_run
from learn.runs.device import find_device
from learn.runs.interleaved import train_together
from learn.runs.lock import HeldError
from learn.runs.run import Hardware
from learn.runs.steps import Measures, Steps
from learn.sweeps.jobs import Job, Outcome, ProgressListener
from learn.training.data import Inputs
from learn.training.settings import TrainingSettings
from stimuli.errors import StimulusError


def run_in_turn(
    jobs: Sequence[Job],
    listener: ProgressListener,
    hardware: Hardware,
    at_once: int = 1,
    command: Sequence[str] | None = None,
) -> list[Outcome]:
    """Do the jobs in this process, `at_once` at a time, a step each (`learn.runs.interleaved`).

    A run that fails is an outcome, so that others go on.
    """

    def begins(job: Job) -> Steps:
        listener.on_start(job)
        made = (job.settings, job.inputs, job.out, hardware, job.strengths, None, command)
        return (yield from one_run.run_steps(*made))

    def on_end(number: int, came: Measures | Exception) -> None:
        outcomes[number] = _outcome(jobs[number], came)
        listener.on_end(outcomes[number])

    outcomes: dict[int, Outcome] = {}
    on = find_device(hardware.device)
    runs = [partial(begins, job) for job in jobs]
    train_together(runs, on, at_once, lambda n, how: listener.on_progress(jobs[n], *how), on_end)
    return [outcomes[number] for number in range(len(jobs))]


def run_in_processes(
    jobs: Sequence[Job], listener: ProgressListener, hardware: Hardware, at_once: int
) -> list[Outcome]:
    """Do the jobs in processes of their own, `at_once` at a time; outcomes in the jobs' order.

    When this process ends, whatever ends it, so do they.
    """
    waiting: queue.SimpleQueue[Job] = queue.SimpleQueue()
    for job in jobs:
        waiting.put(job)
    outcomes: dict[Path, Outcome] = {}
    running: set[subprocess.Popen[str]] = set()
    stopped = threading.Event()

    def work() -> None:
        while not stopped.is_set():
            try:
                job = waiting.get_nowait()
            except queue.Empty:
                return
            listener.on_start(job)
            outcome = _try_in_a_process(job, listener, hardware, running)
            if not stopped.is_set():
                outcomes[job.out] = outcome
                listener.on_end(outcome)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(at_once)]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            while thread.is_alive():
                thread.join(0.2)  # so that Ctrl-C is heard
    finally:
        stopped.set()
        for process in list(running):
            process.kill()  # every file of a run is whole at any moment
    return [outcomes[job.out] for job in jobs]


def job_to_json(job: Job, hardware: Hardware, command: Sequence[str]) -> dict[str, Any]:
    """Return a job for another process, as `learn.sweeps.worker` reads it."""
    inputs = {name: _plain(value) for name, value in vars(job.inputs).items()}
    return {
        "row": job.row,
        "settings": vars(job.settings),
        "inputs": inputs,
        "out": str(job.out),
        "strengths": _plain(job.strengths),
        "where": asdict(hardware),
        "command": list(command),
    }


def job_from_json(content: dict[str, Any]) -> tuple[Job, Hardware, list[str]]:
    """Return what `as_json` was given."""
    inputs, made = dict(content["inputs"]), dict(content["settings"])
    for name in ("labels", "holdout_labels"):
        inputs[name] = _path(inputs[name])
    made["lr_drops"] = tuple(made["lr_drops"])
    job = Job(
        content["row"],
        TrainingSettings(**made),
        Inputs(**inputs),
        Path(content["out"]),
        _path(content["strengths"]),
    )
    return job, Hardware(**content["where"]), content["command"]


def process_environment() -> dict[str, str]:
    """Return the environment in which a process finds this very `learn`."""
    root = str(Path(learn.__file__ or "").resolve().parents[1])
    others = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": root if not others else f"{root}{os.pathsep}{others}"}


def to_one_line(error: object) -> str:
    """Return an error's text on one line, at most 600 characters."""
    return f"{' '.join(str(error).split()):.600}"


def _try_in_a_process(
    job: Job, listener: ProgressListener, hardware: Hardware, running: set[subprocess.Popen[str]]
) -> Outcome:
    try:
        return _run_in_a_process(job, listener, hardware, running)
    except OSError as error:
        return Outcome(job, None, f"{job.out}: no process for it: {to_one_line(error)}")


def _run_in_a_process(
    job: Job, listener: ProgressListener, hardware: Hardware, running: set[subprocess.Popen[str]]
) -> Outcome:
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "learn.sweeps.worker"],
            stdin=subprocess.PIPE,  # kept open: the process ends when this one does
            stdout=subprocess.PIPE,
            stderr=said,
            env=process_environment(),
            encoding="utf-8",
        )
        running.add(process)
        assert process.stdin is not None
        assert process.stdout is not None
        with process:
            with suppress(BrokenPipeError):  # it ended already: its exit status tells
                process.stdin.write(json.dumps(job_to_json(job, hardware, sys.argv)) + "\n")
                process.stdin.flush()
            last = _listen(job, process.stdout, listener)
        running.discard(process)
        if "measures" in last:
            return Outcome(job, last["measures"])
        said.seek(0)
        why = last.get("why") or _why_it_ended(job, process.returncode, said)
        return Outcome(job, None, why, held=last.get("held", False))


def _listen(job: Job, lines: Iterable[str], listener: ProgressListener) -> dict[str, Any]:
    """Pass on what a worker tells; return the last thing it said."""
    last: dict[str, Any] = {}
    for line in lines:
        with suppress(ValueError):  # a line cut off, as its process was
            last = json.loads(line)
            if "share" in last:
                listener.on_progress(job, last["epoch"], last["share"], last["loss"])
    return last


def _why_it_ended(job: Job, status: int, said: IO[str]) -> str:
    """Return why a process ended that did not tell itself."""
    lines = said.read().split("\n")
    words = next(
        (to_one_line(line) for line in reversed(lines) if line.strip()), "it printed nothing"
    )
    if status < 0:
        name = signal.Signals(-status).name
        hint = "; is there enough memory for so many --jobs?" if name == "SIGKILL" else ""
        return f"{job.out}: its process was killed by {name}{hint}"
    return f"{job.out}: its process ended with status {status}: {words}"


def _outcome(job: Job, came: Measures | Exception) -> Outcome:
    if not isinstance(came, Exception):
        return Outcome(job, came)
    if isinstance(came, ElicitError | StimulusError):
        return Outcome(job, None, to_one_line(came), came, isinstance(came, HeldError))
    return Outcome(job, None, f"{job.out}: {type(came).__name__}: {to_one_line(came)}", came)


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Path) else value


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)
