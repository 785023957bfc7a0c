"""`elicit schema`: what editors know of a protocol."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.elicit.helpers.commands import elicit
from tests.elicit.helpers.factories import PROTOCOLS, block, study


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


def test_every_key_is_described(schema: dict[str, Any]) -> None:
    parts = {schema["title"]: schema, **schema["$defs"]}
    keys = {(name, key): value for name, part in parts.items()
            for key, value in part["properties"].items()}  # fmt: skip
    assert [place for place, value in keys.items() if not value.get("description")] == []
    assert keys["Stimuli", "source"]["description"].startswith("Where the endpoint images are")
    of_base, own = keys["InferBlock", "batch_size"], keys["InferBlock", "lambdas"]
    assert of_base["description"] == "Largest number of items that one participant sees."
    assert own["description"] == "Mixing coefficients of the set, each equally often."


def test_the_tables_have_every_key_of_every_part(tmp_path: Path, schema: dict[str, Any]) -> None:
    printed = elicit(tmp_path, "schema", "--markdown").shown
    tables: dict[str, list[str]] = {}
    for line in printed.splitlines():
        if line.startswith("### "):
            assert line not in tables  # a part has one table
            keys = tables[line] = []
        elif line.startswith("| `"):
            assert line.count(" | ") == 3  # key, type, default, meaning
            keys.append(line.split("`")[1])
    shared = {key for heading in tables if "Every " in heading for key in tables[heading]}
    for name, part in {schema["title"]: schema, **schema["$defs"]}.items():
        own = tables.pop(f"### {name}")
        assert set(own) <= part["properties"].keys() <= {*own, *shared}
    assert list(tables) == ["### Every block", "### Every item"]
    assert "| `image_size` | whole number, 1 to 4096 | `32` | Side of an endpoint image" in printed
    assert "| `name` | text | required | Letters and digits. The name is part" in printed
    assert "| `delay_s` | number, above 0, at most 5 | `0.4` | Seconds from" in printed
    assert "| `lambdas` | list of numbers, 0 to 1 | required | Mixing coefficients" in printed


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
