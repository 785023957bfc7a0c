"""One run from its inputs to its measures: recorded, repeatable, and told where it fails."""

import csv
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from elicit.errors import ElicitError
from learn.policies import file as policy_file
from learn.runs import run as one_run
from learn.runs.holdout_file import read_blends
from learn.training.data import Inputs
from learn.training.measures import MEASURES
from learn.training.percepts import PERCEPT_MEASURES, REFERENCES, measure_percepts
from stimuli.sources.pictograms import CLASSES
from tests.learn.helpers.example_policies import some_policy_of
from tests.learn.helpers.tiny_runs import labels_file, some_data, tiny_settings

IN_RESULT = {
    *MEASURES,
    *(f"{name}_se" for name in MEASURES),
    *(f"{name}_{what}" for name in ("calibration", "ece") for what in ("null", "null_sd")),
}
HERE = one_run.Hardware("cpu", 1, 0.0)
SPLIT = Inputs(train="0:20", holdout="60:70")


def trained(out: Path, **given: Any) -> dict[str, Any]:
    return one_run.run(tiny_settings(**given), Inputs(), out, HERE, data=some_data())


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def metrics(out: Path) -> list[dict[str, str]]:
    with (out / "metrics.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_run_is_its_record(tmp_path: Path) -> None:
    labels = labels_file(tmp_path / "labels.npz")
    inputs = replace(SPLIT, labels=labels)
    out = tmp_path / "run"
    measured = one_run.run(
        tiny_settings(type="average_omega"), inputs, out, HERE, command=["learn"]
    )
    record = read(out / "run.json")
    assert set(measured) == IN_RESULT
    assert read(out / "result.json").keys() == measured.keys()
    assert record["status"] == "finished"
    assert record["command"] == ["learn"]
    assert record["settings"]["type"] == "average_omega"
    assert record["settings"]["precision"] == "float32"
    assert set(record["sha256"]) == {"training data", "holdout"}
    assert len(record["files"]["labels"]) == 64
    assert record["versions"]["torch"] == torch.__version__.split("+")[0]
    assert record["machine"]["device"] == "cpu"
    assert (record["training_images"], record["blends"], record["holdout_images"]) == (20, 12, 10)
    assert sorted(each.name for each in out.iterdir()) == [
        *("checkpoint.pt", "holdout.csv", "metrics.csv", "result.json", "run.json"),
    ]
    rows = metrics(out)
    assert [row["epoch"] for row in rows] == ["1", "2"]
    assert [float(row["lr"]) for row in rows] == pytest.approx([0.1, 0.01])
    assert all(float(row["images_per_s"]) > 0 for row in rows)


def test_a_run_says_what_it_sees_in_held_out_blends(tmp_path: Path) -> None:
    inputs = replace(SPLIT, labels=labels_file(tmp_path / "labels.npz"), blend_fold=1)
    out = tmp_path / "run"
    measured = one_run.run(tiny_settings(type="average"), inputs, out, HERE)
    scores = read_blends(out / "held_out_blends.csv")
    record = read(out / "run.json")
    assert record["blends_held_out"] == len(scores) == 12 - record["blends"]
    assert "held-out blends" in record["sha256"]
    assert {*PERCEPT_MEASURES, *REFERENCES, "percept_temperature"} <= measured.keys()
    for name, value in measure_percepts(scores).items():
        assert measured[name] == pytest.approx(value, rel=1e-5), name
    told = "is a run of another configuration: "
    with pytest.raises(ElicitError, match=told):
        one_run.run(tiny_settings(type="average"), replace(inputs, blend_fold=0), out, HERE)


def test_the_same_seed_gives_the_same_result_and_another_another(tmp_path: Path) -> None:
    one, two, other = (trained(tmp_path / str(n), seed=seed) for n, seed in enumerate((0, 0, 1)))
    assert one == two
    assert one["ce"] != other["ce"]


def test_looks_at_the_holdout_change_nothing(tmp_path: Path) -> None:
    plain = trained(tmp_path / "plain")
    assert trained(tmp_path / "looked", evaluate_every=1) == plain
    rows = metrics(tmp_path / "looked")
    assert float(rows[-1]["holdout_ce"]) == pytest.approx(plain["ce"], rel=1e-6)
    assert "holdout_ce" not in metrics(tmp_path / "plain")[0]


def test_a_finished_run_is_not_trained_again(tmp_path: Path) -> None:
    first = trained(tmp_path)
    before = (tmp_path / "checkpoint.pt").stat().st_mtime_ns
    again = trained(tmp_path)
    assert {k: v for k, v in again.items() if v is not None} == pytest.approx(first)
    assert (tmp_path / "checkpoint.pt").stat().st_mtime_ns == before


def test_a_run_that_diverges_stops_and_its_folder_says_why(tmp_path: Path) -> None:
    with pytest.raises(ElicitError, match=r"the loss is nan: training diverged; try a smaller"):
        trained(tmp_path, lr=1e9, epochs=5)
    record = read(tmp_path / "run.json")
    assert record["status"] == "diverged"
    assert "try a smaller --lr than 1e+09" in record["why"]
    assert 1 <= len(metrics(tmp_path)) < 5
    assert not (tmp_path / "running.lock").exists()
    told = r"is a run of another configuration: lr was 1000000000\.0, is 0\.1; choose another"
    with pytest.raises(ElicitError, match=told):
        trained(tmp_path, epochs=5)


def test_a_broken_checkpoint_is_told_and_the_record_stays_readable(tmp_path: Path) -> None:
    trained(tmp_path)
    (tmp_path / "result.json").unlink()
    (tmp_path / "checkpoint.pt").write_bytes(b"PK broken")
    with pytest.raises(ElicitError, match=r"checkpoint\.pt: cannot be read as a checkpoint: .*; d"):
        trained(tmp_path)
    assert read(tmp_path / "run.json")["status"] == "failed"
    (tmp_path / "checkpoint.pt").unlink()
    assert set(trained(tmp_path)) == IN_RESULT


def test_the_checkpoint_of_another_network_is_told(tmp_path: Path) -> None:
    trained(tmp_path / "run")
    trained(tmp_path / "wide", width=0.125)
    (tmp_path / "run" / "result.json").unlink()
    state = torch.load(tmp_path / "wide" / "checkpoint.pt", weights_only=True)
    del state["identity"]  # as older checkpoints have none
    torch.save(state, tmp_path / "run" / "checkpoint.pt")
    with pytest.raises(ElicitError, match=r"checkpoint\.pt: is not of this network: .*; delete it"):
        trained(tmp_path / "run")


def policy(folder: Path, name: str) -> Path:
    policy_file.write_policy(some_policy_of(CLASSES, name), folder / "policy.json")
    return folder / "policy.json"


def test_full_mixup_under_a_policy_differs_from_mixup_and_counts_by_its_sha256(
    tmp_path: Path,
) -> None:
    path = str(policy(tmp_path, "pooled"))
    plain = trained(tmp_path / "mixup", mixup_alpha=1.0)
    human = trained(tmp_path / "human", mixup_alpha=1.0, policy=path)
    assert plain["ce"] != human["ce"]
    assert set(read(tmp_path / "human" / "run.json")["sha256"]) == {
        *("training data", "holdout", "policy"),
    }
    identity = str(policy(tmp_path, "mixup"))
    assert trained(tmp_path / "same", mixup_alpha=1.0, policy=identity) == plain
    with pytest.raises(ElicitError, match="is a run of another configuration: policy was"):
        trained(tmp_path / "human", mixup_alpha=1.0, policy=identity)


def test_cutmix_needs_a_policy_of_its_own(tmp_path: Path) -> None:
    given = {"mixup_alpha": 1.0, "process": "cutmix", "policy": str(policy(tmp_path, "pooled"))}
    with pytest.raises(ElicitError, match=r"policy\.json: must be of images that cutmix made, got"):
        trained(tmp_path / "run", **given)
    own = replace(some_policy_of(CLASSES, "pooled"), fitted_to={"process": "cutmix"})
    policy_file.write_policy(own, tmp_path / "policy.json")
    human = trained(tmp_path / "run", **given)
    assert read(tmp_path / "run" / "run.json")["settings"]["process"] == "cutmix"
    assert human["ce"] != trained(tmp_path / "plain", **given | {"policy": ""})["ce"]


def test_blends_with_several_classes_have_no_policy(tmp_path: Path) -> None:
    inputs = replace(SPLIT, labels=labels_file(tmp_path / "labels.npz"))
    made = tiny_settings(type="average", mixup_alpha=1.0, policy=str(policy(tmp_path, "pooled")))
    with pytest.raises(ElicitError, match=r"^--type: must be none where images are mixed anew"):
        one_run.run(made, inputs, tmp_path / "run", HERE)


def test_an_image_aware_policy_needs_the_strengths_of_every_image(tmp_path: Path) -> None:
    made = tiny_settings(mixup_alpha=1.0, policy=str(policy(tmp_path, "image_aware")))
    data, path = some_data(), tmp_path / "strengths.npy"

    def run(strengths: Path | None) -> dict[str, Any]:
        return one_run.run(made, Inputs(), tmp_path / "run", HERE, strengths=strengths, data=data)

    with pytest.raises(ElicitError, match=r"policy\.json: looks at images; give --strengths, wh"):
        run(None)
    np.save(path, np.zeros((19, 2)))
    with pytest.raises(ElicitError, match=r"strengths\.npy: must have a row for every image id up"):
        run(path)
    np.save(path, np.zeros((20, 2)))
    assert set(run(path)) == IN_RESULT
    assert "strengths" in read(tmp_path / "run" / "run.json")["sha256"]


MEMORY = """
import concurrent.futures, pathlib, resource, sys, torch
from learn.runs import run as one_run
from learn.runs.holdout_file import read_blends
from learn.training.data import Inputs
from tests.learn.helpers.tiny_runs import some_data, tiny_settings
data, out = some_data(260, 4), pathlib.Path(sys.argv[1])
here = one_run.Hardware("cpu", 1)
one_run.run(tiny_settings(epochs=1), Inputs(), out / "first", here, data=some_data(16, 4))  # load
used = int(pathlib.Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
room = used + 100 * 2**20
resource.setrlimit(resource.RLIMIT_AS, (room, room))
def train(batch_size):
    made = tiny_settings(width=0.25, epochs=1, batch_size=batch_size)
    return one_run.run(made, Inputs(), out / str(batch_size), here, data=data)
try:
    train(256)
except one_run.OutOfMemoryError as error:
    print(error)
    with concurrent.futures.ThreadPoolExecutor(1) as thread:  # as untouched as a new process
        thread.submit(train, int(str(error).split("--batch-size")[-1].split()[0])).result()
    print("and it did")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does")
def test_where_memory_is_too_small_a_batch_size_that_fits_is_told_and_fits(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, os.fspath(tmp_path)],
        capture_output=True,
        encoding="utf-8",
        # what is freed is free at once, and no thread sets address space aside for itself
        env=os.environ | {"MALLOC_MMAP_THRESHOLD_": "262144", "MALLOC_ARENA_MAX": "1"},
    )
    said = done.stdout.splitlines()
    assert said[-1:] == ["and it did"], done.stdout + done.stderr
    assert said[0].startswith("out of memory on cpu with --batch-size 256: --batch-size ")
    assert read(tmp_path / "256" / "run.json")["status"] == "out of memory"
    assert said[0] == read(tmp_path / "256" / "run.json")["why"]


def test_a_device_that_is_not_there_is_told(tmp_path: Path) -> None:
    for name in ("tpu", "cuda:99", "cpu:x"):
        with pytest.raises(
            ElicitError, match=r"^--device: must be one this machine has \(cpu.*\),"
        ):
            one_run.run(tiny_settings(), SPLIT, tmp_path, one_run.Hardware(name))


def test_a_run_s_name_tells_what_it_is() -> None:
    assert one_run.run_name(tiny_settings(type="average", seed=3)) == "vgg11-w0.0625-average-seed3"
    made = tiny_settings(width=1.0, mixup_alpha=1.0, policy="fits/per_pair.json")
    assert one_run.run_name(made) == "vgg11-none-mixup1-per_pair-seed0"
    made = replace(made, process="cutmix", policy="")
    assert one_run.run_name(made) == "vgg11-none-cutmix1-seed0"
    made = tiny_settings(type="average", blend_weight=2)
    assert one_run.run_name(made, 3) == "vgg11-w0.0625-average-weight2-fold3-seed0"
