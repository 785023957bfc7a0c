"""Which judgements count, and how many others do not, by reason."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from elicit.errors import ElicitError, StudyFolderWarning
from learn.study import answers
from learn.study.exclusions import Exclusions
from learn.study.schema import (
    CLASS_OF_TWO,
    CLASSES_OF_ALL,
    KINDS,
    SHARE,
    kinds_of_answers,
    number_blends,
    with_classes_as_shares,
)
from learn.study.table import check_one_process

# What answers of a kind do, and why those left out do not count beside the others.
_SAYS = {
    SHARE: "say a share",
    CLASS_OF_TWO: "names a class",
    CLASSES_OF_ALL: "names classes out of all",
}
_UNPOOLED = (
    (CLASS_OF_TWO, "classes named, not shares"),
    (CLASSES_OF_ALL, "classes named out of all, not shares"),
)


@dataclass(frozen=True)
class SelectionOptions:
    """Which judgements to use."""

    # whether simulated judgements count; None where a study has people or programs only
    include_simulated: bool | None = None
    repeats: bool = True
    paradigms: tuple[str, ...] | None = None  # None: all of them
    process: str | None = None  # that made the images; None where a study has one only
    exclusions: Exclusions = ()
    min_judgements: int = 1  # of an image, else none of its judgements counts
    pooled: bool = True  # lambda_g is averaged, or a curve fitted to it, over paradigms


@dataclass(frozen=True)
class Selection:
    """The judgements that count, and how many others do not, by reason."""

    used: pd.DataFrame  # rows of `learn.study.table.read_study`
    left_out: dict[str, int]
    all_simulated: bool  # a program gave every judgement that counts

    @property
    def simulation_note(self) -> str | None:
        """A line about simulated judgements for the user; None where people gave them all."""
        count = int(self.used["simulated"].sum())
        if self.all_simulated:
            return "All judgements are simulated: programs gave them, not people."
        if count:
            return f"{count} of {len(self.used)} judgements are simulated: programs gave them."
        left = self.left_out["simulated"]
        return f"{left} simulated judgements are left out, as --people-only says." if left else None


def select(table: pd.DataFrame, choice: SelectionOptions | None = None) -> Selection:
    """Return the judgements that count: no practice, none missed, and only what `choice` selects.

    A fully simulated study counts like one of people. If a study has both human and simulated
    judgements, `choice` must say whether the simulated ones count.

    Construct and Select-Shuffled judgements are rows as Infer's are: their lambda_g is 0.5, at
    the lambda_f that was chosen. Discriminate says which class an image looks more like, and not
    how much of it: an average of both kinds would mean neither. So where judgements are pooled,
    Discriminate counts only in a study of nothing else, or where it alone is chosen; lambda_g is
    then 1 where class i was named and 0 where class j was, so that its average is the share of
    answers that named class i. Categorize, whose answers are classes out of all, counts likewise
    only where nothing else is or where it alone is chosen; it has no lambda_g.

    Args:
        table: every row of a study, as `learn.study.table.read_study` gives it.
        choice: what to use; None for every paradigm, with repeats, and nobody excluded.

    Raises:
        ElicitError: nothing is left, a paradigm or a process that is not there, paradigms chosen
            together that cannot be pooled, or images of several processes, or human and simulated
            judgements, together where `choice` does not say which count.
    """
    choice = choice or SelectionOptions()
    practised = table["practice"]
    asked = table[~practised]
    if asked.empty:
        raise ElicitError(
            f"{Path(table['file'].iloc[0]).parent}: all {len(table)} trials are practice, "
            "which does not count; run a session to its trials first"
        )
    missed = answers.is_missed(asked["missed"])
    asked = asked[~missed]
    program = asked["simulated"].to_numpy()
    all_simulated = bool(program.all())
    if choice.include_simulated is None and program.any() and not all_simulated:
        raise ElicitError(_both_there(asked))
    if choice.include_simulated is not False:
        program = np.zeros(len(asked), dtype=bool)
    used = asked[~program]
    left_out = {
        "practice": int(practised.sum()),
        "missed": int(missed.sum()),
        "simulated": len(asked) - len(used),
    }
    others = _of_other_paradigms(used, choice.paradigms)
    elsewhere = _of_other_processes(used, others, choice.process)
    kinds, pooled = kinds_of_answers(used), _find_pooled_kind(used[~(others | elsewhere)], choice)
    for reason, leaves in (
        ("other paradigms", others),
        ("of other processes", elsewhere),
        *((reason, (kinds == kind) & (pooled not in (None, kind))) for kind, reason in _UNPOOLED),
        ("repeats", used["repeat"] & (not choice.repeats)),
        ("excluded", _excluded(used, choice.exclusions)),
    ):
        kept = used[~leaves.loc[used.index]]
        left_out[reason] = len(used) - len(kept)
        used = kept
    if choice.pooled:
        used = with_classes_as_shares(used)  # all that are left, or none of them, name a class
    enough = used[_count_judgements(used) >= choice.min_judgements]
    left_out["of images with few judgements"] = len(used) - len(enough)
    if enough.empty:
        counted = ", ".join(f"{number} {reason}" for reason, number in left_out.items() if number)
        raise ElicitError(f"no judgement is left of {len(table)}: {counted}; leave out fewer")
    _warn_of_two_confidences(enough)
    return Selection(enough, left_out, all_simulated)


def _count_judgements(used: pd.DataFrame) -> NDArray[np.int64]:
    """Return (N,) how many judgements each row's mixed image has."""
    blend = number_blends(used)
    counts: NDArray[np.int64] = np.bincount(blend)[blend]
    return counts


def _warn_of_two_confidences(used: pd.DataFrame) -> None:
    """Warn where omega is one's own confidence in some answers and that of others in some."""
    rated = used[used["omega"].notna()]
    counts = rated["confidence_of"].fillna("not recorded").value_counts().sort_index()
    if len(counts) > 1:
        each = ", ".join(f"{name} ({count} answers)" for name, count in counts.items())
        warnings.warn(
            StudyFolderWarning(
                f"{Path(used['file'].iloc[0]).parent}: confidence_of: {each}; omega is one's own "
                "confidence in some answers and that of the other people in others, and is pooled "
                "here; give each its own study folder"
            ),
            stacklevel=3,
        )


def _both_there(asked: pd.DataFrame) -> str:
    """Return the error for a study with both human and simulated judgements."""
    program = asked["simulated"].to_numpy()
    trials, people = asked[program], asked[~program]
    return (
        f"{Path(asked['file'].iloc[0]).parent}: has {len(people)} trials of people "
        f"({people['participant'].nunique()}) and {len(trials)} simulated ones "
        f"({trials['participant'].nunique()} participants, such as "
        f"{trials['participant'].iloc[0]}); say --people-only to leave those out, or "
        "--include-simulated to count both"
    )


def _of_other_paradigms(table: pd.DataFrame, paradigms: Sequence[str] | None) -> pd.Series[bool]:
    there = sorted(set(table["paradigm"]))
    for named in paradigms or ():
        if named not in there:
            raise ElicitError(f"--paradigms: must be of {', '.join(there)}, got {named!r}")
    return ~table["paradigm"].isin(there if paradigms is None else list(paradigms))


def _of_other_processes(
    table: pd.DataFrame, left_out: pd.Series[bool], process: str | None
) -> pd.Series[bool]:
    """Return which judgements are of images that another process made than the one that counts.

    Args:
        table: the judgements.
        left_out: (N,) those that do not count anyway.
        process: that counts; None where the others are of one only.
    """
    there = sorted(set(table.loc[~left_out, "process"]))
    if process is None and len(there) > 1:
        check_one_process(table[~left_out])
    if process is not None and process not in there:
        raise ElicitError(f"--process: must be of {', '.join(there)}, got {process!r:.80}")
    return (table["process"] != process) & (process is not None)


def _find_pooled_kind(table: pd.DataFrame, choice: SelectionOptions) -> str | None:
    """Return the kind of answers that counts, the first of `KINDS` there; None where all count."""
    if not choice.pooled or table.empty:
        return None
    kinds = kinds_of_answers(table)
    there = [kind for kind in KINDS if (kinds == kind).any()]
    if choice.paradigms is not None and len(there) > 1:
        first, second = (
            f"{', '.join(sorted(set(table.loc[kinds == kind, 'paradigm'])))} {_SAYS[kind]}"
            for kind in there[:2]
        )
        raise ElicitError(
            f"--paradigms: {second} where {first}, so their answers cannot be averaged; give one "
            "kind at a time"
        )
    return there[0]


def _excluded(table: pd.DataFrame, exclusions: Exclusions) -> pd.Series[bool]:
    left = {(each.participant, each.paradigm) for each in exclusions if each.exclude == "yes"}
    who = zip(table["participant"], table["paradigm"], strict=True)
    return pd.Series([each in left for each in who], index=table.index, dtype=bool)
