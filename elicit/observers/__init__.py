"""Simulated participants; they answer through keys and times, as a person does.

An observer is called with what is on screen and returns the next key press and its time. It never
writes a row: the session, its view and its log are the same as for people. The same name, seed and
settings give the same participant, who answers a trial in the same way whatever came before it. So
a simulated session that was interrupted can be resumed without a difference.

A participant has a mind, which decides once a trial what to answer (`actions.Intent`).
`key_presses` has a function for each paradigm that returns the keys for that answer.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import combinations
from typing import TypeAlias

from elicit.errors import ElicitError
from elicit.observers import autopilot, careless, hmix, ideal, psychometric
from elicit.observers.actions import Action, Observer
from elicit.observers.hmix_parameters import load_parameters
from elicit.protocol.study_protocol import StudyProtocol

__all__ = ["OBSERVERS", "Action", "Observer", "observer", "unusable"]

Settings: TypeAlias = Mapping[str, object]

# To add an observer: write its module, name it here.
OBSERVERS: dict[str, Callable[[Sequence[int], int, Settings], Observer]] = {
    "autopilot": autopilot.start,
    "ideal": ideal.start,
    "psychometric": psychometric.start,
    "hmix": hmix.start,
    "random": careless.start_random,
    "same": careless.start_same,
    "masher": careless.start_masher,
    "leaver": careless.start_leaver,
}


def observer(
    name: str, seed: Sequence[int], settings: Settings | None = None, *, session: int = 1
) -> Observer:
    """Return a simulated participant.

    Args:
        name: which of `OBSERVERS`.
        seed: who they are: same seed, same participant.
        settings: what the observer's own module says it takes; nothing for its defaults.
        session: their visit, from 1; the same person answers another visit anew.

    Raises:
        ElicitError: no such observer, or settings that it cannot use.
    """
    return OBSERVERS[_check_name(name)](tuple(seed), session, settings or {})


def explain_unusable(
    name: str,
    protocol: StudyProtocol,
    classes: Collection[str] | None = None,
    settings: Settings | None = None,
) -> str | None:
    """Return why an observer cannot answer a protocol, in one line; None: it can.

    Args:
        name: which of `OBSERVERS`.
        protocol: the study.
        classes: all classes of its images, if known; of blocks that name none of their own.
        settings: the observer's; a class pair named in them must be one of the study's.

    Raises:
        ElicitError: no such observer.
    """
    _check_name(name)
    for number, block in enumerate(protocol.blocks):
        shown, known = block.classes or classes or (), load_parameters().classes
        strange = sorted(set(shown) - set(known)) if name == "hmix" else []
        if strange:
            return (
                f"observer hmix: cannot answer blocks.{number} of protocol {protocol.name}: nobody "
                f"in H-Mix saw {', '.join(strange)}, only {', '.join(known)}; use the "
                "observer psychometric"
            )
    return (
        _explain_strange_pair(protocol, classes, settings or {}) if name == "psychometric" else None
    )


def _check_name(name: str) -> str:
    if name not in OBSERVERS:
        raise ElicitError(f"observer: must be one of {', '.join(OBSERVERS)}, got {name!r}")
    return name


def _explain_strange_pair(
    protocol: StudyProtocol, classes: Collection[str] | None, settings: Settings
) -> str | None:
    if classes is None and any(block.classes is None for block in protocol.blocks):
        return None
    there = {
        f"{first}-{second}"
        for block in protocol.blocks
        for pair in combinations(block.classes or classes or (), 2)
        for first, second in (pair, pair[::-1])
    }
    for key, values in settings.items():
        for pair_named in values if isinstance(values, Mapping) else ():
            if pair_named not in {*there, psychometric.DEFAULT}:
                return (
                    f"observer psychometric: {key}: protocol {protocol.name} shows no class pair "
                    f"{pair_named!r}; name one such as {min(there)!r}, or {psychometric.DEFAULT}"
                )
    return None
