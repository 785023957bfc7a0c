"""A policy on disk: small, readable, the same when it is read back."""

import json
from pathlib import Path

import numpy as np
import pytest

from elicit.errors import ElicitError
from learn.policies.file import load_policy, to_json, write_policy
from tests.learn.helpers.example_policies import CLASSES, POLICIES, some_policy


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_read_back_gives_the_same_labels(tmp_path: Path, name: str) -> None:
    policy = some_policy(name)
    write_policy(policy, tmp_path / "new" / "policy.json")
    back = load_policy(tmp_path / "new" / "policy.json")
    assert back.classes == CLASSES
    share = np.linspace(0, 1, 11)
    ends = (np.full((11, 2), 0.3), np.full((11, 2), -0.2)) if back.appearance else ()
    for i in range(4):
        assert np.array_equal(
            back.lambda_g(share, i, 2, *ends), policy.lambda_g(share, i, 2, *ends)
        )
    assert to_json(back) == to_json(policy)


def test_the_file_has_a_line_a_pair() -> None:
    lines = to_json(some_policy("pooled")).splitlines()
    assert sum('"slope": ' in line and '"shift": ' in line for line in lines) == 6


def change(tmp_path: Path, **keys: object) -> Path:
    file = tmp_path / "policy.json"
    content = json.loads(to_json(some_policy("pooled"))) | keys
    file.write_text(json.dumps(content), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"version": 2}, r"policy\.json: version: must be 1, got 2; make the file with: learn"),
        ({"pairs": []}, r"policy\.json: pairs: each two of classes must be there once"),
        ({"pairs": [1]}, r"policy\.json: pairs\.0: must be an object, got 1; make"),
        (
            {"classes": ["cat"] * 4},
            r"policy\.json: classes: each must be named once, got \['cat'",
        ),
        ({"classes": "cat"}, r"policy\.json: classes: must be a list, got 'cat'"),
        ({"classes": [""]}, r"policy\.json: classes\.0: must not be empty, got ''"),
        ({"lapse": 1.5}, r"lapse: must be below 1, got 1\.5"),
        ({"lapse": True}, r"lapse: must be a number, got True"),
        ({"lapse": float("nan")}, r"policy\.json: lapse: must be a finite number, got nan"),
        ({"surplus": 1}, r"policy\.json: surplus: must be left out; allowed: format, version"),
        ({"policy": "best"}, r"policy\.json: policy: must be one of mixup, global, .*, got 'best'"),
        ({"policy": "image_aware"}, r"policy\.json: features: must be there for image_aware"),
        ({"pairs": [{"shape": 1}]}, r"policy\.json: pairs\.0\.classes: must be there; make"),
        ({"fitted_to": {"n": 1.5}}, r"policy\.json: fitted_to: must be texts and whole numbers"),
    ],
)
def test_a_file_that_is_no_policy_is_told_by_key(
    tmp_path: Path, keys: dict[str, object], told: str
) -> None:
    with pytest.raises(ElicitError, match=told):
        load_policy(change(tmp_path, **keys))


def test_a_missing_file_and_broken_json_are_told(tmp_path: Path) -> None:
    with pytest.raises(ElicitError, match=r"none\.json: cannot be read as a label policy: .*make"):
        load_policy(tmp_path / "none.json")
    (tmp_path / "torn.json").write_text("{", encoding="utf-8")
    with pytest.raises(ElicitError, match=r"torn\.json: cannot be read as a label policy: "):
        load_policy(tmp_path / "torn.json")


def test_a_pair_that_falls_and_a_key_that_is_missing_are_told_by_place(tmp_path: Path) -> None:
    content = json.loads(to_json(some_policy("pooled")))
    content["pairs"][2]["slope"] = -1
    (tmp_path / "a.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ElicitError, match=r"pairs\.2\.slope: must be at least 0, g"):
        load_policy(tmp_path / "a.json")
    del content["lapse"]
    (tmp_path / "a.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ElicitError, match=r"a\.json: lapse: must be there; make the file with"):
        load_policy(tmp_path / "a.json")
    (tmp_path / "a.json").write_text("[]", encoding="utf-8")
    with pytest.raises(ElicitError, match=r"a\.json: must be an object, got \[\]; make the"):
        load_policy(tmp_path / "a.json")


def test_more_judgements_than_a_computer_counts_are_told(tmp_path: Path) -> None:
    content = json.loads(to_json(some_policy("pooled")))
    content["pairs"][2]["judgements"] = 10**30
    (tmp_path / "a.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(
        ElicitError, match=r"pairs\.2\.judgements: must be (at most|a whole number)"
    ):
        load_policy(tmp_path / "a.json")
