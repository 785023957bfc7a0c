"""What a protocol says around its trials: consent, instructions, check, breaks."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator, model_validator

from elicit.fields import Unit
from elicit.protocol.base import MAX_ENTRIES, AnyText, ClassName, Model, Text, Whole

Few = 8  # options or points that fit a small window


class ExampleModel(Model):
    """An image on an instruction page: a mix of an image of each of two classes."""

    class_i: Annotated[ClassName, Field(min_length=1)]
    """First class."""
    class_j: Annotated[ClassName, Field(min_length=1)]
    """Second class."""
    lambda_f: Unit
    """Share of the first class; 1 shows an unmixed image."""
    caption: AnyText = ""
    """Text below the image."""
    image_i: Annotated[int, Field(ge=0, strict=True)] | None = None
    """Which image of the first class, from 0. Default: the last one, also if there are fewer."""
    image_j: Annotated[int, Field(ge=0, strict=True)] | None = None
    """The same of the second class."""


class PageModel(Model):
    """A page to read."""

    title: Text
    """Title of the page."""
    text: Text
    """Text of the page."""
    examples: tuple[ExampleModel, ...] = ()
    """Up to 5 images."""

    @field_validator("examples")
    @classmethod
    def _some_fit(cls, examples: tuple[ExampleModel, ...]) -> tuple[ExampleModel, ...]:
        if len(examples) > 5:
            raise ValueError(f"must be at most 5 images on a page, got {len(examples)}")
        return examples


class ConsentModel(Model):
    """Points to tick, all of them required."""

    title: Text
    """Title of the page."""
    text: Text
    """Text of the page."""
    points: tuple[Text, ...]
    """1 to 5 statements; the participant ticks all of them."""

    @field_validator("points")
    @classmethod
    def _some(cls, points: tuple[str, ...]) -> tuple[str, ...]:
        return check_number(points, 1, 5)


class QuestionModel(Model):
    """A question of the comprehension check."""

    question: Text
    """The question."""
    options: tuple[Text, ...]
    """2 to 8 possible answers."""
    answer: Whole
    """Number of the right answer, from 1."""

    @field_validator("options")
    @classmethod
    def _some(cls, options: tuple[str, ...]) -> tuple[str, ...]:
        return check_number(options, 2, Few)

    @model_validator(mode="after")
    def _has_the_right_one(self) -> QuestionModel:
        if self.answer > len(self.options):
            raise ValueError(
                f"answer: must be from 1 to {len(self.options)}, the options, got {self.answer}"
            )
        return self


class CheckModel(Model):
    """A comprehension check: the instructions come again until all answers are right."""

    title: Text
    """Title of the pages."""
    questions: Annotated[tuple[QuestionModel, ...], Field(max_length=MAX_ENTRIES)]
    """At least one question."""
    again: PageModel
    """Page shown after a wrong answer, before the instructions are repeated; names the answer."""
    shuffle: bool = False
    """Whether each participant gets the options of each question in an order of their own."""

    @field_validator("questions")
    @classmethod
    def _some(cls, questions: tuple[QuestionModel, ...]) -> tuple[QuestionModel, ...]:
        if not questions:
            raise ValueError("must be at least one question, got none")
        return questions


class BreakModel(Model):
    """A rest between trials."""

    every: Whole
    """Trials between two breaks."""
    page: PageModel
    """Page shown during the break."""
    seconds: float = Field(default=0.0, ge=0, le=3600)
    """Shortest duration of the break in seconds."""


def check_number(texts: tuple[str, ...], least: int, most: int) -> tuple[str, ...]:
    """Return texts, if they are neither too few nor too many.

    Raises:
        ValueError: they are.
    """
    if not least <= len(texts) <= most:
        raise ValueError(f"must be {least} to {most} texts, got {len(texts)}")
    return texts
