"""Small studies written by hand, through the log's own writer."""

from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pandas as pd

from elicit.log.rows import COLUMNS, NAMES_A_CLASS, TrialRow, join_classes
from elicit.log.writer import Writer
from stimuli.mixing import fingerprint
from stimuli.sources.endpoints import EndpointSource, Pictograms

PICTOGRAMS = Pictograms(32)


def row(
    image_i: int,
    image_j: int,
    lambda_f: float,
    lambda_g: float | None = 0.5,
    omega: float | None = None,
    *,
    source: EndpointSource = PICTOGRAMS,
    **others: Any,
) -> TrialRow:
    """Return one answered trial; `others` are columns by name.

    Of a paradigm that names a class it names class i where lambda_g is above one half. Without
    lambda_g it is of a missed trial, if `others` says so.
    """
    names_a_class = others.get("paradigm") in NAMES_A_CLASS
    columns: dict[str, Any] = {
        "participant": "P01",
        "session": 1,
        "protocol": "byhand",
        "protocol_sha256": "0" * 64,
        "allocation": 0,
        "block": "only",
        "batch": 0,
        "trial": 0,
        "paradigm": "construct" if omega is None else "infer",
        "practice": False,
        "repeat": False,
        "simulated": False,
        "source": source.name,
        "image_size": source.image_size,
        "class_i": source.class_of(image_i),
        "image_i": image_i,
        "fingerprint_i": fingerprint(source.image(image_i)),
        "class_j": source.class_of(image_j),
        "image_j": image_j,
        "fingerprint_j": fingerprint(source.image(image_j)),
        "lambda_f": lambda_f,
        "lambda_g": None if names_a_class else lambda_g,
        "chose_i": lambda_g > 0.5 if names_a_class and lambda_g is not None else None,
        "omega": omega,
        "steps": 3,
        "rt_s": 1.5,
        "onset_utc": datetime(2026, 1, 5, 9, 30, tzinfo=timezone.utc),
        "dropped_frames": 0,
        "resumed": False,
    }
    fields = TrialRow.model_fields
    blank = {name: None for name in COLUMNS if name not in columns and fields[name].is_required()}
    return TrialRow(**(columns | blank | others))


def named(
    image_i: int,
    image_j: int,
    lambda_f: float,
    first: tuple[str, float],
    second: tuple[str, float | None] = ("", None),
    excluded: Sequence[str] = (),
    *,
    offered: Sequence[str] = PICTOGRAMS.classes,
    **others: Any,
) -> TrialRow:
    """Return one answer of Categorize: two classes with their shares, and those excluded."""
    answer = dict(
        zip(("chosen_1", "share_1", "chosen_2", "share_2"), (*first, *second), strict=True)
    )
    listed = {"excluded": excluded, "class_order": offered}
    cells = {name: join_classes(classes) for name, classes in listed.items()}
    columns = {"paradigm": "categorize", **answer, **cells, **others}
    return row(image_i, image_j, lambda_f, None, **columns)


def table_of(*rows: TrialRow) -> pd.DataFrame:
    """Return rows as `learn.study.table.read_study` would, from line 2 of by_hand.csv on."""
    table = pd.DataFrame([each.model_dump() for each in rows])
    numbers = ("lambda_g", "omega", "start_value", "share_1", "share_2")
    table = table.astype({"chose_i": "boolean", **dict.fromkeys(numbers, "float64")})
    return table.assign(file="by_hand.csv", line=range(2, 2 + len(rows)))


def write_session(logs: Path, participant: str, *rows: TrialRow, session: int = 1) -> Path:
    """Write one participant's session into the study folder; trials are numbered as they come."""
    (logs / "data").mkdir(parents=True, exist_ok=True)
    name = f"subject-{participant}_session-{session}_task-byhand_data.csv"
    writer = Writer(logs / "data" / name, COLUMNS)
    for trial, each in enumerate(rows):
        who = {"participant": participant, "session": session, "trial": trial}
        writer.append(each.model_copy(update=who))
    writer.close()
    return writer.path


# Cats are 3, 13..., dogs 5, 15...; airplane 0, ship 8; deer 4, horse 7.
FIRST = (
    row(3, 5, 0.25, 0.2, 0.8),
    row(0, 8, 0.6),
    row(3, 5, 0.25, 0.4, 0.6, repeat=True),
)
SECOND = (row(4, 7, 0.9, 1.0, 0.0), row(3, 5, 0.25, 0.3, 1.0))


def write_study(logs: Path) -> Path:
    """Write the study of two participants, three images and five judgements."""
    write_session(logs, "P01", *FIRST)
    write_session(logs, "P02", *SECOND)
    return logs
