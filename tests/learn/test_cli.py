"""The command as a person types it."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from learn.cli import run_app
from tests.learn.studies import FIRST, SECOND, row, write_session, write_study

ROOT = Path(__file__).parents[2]


class Command:
    """Runs `learn` with the arguments given and keeps what it said."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch = monkeypatch
        self.capsys = capsys

    def __call__(self, *arguments: str | Path) -> tuple[int, str, str]:
        self.monkeypatch.setattr(sys, "argv", ["learn", *(str(each) for each in arguments)])
        with pytest.raises(SystemExit, match=r"^\d+$") as ended:
            run_app()
        said = self.capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, said.out, said.err


@pytest.fixture
def learn(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(monkeypatch, capsys)


def hashes(folder: Path) -> list[str]:
    files = (folder / "labels.csv", folder / "labels.npz")
    return [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]


def a_fresh_run(logs: Path, out: Path, then: str = "", hash_seed: str = "0") -> str:
    """Run the command in an interpreter of its own, in another folder; return what it printed."""
    code = (
        f"import sys\nfrom learn.cli import run_app\ntry:\n  run_app()\nfinally:\n  pass\n  {then}"
    )
    return subprocess.run(
        [sys.executable, "-c", code, "relabel", str(logs), "--out", str(out)],
        cwd=logs.parent,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_it_says_what_it_used_what_it_left_out_and_what_it_wrote(
    learn: Command, tmp_path: Path
) -> None:
    write_session(write_study(tmp_path), "P03", row(3, 5, 0.5, practice=True))
    write_session(tmp_path, "auto", row(3, 5, 0.5, simulated=True))
    code, out, err = learn("relabel", tmp_path, "--out", tmp_path / "labels")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].split() == ["trials", "images", "participants"]
    assert lines[1].split() == ["used", "5", "3", "2"]
    assert lines[2].split() == ["left", "out:", "practice", "1"]
    assert lines[3].split() == ["left", "out:", "simulated", "1"]
    assert lines[4:] == [
        "Simulated trials count only with --include-simulated, as people answered.",
        "No confidence was asked for 1 of 3 images: their average_omega is their average.",
        f"{tmp_path / 'labels' / 'labels.csv'}: written",
        f"{tmp_path / 'labels' / 'labels.npz'}: written",
    ]


def test_simulated_trials_count_where_they_are_asked_for(learn: Command, tmp_path: Path) -> None:
    write_session(write_study(tmp_path), "auto", row(3, 5, 0.5, simulated=True))
    _, out, _ = learn("relabel", tmp_path, "--out", tmp_path / "labels", "--include-simulated")
    assert out.splitlines()[1].split() == ["used", "6", "4", "3"]
    assert out.splitlines()[3].split() == ["left", "out:", "simulated", "0"]
    assert "All judgements are simulated" not in out


def test_labels_of_a_program_alone_are_said_to_be_a_program_s(
    learn: Command, tmp_path: Path
) -> None:
    write_session(tmp_path, "auto", row(3, 5, 0.5, 0.4, 0.9, simulated=True))
    _, out, _ = learn("relabel", tmp_path, "--out", tmp_path / "labels")
    said = out.splitlines()
    assert said[4] == "All judgements are simulated: these are a program's labels, not people's."


def test_labels_go_to_a_folder_named_labels_and_a_second_run_changes_nothing(
    learn: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_study(tmp_path / "logs")
    learn("relabel", "logs")
    first = hashes(tmp_path / "labels")
    _, out, _ = learn("relabel", "logs")
    assert out.splitlines()[-2:] == [
        f"{Path('labels', 'labels.csv')}: unchanged",
        f"{Path('labels', 'labels.npz')}: unchanged",
    ]
    assert hashes(tmp_path / "labels") == first


def test_the_same_logs_give_the_same_bytes_on_any_run_in_any_folder(tmp_path: Path) -> None:
    one, other = tmp_path / "one" / "logs", tmp_path / "other" / "study"
    write_session(one, "P01", *FIRST)
    write_session(one, "P02", *SECOND)
    write_session(other, "P02", *SECOND)  # listed in another order, made in another order
    write_session(other, "P01", *FIRST)
    a_fresh_run(one, tmp_path / "a", hash_seed="1")
    a_fresh_run(other, tmp_path / "b", hash_seed="2")
    assert hashes(tmp_path / "a") == hashes(tmp_path / "b")


def test_who_judged_first_changes_no_byte(learn: Command, tmp_path: Path) -> None:
    for folder, names in (("a", ("P01", "P02")), ("b", ("P02", "P01"))):
        for name, rows in zip(names, (FIRST, SECOND[::-1]), strict=True):
            write_session(tmp_path / folder, name, *rows)
        learn("relabel", tmp_path / folder, "--out", tmp_path / folder)
    assert hashes(tmp_path / "a") == hashes(tmp_path / "b")


def test_relabelling_loads_neither_psychopy_nor_torch(tmp_path: Path) -> None:
    loaded = "print('loaded:', {'psychopy', 'pyglet', 'torch', 'torchvision'} & set(sys.modules))"
    out = a_fresh_run(write_study(tmp_path / "logs"), tmp_path / "labels", then=loaded)
    assert out.splitlines()[-1] == "loaded: set()"
    assert (tmp_path / "labels" / "labels.npz").is_file()


@pytest.mark.parametrize(
    ("break_it", "told"),
    [
        (lambda logs: logs.rename(logs.with_name("moved")), "got no such folder"),
        (lambda logs: (logs / "data").rename(logs / "other"), "no trial log is in it"),
        (lambda logs: (logs.parent / "out").write_text(""), "--out must be a folder, got a file"),
        (
            lambda logs: write_session(logs, "P03", row(0, 8, 0.5, fingerprint_i="f" * 16)),
            "_data.csv:2:",
        ),
    ],
)
def test_a_mistake_is_one_line_and_leaves_no_labels(
    break_it: Callable[[Path], object], told: str, learn: Command, tmp_path: Path
) -> None:
    break_it(write_study(tmp_path / "logs"))
    code, out, err = learn("relabel", tmp_path / "logs", "--out", tmp_path / "out")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.startswith("learn: ")
    assert told in err
    assert not (tmp_path / "out" / "labels.npz").exists()


def test_stimuli_that_are_nowhere_are_one_line(learn: Command, tmp_path: Path) -> None:
    code, _, err = learn("relabel", write_study(tmp_path), "--stimuli", tmp_path / "nowhere")
    assert (code, err.count("\n")) == (1, 1)
    assert err.startswith("learn: stimuli: must be pictograms, cifar10 or a folder of images; got")


def test_help_names_the_files_and_the_command_keeps_its_name(learn: Command) -> None:
    code, out, _ = learn("relabel", "--help")
    assert code == 0
    for word in ("learn relabel", "LOGS", "labels.csv", "labels.npz", "--include-simulated"):
        assert word in out


def test_a_missing_study_folder_is_answered_with_where_help_is(learn: Command) -> None:
    code, _, err = learn("relabel")
    assert code == 2
    assert "Missing argument 'LOGS'" in err
