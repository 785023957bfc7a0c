"""Discriminate: one mix, one key: which of the two classes it looks more like."""

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
class Discriminate:
    """Where one Discriminate trial stands.

    An adaptive trial whose mix is not chosen yet has all the mixes that it may be in
    `trial.lambdas`; a trial that is asked has one.
    """

    trial: Trial
    said_i: bool | None = None  # whether it looked more like class i; None before the answer

    @classmethod
    def start(cls, trial: Trial) -> Discriminate:
        """Return the trial as first shown, without an answer."""
        return cls(trial)

    @property
    def done(self) -> bool:
        """Whether a class was named: the first arrow key or click is the answer."""
        return self.said_i is not None

    def step(self, event: Event) -> Discriminate:
        """Return the state after `event`; a step to a side names the class on that side."""
        match event:
            case Step(delta):
                on_the_right = delta > 0
                return replace(self, said_i=on_the_right == bool(self.trial.mirrored))
            case Jump() | Focus() | Choose() | Slide() | Digit() | Erase() | Confirm():
                return self

    def response(self) -> Response:
        """Return which class was named: the image looked more than half like it.

        Raises:
            ValueError: no class is named yet, or the trial's mix is not chosen.
        """
        if self.said_i is None:
            raise ValueError(f"trial {self.trial.number}: no class is named yet")
        if len(self.trial.lambdas) != 1:
            raise ValueError(f"trial {self.trial.number}: the mix to show is not chosen yet")
        lambda_f = self.trial.lambdas[0]
        return Response(lambda_f, lambda_g=None, omega=None, steps=0, chose_i=self.said_i)
