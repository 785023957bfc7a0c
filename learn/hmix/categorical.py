"""H-Mix's fourth interface: the classes seen in a mix, as shares of each; it has no lambda_g."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from elicit.errors import ElicitError
from learn.files import csv_text
from learn.hmix.files import number_trials, to_seconds
from stimuli.sets.hmix import Cells, parse_pair, read_rows

FILE = "hmix_categorical_soft_labels.csv"
COLUMNS = {
    "participant": "Pseudonym of the participant",
    "session": "Visit of the participant, from 1",
    "batch": "Batch of the stimulus set, from 0",
    "trial": "Trial within the session, from 0",
    "repeat": "Whether the pair came before in this session",
    "source": "Where the endpoint images come from",
    "class_i": "Class of endpoint i",
    "image_i": "Id of endpoint i in the source",
    "class_j": "Class of endpoint j",
    "image_j": "Id of endpoint j in the source",
    "lambda_f": "Share of image i in the image judged, 0 to 1",
    "first_class": "Class called the most probable",
    "first_share": "Its probability, 0 to 1",
    "second_class": "Class called the second most probable; blank where none was",
    "second_share": "Its probability, 0 to 1; blank where none was given",
    "impossible": "Classes called impossible, separated by blanks",
    "rt_s": "Response time in seconds",
    "elapsed_s": "Seconds from the opening of the web page to the trial's end",
}

_NEEDED = (
    *("subject", "condition", "rt", "time_elapsed", "trial_index", "task"),
    *("response", "filename", "mixtureCoeff"),
)
_FIRST, _SECOND, _IMPOSSIBLE = "mostProb", "secondProb", "improbClassSelect"


def read(folder: Path) -> list[dict[str, Any]]:
    """Return the trials of the published table, each a dict of `COLUMNS`; other pages left out.

    Raises:
        StimulusError: the file is missing, or is not a table of H-Mix's.
        ElicitError: a row is not H-Mix's.
    """
    trials = [row for row in read_rows(folder / FILE, _NEEDED) if row[1]["filename"]]
    return [_row(*each) for each in number_trials(trials)]


def write(rows: list[dict[str, Any]], study: Path) -> None:
    """Write categorical_soft_labels.csv and, in .json beside it, what its columns mean.

    They stand beside data/, not in it: the trials there all have a lambda_g.
    """
    text = csv_text([list(COLUMNS), *([row[name] for name in COLUMNS] for row in rows)], "\r\n")
    stem = study / "categorical_soft_labels"
    stem.with_suffix(".csv").write_bytes(text.encode("utf-8"))
    stem.with_suffix(".json").write_text(json.dumps(COLUMNS, indent=2) + "\n", encoding="utf-8")


def _row(trial: int, place: str, cells: Cells) -> dict[str, Any]:
    try:
        return _columns(trial, cells)
    except (ValueError, KeyError, TypeError) as error:
        raise ElicitError(f"{place}: not a row of H-Mix: {error}") from error


def _columns(trial: int, cells: Cells) -> dict[str, Any]:
    answer = json.loads(cells["response"])
    lambda_f, _, pair = cells["filename"].removeprefix("mixed_").partition("_")
    if float(lambda_f) != float(cells["mixtureCoeff"]):
        raise ValueError(f"filename and mixtureCoeff must agree, got {cells['filename']!r}")
    second = answer["classSelect2"].removeprefix(_SECOND).lower()
    return {
        "participant": cells["subject"],
        "session": 1,
        "batch": int(cells["condition"]),
        "trial": trial,
        "repeat": str("rerun" in cells["task"]).lower(),
        "source": "cifar10",
        **parse_pair(pair)._asdict(),
        "lambda_f": float(lambda_f),
        "first_class": answer["classSelect"].removeprefix(_FIRST).lower(),
        "first_share": _share(answer["prob"]),
        "second_class": "" if second == "no" else second,
        "second_share": "" if answer["prob2"] == "" else _share(answer["prob2"]),
        "impossible": _impossible(answer),
        "rt_s": to_seconds(cells["rt"]),
        "elapsed_s": to_seconds(cells["time_elapsed"]),
    }


def _share(percent: str) -> float:
    share = float(percent) / 100
    if not 0 <= share <= 1:
        raise ValueError(f"a probability must be 0 to 100 %, got {percent!r}")
    return share


def _impossible(answer: dict[str, str]) -> str:
    named = (key.removeprefix(_IMPOSSIBLE) for key in answer if key.startswith(_IMPOSSIBLE))
    return " ".join(sorted(name.lower() for name in named))
