"""Anybody's predictions are scored beside the package's policies, however they are written."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from elicit.errors import ElicitError
from learn.benchmark.predictions import read_predictions
from learn.benchmark.score import NamedPredictions, score_benchmark
from learn.benchmark.splits import deal_folds
from learn.commands.benchmark import register
from learn.study.judgements import to_arrays
from tests.learn.helpers.example_policies import answers, some_policy
from tests.learn.helpers.handwritten_studies import row, write_session

OBSERVED = to_arrays(
    answers(some_policy("global"), participants=10, trials=30, endpoints=400, noise=0.05)
)
HEADER = "split,fold,image_i,image_j,lambda_f,lambda_g\n"


def table(split: str) -> pd.DataFrame:
    """Return predictions that say lambda_f of every held-out judgement."""
    made = pd.DataFrame(
        {
            "split": split,
            "fold": deal_folds(OBSERVED)[split],
            "image_i": OBSERVED.image_i,
            "image_j": OBSERVED.image_j,
            "lambda_f": OBSERVED.lambda_f,
            "lambda_g": OBSERVED.lambda_f,
        }
    )
    keys = ["split", "fold", "image_i", "image_j", "lambda_f"]
    return made.drop_duplicates(keys).sort_values(keys, ignore_index=True)


def named(path: Path, *tables: pd.DataFrame) -> NamedPredictions:
    pd.concat(tables).to_csv(path, index=False)
    return NamedPredictions("mine", read_predictions(path), str(path))


def value(scores: pd.DataFrame, split: str, policy: str, score: str) -> float:
    (found,) = scores.loc[(scores["over"] == split) & (scores["policy"] == policy), score]
    return float(found)


def test_predictions_that_say_lambda_f_score_as_mixup_does(tmp_path: Path) -> None:
    mine = named(tmp_path / "mine.csv", table("participants"), table("images"))
    scores = score_benchmark(OBSERVED, [mine])
    for split in ("participants", "images"):
        for score in ("rmse", "mae", "crps", "covered", "rmse_low", "rmse_high"):
            mixups = value(scores, split, "mixup", score)
            assert value(scores, split, "mine", score) == pytest.approx(mixups, abs=1e-12)


def test_images_may_stand_in_either_order(tmp_path: Path) -> None:
    plain = table("images")
    turned = plain.assign(
        image_i=plain["image_j"],
        image_j=plain["image_i"],
        lambda_f=1 - plain["lambda_f"],
        lambda_g=1 - plain["lambda_g"],
    )
    one, other = (
        score_benchmark(OBSERVED, [named(tmp_path / "mine.csv", each)]) for each in (plain, turned)
    )
    pd.testing.assert_frame_equal(one, other)


def test_a_split_that_nobody_predicts_is_not_in_the_table(tmp_path: Path) -> None:
    scores = score_benchmark(OBSERVED, [named(tmp_path / "mine.csv", table("images"))])
    assert set(scores["over"]) == {"images"}


def test_a_prediction_for_the_rater_goes_before_one_for_anybody(tmp_path: Path) -> None:
    anybody = table("participants")
    who = [OBSERVED.people[each] for each in OBSERVED.participant]
    knowing = pd.DataFrame(
        {
            "split": "participants",
            "fold": deal_folds(OBSERVED)["participants"],
            "image_i": OBSERVED.image_i,
            "image_j": OBSERVED.image_j,
            "lambda_f": OBSERVED.lambda_f,
            "lambda_g": OBSERVED.lambda_g,
            "participant": who,
        }
    )
    knowing = knowing.drop_duplicates(["image_i", "image_j", "lambda_f", "participant"])
    mine = named(tmp_path / "mine.csv", anybody.assign(participant=""), knowing)
    scores = score_benchmark(OBSERVED, [mine])
    rmse = [value(scores, "participants", name, "rmse") for name in ("mine", "global")]
    assert rmse[0] < 0.02 < rmse[1]


@pytest.mark.parametrize("name", ["pooled", "mixup", "raters' own spread"])
def test_a_file_called_as_a_row_of_the_table_is_refused(tmp_path: Path, name: str) -> None:
    mine = replace(named(tmp_path / "mine.csv", table("images")), name=name)
    with pytest.raises(ElicitError, match=rf"mine\.csv: there is a row called {name} already; "):
        score_benchmark(OBSERVED, [mine])


def test_a_judgement_that_is_not_predicted_is_told(tmp_path: Path) -> None:
    mine = named(tmp_path / "mine.csv", table("images").iloc[1:])
    told = r"mine\.csv: no prediction for split images, fold 0, images \d+ and \d+ at lambda_f"
    with pytest.raises(ElicitError, match=told):
        score_benchmark(OBSERVED, [mine])


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (HEADER, ": must hold at least one prediction, got none"),
        ("split,fold\n", ":1: not predictions: no column image_i, image_j, lambda_f, lambda_g"),
        (HEADER.replace(",", ";"), ":1: not predictions: its cells are separated by semicolons"),
        (HEADER + "people,0,1,2,.5,.5\n", ":2: split: must be "),
        (HEADER + "images,5,1,2,.5,.5\n", ":2: fold: must be "),
        (HEADER + "images,0,-1,2,.5,.5\n", ":2: image_i: must be at least 0, got '-1'"),
        (HEADER + "images,0,1,2,.5,1.5\n", ":2: lambda_g: must be at most 1, got '1.5'"),
        (HEADER + "images,0,1,2,.5,nan\n", ":2: lambda_g: must be "),
        (HEADER + "images,0,1,2,.5,\n", ":2: lambda_g: must be "),
        (HEADER + "images,0,1,2,.3,.5\nimages,0,2,1,.7,.1\n", ":3: image_j: this mix is predict"),
    ],
)
def test_what_is_wrong_in_predictions_is_told_with_its_line(
    tmp_path: Path, content: str, told: str
) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ElicitError, match="^" + re.escape(f"{path}{told}")):
        read_predictions(path)


def test_the_command_scores_a_study_and_says_that_it_is_not_the_benchmark(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for person in range(6):
        rows = [
            row(10 * k + 3 + person, 10 * k + 105, share, float(np.clip(share + noise, 0, 1)), 0.8)
            for k, (share, noise) in enumerate(
                zip((0.1, 0.25, 0.5, 0.75, 0.9), rng.normal(0, 0.1, 5), strict=True)
            )
            if (3 + person) % 10 < 5
        ]
        if rows:
            write_session(tmp_path / "logs", f"P0{person}", *rows)
    app = typer.Typer()
    register(app)
    words = ["--study", str(tmp_path / "logs"), "--splits", str(tmp_path / "splits.csv")]
    done = CliRunner().invoke(app, [*words, "--out", str(tmp_path / "out")])
    assert "these are not the benchmark's judgements, H-Mix's 4788" in " ".join(done.output.split())
    assert (tmp_path / "splits.csv").is_file()
    assert {"rmse", "crps", "label_error"} <= set(pd.read_csv(tmp_path / "out" / "scores.csv"))
