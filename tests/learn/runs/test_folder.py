"""A run folder holds one run, whole at any moment; anything else there is told."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from elicit.errors import ElicitError
from elicit.log import processes
from learn.runs.files import LOCK
from learn.runs.folder import OLDER_SETTINGS, RunFolder, run_identity
from learn.training.batches import DeviceData
from learn.training.loop import Training
from tests.learn.helpers.tiny_runs import K, some_data, tiny_settings, train_epoch

SHA = {"training data": "a" * 64, "holdout": "b" * 64}


def folder(
    path: Path, sha256: dict[str, str] | None = None, processes: int = 1, **given: Any
) -> RunFolder:
    return RunFolder(path, run_identity(tiny_settings(**given), sha256 or SHA, processes))


def training(**given: Any) -> Training:
    made = tiny_settings(**given)
    return Training(made, DeviceData(some_data(), made, torch.device("cpu")), K)


def test_an_identity_is_all_settings_that_change_a_result() -> None:
    made = run_identity(tiny_settings(mixup_alpha=1.0, policy="p.json", evaluate_every=3), SHA)
    assert set(made.settings) == {
        *("type", "model", "width", "seed", "epochs", "batch_size", "lr", "lr_drops", "momentum"),
        *("weight_decay", "clip_norm", "augment", "mixup_alpha", "process", "precision"),
        *("compile", "blend_weight"),
    }
    assert made.sha256 == SHA


def test_a_run_from_before_a_setting_goes_on_as_it_was(tmp_path: Path) -> None:
    folder(tmp_path / "run").save_record("running", {})
    record = json.loads((tmp_path / "run/run.json").read_text(encoding="utf-8"))
    for name in OLDER_SETTINGS:
        del record["settings"][name]
    (tmp_path / "run/run.json").write_text(json.dumps(record), encoding="utf-8")
    folder(tmp_path / "run")
    with pytest.raises(ElicitError, match=r"blend_weight was 1\.0, is 2\.0; choose another"):
        folder(tmp_path / "run", blend_weight=2)


def test_a_folder_is_taken_again_by_the_same_run_only(tmp_path: Path) -> None:
    folder(tmp_path / "run").save_record("running", {})
    folder(tmp_path / "run")
    place = r"run: is a run of another configuration: "
    with pytest.raises(ElicitError, match=place + r"lr was 0\.1, is 0\.2; choose another folder"):
        folder(tmp_path / "run", lr=0.2)
    with pytest.raises(ElicitError, match=place + r"holdout was 'b+', is 'c'; choose another"):
        folder(tmp_path / "run", SHA | {"holdout": "c"})
    with pytest.raises(ElicitError, match=place + r"policy was None, is 'd'; choose another fo"):
        folder(tmp_path / "run", SHA | {"policy": "d"})
    with pytest.raises(ElicitError, match=r"run: was started with 1 processes, now there are 2; u"):
        folder(tmp_path / "run", processes=2)


def test_a_run_older_than_the_choice_of_a_process_is_one_of_mixup(tmp_path: Path) -> None:
    made = folder(tmp_path / "run", mixup_alpha=1.0)
    made.save_checkpoint(training(mixup_alpha=1.0))
    del made.identity.settings["process"]
    made.save_record("running", {})
    made.save_checkpoint(training(mixup_alpha=1.0))
    assert folder(tmp_path / "run", mixup_alpha=1.0).checkpoint() is not None
    with pytest.raises(ElicitError, match=r"process was 'mixup', is 'cutmix'; choose another"):
        folder(tmp_path / "run", mixup_alpha=1.0, process="cutmix")


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("\\documentclass", encoding="utf-8")
    with pytest.raises(ElicitError, match="holds something else than a run; choose another folde"):
        folder(tmp_path)
    with pytest.raises(ElicitError, match=r"thesis\.tex: cannot be made: File exists; choose an"):
        folder(tmp_path / "thesis.tex")


def test_a_run_killed_before_its_record_was_whole_begins_anew(tmp_path: Path) -> None:
    (tmp_path / ".run.json.123").write_text('{"stat', encoding="utf-8")
    (tmp_path / "running.lock").write_text("elsewhere 1", encoding="utf-8")
    run = folder(tmp_path)
    assert run.record() == {}
    (tmp_path / "running.lock").unlink()
    with run.hold():
        run.save_record("running", {})
    assert [each.name for each in tmp_path.iterdir()] == ["run.json"]


@pytest.mark.parametrize("content", ["{", "[]", "\x00\xff"])
def test_a_broken_record_is_told(tmp_path: Path, content: str) -> None:
    (tmp_path / "run.json").write_text(content, encoding="latin-1")
    with pytest.raises(ElicitError, match=r"run\.json: (cannot be read|must hold an object).*; de"):
        folder(tmp_path)


def test_a_number_that_is_none_is_written_as_null(tmp_path: Path) -> None:
    folder(tmp_path).save_result({"ce": 1.5, "entropy_correlation": float("nan"), "pgd_ce": 1e400})
    found = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    assert found == {"ce": 1.5, "entropy_correlation": None, "pgd_ce": None}


def test_a_checkpoint_comes_back_with_all_its_numbers(tmp_path: Path) -> None:
    run, trained = folder(tmp_path), training()
    assert run.checkpoint() is None
    train_epoch(trained)
    run.save_checkpoint(trained)
    state = run.checkpoint()
    assert state is not None
    assert state["epoch"] == 1
    assert all(torch.equal(state["net"][k], v) for k, v in trained.net.state_dict().items())


def test_a_checkpoint_of_another_run_is_told(tmp_path: Path) -> None:
    folder(tmp_path / "one", seed=1).save_checkpoint(training(seed=1))
    run = folder(tmp_path / "two")
    run.save_record("running", {})
    (tmp_path / "one" / "checkpoint.pt").rename(tmp_path / "two" / "checkpoint.pt")
    told = r"checkpoint\.pt: is of another run: seed was 1, is 0; delete it to start this run again"
    with pytest.raises(ElicitError, match=told):
        run.checkpoint()


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def changed(content: bytes) -> bytes:
    return content[:3000] + b"?" * 1000 + content[4000:]


@pytest.mark.parametrize("broken", [cut, changed, lambda content: b"", lambda content: b"hello"])
def test_a_broken_checkpoint_is_told(tmp_path: Path, broken: Callable[[bytes], bytes]) -> None:
    run = folder(tmp_path)
    run.save_checkpoint(training())
    path = tmp_path / "checkpoint.pt"
    path.write_bytes(broken(path.read_bytes()))
    with pytest.raises(ElicitError, match=r"checkpoint\.pt: cannot be read as a checkpoint: .*; d"):
        run.checkpoint()


def test_a_checkpoint_cannot_carry_code(tmp_path: Path) -> None:
    torch.save({"epoch": print}, tmp_path / "checkpoint.pt")
    with pytest.raises(ElicitError, match="cannot be read as a checkpoint"):
        RunFolder(tmp_path, run_identity(tiny_settings(), SHA), writes=False).checkpoint()


def held_by(process: int, path: Path) -> RunFolder:
    """Return a run folder whose lock was left by another process of this machine."""
    run = folder(path)
    with run.hold():
        mine = (path / LOCK).read_text(encoding="utf-8")
    (_, began), theirs_began = processes.this(), processes.identity(process) or "gone"
    theirs = mine.replace(f" {os.getpid()} ", f" {process} ").replace(began, theirs_began)
    assert theirs != mine
    (path / LOCK).write_text(theirs, encoding="utf-8")
    return run


def test_a_run_that_goes_on_now_is_not_trained_twice(tmp_path: Path) -> None:
    alive = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    run = held_by(alive.pid, tmp_path)
    told = (
        rf"process {alive.pid} on .* is training this run; wait for it, or delete .*running\.lock"
    )
    with pytest.raises(ElicitError, match=told), run.hold():
        pass
    alive.communicate(b"\n")
    with run.hold():
        pass
    assert not (tmp_path / LOCK).exists()


def test_a_full_disk_is_told_and_what_was_there_stays_whole(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="limits a file's size as Unix does")
    run, trained = folder(tmp_path), training()
    run.save_checkpoint(trained)
    before = (tmp_path / "checkpoint.pt").read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, hard))
    try:
        with pytest.raises(
            ElicitError, match=r"checkpoint\.pt: cannot be written: .*; free some disk"
        ):
            run.save_checkpoint(trained)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (tmp_path / "checkpoint.pt").read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["checkpoint.pt"]


def test_of_several_processes_one_writes(tmp_path: Path) -> None:
    second = RunFolder(tmp_path / "run", run_identity(tiny_settings(), SHA, 2), writes=False)
    with second.hold():
        second.save_record("running", {})
        second.save_metrics([{"epoch": 1}])
    assert not (tmp_path / "run").exists()


def test_one_bit_of_a_checkpoint_that_a_disk_turned_is_found(tmp_path: Path) -> None:
    run = folder(tmp_path)
    run.save_checkpoint(training(seed=0))
    path = tmp_path / "checkpoint.pt"
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        weights = archive.read(max(archive.infolist(), key=lambda member: member.file_size))
    content[content.index(weights) + 5] ^= 1
    path.write_bytes(content)
    with pytest.raises(
        ElicitError, match=r"checkpoint\.pt: cannot be read as a checkpoint: .*delete"
    ):
        run.checkpoint()
