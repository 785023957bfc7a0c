"""The commands that fit and compare policies, from a study folder to their files."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from elicit.errors import ElicitError
from learn.commands.policy import register
from learn.policies.file import load_policy
from stimuli.sources.endpoints import Pictograms
from tests.learn.helpers.handwritten_studies import row, write_session

app = typer.Typer()
register(app)


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Three participants who infer, and see the mix itself or a little less of it."""
    for person in range(3):
        rows = [
            row(i + 10 * k, j, share, min(1.0, max(0.0, share - 0.04 * person + 0.01 * k)), 0.8)
            for k, share in enumerate((0.1, 0.25, 0.5, 0.75, 0.9))
            for i, j in ((0, 8), (3, 5), (4, 7))
        ]
        write_session(tmp_path / "logs", f"P0{person}", *rows)
    return tmp_path / "logs"


def run(*arguments: object) -> str:
    done = CliRunner().invoke(app, [str(each) for each in arguments])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.output


@pytest.mark.parametrize("policy", ["mixup", "global", "per_pair", "pooled", "image_aware"])
def test_each_policy_is_fitted_and_written(study: Path, policy: str) -> None:
    out = study.parent / "policy.json"
    told = run("fit-policy", study, "--policy", policy, "--out", out, "--stimuli", "pictograms")
    assert "judgements 45, participants 3, images 15, class pairs 3; RMSE on these" in told
    fitted = load_policy(out)
    assert (fitted.name, len(fitted.classes)) == (policy, 10)
    assert fitted.fitted_to["study"] == "logs"


def test_all_policies_are_compared_and_their_scores_written(study: Path) -> None:
    out = study.parent / "scores"
    told = run("compare-policies", study, "--folds", 3, "--seeds", 1, "--out", out)
    assert "held-out participants" in told
    scores = pd.read_csv(out / "policies.csv")
    people = set(scores.loc[scores["over"] == "participants", "policy"])
    assert people >= {"mixup", "global", "per_pair", "pooled", "image_average", "empirical_bayes"}
    assert "image_aware" not in people


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--policy", "image_aware"], "--policy image_aware: looks at the images; say where"),
        (["--votes", "a=b.npy"], "--votes, --features: are of images; say which with --stim"),
        (["--stimuli", "pictograms", "--votes", "b.npy"], "--votes: must be NAME=FILE, got"),
        (["--stimuli", "pictograms", "--features", "a=none.npy"], "none.npy: cannot be read"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(
    study: Path, arguments: list[str], told: str
) -> None:
    with pytest.raises(ElicitError, match=told):
        run("fit-policy", study, "--out", study.parent / "policy.json", *arguments)


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(ElicitError, match="must be a study folder"):
        run("fit-policy", tmp_path)


def test_images_that_are_not_the_ones_shown_are_told_by_file_and_line(study: Path) -> None:
    other = row(0, 8, 0.5, 0.5, 0.8, fingerprint_i="f" * 16)
    write_session(study, "P07", other)
    told = r"P07_session-1_task-byhand_data\.csv:2: fingerprint_i: pictograms image 0 is not"
    for command in ("fit-policy", "compare-policies"):
        with pytest.raises(ElicitError, match=told):
            run(command, study, "--stimuli", "pictograms")


def test_images_of_two_sizes_are_told(study: Path) -> None:
    write_session(study, "P07", row(0, 8, 0.5, 0.5, 0.8, source=Pictograms(16)))
    for command in ("fit-policy", "compare-policies"):
        with pytest.raises(ElicitError, match="source: must be the same in all rows, image_size t"):
            run(command, study)


def test_features_of_one_name_given_twice_are_told(study: Path) -> None:
    np.save(study / "a.npy", np.ones((200, 1)))
    given = ["--features", f"net={study / 'a.npy'}"] * 2
    with pytest.raises(ElicitError, match="--features: each name must be there once, got 'net' tw"):
        run("fit-policy", study, "--stimuli", "pictograms", *given)
