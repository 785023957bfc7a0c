"""Construct: the participant steps through the mixes until one looks 50/50."""

from __future__ import annotations

from dataclasses import dataclass, replace

from elicit.trial import (
    Choose,
    Confirm,
    Digit,
    Erase,
    Event,
    Focus,
    Jump,
    Response,
    Slide,
    Step,
    Trial,
)


@dataclass(frozen=True)
class Construct:
    """Where one Construct trial stands."""

    trial: Trial
    index: int  # into trial.lambdas: the mix on screen
    steps: int = 0
    done: bool = False

    @classmethod
    def start(cls, trial: Trial) -> Construct:
        """Return the trial as first shown, at its start value.

        Raises:
            ValueError: the trial has no start value.
        """
        if trial.start is None:
            raise ValueError(f"trial {trial.number}: a Construct trial needs a start value")
        return cls(trial, trial.start)

    def step(self, event: Event) -> Construct:
        """Return the state after `event`; the ends of the range are walls."""
        match event:
            case Step(delta):
                return self._moved(self.index + delta * self._towards_right())
            case Jump(end):
                last = len(self.trial.lambdas) - 1
                return self._moved(last if end * self._towards_right() > 0 else 0)
            case Confirm():
                return replace(self, done=True)
            case Focus() | Choose() | Slide() | Digit() | Erase():
                return self

    def response(self) -> Response:
        """The mix on screen is the one called 50/50."""
        lambda_f = self.trial.lambdas[self.index]
        return Response(lambda_f=lambda_f, lambda_g=0.5, omega=None, steps=self.steps)

    def _towards_right(self) -> int:
        # The right arrow moves towards the class on the right: i where the sides are mirrored.
        return 1 if self.trial.mirrored else -1

    def _moved(self, index: int) -> Construct:
        index = min(max(index, 0), len(self.trial.lambdas) - 1)
        return self if index == self.index else replace(self, index=index, steps=self.steps + 1)
