"""Every model's mistakes are told in the project's own words."""

from __future__ import annotations

import math
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from elicit.validation_messages import describe_got, describe_wrong_value

ROOT = Path(__file__).parents[1]
PACKAGES = ("elicit", "learn", "stimuli")
WRONG: tuple[Any, ...] = (
    *(None, True, "", "x", "a b", "\u0416", [], ["x"], {}, {"x": 1}, {1: 2}, -1, 0, 1.5, -0.5, 1e9),
    *(10**30, math.nan, math.inf, b"\xff", object(), "2026-05-04T12:00:00", "99", "1e999", (1, 2)),
    *("y" * 100_000, "9" * 5000, [{}], [None], {"x": None}, {"x": {}}, [[[]]]),
)
NO_WORDS = ("^[", "Input", "String should", "Value error", "is not allowed here", "pydantic")
BEGINNINGS = ("must ", "is needed", "unknown key", "each must be named", "scores must")


def models() -> list[type[BaseModel]]:
    """Return every model of the three packages."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            if re.search(
                r"^class \w+\((Base|Root)?Model|^class \w+\(\w*(Row|Settings)\)", text, re.M
            ):
                import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    found, waiting = [], [BaseModel]
    while waiting:
        model = waiting.pop()
        waiting += model.__subclasses__()
        if model.__module__.split(".")[0] in PACKAGES:
            found.append(model)
    return sorted(set(found), key=lambda model: (model.__module__, model.__name__))


def said_of(model: type[BaseModel], content: Any) -> list[str]:
    """Return what a content's mistakes are called."""
    try:
        model.model_validate(content)
    except ValidationError as error:
        found = error.errors(include_url=False)
        return [describe_wrong_value(each) + describe_got(each) for each in found]
    return []


def test_the_models_are_all_found() -> None:
    names = {model.__name__ for model in models()}
    assert {"TrialRow", "StudyProtocol", "PolicyFile", "SessionRecord", "HMix", "Limit"} <= names


@pytest.mark.parametrize("model", models(), ids=lambda model: model.__name__)
def test_each_mistake_of_a_model_is_in_our_words(model: type[BaseModel]) -> None:
    contents: list[Any] = [None, [], "x", 1, {"no such key": 1}]
    for name, field in model.model_fields.items():
        key = field.validation_alias if isinstance(field.validation_alias, str) else name
        contents += [{key: value} for value in WRONG]
    for content in contents:
        for words in said_of(model, content):
            allowed = words.partition(", got ")[0].partition(": ")
            assert not any(each in words.partition(", got ")[0] for each in NO_WORDS), words
            assert allowed[0].startswith(BEGINNINGS) or allowed[2].startswith(BEGINNINGS), words
            assert len(words) < 600, words
