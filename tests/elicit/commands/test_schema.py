"""`elicit schema`: what editors know of a protocol."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.elicit.made import PROTOCOLS, block, study
from tests.elicit.test_cli import elicit


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The schema, as the command prints it."""
    ended = elicit(tmp_path_factory.mktemp("schema"), "schema")
    assert (ended.code, ended.said) == (0, "")
    printed: dict[str, Any] = json.loads(ended.shown)
    Draft202012Validator.check_schema(printed)
    return printed


@pytest.mark.parametrize("path", sorted(PROTOCOLS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_protocol_that_is_brought_along_has_that_shape(
    schema: dict[str, Any], path: Path
) -> None:
    Draft202012Validator(schema).validate(yaml.safe_load(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (study(seed=-1), ["seed"]),
        (study(sead=3), []),
        (study(sha256="0" * 64), []),
        (study(name="my study"), ["name"]),
        (study(stimuli={"source": ""}), ["stimuli", "source"]),
        (study(block("construct", lambda_grid=[0, 2])), ["blocks", 0]),
        (study(block("infer", starts=[0.1])), ["blocks", 0]),
        (study(block("guess")), ["blocks", 0]),
        (study(key_repeat={"rate_hz": 0}), ["key_repeat", "rate_hz"]),
        (study(wording={"confrim": "Yes"}), ["wording"]),
    ],
)
def test_a_broken_protocol_has_another_shape(
    schema: dict[str, Any], content: dict[str, Any], key: list[str | int]
) -> None:
    found = [
        list(error.absolute_path) for error in Draft202012Validator(schema).iter_errors(content)
    ]
    assert found == [key]


def test_a_key_is_described_where_its_comment_says_what_it_is_for(schema: dict[str, Any]) -> None:
    stimuli = schema["$defs"]["Stimuli"]["properties"]
    assert stimuli["source"]["description"] == "pictograms, cifar10, or a folder"
    infer = schema["$defs"]["InferBlock"]["properties"]  # of its own, and of its base
    assert infer["lambdas"]["description"].startswith("the mixing coefficients of the set")
    assert infer["batch_size"]["description"] == "items one participant sees, at most"
    assert "Infer" not in schema["properties"]["seed"].get("description", "")


def test_the_schema_can_go_to_a_file(tmp_path: Path, schema: dict[str, Any]) -> None:
    path = tmp_path / "protocol.schema.json"
    for _ in range(2):
        ended = elicit(tmp_path, "schema", "--out", str(path))
        assert (ended.code, ended.said, ended.shown) == (0, "", "")
        assert json.loads(path.read_text(encoding="utf-8")) == schema
    ended = elicit(tmp_path, "schema", "--out", str(tmp_path / "none" / "x.json"))
    assert ended.code == 1
    assert ended.said.endswith("cannot be written: No such file or directory\n")
    assert len(ended.said.splitlines()) == 1
