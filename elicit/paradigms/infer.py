"""Infer: the participant says which mix they see, and how sure they are, on two sliders."""

from __future__ import annotations

from dataclasses import dataclass, replace

from elicit.trial import (
    SLIDER_END,
    SLIDER_MIDDLE,
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
    spell_number,
)

MIXING, CONFIDENCE = 0, 1  # the sliders, from the top


@dataclass(frozen=True)
class Infer:
    """Where one Infer trial stands; a slider that was never touched has no position."""

    trial: Trial
    positions: tuple[int | None, int | None] = (None, None)
    focus: int = MIXING
    asked_again: bool = False  # Continue was tried with a slider untouched
    typed: str = ""  # the digits typed in a row for the slider in focus, such as the 7 of 70
    steps: int = 0
    done: bool = False

    @classmethod
    def start(cls, trial: Trial) -> Infer:
        """Return the trial as first shown: both sliders untouched."""
        return cls(trial)

    def step(self, event: Event) -> Infer:
        """Return the state after `event`; an untouched slider moves from the middle.

        Number keys spell a place from 0 (left) to 100 (right).
        """
        match event:
            case Step(delta):
                position = self.positions[self.focus]
                return self._placed(
                    self.focus, (SLIDER_MIDDLE if position is None else position) + delta
                )
            case Jump(end):
                return self._placed(self.focus, SLIDER_END if end > 0 else 0)
            case Slide(slider, position):
                return replace(self, focus=slider)._placed(slider, position)
            case Digit(digit):
                typed, position = spell_number(self.typed, digit, 0, SLIDER_END)
                assert position is not None  # every number up to SLIDER_END is a place
                return replace(self._placed(self.focus, position), typed=typed)
            case Focus(delta):
                focus = (self.focus + delta) % len(self.positions)
                return replace(self, focus=focus, typed="")
            case Confirm():
                return self._confirmed()
            case Choose() | Erase():
                return self

    def response(self) -> Response:
        """The mixing slider says lambda_g, the other says omega.

        Raises:
            ValueError: a slider is untouched.
        """
        mixing, confidence = self.positions
        if mixing is None or confidence is None:
            raise ValueError(f"trial {self.trial.number}: both sliders must be touched first")
        to_the_right = mixing / SLIDER_END
        return Response(
            lambda_f=self.trial.lambdas[0],
            lambda_g=to_the_right if self.trial.mirrored else (SLIDER_END - mixing) / SLIDER_END,
            omega=confidence / SLIDER_END,
            steps=self.steps,
            position=mixing,
            confidence_position=confidence,
            position_touched=True,
            confidence_touched=True,
        )

    def _confirmed(self) -> Infer:
        if None not in self.positions:
            return replace(self, done=True)
        return replace(self, focus=self.positions.index(None), asked_again=True, typed="")

    def _placed(self, slider: int, position: int) -> Infer:
        position = min(max(position, 0), SLIDER_END)
        if position == self.positions[slider]:
            return replace(self, typed="") if self.typed else self
        mixing, confidence = self.positions
        placed = (position, confidence) if slider == MIXING else (mixing, position)
        return replace(self, positions=placed, steps=self.steps + 1, typed="")
