"""What Slurm's own commands say of jobs; sacct is not asked, as not every cluster has it."""

from __future__ import annotations

import getpass
import re
import subprocess
import time
from collections.abc import Sequence

from elicit.errors import ElicitError
from learn.sweeps.local import to_one_line

RETRY_INTERVAL_S = 3.0  # seconds before a controller that does not answer is asked again
_CONTROLLER_TIMEOUT_S = 60.0  # seconds that Slurm's controller may not answer before that is told
_FINAL_STATES = {
    "CANCELLED": "its job was cancelled",
    "FAILED": "its job failed before it could say why",
    "OUT_OF_MEMORY": "its job had too little memory; give it more with --slurm-memory",
    "DEADLINE": "its job missed its deadline",
}


def read_queue() -> dict[str, str]:
    """Return the state of each job that waits or runs, by its number.

    Raises:
        ElicitError: Slurm does not answer, for a minute.
    """
    until = time.monotonic() + _CONTROLLER_TIMEOUT_S
    while True:
        try:
            done = subprocess.run(
                ["squeue", "--noheader", f"--user={getpass.getuser()}", "--format=%A|%T|%N"],
                capture_output=True, encoding="utf-8", errors="replace", check=True,
            )  # fmt: skip
        except FileNotFoundError as error:
            raise ElicitError(
                "--executor slurm: there is no squeue here; give the command on a machine of the "
                "cluster"
            ) from error
        except subprocess.CalledProcessError as error:
            if time.monotonic() > until:
                said = to_one_line(error.stderr)
                raise ElicitError(f"--executor slurm: squeue: {said}") from error
            time.sleep(RETRY_INTERVAL_S)  # the controller may be restarting
            continue
        rows = (line.split("|") for line in done.stdout.splitlines() if line.count("|") == 2)
        return {number: f"{state} {node}".strip().lower() for number, state, node in rows}


def why_it_left(number: str) -> str:
    """Return why a job that left the queue will not do better a second time, "" if it may."""
    done = subprocess.run(
        ["scontrol", "show", "job", number],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    state = re.search(r"JobState=(\w+)", done.stdout)
    return _FINAL_STATES.get(state.group(1), "") if state else ""


def cancel_jobs(numbers: Sequence[str]) -> None:
    """Take jobs out of the queue; those that run end."""
    if numbers:
        subprocess.run(["scancel", *numbers], capture_output=True, check=False)
