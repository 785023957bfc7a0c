"""New blends, labelled by a policy: drawn evenly, and never from a holdout."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from elicit.errors import ElicitError
from learn.commands.blend import register
from learn.labels.blend import HSE2_GRID, BlendSpec, blend, draw
from learn.labels.from_policy import PolicyPrior
from learn.policies import file as policy_file
from learn.policies.image_aware import measure_endpoints, strengths
from learn.policies.policy import mixup
from stimuli.errors import StimulusError
from stimuli.mixing import mix
from stimuli.sources.endpoints import Pictograms
from tests.learn.helpers.example_policies import some_policy_of

SOURCE = Pictograms(16)
CLASSES = SOURCE.classes
POLICY = some_policy_of(CLASSES, "pooled")


def counts_differ_by(values: pd.Series) -> int:
    counts = Counter(values).values()
    return max(counts) - min(counts)


@pytest.mark.parametrize("number", [1, 44, 45, 46, 200])
def test_there_are_as_many_blends_as_asked_for_evenly_of_every_two_classes(number: int) -> None:
    made = pd.DataFrame(draw(SOURCE, BlendSpec(number)))
    assert len(made) == number
    combos = made["class_i"] + made["class_j"]
    assert max(Counter(combos).values()) == -(-number // 45)
    assert set(combos.value_counts()) <= {number // 45, -(-number // 45)}
    assert not made.duplicated(["image_i", "image_j"]).any()
    assert (made["class_i"] < made["class_j"]).all()


def test_every_mix_comes_equally_often_overall_and_of_every_two_classes() -> None:
    made = pd.DataFrame(draw(SOURCE, BlendSpec(450)))
    assert counts_differ_by(made["lambda_f"]) == 0
    assert set(made["lambda_f"]) == set(HSE2_GRID)
    for _, each in made.groupby(["class_i", "class_j"]):
        assert counts_differ_by(each["lambda_f"]) == 0


def test_lambda_f_may_come_from_mixup_s_distribution() -> None:
    share = pd.DataFrame(draw(SOURCE, BlendSpec(900, alpha=1.0)))["lambda_f"]
    assert share.nunique() == 900
    assert share.mean() == pytest.approx(0.5, abs=0.03)
    assert share.std() == pytest.approx(1 / np.sqrt(12), abs=0.02)


def test_the_same_seed_makes_the_same_blends_and_another_others() -> None:
    one, again, other = (draw(SOURCE, BlendSpec(90, seed)) for seed in (3, 3, 4))
    assert one == again
    assert one != other


def test_excluded_images_are_never_used() -> None:
    exclude = frozenset(range(40))
    made = pd.DataFrame(draw(SOURCE, BlendSpec(90, exclude=exclude)))
    assert not {*made["image_i"], *made["image_j"]} & exclude


def test_the_labels_are_mixup_s_and_the_policy_s() -> None:
    made = blend(SOURCE, BlendSpec(46), PolicyPrior(POLICY))
    rows = made.percepts
    assert (rows["n"] == 0).all()
    at = np.arange(46)
    i, j = (np.array([CLASSES.index(c) for c in rows[f"class_{end}"]]) for end in "ij")
    assert made.labels["mixup"][at, i] == pytest.approx(rows["lambda_f"].to_numpy())
    expected = POLICY.lambda_g(rows["lambda_f"], i, j)
    assert made.labels["policy"][at, i] == pytest.approx(expected)
    assert made.labels["policy"].sum(axis=1) == pytest.approx(np.ones(46))
    first = rows.iloc[0]
    ends = SOURCE.image(int(first["image_i"])), SOURCE.image(int(first["image_j"]))
    assert np.array_equal(made.images[0], mix(*ends, float(first["lambda_f"])))


def test_an_image_aware_policy_looks_at_the_new_endpoints() -> None:
    policy = some_policy_of(CLASSES, "image_aware")
    made = blend(SOURCE, BlendSpec(20), PolicyPrior(policy)).percepts
    i, j = (policy.index(made[f"class_{end}"].tolist()) for end in "ij")
    looks = measure_endpoints(SOURCE, [*made["image_i"], *made["image_j"]])
    strong = dict(zip(looks.image_ids, strengths(policy, looks), strict=True))
    ends = [np.array([strong[image] for image in made[f"image_{end}"]]) for end in "ij"]
    assert made["policy_lambda_g"].to_numpy() == pytest.approx(
        policy.lambda_g(made["lambda_f"], i, j, *ends)
    )


class Few(Pictograms):
    """Pictograms of which there are three a class."""

    def count(self, class_name: str) -> Any:
        return 3


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        (BlendSpec(0), "--number: must be at least 1, got 0"),
        (BlendSpec(5, -1), "--seed: must be 0 or more, got -1"),
        (BlendSpec(5, alpha=0.0), "--alpha: must be above 0, got 0"),
        (BlendSpec(5, alpha=float("nan")), "--alpha: must be above 0, got nan"),
        (
            BlendSpec(5, lambdas=(0.5, 1.5)),
            r"--lambdas: must be different numbers in \[0, 1\], got",
        ),
        (BlendSpec(5, lambdas=(0.5, 0.5)), "--lambdas: must be different numbers"),
        (BlendSpec(5, classes=("cat", "cat")), "--classes: must be different ones, got cat,cat"),
        (BlendSpec(5, classes=("cat", "yak")), "policy pooled: class must be one of .*; got 'yak'"),
        (BlendSpec(5, classes=("cat",)), "classes: must be at least two different ones of"),
        (BlendSpec(406), "have 3 and 3 images, so 9 pairs are possible; 10 asked for"),
        (BlendSpec(400, exclude=frozenset({3})), "images that are not excluded, so 6 pairs"),
    ],
)
def test_what_cannot_be_drawn_is_told_in_one_line(spec: BlendSpec, told: str) -> None:
    with pytest.raises((ElicitError, StimulusError), match=told) as error:
        blend(Few(16), spec, PolicyPrior(POLICY))
    assert "\n" not in str(error.value)


def test_a_policy_is_needed_and_must_know_the_classes() -> None:
    with pytest.raises(ElicitError, match="--policy: must be given; make one with: learn fit-pol"):
        blend(SOURCE, BlendSpec(5), PolicyPrior())
    with pytest.raises(ElicitError, match="class must be one of cat, dog; got 'airplane'"):
        blend(SOURCE, BlendSpec(5), PolicyPrior(mixup(("cat", "dog"))))


app = typer.Typer()
app.callback()(lambda: None)
register(app)


def run(*arguments: object) -> str:
    done = CliRunner().invoke(app, ["blend", *(str(each) for each in arguments)])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


def test_the_command_writes_what_training_reads_and_the_same_bytes_again(tmp_path: Path) -> None:
    policy_file.write_policy(POLICY, tmp_path / "policy.json")
    np.save(tmp_path / "holdout.npy", np.arange(30))
    options = ["--stimuli", "pictograms", "--number", 50, "--policy", tmp_path / "policy.json"]
    options += ["--exclude", tmp_path / "holdout.npy", "--out", tmp_path / "blends"]
    assert "50 blends of" in run(*options)
    with np.load(tmp_path / "blends" / "labels.npz", allow_pickle=False) as arrays:
        assert set(arrays) == {
            *("images", "mixup", "policy", "classes", "lambda_f", "n", "image_i", "image_j"),
            *("source", "process", "class_i", "class_j", "fingerprint_i", "fingerprint_j"),
        }
        assert arrays["images"].shape == (50, 32, 32, 3)
        assert arrays["image_i"].min() >= 30
    card = (tmp_path / "blends" / "README.md").read_text(encoding="utf-8")
    assert "Nobody judged these images" in card
    assert "images left out as excluded: 30" in card
    assert run(*options).count("unchanged") == 5


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--lambdas", "0.5", "--alpha", 1], "--lambdas, --alpha: one of the two, got both"),
        (["--lambdas", "half"], "--lambdas: must be numbers with commas between them, .*'half'"),
        (["--features", "net=none.npy"], r"none\.npy: cannot be read as a \.npy array"),
        (["--exclude", "none.npy"], r"none\.npy: cannot be read"),
    ],
)
def test_options_that_cannot_be_used_are_told(
    tmp_path: Path, options: list[object], told: str
) -> None:
    policy_file.write_policy(POLICY, tmp_path / "policy.json")
    with pytest.raises((ElicitError, StimulusError), match=told):
        run(
            "--stimuli", "pictograms", "--number", 5, "--policy", tmp_path / "policy.json", *options
        )
