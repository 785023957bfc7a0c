"""A network answers a study; what it writes is read as a study of a program's answers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from elicit.log.session_record import SessionRecord
from elicit.study.status import StudyMonitor
from learn.runs import run as one_run
from learn.runs.trained import load_checkpoint
from learn.study.table import read_study
from learn.training.data import Inputs
from stimuli.mixing import mix
from tests.helpers.commands import run_here
from tests.learn.helpers.handwritten_studies import PICTOGRAMS, row, write_session
from tests.learn.helpers.tiny_runs import tiny_settings

GRID = (0.2, 0.4, 0.6, 0.8)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a finished run."""
    out = tmp_path_factory.mktemp("runs") / "run"
    one_run.run(
        tiny_settings(epochs=1), Inputs(train="0:20", holdout="60:70"), out,
        one_run.Hardware("cpu", 1, 0.0),
    )  # fmt: skip
    return out


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a study of two people and all paradigms."""
    logs = tmp_path_factory.mktemp("study")
    for person, chosen in (("P01", 0.4), ("P02", 0.8)):
        write_session(
            logs,
            person,
            row(3, 5, 0.25, 0.1, 0.5, practice=True),
            row(3, 5, 0.25, 0.1, 0.5),
            row(4, 7, 0.9, 0.7, 0.5),
            row(3, 5, chosen, block="ends", start_value=0.2),
            row(0, 8, chosen, paradigm="select_shuffled", order_shown=(0.8, 0.2, 0.6, 0.4)),
            row(0, 8, 0.6, 1.0, paradigm="discriminate"),
        )
    return logs


def observe(run: Path, study: Path, out: Path, *more: str) -> str:
    """Run the command; return what it printed."""
    done = run_here("learn", ("observe", str(run), str(study), "--out", str(out), *more))
    assert done.code == 0, done.said
    return done.shown


@pytest.fixture(scope="module")
def observed(run: Path, study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the study folder of the network's answers."""
    out = tmp_path_factory.mktemp("observed") / "network"
    shown = observe(run, study, out)
    assert "2 of construct, 2 of discriminate, 4 of infer, 2 of select_shuffled answered" in shown
    assert "Trials left out: 2 of practice." in shown
    return out


def shares(run: Path, image_i: int, image_j: int, lambdas: tuple[float, ...]) -> list[float]:
    """Return p_i / (p_i + p_j) of mixes, by the network itself."""
    trained = load_checkpoint(run)
    ends = PICTOGRAMS.image(image_i), PICTOGRAMS.image(image_j)
    mixed = np.stack([mix(*ends, each) for each in lambdas])
    pixels = torch.from_numpy(mixed).permute(0, 3, 1, 2).float() / 255
    places = [trained.classes.index(PICTOGRAMS.class_of(each)) for each in (image_i, image_j)]
    with torch.no_grad():
        found = trained.network(pixels).double().softmax(dim=1)[:, places]
    return [float(each) for each in found[:, 0] / found.sum(dim=1)]


def test_every_answer_is_the_network_s_own(run: Path, observed: Path) -> None:
    rows = read_study(observed)
    infer = rows[(rows["paradigm"] == "infer") & (rows["image_i"] == 4)]
    assert infer["lambda_g"].tolist() == pytest.approx(shares(run, 4, 7, (0.9,)) * 2, abs=1e-5)
    of_mix = shares(run, 0, 8, (0.6,))[0]
    assert (rows.loc[rows["paradigm"] == "discriminate", "chose_i"] == (of_mix >= 0.5)).all()
    for paradigm, pair, grid in (
        ("select_shuffled", (0, 8), GRID),
        ("construct", (3, 5), (0.2, 0.4, 0.8)),  # chosen or started from: no record has the grid
    ):
        off = np.abs(np.array(shares(run, *pair, grid)) - 0.5)
        chosen = rows.loc[rows["paradigm"] == paradigm, "lambda_f"]
        assert chosen.tolist() == [grid[int(off.argmin())]] * 2


def test_the_rows_are_a_program_s_and_of_the_same_trials(study: Path, observed: Path) -> None:
    people, network = read_study(study), read_study(observed)
    people = people[~people["practice"]].reset_index(drop=True)
    assert network["simulated"].all()
    assert set(network["participant"]) == {"network0001", "network0002"}
    same = ["paradigm", "trial", "image_i", "fingerprint_i", "image_j", "fingerprint_j"]
    assert network[same].equals(people[same])
    assert network[["mirrored", "position", "onset_utc"]].isna().all(axis=None)
    told = json.loads((observed / "observer.json").read_text(encoding="utf-8"))
    assert told["name"] == "network"
    assert set(told["sha256"]) == {"run.json", "checkpoint.pt"}


def test_the_same_answers_are_written_again(run: Path, study: Path, tmp_path: Path) -> None:
    for name in "ab":
        observe(run, study, tmp_path / name, "--name", "vgg")
    files = sorted(path.name for path in (tmp_path / "a" / "data").iterdir())
    assert files[0] == "subject-vgg0001_session-1_task-byhand_data.csv"
    for name in files:
        assert (tmp_path / "a/data" / name).read_bytes() == (
            tmp_path / "b/data" / name
        ).read_bytes()


def test_a_session_s_record_gives_the_grid_and_the_network_s_own_names_the_observer(
    run: Path, tmp_path: Path
) -> None:
    log = write_session(tmp_path / "study", "P01", row(3, 5, 0.3, block="ends", start_value=0.2))
    blocks = ({"name": "ends", "paradigm": "construct", "lambda_grid": GRID, "trials": 9},)
    kept = {"protocol": "byhand", "protocol_sha256": "0" * 64, "seed": 0, "allocation": 0}
    images = {"source": "pictograms", "image_size": 32}
    person = {"simulated": False, "station": "lab1", "started_utc": "2026-01-05T09:30:00Z"}
    record = SessionRecord.model_validate({**kept, **person, "stimuli": images, "blocks": blocks})
    path = Path(str(log).replace("_data.csv", "_session.json"))
    path.write_text(record.text(), encoding="utf-8")
    observe(run, tmp_path / "study", tmp_path / "out")
    off = np.abs(np.array(shares(run, 3, 5, GRID)) - 0.5)
    assert read_study(tmp_path / "out")["lambda_f"].tolist() == [GRID[int(off.argmin())]]
    data = tmp_path / "out" / "data"
    made = SessionRecord.read(data / "subject-network0001_session-1_task-byhand_session.json")
    assert made is not None
    assert (made.simulated, made.station, made.blocks[0].trials) == (True, "", 1)
    assert made.observer is not None
    assert made.observer["name"] == "network"
    (progress,) = StudyMonitor(tmp_path / "out").read_status().sessions
    assert (progress.simulated, progress.status) == (True, "finished")


def test_what_a_network_cannot_answer_is_told_in_one_line(
    run: Path, study: Path, observed: Path, tmp_path: Path
) -> None:
    def refuse(*arguments: object) -> str:
        done = run_here("learn", ("observe", *map(str, arguments)))
        assert done.code != 0
        assert done.said.count("\n") == 1
        return done.said

    out = tmp_path / "out"
    assert "nothing is overwritten" in refuse(run, study, "--out", observed)
    assert "--name: must be 1 to 24 letters" in refuse(run, study, "--out", out, "--name", "a b")
    assert "make a run folder with: learn train" in refuse(tmp_path, study, "--out", out)
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    for key, value, told in (
        ("image_size", 64, "trained on images of 64 pixels, the study's have 32; give a network"),
        ("classes", ["a", *record["classes"][1:]], "the study also has airplane; give a network"),
    ):
        other = tmp_path / key
        other.mkdir()
        (other / "checkpoint.pt").write_bytes((run / "checkpoint.pt").read_bytes())
        changed = json.dumps(record | {key: value})
        (other / "run.json").write_text(changed, encoding="utf-8")
        assert told in refuse(other, study, "--out", out)
    assert not out.exists()
