"""The participants' ids: one spelling for one person, and none used again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Set
from pathlib import Path

from elicit.characters import describe_unusual
from elicit.errors import StudyError
from elicit.fields import PARTICIPANT
from elicit.study.coverage import Coverage
from elicit.study.withdrawals import list_withdrawn


def check_participant(participant: str) -> str:
    """Return `participant` if it can be a participant's pseudonym.

    Raises:
        StudyError: it is empty, too long, or has other characters than letters and digits.
    """
    if not re.fullmatch(PARTICIPANT, participant, re.ASCII):
        shown = participant if len(participant) <= 40 else f"{participant[:40]}..."
        unusual = describe_unusual(participant[:40])
        raise StudyError(
            f"participant: must be 1 to 32 letters and digits, such as P01, got {shown!r}"
            f"{f': {unusual}' if unusual else ''}"
        )
    return participant


def list_participants(folder: Path, coverage: Coverage) -> set[str]:
    """Return everyone who ever took part in a study, whichever its protocol.

    Args:
        folder: the study folder.
        coverage: which of its places are covered, and by whom.
    """
    return coverage.participants | list_withdrawn(folder)


def next_id(known: Set[str]) -> str:
    """Return an id that comes after those known, such as P08 after P07."""
    numbered = [found for each in sorted(known) if (found := re.fullmatch(r"(.*?)(\d+)", each))]
    if not numbered:
        return "P01"
    ((prefix, _),) = Counter(found[1] for found in numbered).most_common(1)
    same = [found[2] for found in numbered if found[1].casefold() == prefix.casefold()]
    return f"{prefix}{max(map(int, same)) + 1:0{max(map(len, same))}}"


def check_known(participant: str, folder: Path, known: Set[str]) -> None:
    """Refuse a participant who withdrew, or who is known in another spelling.

    Raises:
        StudyError: the participant withdrew, or their id is spelled in another way here.
    """
    gone = {each.casefold() for each in list_withdrawn(folder)}
    if participant.casefold() in gone:
        raise StudyError(
            f"participant: {participant} withdrew from this study, and no id is used again; "
            f"the next free one is {next_id(known)}"
        )
    others = [each for each in known if each.casefold() == participant.casefold()]
    if others and participant not in others:
        raise StudyError(
            f"participant: {participant} is in this study as {others[0]}; give {others[0]} for "
            f"the same person, or for a new one a free id, such as {next_id(known)}"
        )
