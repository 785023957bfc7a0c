"""Trial logs turned into what they were before the column `chose_i`."""

import csv
from pathlib import Path

from elicit.log.rows import COLUMNS

OLDER = tuple(column for column in COLUMNS if column != "chose_i")


def make_older(path: Path) -> Path:
    """Rewrite a trial log as it was before `chose_i`, by string work alone."""
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
