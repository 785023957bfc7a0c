"""The prior of Discriminate's psychometric functions that a study's protocol states."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from elicit.errors import ElicitError, StudyFolderWarning
from elicit.psychometric.function import Prior
from learn.files import load_json
from learn.study.schema import names_a_class

_RESTORE = (
    "restore the file as the session wrote it, or take the default: learn pse --default-prior"
)
_LOG, _SIDECAR = "_data.csv", "_session.json"  # how a session's files end


@dataclass(frozen=True)
class StudyPrior:
    """The prior of a study's curves, and how many of its sessions state it."""

    prior: Prior
    stating: int  # sessions of Discriminate that state it; 0: none states any
    sessions: int  # of Discriminate

    def __str__(self) -> str:
        """Return the prior as one line of text."""
        if not self.stating:
            return (
                f"Prior of own curves: the default, as no session states one: {_said(self.prior)}."
            )
        return (
            f"Prior of own curves: the study's own, which {self.stating} of {self.sessions} "
            f"sessions state: {_said(self.prior)}."
        )


def read_study_prior(judgements: pd.DataFrame) -> StudyPrior:
    """Return the prior that a study's adaptive blocks were measured with.

    Each session's sidecar has it, beside its trial log. A block of constant stimuli states none,
    nor does a session whose sidecar is gone; where no session states any, it is the default one.

    Args:
        judgements: rows of `learn.study.table.read_study` that count.

    Raises:
        ElicitError: two sessions or blocks state different ones, or one that cannot be.
    """
    named = judgements[names_a_class(judgements)]
    logs = sorted(set(named["file"]))
    blocks = set(zip(named["file"], named["block"], strict=True))
    # one log after the other: a sidecar is read once
    found = [
        (place, log, prior)
        for log in logs
        for block, place, prior in _of_session(Path(log))
        if (log, block) in blocks
    ]
    for place, _, prior in found:
        if prior != found[0][2]:
            raise ElicitError(
                f"{place}: must be the same in every session, got {_said(prior)}; "
                f"{found[0][0]} is {_said(found[0][2])}; leave out who had one of them with "
                "--exclude, or take the default for all: learn pse --default-prior"
            )
    prior = found[0][2] if found else Prior()
    return StudyPrior(prior, len({log for _, log, _ in found}), len(logs))


def _of_session(log: Path) -> Iterator[tuple[str, str, Prior]]:
    """Yield each adaptive block's name, the place that states its prior, and the prior."""
    sidecar = log.with_name(log.name.removesuffix(_LOG) + _SIDECAR)
    blocks = _read(sidecar).get("blocks") or []
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise ElicitError(f"{sidecar}: blocks: must be a list of what was shown; {_RESTORE}")
    for number, block in enumerate(blocks):
        measured = block.get("measured") or {}
        if not isinstance(measured, dict):
            place = f"{sidecar}: blocks.{number}.measured"
            raise ElicitError(f"{place}: must be a mapping, got {str(measured)[:60]}; {_RESTORE}")
        if measured.get("target") is not None:
            place = f"{sidecar}: blocks.{number}.measured.prior"
            yield str(block.get("name")), place, _prior(place, measured.get("prior"))


def _read(sidecar: Path) -> dict[str, Any]:
    """Return what a sidecar says: nothing where the file is missing or torn.

    Raises:
        OSError: it cannot be read now; another prior would give another result.
    """
    try:
        return load_json(sidecar)
    except FileNotFoundError:
        return {}
    except ValueError:
        told = f"{sidecar}: is damaged, so that its prior does not count; restore it from a copy"
        warnings.warn(StudyFolderWarning(told), stacklevel=2)
        return {}


def _prior(place: str, said: Any) -> Prior:
    try:
        prior = Prior(**said)
        problem = prior.problem()
    except TypeError as error:
        raise ElicitError(
            f"{place}: must be numbers for {', '.join(asdict(Prior()))}, got "
            f"{repr(said)[:60]}; {_RESTORE}"
        ) from error
    if problem is not None:
        raise ElicitError(f"{place}.{problem}")
    return prior


def _said(prior: Prior) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in asdict(prior).items())
