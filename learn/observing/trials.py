"""The trials of a study that a network answers, and the mixes that each of them offers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from elicit.errors import ElicitError
from elicit.log.session_record import SessionRecord
from learn.study.schema import CHOOSES_LAMBDA_F

Lambdas = tuple[float, ...]


def list_trials(rows: pd.DataFrame, paradigms: Sequence[str]) -> pd.DataFrame:
    """Return the trials that a network answers: no practice, of some paradigms.

    Args:
        rows: of `learn.study.table.read_study`.
        paradigms: that a network can answer.

    Raises:
        ElicitError: none is left, or the study's images are not mixed by mixup.
    """
    processes = sorted(set(rows["process"]) - {"mixup"})
    if processes:
        raise ElicitError(
            f"{Path(rows['file'].iloc[0]).parent}: process: must be mixup, whose images a network "
            f"can be shown again, got {', '.join(processes)} in some trial"
        )
    asked = rows[~rows["practice"] & rows["paradigm"].isin(paradigms)]
    if asked.empty:
        there = ", ".join(sorted(set(rows["paradigm"])))
        raise ElicitError(
            f"{Path(rows['file'].iloc[0]).parent}: paradigm: must be of {', '.join(paradigms)}, "
            f"and no practice, in some trial; got {there}"
        )
    return asked


def list_mixes_on_offer(trials: pd.DataFrame) -> list[Lambdas]:
    """Return the lambda_f that each trial offers, increasing; one where the mix is given.

    Of Select-Shuffled those on screen; of Construct the grid that its session's record states.
    Where neither is recorded, as in H-Mix, all that were chosen or started from in the block.

    Args:
        trials: of `list_trials`.
    """
    chosen = trials["paradigm"].isin(CHOOSES_LAMBDA_F)
    recorded = _read_grids(trials[chosen])
    used = _find_used(trials[chosen])
    found: list[Lambdas] = []
    columns = ("file", "protocol", "block", "order_shown", "lambda_f")
    cells = zip(chosen, *(trials[name] for name in columns), strict=True)
    for chooses, file, protocol, block, order, lambda_f in cells:
        if not chooses:
            found.append((float(lambda_f),))
        elif order is not None:
            found.append(tuple(sorted(order)))
        else:
            found.append(recorded.get((file, block)) or used[protocol, block])
    return found


def _read_grids(trials: pd.DataFrame) -> dict[tuple[str, str], Lambdas]:
    """Return the grid that the record of each session states of each block."""
    found = {}
    for file in sorted(set(trials["file"])):
        record = read_record(Path(file))
        for block in record.blocks if record is not None else ():
            if block.lambda_grid:
                found[file, block.name] = tuple(sorted(block.lambda_grid))
    return found


def read_record(log: Path) -> SessionRecord | None:
    """Return the record beside a trial log; None where there is none, or it is torn.

    Raises:
        StudyError: it is there and cannot be used.
    """
    stem = log.name.removesuffix("_data.csv")
    return SessionRecord.read(log.with_name(f"{stem}_session.json"))


def _find_used(trials: pd.DataFrame) -> dict[tuple[str, str], Lambdas]:
    """Return every lambda_f of each block of each protocol that was chosen or started from."""
    return {
        (str(protocol), str(block)): tuple(
            sorted({*its["lambda_f"].dropna(), *its["start_value"].dropna()})
        )
        for (protocol, block), its in trials.groupby(["protocol", "block"])
    }
