"""Select-Shuffled: the participant picks the mix that looks 50/50 among all, shuffled."""

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
    step_in_grid,
)


@dataclass(frozen=True)
class SelectShuffled:
    """Where one Select-Shuffled trial stands; indices are places on the screen."""

    trial: Trial
    highlight: int | None = None  # the frame that the arrows move; none before the first key
    picked: int | None = None
    steps: int = 0
    done: bool = False

    @classmethod
    def start(cls, trial: Trial) -> SelectShuffled:
        """Return the trial as first shown: nothing highlighted, nothing picked."""
        return cls(trial)

    def step(self, event: Event) -> SelectShuffled:
        """Return the state after `event`; the first arrow key brings the frame."""
        match event:
            case Step(delta):
                last = len(self.trial.lambdas) - 1
                return self._highlighted(step_in_grid(self.highlight, delta, last))
            case Jump(end):
                return self._highlighted(len(self.trial.lambdas) - 1 if end > 0 else 0)
            case Choose(index):
                return replace(self._highlighted(index), picked=index)
            case Confirm():
                return self._confirmed()
            case Focus() | Slide() | Digit() | Erase():
                return self

    def response(self) -> Response:
        """The picked mix is the one called 50/50.

        Raises:
            ValueError: nothing is picked yet.
        """
        if self.picked is None:
            raise ValueError(f"trial {self.trial.number}: no image is picked yet")
        lambda_f = self.trial.lambdas[self.picked]
        return Response(lambda_f=lambda_f, lambda_g=0.5, omega=None, steps=self.steps)

    def _confirmed(self) -> SelectShuffled:
        if self.highlight is None:
            return self
        if self.picked == self.highlight:
            return replace(self, done=True)
        return replace(self, picked=self.highlight)

    def _highlighted(self, index: int) -> SelectShuffled:
        if index == self.highlight:
            return self
        return replace(self, highlight=index, steps=self.steps + 1)
