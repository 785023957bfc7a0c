"""The published H-Mix judgements as a study folder with the rows a lab session logs.

H-Mix: Collins, Bhatt, Liu, Piratla, Sucholutsky, Love and Weller, "Human-in-the-Loop Mixup", UAI
2023. Its web pages recorded less than a lab session does; what they did not record stays blank.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from elicit.errors import ElicitError
from elicit.log.rows import TrialRow
from elicit.log.writer import Writer
from learn.files import MAX_QUOTED_CHARS, describe_wrong_value
from learn.hmix import categorical
from learn.hmix.files import number_trials, to_seconds
from learn.study.folder import check_free, describe_study, make_study_folder
from stimuli.sets.hmix import Cells, parse_pair, read_rows

CITATION = (
    "Collins, Bhatt, Liu, Piratla, Sucholutsky, Love, Weller: Human-in-the-Loop Mixup. UAI 2023."
)
_COMMON = ("subject", "condition", "rt", "time_elapsed", "trial_index", "task")


class HMixRow(TrialRow):
    """A trial row, and when in the web session it ended."""

    elapsed_s: float = Field(
        gt=0, description="Seconds from the opening of the web page to the trial's end; H-Mix only"
    )


@dataclass(frozen=True)
class PublishedTable:
    """One of H-Mix's interfaces, and the file of its trials."""

    paradigm: str
    protocol: str  # as in the protocols that ask the same here
    block: str
    file: str
    columns: tuple[str, ...]
    answer: Callable[[Cells], dict[str, Any]]  # columns of HMixRow that the answer decides
    pair: Callable[[Cells], str] = lambda cells: cells["class_pair"]  # its two endpoint images
    page_without: str | None = None  # a column that is blank on pages that are no trials


@dataclass(frozen=True)
class ImportCount:
    """How much of one interface was imported."""

    paradigm: str
    participants: int
    rows: int
    repeats: int


def import_hmix(folder: Path, out: Path) -> list[ImportCount]:
    """Turn the four published tables into a study folder.

    `out` gets data/ with one trial log a participant, and dataset_description.json. The folder is
    there whole or not at all.

    Args:
        folder: where the four CSV files are.
        out: the study folder to make; nothing may be there yet.

    Raises:
        StimulusError: a file is missing, or is not a table of H-Mix's.
        ElicitError: a row is not H-Mix's, `out` is there already, or cannot be written.
    """
    check_free(out)
    tables = [(published, _rows(folder, published)) for published in PUBLISHED]
    with make_study_folder(out, describe_study("H-Mix", HMixRow, citation=CITATION)) as unfinished:
        for published, rows in tables:
            _write(unfinished / "data", published, rows)
    return [_imported(published, rows) for published, rows in tables]


def _rows(folder: Path, published: PublishedTable) -> list[HMixRow]:
    columns = (*_COMMON, *published.columns)
    trials = [
        (place, cells)
        for place, cells in read_rows(folder / published.file, columns)
        if published.page_without is None or cells[published.page_without]
    ]
    return [_row(published, *each) for each in number_trials(trials)]


def _row(published: PublishedTable, trial: int, place: str, cells: Cells) -> HMixRow:
    try:
        return HMixRow.model_validate(_columns(published, trial, cells))
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        raise ElicitError(
            f"{place}: {problem['loc'][0]}: {describe_wrong_value(problem)}, "
            f"got {problem['input']!r:.{MAX_QUOTED_CHARS}}"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise ElicitError(f"{place}: not a row of H-Mix: {error}") from error


def _columns(published: PublishedTable, trial: int, cells: Cells) -> dict[str, Any]:
    fields = TrialRow.model_fields
    blank: dict[str, Any] = {name: None for name, its in fields.items() if its.is_required()}
    return blank | {
        "participant": cells["subject"],
        "session": 1,
        "protocol": published.protocol,
        "block": published.block,
        "batch": int(cells["condition"]),
        "trial": trial,
        "paradigm": published.paradigm,
        "practice": False,
        "repeat": "rerun" in cells["task"],
        "simulated": False,
        "source": "cifar10",
        "image_size": 32,
        **parse_pair(published.pair(cells))._asdict(),
        "fingerprint_i": "",
        "fingerprint_j": "",
        "rt_s": to_seconds(cells["rt"]),
        "resumed": False,
        "elapsed_s": to_seconds(cells["time_elapsed"]),
        **published.answer(cells),
    }


def _construct(cells: Cells) -> dict[str, Any]:
    return {
        "lambda_f": _tenth(cells["final_value"]),
        "lambda_g": 0.5,
        "start_value": _tenth(cells["starting_value"]),
    }


def _select(cells: Cells) -> dict[str, Any]:
    chosen = json.loads(cells["response"])["select"]
    return {"lambda_f": _tenth(chosen.removeprefix("select")), "lambda_g": 0.5}


def _infer(cells: Cells) -> dict[str, Any]:
    places = json.loads(cells["responses"])
    return {
        "lambda_f": float(cells["mixtureCoeff"]),
        "lambda_g": (100 - places["mixingcoeff"]) / 100,  # the slider's left end is class i
        "omega": places["confidence"] / 100,
        "mirrored": False,
        "position": places["mixingcoeff"],
        "confidence_position": places["confidence"],
        "confidence_of": "others",
    }


def _tenth(cell: str) -> float:
    """Return the step of the grid that was meant: the web page added floats, 0.1 by 0.1."""
    steps = float(cell) * 10
    if abs(steps - round(steps)) > 1e-6:
        raise ValueError(f"must be a multiple of 0.1, got {cell!r}")
    return round(steps) / 10


PUBLISHED = (
    PublishedTable(
        "construct",
        "hse1construct",
        "construct",
        "hmix_construct_midpoint.csv",
        ("class_pair", "final_value", "starting_value"),
        _construct,
    ),
    PublishedTable(
        "select_shuffled",
        "hse1select",
        "select",
        "hmix_select_shuffled_midpoint.csv",
        ("class_pair", "response"),
        _select,
    ),
    PublishedTable(
        "infer",
        "hse2",
        "infer",
        "hmix_infer_mixing_factor.csv",
        ("class_pair", "responses", "mixtureCoeff"),
        _infer,
    ),
    PublishedTable(
        "categorize",
        "categorical",
        "categorize",
        categorical.FILE,
        categorical.NEEDED,
        categorical.read_answer,
        categorical.read_pair,
        page_without="filename",
    ),
)


def _write(data: Path, published: PublishedTable, rows: Sequence[HMixRow]) -> None:
    of_participant: defaultdict[str, list[HMixRow]] = defaultdict(list)
    for row in rows:
        of_participant[row.participant].append(row)
    for participant, answered in of_participant.items():
        name = f"subject-{participant}_session-1_task-{published.protocol}_data.csv"
        with closing(Writer(data / name, tuple(HMixRow.model_fields))) as writer:
            writer.append(*answered)


def _imported(published: PublishedTable, rows: Sequence[HMixRow]) -> ImportCount:
    participants = {row.participant for row in rows}
    repeats = sum(row.repeat for row in rows)
    return ImportCount(published.paradigm, len(participants), len(rows), repeats)
