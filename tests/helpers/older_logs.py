"""Trial logs turned into what they were before columns that were added since."""

import csv
from pathlib import Path

from elicit.log.older_logs import list_added
from elicit.log.rows import COLUMNS

ADDED = list_added(COLUMNS)
LATER = tuple(column for added in ADDED[1:] for column in added)  # the columns since `chose_i`
OLDER = tuple(column for column in COLUMNS if column not in {"chose_i", *LATER})


def remove_columns(path: Path, *names: str) -> Path:
    """Rewrite a trial log without some columns, by string work alone."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    kept = [place for place, name in enumerate(header) if name not in names]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\r\n").writerows(
            [row[place] for place in kept] for row in [header, *rows]
        )
    return path


def make_older(path: Path) -> Path:
    """Rewrite a trial log as it was before `chose_i`, by string work alone."""
    remove_columns(path, *LATER)
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    answer, share = header.index("chose_i"), header.index("lambda_g")
    for row in rows:
        row[share] = {"true": "1.0", "false": "0.0", "": row[share]}[row[answer]]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\r\n").writerows(
            row[:answer] + row[answer + 1 :] for row in [header, *rows]
        )
    return path
