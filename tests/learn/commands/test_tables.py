"""`learn table1` and `learn table2` from the command line, on pictograms, in seconds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer
from typer.testing import CliRunner, Result

from elicit.errors import ElicitError

pytest.importorskip("torch")

from learn.commands import tables as tables_cli
from learn.labels.types import TYPES
from learn.policies import file as policy_file
from learn.policies.policy import Policy
from learn.runs.files import CHECKPOINT, RESULT
from learn.training.data import Inputs, available_types
from tests.learn.helpers import pictogram_labels

QUICK = (
    "--epochs 1 --width 0.125 --batch-size 16 --train 0:32 --holdout 100:120 --device cpu "
    "--threads 1 --precision float32"
)


class Lab:
    """A folder in which tables are made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.labels = pictogram_labels.write(folder / "labels.npz")

    def run(self, command: str, *more: str) -> Result:
        """Return what `command` came to; labels, folders and quick settings are added."""
        app = typer.Typer()
        tables_cli.register(app)
        labels = [] if command.startswith("table2") else ["--labels", str(self.labels)]
        places = ["--runs", str(self.folder / "runs"), "--out", str(self.folder / "tables")]
        name, *options = command.split()
        words = [name, *QUICK.split(), *options, *labels, *places, *more]  # the last one counts
        return CliRunner().invoke(app, words)

    def refused(self, command: str, *more: str) -> str:
        """Return the one line that refuses `command`, before anything is trained."""
        done = self.run(command, *more)
        assert isinstance(done.exception, ElicitError), done.output
        assert not list(self.folder.glob(f"runs/*/{RESULT}"))
        line = str(done.exception)
        assert "\n" not in line
        return line

    def csv(self, name: str) -> pd.DataFrame:
        return pd.read_csv(self.folder / "tables" / name)


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)


@pytest.mark.slow
def test_a_table_is_trained_once_and_goes_on_where_it_was(lab: Lab) -> None:
    command = "table1 --types none,average-omega --seeds 2"
    first = lab.run(command)
    assert first.exit_code == 0, first.output
    assert "Table 1: 4 runs, 0 finished before." in first.output
    assert "average with omega against no blends, n = 2: " in first.output
    rows, runs = lab.csv("table1.csv"), lab.csv("table1_runs.csv")
    assert list(rows["row"]) == ["none", "average_omega"]
    assert list(runs["seed"]) == [0, 0, 1, 1]
    assert set(lab.csv("table1_differences.csv")["n"]) == {2}

    (lab.folder / "runs/vgg11-w0.125-none-seed1" / RESULT).unlink()
    second = lab.run(command)
    assert "Table 1: 4 runs, 3 finished before." in second.output
    assert lab.csv("table1.csv").equals(rows)


@pytest.mark.slow
def test_a_run_that_fails_is_missing_with_its_reason_and_the_table_is_there(lab: Lab) -> None:
    assert lab.run("table1 --types none,mixup --seeds 1").exit_code == 0
    run = lab.folder / "runs/vgg11-w0.125-mixup-seed0"
    (run / RESULT).unlink()
    (run / CHECKPOINT).write_bytes(b"torn")
    done = lab.run("table1 --types none,mixup --seeds 1")
    assert done.exit_code == 1
    assert f"Missing: mixup, seed 0: {run / CHECKPOINT}: cannot be read" in done.output
    assert list(lab.csv("table1.csv")["n"]) == [1, 0]


def test_runs_of_other_settings_are_refused_with_what_to_do(lab: Lab) -> None:
    assert lab.run("table1 --types none --seeds 1").exit_code == 0
    done = lab.run("table1 --types none --seeds 1 --lr 0.05")
    assert isinstance(done.exception, ElicitError)
    assert "lr was 0.1, is 0.05; choose another folder with --runs" in str(done.exception)


def test_labels_that_the_file_has_not_are_told_before_anything_trains(lab: Lab) -> None:
    assert "has no labels of type empirical_bayes" in lab.refused(
        "table1 --types none,empirical-bayes --seeds 1"
    )


def test_all_types_are_those_that_the_file_has(lab: Lab) -> None:
    have, have_not = available_types(TYPES, Inputs(labels=lab.labels))
    assert set(have) | set(have_not) == set(TYPES)
    assert {"none", "random", "mixup_omega", "average_smoothed"} <= set(have)
    assert "empirical_bayes" in have_not
    with pytest.raises(ElicitError, match=r"^--labels: must be a labels"):
        available_types(TYPES, Inputs())


def test_blends_that_leak_are_refused_before_anything_trains(lab: Lab) -> None:
    line = lab.refused("table1 --types none,mixup --seeds 1 --train 50:90 --holdout 0:20")
    assert "of 12 blends have an endpoint in the holdout, which would leak" in line


def test_blends_that_leak_are_left_out_when_told_and_said_so(lab: Lab) -> None:
    done = lab.run("table1 --types mixup --seeds 1 --train 50:90 --holdout 0:5 --drop-leaks")
    assert "5 blends with an endpoint in the holdout were left out." in done.output


@pytest.mark.slow
def test_a_row_of_other_blends_stands_beside_the_others(lab: Lab) -> None:
    other = pictogram_labels.write(lab.folder / "other.npz", blends=8)
    done = lab.run("table1 --types none --seeds 1", "--more", f"beyond={other}:mixup")
    assert done.exit_code == 0, done.output
    runs = lab.csv("table1_runs.csv").set_index("row")
    assert runs.loc["beyond", "blends"] == 8
    assert (lab.folder / "runs/vgg11-w0.125-beyond-seed0" / RESULT).is_file()


@pytest.mark.slow
def test_table_2_is_full_mixup_under_each_policy(lab: Lab) -> None:
    from stimuli.sources.endpoints import open_source

    classes = tuple(open_source("pictograms", 32).classes)
    steep = np.full((len(classes), len(classes)), 8.0)
    policy = Policy("global", classes, steep, np.zeros_like(steep), 0.0)
    policy_file.write_policy(policy, lab.folder / "steep.json")
    done = lab.run("table2 --seeds 1", "--policy", f"people={lab.folder / 'steep.json'}")
    assert done.exit_code == 0, done.output
    assert list(lab.csv("table2.csv")["row"]) == ["mixup", "people"]
    runs = lab.csv("table2_runs.csv")
    assert runs["ce"].nunique() == 2
    assert (lab.folder / "runs/vgg11-w0.125-none-mixup1-people-seed0").is_dir()


def test_what_the_table_sets_itself_is_refused_in_a_yaml(lab: Lab) -> None:
    config = lab.folder / "settings.yaml"
    config.write_text("seed: 3\n", encoding="utf-8")
    line = lab.refused("table1", "--config", str(config))
    assert line == f"{config}: seed: the table sets it run by run; leave it out"


def test_torchrun_is_refused(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert lab.refused("table1").startswith("torchrun: a table's runs are a process each")


def test_jobs_and_together_are_one_too_many(lab: Lab) -> None:
    assert "--together: " in lab.refused("table1 --jobs 2 --together 2")
    line = lab.refused("table1 --jobs 2 --executor slurm")
    assert line.startswith("--executor slurm: each run is a job of its own there")


def test_without_slurm_the_executor_is_refused(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(lab.folder))
    assert lab.refused("table1 --types none --executor slurm").startswith("--executor slurm: ")


def test_a_slurm_option_without_a_value_is_refused(lab: Lab) -> None:
    line = lab.refused("table1 --slurm-option account")
    assert line == "--slurm-option: must be KEY=VALUE, such as account=lab; got 'account'"


def judge(lab: Lab, blends: int = 12) -> None:
    """Give the lab's blends two judgements each."""
    rng = np.random.default_rng(0)
    lab.labels = pictogram_labels.write(
        lab.folder / "labels.npz",
        blends,
        judgement_image=np.repeat(np.arange(blends), 2),
        judgement_participant=np.tile([0, 1], blends),
        judgement_lambda_g=rng.uniform(0, 1, 2 * blends),
        judgement_omega=rng.uniform(0, 1, 2 * blends),
    )


def test_table_3_needs_every_judgement(lab: Lab) -> None:
    told = lab.refused("table3 --seeds 1")
    assert told.endswith("one by one; make it with learn relabel --per-participant")


@pytest.mark.slow
def test_table_3_sets_networks_beside_people_and_goes_on_where_it_was(lab: Lab) -> None:
    judge(lab)
    command = "table3 --types average --heavier 3 --seeds 1"
    first = lab.run(command)
    assert first.exit_code == 0, first.output
    assert "mixup's formula" in first.output
    rows, runs = lab.csv("table3.csv"), lab.csv("table3_runs.csv")
    assert list(rows["row"]) == ["average", "average_3"]
    assert runs["percept_rmse"].notna().all()
    assert runs["percept_floor_rmse"].nunique() == 1  # the same people in every run
    before = (lab.folder / "tables/table3.csv").read_bytes()
    again = lab.run(command)
    assert "2 finished before" in again.output
    assert (lab.folder / "tables/table3.csv").read_bytes() == before
