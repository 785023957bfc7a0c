"""What a protocol says around its trials: consent, instructions, check, breaks, survey."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from elicit.fields import NAME, Unit
from elicit.protocol.base import Model, Text, Whole

Few = 8  # options or points that fit a small window


class ExampleModel(Model):
    """An image on an instruction page: a mix of the first images of two classes."""

    class_i: Text
    class_j: Text
    lambda_f: Unit  # share of class i; 1 shows an endpoint
    caption: str = ""


class PageModel(Model):
    """A page to read."""

    title: Text
    text: Text
    examples: tuple[ExampleModel, ...] = ()

    @field_validator("examples")
    @classmethod
    def _some_fit(cls, examples: tuple[ExampleModel, ...]) -> tuple[ExampleModel, ...]:
        if len(examples) > 5:
            raise ValueError(f"must be at most 5 images on a page, got {len(examples)}")
        return examples


class ConsentModel(Model):
    """Points to tick, all of them required."""

    title: Text
    text: Text
    points: tuple[Text, ...]

    @field_validator("points")
    @classmethod
    def _some(cls, points: tuple[str, ...]) -> tuple[str, ...]:
        return _between(points, 1, 5)


class QuestionModel(Model):
    """A question of the comprehension check."""

    question: Text
    options: tuple[Text, ...]
    answer: Whole  # which option is right, from 1

    @field_validator("options")
    @classmethod
    def _some(cls, options: tuple[str, ...]) -> tuple[str, ...]:
        return _between(options, 2, Few)

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
    questions: tuple[QuestionModel, ...]
    again: PageModel  # shown before the instructions come again

    @field_validator("questions")
    @classmethod
    def _some(cls, questions: tuple[QuestionModel, ...]) -> tuple[QuestionModel, ...]:
        if not questions:
            raise ValueError("must be at least one question, got none")
        return questions


class BreakModel(Model):
    """A rest between trials."""

    every: Whole  # trials of the block between two breaks
    page: PageModel
    seconds: float = Field(default=0.0, ge=0, le=3600)  # how long it lasts at least


class TextItem(Model):
    """A survey question answered in one's own words."""

    kind: Literal["text"]
    name: str = Field(pattern=NAME)
    question: Text


class ScaleItem(Model):
    """A survey question answered by a whole number."""

    kind: Literal["scale"]
    name: str = Field(pattern=NAME)
    question: Text
    low: Annotated[int, Field(strict=True, ge=0, le=100)]
    high: Annotated[int, Field(strict=True, ge=0, le=100)]
    low_label: str = ""
    high_label: str = ""

    @model_validator(mode="after")
    def _runs_upwards(self) -> ScaleItem:
        if not 1 <= self.high - self.low <= 10:
            raise ValueError(f"high: must be 1 to 10 above low ({self.low}), got {self.high}")
        return self


class ChoiceItem(Model):
    """A survey question answered by one of several options."""

    kind: Literal["choice"]
    name: str = Field(pattern=NAME)
    question: Text
    options: tuple[Text, ...]

    @field_validator("options")
    @classmethod
    def _some(cls, options: tuple[str, ...]) -> tuple[str, ...]:
        return _between(options, 2, Few)


SurveyItem = Annotated[TextItem | ScaleItem | ChoiceItem, Field(discriminator="kind")]


class SurveyModel(Model):
    """Questions after the trials."""

    title: Text
    items: tuple[SurveyItem, ...]

    @field_validator("items")
    @classmethod
    def _names_differ(cls, items: tuple[SurveyItem, ...]) -> tuple[SurveyItem, ...]:
        names = [item.name for item in items]
        if not names or len(set(names)) < len(names):
            raise ValueError(f"must be at least one question, each with its own name, got {names}")
        return items


def _between(texts: tuple[str, ...], least: int, most: int) -> tuple[str, ...]:
    if not least <= len(texts) <= most:
        raise ValueError(f"must be {least} to {most} texts, got {len(texts)}")
    return texts
