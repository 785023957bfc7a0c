"""The policies that come with the package are found by name, and are what H-Mix gives."""

import json
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from elicit.errors import ElicitError
from learn.commands import blend as blends
from learn.commands.policy import fit_policy
from learn.policies.file import PUBLISHED, load_policy, write_policy
from stimuli.sources.pictograms import CLASSES
from tests.learn.helpers.example_policies import some_policy

SCORED = {"per_pair": "hmix_per_pair", "pooled": "hmix_pooled", "image_aware": "hmix_image_aware"}


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_policy_is_found_by_its_name_and_has_a_card(name: str) -> None:
    policy = load_policy(name)
    assert policy.classes == CLASSES  # CIFAR-10's
    assert policy.fitted_to["judgements"] == 4788
    card = (PUBLISHED[name].parent / "README.md").read_text(encoding="utf-8")
    assert f"`{name}`" in card
    assert f"({PUBLISHED[name].name})" in card


def test_the_plain_name_is_the_pooled_policy_and_a_file_of_that_name_is_reached_by_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_policy(some_policy("global"), Path("hmix"))
    assert load_policy("hmix").name == "pooled"
    assert load_policy(Path("hmix")).name == "pooled"
    assert load_policy("./hmix").name == "global"
    with pytest.raises(ElicitError, match="hmix_cutmix: cannot be read as a label policy"):
        load_policy("hmix_cutmix")


@pytest.mark.parametrize("name", ["per_pair", "pooled", "image_aware"])
def test_fit_policy_makes_the_published_policy_from_h_mix(
    name: str, h_mix_study: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    app = typer.Typer()
    app.command()(fit_policy)
    looks = name == "image_aware"
    stimuli = ["--stimuli", str(request.getfixturevalue("cifar10_folder"))] if looks else []
    out = tmp_path / "policy.json"
    CliRunner().invoke(
        app, [str(h_mix_study), "--policy", name, "--out", str(out), *stimuli],
        catch_exceptions=False,
    )  # fmt: skip
    made, published = (json.loads(each.read_text(encoding="utf-8")) for each in (
        out, PUBLISHED[SCORED[name]]
    ))  # fmt: skip
    for kind in ("pairs", "features"):
        for ours, theirs in zip(made.pop(kind), published.pop(kind), strict=True):
            numbers = [key for key, value in theirs.items() if isinstance(value, float)]
            assert [ours.pop(key) for key in numbers] == pytest.approx(
                [theirs.pop(key) for key in numbers], rel=1e-3, abs=1e-3
            )
            assert ours == theirs
    assert made.pop("lapse") == pytest.approx(published.pop("lapse"), abs=1e-3)
    assert made.pop("fitted_to") | {"study": "hmix"} == published.pop("fitted_to")
    assert made == published


def test_blend_takes_a_published_policy_by_its_name(tmp_path: Path) -> None:
    app = typer.Typer()
    blends.register(app)
    words = ["--stimuli", "pictograms", "--number", "45", "--policy", "hmix_per_pair"]
    done = CliRunner().invoke(app, [*words, "--out", str(tmp_path)], catch_exceptions=False)
    assert "45 blends of" in done.output
    with np.load(tmp_path / "labels.npz") as arrays:
        rows = range(45)
        share = arrays["policy"][rows, arrays["class_i"]]
        lambda_g = load_policy("hmix_per_pair").lambda_g(
            arrays["lambda_f"], arrays["class_i"], arrays["class_j"]
        )
    assert share == pytest.approx(lambda_g)
