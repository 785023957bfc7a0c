"""A run folder's lock: who is held to be gone, and who finds out that they were."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import pytest

from elicit.errors import ElicitError
from elicit.log import processes
from elicit.log.station import Station, this_station
from learn.runs import lock as run_lock
from learn.runs.files import LOCK
from learn.runs.lock import HOLDER_TIMEOUT_S, Lock


def held_by(folder: Path, text: str, silent_s: float = 0.0) -> None:
    """Write another process's lock, its last sign of life `silent_s` ago."""
    path = folder / LOCK
    path.write_text(text, encoding="utf-8")
    then = time.time() - silent_s
    os.utime(path, (then, then))


def ended_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_two_processes_never_train_one_run(tmp_path: Path) -> None:
    first = Lock(tmp_path)
    first.take()
    with pytest.raises(
        ElicitError, match=f"process {os.getpid()} on .* is training this run; wait"
    ):
        Lock(tmp_path).take()
    first.release()
    assert not (tmp_path / LOCK).exists()
    Lock(tmp_path).take()


def test_a_process_that_is_gone_from_this_machine_blocks_nobody(tmp_path: Path) -> None:
    held_by(tmp_path, f"{platform.node()} {ended_process()} -.0 token")
    Lock(tmp_path).take()


def test_a_process_of_another_machine_blocks_as_long_as_it_gives_signs_of_life(
    tmp_path: Path,
) -> None:
    held_by(tmp_path, "elsewhere 12 -.0 token", silent_s=HOLDER_TIMEOUT_S / 2)
    with pytest.raises(ElicitError, match="process 12 on elsewhere is training this run"):
        Lock(tmp_path).take()
    held_by(tmp_path, "elsewhere 12 -.0 token", silent_s=HOLDER_TIMEOUT_S * 2)
    Lock(tmp_path).take()


def test_a_holder_gives_signs_of_life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_lock, "HEARTBEAT_S", 0.01)
    lock = Lock(tmp_path)
    lock.take()
    held_by(tmp_path, (tmp_path / LOCK).read_text(encoding="utf-8"), silent_s=1000)
    until = time.monotonic() + 20
    while time.time() - (tmp_path / LOCK).stat().st_mtime > 500:
        assert time.monotonic() < until
        time.sleep(0.01)
    lock.release()


def test_a_slurm_job_that_was_begun_anew_takes_its_run_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    before = Lock(tmp_path)
    before.take()
    with pytest.raises(ElicitError, match="is training this run"):
        Lock(tmp_path).take()  # another process of the same job
    monkeypatch.setenv("SLURM_RESTART_COUNT", "1")
    after = Lock(tmp_path)
    after.take()
    assert after.is_held()
    assert not before.is_held()
    before.release()
    assert after.is_held()


def test_the_lock_of_a_job_known_to_be_gone_is_taken_away_and_no_other(tmp_path: Path) -> None:
    held_by(tmp_path, "elsewhere 12 7.0 token")
    run_lock.free_lock(tmp_path, "8")
    assert (tmp_path / LOCK).exists()
    run_lock.free_lock(tmp_path, "7")
    assert not (tmp_path / LOCK).exists()
    run_lock.free_lock(tmp_path, "7")


def test_a_lock_without_a_beat_is_trusted_for_ever(tmp_path: Path) -> None:
    held_by(tmp_path, "elsewhere 12", silent_s=10 * HOLDER_TIMEOUT_S)
    with pytest.raises(ElicitError, match="process 12 on elsewhere"):
        Lock(tmp_path).take()


def named_alike() -> Station:
    """Return another machine that has this one's name, as one set up from the same image."""
    return Station(this_station().name, "0" * 32)


def test_a_machine_of_the_same_name_does_not_take_a_running_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(run_lock, "this_station", named_alike)
        elsewhere.setattr(processes, "name_numbering", lambda: "another")
        elsewhere.setattr("learn.runs.lock.processes.this", lambda: (ended_process(), "1"))
        Lock(tmp_path).take()  # a process number that is free here says nothing of it
    with pytest.raises(ElicitError, match=r"on another machine that is called .*, too is training"):
        Lock(tmp_path).take()
    then = time.time() - 2 * HOLDER_TIMEOUT_S
    os.utime(tmp_path / LOCK, (then, then))
    Lock(tmp_path).take()


def test_a_process_of_this_machine_under_another_user_s_id_of_it_is_found(tmp_path: Path) -> None:
    numbered, here = processes.name_numbering(), this_station().name
    held_by(tmp_path, f"{here} {ended_process()} -.0 token {'0' * 32} - {numbered}")
    Lock(tmp_path).take()
    held_by(tmp_path, f"{here} {os.getppid()} -.0 token {'0' * 32} - {numbered}")
    with pytest.raises(ElicitError, match=f"process {os.getppid()} on {here} is training this run"):
        Lock(tmp_path).take()
    held_by(tmp_path, f"{here} {ended_process()} -.0 token {'0' * 32} - of-another-container")
    with pytest.raises(ElicitError, match="on another machine that is called"):
        Lock(tmp_path).take()


def test_a_process_that_got_a_dead_one_s_number_blocks_nobody(tmp_path: Path) -> None:
    station = this_station()
    held_by(tmp_path, f"{station.name} {os.getppid()} -.0 token {station.id} long-ago")
    Lock(tmp_path).take()


def test_a_process_of_this_machine_under_another_name_is_found(tmp_path: Path) -> None:
    held_by(tmp_path, f"renamed {ended_process()} -.0 token {this_station().id} -")
    Lock(tmp_path).take()
    held_by(tmp_path, f"renamed {os.getppid()} -.0 token {this_station().id} -")
    with pytest.raises(ElicitError, match="on renamed is training this run"):
        Lock(tmp_path).take()
