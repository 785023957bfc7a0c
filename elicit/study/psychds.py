"""The study folder as a Psych-DS dataset: its description, and what of it is no table of data.

Psych-DS (psych-ds.github.io) wants a `dataset_description.json` in JSON-LD that declares every
column of every `data/*_data.csv`, and none that is in no such file. The files beside them are
described as parts of the dataset, and named in `.psychds-ignore`.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from elicit.log import files as disk
from elicit.log.rows import EventRow, LogRow, PageRow, TrialRow
from stimuli.files import read_bytes

DESCRIPTION = "dataset_description.json"
IGNORED = """\
# What is no table of Psych-DS; README.md says what it is.
allocation/
checks/
protocols/
withdrawn.csv
withdrawn_torn.txt
*_events.csv
*_pages.csv
*_session.json
*_end.json
*_running.json
*_torn.txt
.tmp-*
*.tmp
"""
README = """\
# Judgements of mixed images

A Psych-DS dataset: `dataset_description.json` declares every column. Please add to it what only
you know, such as author, license and citation.

- `data/*_data.csv`: one row an answered trial.
- `data/*_events.csv`: every key and pointer act, with its time. `data/*_pages.csv`: what was said
  on pages.
- `data/*_session.json`: what a session ran with. `data/*_end.json`: how it ended.
  `data/*_running.json`: who runs it now. `data/*_torn.txt`: half lines that a crash left.
- `allocation/`: who has which place in the counterbalancing order.
- `protocols/`: the protocol of each session, as its file was; the name ends with the first 16
  digits of the SHA-256 that is in the logs.
- `withdrawn.csv`: who withdrew, and when; their data are deleted.

In CSV files, a text that a spreadsheet would run as a formula has an apostrophe before it, as
`'=1+1`. A text that begins with apostrophes and then such a sign has one more. `elicit` and `learn`
read both as they were said. In pandas, for a column of text:

    text.str.replace("^'(?='*[-=+@\\t\\r\\n\\uff1d\\uff0b\\uff0d\\uff20])", "", regex=True)
"""


def describe(folder: Path) -> None:
    """Make a study folder's description and its companions, where they are missing.

    A description that a crash cut short is made anew; one that lacks a column, as that of an
    older study may, gets it, and keeps all else that it says.

    Raises:
        OSError: the folder cannot be written.
    """
    texts = {
        DESCRIPTION: description("Mixed images"),
        ".psychds-ignore": IGNORED,
        "README.md": README,
    }
    for name, text in texts.items():
        path = folder / name
        try:
            disk.write_new(path, text)
        except FileExistsError:  # from an earlier session, or another station
            there = read_bytes(path).decode("utf-8", errors="replace")
            if there != text and text.startswith(there):
                disk.replace(path, text)
            elif name == DESCRIPTION and (fuller := _with_every_column(there)) is not None:
                disk.replace(path, fuller)


def _with_every_column(there: str) -> str | None:
    """Return a description with the columns that it lacks; None where it lacks none."""
    try:
        described = disk.parse_json(there)
        declared = described["variableMeasured"]
        names = {column["name"] for column in declared}
    except (ValueError, TypeError, KeyError):
        return None  # whoever wrote it means something else by it
    lacking = [column for column in variables(TrialRow) if column["name"] not in names]
    if not lacking:
        return None
    declared += lacking
    return json.dumps(described, indent=2, ensure_ascii=False) + "\n"


def description(name: str) -> str:
    """Return a study's Psych-DS metadata, as JSON-LD text: every column with type, unit, range.

    Args:
        name: what the study is called.
    """
    described = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "name": name,
        "description": "Judgements of mixed images, one CSV row a trial.",
        "keywords": ["psychophysics", "mixup", "mixed images", "perception"],
        "variableMeasured": variables(TrialRow),
        "hasPart": [
            _part("Events", "*_events.csv beside each table: one row an act.", EventRow),
            _part("Pages", "*_pages.csv beside each table: one row an answer.", PageRow),
        ],
    }
    return json.dumps(described, indent=2) + "\n"


@cache
def variables(kind: type[LogRow]) -> list[dict[str, Any]]:
    """Return what a table's columns are, in schema.org's words; callers leave them as they are.

    `value` names the type, as Psych-DS datasets of other tools do; `minValue` and `maxValue`, or
    `valueReference` in words, say what may stand there.
    """
    columns = kind.model_json_schema()["properties"]
    return [_variable(name, column) for name, column in columns.items()]


def _part(name: str, what: str, kind: type[LogRow]) -> dict[str, Any]:
    return {
        "@type": "Dataset",
        "name": name,
        "description": what,
        "variableMeasured": variables(kind),
    }


def _variable(name: str, column: dict[str, Any]) -> dict[str, Any]:
    plain = next((each for each in column.get("anyOf", []) if each != {"type": "null"}), column)
    one = plain.get("items", plain.get("prefixItems", [plain])[0])
    is_time = one.get("format") == "date-time"
    said: dict[str, Any] = {
        "@type": "PropertyValue",
        "name": name,
        "description": column["description"],
        "value": "datetime" if is_time else one["type"],
        "unitText": column.get("unit", "1" if one["type"] in {"integer", "number"} else "none"),
    }
    least = one.get("minimum", one.get("exclusiveMinimum"))
    limits = {"minValue": least, "maxValue": one.get("maximum")}
    said |= {key: limit for key, limit in limits.items() if limit is not None}
    words = _range_in_words(plain, one)
    return said | ({"valueReference": words} if words else {})


def _range_in_words(plain: dict[str, Any], one: dict[str, Any]) -> str:
    if plain.get("type") == "array":
        return "several of them, with a space between"
    if "pattern" in one:
        return f"text that matches {one['pattern']}"
    if one.get("format") == "date-time":
        return "ISO 8601 with the time zone"
    if one["type"] in {"integer", "number"}:
        limited = {"minimum", "exclusiveMinimum", "maximum"} & one.keys()
        return "" if limited else f"any {one['type']}"
    return "true or false" if one["type"] == "boolean" else "any text"
