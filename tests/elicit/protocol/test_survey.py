"""The questions of a survey in a protocol: what is allowed, and what is said of the rest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from elicit.errors import ProtocolError
from tests.elicit.helpers.factories import block, load_protocol, study

ASK = {"name": "it", "question": "How?"}
RATED = ASK | {"low": 1, "high": 5}
VALID: list[dict[str, Any]] = [
    {"kind": "number", "low": 0, "high": 1_000_000, "unit": "km"},
    {"kind": "choices", "options": [f"{k}" for k in range(50)], "optional": True},
    {"kind": "choice", "options": ["a", "b"], "optional": True},
    {"kind": "grid", "statements": ["one"], "low": 0, "high": 10, "low_label": "no"},
    {"kind": "slider", "low_label": "bad", "high_label": "good", "optional": True},
    {"kind": "text", "optional": True},
]


def survey(*items: dict[str, Any]) -> dict[str, Any]:
    return study(block("construct")) | {"survey": {"title": "Last", "items": list(items)}}


def test_every_kind_of_question_can_be_asked(tmp_path: Path) -> None:
    items = [ASK | each | {"name": f"n{k}"} for k, each in enumerate(VALID)]
    asked = load_protocol(tmp_path, survey(*items))
    assert asked.survey is not None
    assert [item.kind for item in asked.survey.items] == [each["kind"] for each in VALID]


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ({"kind": "number", "low": 5, "high": 5}, "high: must be above low (5), got 5"),
        ({"kind": "number", "low": -1, "high": 5}, "low: must be at least 0, got -1"),
        ({"kind": "number", "low": 0.5, "high": 5}, "low: must be a whole number, got 0.5"),
        ({"kind": "number", "low": 0, "high": 1_000_001},
         "high: must be at most 1000000, got 1000001"),
        ({"kind": "number", "low": 0}, "high: is needed and not given"),
        ({"kind": "number", "low": 0, "high": 9, "labels": ["a"]}, "labels: unknown key"),
        ({"kind": "choices", "options": ["a"]}, "options: must be 2 to 50 texts, got 1"),
        ({"kind": "choices", "options": ["a"] * 51}, "options: must be 2 to 50 texts, got 51"),
        (
            {"kind": "choice", "options": ["a", "b", "a"]},
            "options: must differ from each other, got 'a' more than once",
        ),
        ({"kind": "grid", "statements": [], "low": 1, "high": 5},
         "statements: must be 1 to 30 texts, got 0"),
        ({"kind": "grid", "statements": ["a", "a"], "low": 1, "high": 5},
         "statements: must differ from each other, got 'a' more than once"),
        ({"kind": "grid", "statements": ["a"], "low": 1, "high": 12},
         "high: must be 1 to 10 above low (1), got 12"),
        ({"kind": "slider", "optional": "perhaps"}, "optional: must be true or false"),
        ({"kind": "slider", "low": 3}, "low: unknown key"),
        ({"kind": "text", "optional": False},
         "optional: must be true, as a text may always be left open, got false"),
        ({"kind": "pizza"}, "kind: must be one of"),
    ],
)  # fmt: skip
def test_a_wrong_option_is_one_line_that_says_what_is_allowed(
    item: dict[str, Any], said: str, tmp_path: Path
) -> None:
    with pytest.raises(ProtocolError, match=r"survey") as caught:
        load_protocol(tmp_path, survey(ASK | item))
    lines = str(caught.value).splitlines()
    assert len(lines) == 1, lines
    kind = "" if item["kind"] == "pizza" else f"{item['kind']}."
    assert f"survey.items.0.{kind}{said}" in lines[0]
