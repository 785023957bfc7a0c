"""Practice that is repeated: the same trials once more, with numbers of their own."""

from __future__ import annotations

from dataclasses import replace

from elicit.design.build import SessionPlan
from elicit.trial import Trial


def repeat_practice(plan: SessionPlan, block: str, practice_round: int) -> tuple[Trial, ...]:
    """Return a block's practice trials as one of its rounds asks them, in order.

    Trials of later rounds are numbered after all that are planned, so that no number comes twice.

    Args:
        plan: the session's.
        block: its name.
        practice_round: from 1; the first round is as planned.
    """
    practice = _list_practice(plan)
    before = len(plan.trials) + (practice_round - 2) * len(practice)
    return tuple(
        trial
        if practice_round == 1
        else replace(trial, number=before + k, practice_round=practice_round)
        for k, trial in enumerate(practice)
        if trial.block == block
    )


def find_trial(plan: SessionPlan, number: int) -> Trial | None:
    """Return the trial of a session with a number, in whatever round; None: there is none."""
    trials = plan.trials
    if number < len(trials):
        return trials[number]
    practice = _list_practice(plan)
    if not practice:
        return None
    rounds, k = divmod(number - len(trials), len(practice))
    return replace(practice[k], number=number, practice_round=rounds + 2)


def _list_practice(plan: SessionPlan) -> list[Trial]:
    return [trial for trial in plan.trials if trial.practice]
