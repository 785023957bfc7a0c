"""The blocks of a protocol: one model for each paradigm, chosen by the key `paradigm`."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator, model_validator

from elicit.fields import NAME, Unit
from elicit.protocol.base import (
    MAX_ENTRIES,
    ClassName,
    Line,
    Model,
    Text,
    TrialsOfCurve,
    Whole,
    fillable,
)
from elicit.protocol.pages import BreakModel
from elicit.psychometric.function import Prior
from elicit.trial import is_near


def _check_increasing(grid: tuple[float, ...]) -> None:
    if len(grid) < 2 or any(b <= a for a, b in pairwise(grid)):
        raise ValueError(f"lambda_grid: must be at least two increasing values, got {list(grid)}")


Grid = Annotated[tuple[Unit, ...], Field(max_length=MAX_ENTRIES + 1)]
MAX_INTERVAL_S = 60.0
MAX_OFFERED_CLASSES = 30  # of Categorize, on one screen

# Keys that other paradigms have and that make no sense in this one; `validate` says why.
UNFIT_KEYS = {
    (paradigm, key): f"must not be given in {paradigm}, {why}; remove it"
    for paradigm, why in {
        "construct": "whose image changes with each key and stays until the answer",
        "select_shuffled": "whose images are what the participant chooses among",
    }.items()
    for key in ("exposure_s", "mask", "mask_s")
} | {
    ("stimuli", "monitor"): "is no key any more; remove it, and run `elicit calibrate` on each "
    "computer that sessions run on"
}


def _range(value: Any) -> Any:
    """Return a range of seconds, low and high; one value is both."""
    ends = value if isinstance(value, list | tuple) else [value, value]
    numbers = [each for each in ends if isinstance(each, int | float) and type(each) is not bool]
    fits = len(ends) == len(numbers) == 2 and 0 <= numbers[0] <= numbers[1] <= MAX_INTERVAL_S
    if not fits:
        raise ValueError(
            f"must be seconds from 0 to {MAX_INTERVAL_S:g}, or a range of them such as "
            f"[0.4, 0.8], got {'nothing' if value is None else repr(value)}"
        )
    return float(numbers[0]), float(numbers[1])


Interval = Annotated[
    tuple[float, float],
    BeforeValidator(_range),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": MAX_INTERVAL_S},
                {
                    "type": "array",
                    "items": {"type": "number", "minimum": 0, "maximum": MAX_INTERVAL_S},
                    "minItems": 2,
                    "maxItems": 2,
                },
            ]
        }
    ),
]


class TooFastModel(Model):
    """Which answers are too fast to be meant, and after how many a page asks for care."""

    s: Annotated[float, Field(gt=0, le=10)]
    """An answer that takes fewer seconds is too fast."""
    in_a_row: Whole = 3
    """Too fast answers in a row after which the page comes."""


class BlockBase(Model):
    """What every block says: its set of pairs, and how many of them one participant sees."""

    name: str = Field(pattern=NAME)
    """Letters and digits, different from the other blocks' names."""
    prompt: Text
    """Question above the images; may contain `{left}` and `{right}`, the two classes."""
    title: Text
    """Title of the page before the block."""
    instructions: Text
    """Text of the page before the block."""
    classes: Annotated[tuple[ClassName, ...], Field(max_length=MAX_ENTRIES)] | None = None
    """Classes to use. Default: all classes of the source."""
    manifest: Line | None = None
    """CSV file of a stimulus set, relative to the protocol. It replaces the next two keys."""
    per_combination: Whole | None = None
    """Items in the set for every combination of two classes."""
    batch_size: Whole | None = None
    """Largest number of items that one participant sees."""
    repeats: Annotated[tuple[Whole, ...], Field(max_length=MAX_ENTRIES)] = ()
    """Positions, from 1, whose items are shown again at the end."""
    practice: Annotated[int, Field(ge=0, le=MAX_ENTRIES, strict=True)] = 0
    """Practice trials before the block, on pairs that no batch has. They can be repeated."""
    feedback: bool = False
    """Whether a page says after each practice trial whether the answer was right."""
    feedback_within: Annotated[float, Field(ge=0.01, le=0.5)] = 0.1
    """How far an answer may be from the mixing coefficient, or the middle from 0.5, to be right."""
    rest: BreakModel | None = None
    """Breaks between trials."""
    earliest_s: float = Field(default=0.0, ge=0, le=60)
    """Seconds before which no answer counts."""
    fixation_s: float = Field(default=0.0, ge=0, le=60)
    """Seconds for which a cross stands in the image's place before it."""
    interval_s: Interval = (0.0, 0.0)
    """Seconds of empty screen before each trial, or a range `[low, high]` to draw them from."""
    deadline_s: Annotated[float, Field(gt=0, le=600)] | None = None
    """Seconds from the image's onset until which an answer counts. Default: no limit."""
    missed: Literal["repeat_at_end", "record"] = "repeat_at_end"
    """A trial not answered in time: ask it again at the block's end, or log it as missed."""
    too_fast: TooFastModel | None = None
    """Answers too fast to be meant, after which a page asks for care."""

    @property
    def has_durations(self) -> bool:
        """Whether anything is on screen for a limited time, or an answer is waited for so long."""
        limits = (self.fixation_s, self.interval_s[1], self.deadline_s)
        return any(limits) or getattr(self, "exposure_s", None) is not None

    @property
    def has_sides(self) -> bool:
        """Whether a class stands on the left and one on the right."""
        return True

    @field_validator("prompt")
    @classmethod
    def _prompt_can_be_filled(cls, prompt: str) -> str:
        return fillable(prompt, "left", "right")

    @model_validator(mode="after")
    def _per_combination_is_said(self) -> BlockBase:
        self._check_beside_manifest("per_combination")
        return self

    @model_validator(mode="after")
    def _batch_size_is_said(self) -> BlockBase:
        self._check_beside_manifest("batch_size")
        return self

    @model_validator(mode="after")
    def _a_manifest_says_the_classes(self) -> BlockBase:
        if self.manifest is not None and self.classes is not None:
            raise ValueError("classes: must not be given beside manifest")
        return self

    def _check_beside_manifest(self, key: str) -> None:
        if self.manifest is None and getattr(self, key) is None:
            raise ValueError(f"{key}: is needed and not given, as there is no manifest")
        if self.manifest is not None and getattr(self, key) is not None:
            raise ValueError(f"{key}: must not be given beside manifest")

    @model_validator(mode="after")
    def _missed_needs_a_deadline(self) -> BlockBase:
        if "missed" in self.model_fields_set and self.deadline_s is None:
            raise ValueError("missed: must not be given without deadline_s")
        return self

    @model_validator(mode="after")
    def _feedback_is_about_practice(self) -> BlockBase:
        if self.feedback and self.practice == 0:
            raise ValueError("feedback: must not be given without practice, which it is about")
        return self

    @model_validator(mode="after")
    def _feedback_within_needs_feedback(self) -> BlockBase:
        if "feedback_within" in self.model_fields_set and not self.feedback:
            raise ValueError("feedback_within: must not be given without feedback: true")
        return self

    def _check_has_right_answer(self, grid: tuple[float, ...]) -> None:
        """Refuse feedback where no mix of the grid is near enough to the middle to be right.

        Raises:
            ValueError: so it is.
        """
        if self.feedback and not any(is_near(each, 0.5, self.feedback_within) for each in grid):
            raise ValueError(
                f"feedback: must not be given where no mix of lambda_grid is within "
                f"feedback_within {self.feedback_within:g} of 0.5, so that no answer is right"
            )

    @model_validator(mode="after")
    def _deadline_leaves_time(self) -> BlockBase:
        if self.deadline_s is not None and self.deadline_s <= self.earliest_s:
            raise ValueError(
                f"deadline_s: must be above earliest_s {self.earliest_s:g}, got {self.deadline_s:g}"
            )
        return self

    @model_validator(mode="after")
    def _too_fast_can_be(self) -> BlockBase:
        if self.too_fast is not None and self.too_fast.s <= self.earliest_s:
            raise ValueError(
                f"too_fast.s: must be above earliest_s {self.earliest_s:g}, got {self.too_fast.s:g}"
            )
        return self

    @model_validator(mode="after")
    def _not_all_are_too_fast(self) -> BlockBase:
        if self.too_fast is not None and self.too_fast.s >= (self.deadline_s or math.inf):
            raise ValueError(
                f"too_fast.s: must be below deadline_s {self.deadline_s:g}, got {self.too_fast.s:g}"
            )
        return self

    @field_validator("classes")
    @classmethod
    def _two_classes(cls, classes: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if classes is not None and len(set(classes)) < max(2, len(classes)):
            raise ValueError(f"must be at least two different classes, got {list(classes)}")
        return classes


class ExposedBlock(BlockBase):
    """A block whose image may be gone before the answer."""

    exposure_s: Annotated[float, Field(gt=0, le=60)] | None = None
    """Seconds for which the image is on screen, unless answered before. Default: no limit."""
    mask: Literal["none", "noise", "scrambled"] = "none"
    """What follows the image: nothing, its pixels in random order, or its blocks in one."""
    mask_s: Annotated[float, Field(gt=0, le=60)] | None = None
    """Seconds for which the mask is on screen; required with `mask`."""

    @model_validator(mode="after")
    def _mask_follows_an_exposure(self) -> ExposedBlock:
        if self.mask != "none" and self.exposure_s is None:
            raise ValueError("exposure_s: is needed where mask is given")
        return self

    @model_validator(mode="after")
    def _mask_s_stands_beside_mask(self) -> ExposedBlock:
        if self.mask != "none" and self.mask_s is None:
            raise ValueError("mask_s: is needed where mask is given")
        if self.mask == "none" and self.mask_s is not None:
            raise ValueError("mask_s: must not be given without mask")
        return self

    @model_validator(mode="after")
    def _exposure_ends_before_the_deadline(self) -> ExposedBlock:
        if self.deadline_s is not None and self.deadline_s < (self.exposure_s or 0):
            raise ValueError(
                f"deadline_s: must be at least exposure_s {self.exposure_s:g}, "
                f"got {self.deadline_s:g}"
            )
        return self


class ConstructBlock(BlockBase):
    """Step through `lambda_grid` to the mix that looks 50/50."""

    paradigm: Literal["construct"]
    """Step through the mixes to the one that looks 50/50."""
    lambda_grid: Grid
    """Mixing coefficients of the mixes, increasing."""
    starts: Grid
    """Mixing coefficients shown first, one per participant in turn."""

    @model_validator(mode="after")
    def _grid_increases(self) -> ConstructBlock:
        _check_increasing(self.lambda_grid)
        return self

    @model_validator(mode="after")
    def _starts_on_the_grid(self) -> ConstructBlock:
        off_grid = self.lambda_grid and any(start not in self.lambda_grid for start in self.starts)
        if not self.starts or off_grid:
            raise ValueError(
                f"starts: must be values of lambda_grid {list(self.lambda_grid)}, "
                f"at least one, got {list(self.starts)}"
            )
        return self

    @model_validator(mode="after")
    def _has_a_right_answer(self) -> ConstructBlock:
        self._check_has_right_answer(self.lambda_grid)
        return self


class SelectShuffledBlock(BlockBase):
    """Pick the mix that looks 50/50 among all of `lambda_grid`, shuffled."""

    paradigm: Literal["select_shuffled"]
    """Pick the 50/50 mix among all mixes, shuffled."""
    lambda_grid: Grid
    """Mixing coefficients of the mixes, increasing."""

    @property
    def has_sides(self) -> bool:
        """No class stands on a side."""
        return False

    @model_validator(mode="after")
    def _grid_increases(self) -> SelectShuffledBlock:
        _check_increasing(self.lambda_grid)
        return self

    @model_validator(mode="after")
    def _has_a_right_answer(self) -> SelectShuffledBlock:
        self._check_has_right_answer(self.lambda_grid)
        return self


class SingleMixBlock(ExposedBlock):
    """A block that shows each pair at one mix, which its set says."""

    lambdas: Grid
    """Mixing coefficients of the set, each equally often."""

    @field_validator("lambdas")
    @classmethod
    def _some(cls, lambdas: tuple[float, ...]) -> tuple[float, ...]:
        if len(lambdas) == 0 or len(set(lambdas)) < len(lambdas):
            raise ValueError(f"must be at least one value, each once, got {list(lambdas)}")
        return lambdas


class InferBlock(SingleMixBlock):
    """Say which mix an image is, and how sure one is of it."""

    paradigm: Literal["infer"]
    """Say how much of each class is in a mix, and how sure you are."""
    confidence_of: Literal["self", "others"] = "self"
    """Whose confidence the second slider asks: the participant's own, or that of the others."""


class CategorizeBlock(SingleMixBlock):
    """Name the classes seen in a mix, among all that are offered."""

    paradigm: Literal["categorize"]
    """Name the classes seen in a mix, how probable they are, and those that are not in it."""

    @property
    def has_sides(self) -> bool:
        """No class stands on a side."""
        return False

    @field_validator("prompt")
    @classmethod
    def _prompt_names_no_class(cls, prompt: str) -> str:
        named = [each for each in ("{left}", "{right}") if each in prompt]
        if named:
            raise ValueError(f"must not contain {named[0]}, as nobody is told what is in the mix")
        return prompt

    @field_validator("classes")
    @classmethod
    def _not_too_many(cls, classes: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if classes is not None and len(classes) > MAX_OFFERED_CLASSES:
            raise ValueError(
                f"must be at most {MAX_OFFERED_CLASSES} classes in categorize, which offers all of "
                f"them on one screen, got {len(classes)}"
            )
        return classes

    @model_validator(mode="after")
    def _no_answer_is_right(self) -> CategorizeBlock:
        if self.feedback:
            raise ValueError("feedback: must not be given in categorize, where no answer is right")
        return self


class AdaptiveModel(Model):
    """Choose each mix from the answers so far, by QUEST+."""

    target: Literal["pse_and_slope", "pse"]
    """What the answers should determine best."""
    trials: TrialsOfCurve
    """Trials per psychometric curve."""
    prior: Prior = Prior()
    """Assumed distribution of the curves before the first answer."""

    @field_validator("prior")
    @classmethod
    def _prior_makes_sense(cls, prior: Prior) -> Prior:
        problem = prior.problem()
        if problem is not None:
            raise ValueError(problem)
        return prior


class DiscriminateBlock(ExposedBlock):
    """Say, of one mix at a time, which of its two classes it looks more like."""

    paradigm: Literal["discriminate"]
    """Say which of the two classes a mix looks more like."""
    lambda_grid: Grid
    """Mixing coefficients that may be shown, increasing."""
    curve_for: Literal["class_pair", "image_pair"] = "class_pair"
    """Whether each pair of classes or each pair of images has its own PSE."""
    times: TrialsOfCurve | None = None
    """Constant stimuli: how often each mix is shown per curve."""
    adaptive: AdaptiveModel | None = None
    """Instead of `times`: choose each mix from the answers so far, by QUEST+."""

    @model_validator(mode="after")
    def _grid_increases(self) -> DiscriminateBlock:
        _check_increasing(self.lambda_grid)
        return self

    @model_validator(mode="after")
    def _trials_are_said(self) -> DiscriminateBlock:
        if self.times is None and self.adaptive is None:
            raise ValueError("times: is needed and not given, as there is no adaptive")
        if self.times is not None and self.adaptive is not None:
            raise ValueError("times: must not be given beside adaptive")
        return self

    @model_validator(mode="after")
    def _right_is_a_class(self) -> DiscriminateBlock:
        if "feedback_within" in self.model_fields_set:
            raise ValueError(
                "feedback_within: must not be given in discriminate, where the class with the "
                "larger share is right"
            )
        return self

    @model_validator(mode="after")
    def _no_pair_is_repeated(self) -> DiscriminateBlock:
        if self.repeats:
            raise ValueError("repeats: must not be given with discriminate; its pairs come again")
        return self

    @model_validator(mode="after")
    def _a_curve_comes_whole(self) -> DiscriminateBlock:
        if self.per_combination is None or self.batch_size is None:
            return self
        if self.curve_for == "class_pair" and self.batch_size < self.per_combination:
            raise ValueError(
                f"batch_size: must be at least per_combination {self.per_combination}, as one "
                f"participant sees all pairs of a curve's two classes, got {self.batch_size}"
            )
        return self

    @property
    def trials_per_curve(self) -> int:
        """How many trials each psychometric function gets."""
        if self.adaptive is not None:
            return self.adaptive.trials
        return len(self.lambda_grid) * (self.times or 0)


Block = Annotated[
    ConstructBlock | SelectShuffledBlock | InferBlock | DiscriminateBlock | CategorizeBlock,
    Field(discriminator="paradigm"),
]
