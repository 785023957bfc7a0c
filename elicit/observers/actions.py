"""The key presses of a simulated participant, and the answers that they are meant to give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from elicit.screen.view import ScreenState
from elicit.trial import NamedClasses, Trial


@dataclass(frozen=True)
class Action:
    """One key press.

    `after_s` is counted from the key press before it; for the first on a page or trial, from the
    flip that showed it.
    """

    key: str  # a name of `elicit.screen.keys`, such as "left" or "shift+tab"
    after_s: float


class Observer(Protocol):
    """One simulated participant, from the consent page to the last one."""

    def __call__(self, shown: ScreenState) -> Action | None:
        """Return the next key press for what is on screen; None: there will be no more.

        The observer sees nothing but the screen. Where a view loses a key, it presses the key
        again. A view treats None as a closed window, because nothing else would ever happen.
        """


@dataclass(frozen=True)
class Intent:
    """What a participant means to answer to one trial, before any key is pressed.

    Construct and Select-Shuffled need `pick`, Infer needs `lambda_g` and `omega`, Discriminate
    needs `lambda_g`: above 0.5 it says class i, below it class j. Categorize needs `named`.
    """

    rt_s: float  # from the flip that shows the trial to the confirming key
    pick: int | None = None  # place in trial.lambdas of the mix called 50/50
    lambda_g: float | None = None  # share of class i seen, in [0, 1]
    omega: float | None = None  # confidence, in [0, 1]
    named: NamedClasses | None = None  # shares in whole hundredths


def name_both_classes(trial: Trial, share_i: float) -> NamedClasses | None:
    """Return what somebody names who sees nothing but the two classes of a mix.

    It is None where a trial offers no classes.

    Args:
        trial: what is asked.
        share_i: of class i that they see, in [0, 1]; the rest is of class j.
    """
    if not trial.class_order:
        return None
    percent = round(100 * share_i)
    seen = sorted(zip((percent, 100 - percent), trial.pair.classes, strict=True), reverse=True)
    (most, first), (least, other) = seen
    named = {first, other} if least else {first}
    return NamedClasses(
        first,
        most / 100,
        other if least else "",
        least / 100 if least else None,
        tuple(each for each in trial.class_order if each not in named),
    )
