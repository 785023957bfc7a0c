"""The questions that a protocol asks after its trials."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from elicit.fields import NAME
from elicit.protocol.base import MAX_ENTRIES, AnyText, Model, Text, list_known
from elicit.protocol.pages import check_number

MAX_OPTIONS = 50  # a long list is shown in parts
MAX_STATEMENTS = 30
LARGEST_NUMBER = 1_000_000
Scaled = Annotated[int, Field(strict=True, ge=0, le=100)]
Natural = Annotated[int, Field(strict=True, ge=0, le=LARGEST_NUMBER)]


class Item(Model):
    """What every question of a survey has."""

    name: str = Field(pattern=NAME)
    """Letters and digits; names the answer in the log."""
    question: Text
    """The question."""


class OptionalItem(Item):
    """A question that may be left open."""

    optional: bool = False
    """Whether the question may be left open."""


class TextItem(Item):
    """A survey question answered in one's own words."""

    kind: Literal["text"]
    """Answered in one's own words."""
    optional: bool = True
    """A question of this kind may always be left open."""

    @field_validator("optional")
    @classmethod
    def _always(cls, optional: bool) -> bool:
        if not optional:
            raise ValueError("must be true, as a text may always be left open, got false")
        return optional


class RatedItem(OptionalItem):
    """A question with a scale of whole numbers."""

    low: Scaled
    """Smallest number."""
    high: Scaled
    """Largest number, 1 to 10 above `low`."""
    low_label: AnyText = ""
    """Text at the low end."""
    high_label: AnyText = ""
    """Text at the high end."""

    @model_validator(mode="after")
    def _runs_upwards(self) -> RatedItem:
        if not 1 <= self.high - self.low <= 10:
            raise ValueError(f"high: must be 1 to 10 above low ({self.low}), got {self.high}")
        return self


class ScaleItem(RatedItem):
    """A survey question answered by a whole number of a scale."""

    kind: Literal["scale"]
    """Answered by a whole number of a scale."""


class GridItem(RatedItem):
    """Several statements that are answered on one scale."""

    kind: Literal["grid"]
    """Several statements, each answered by a whole number of the same scale."""
    statements: tuple[Text, ...]
    """1 to 30 statements, each different from the others."""

    @field_validator("statements")
    @classmethod
    def _some(cls, statements: tuple[str, ...]) -> tuple[str, ...]:
        return _check_different(check_number(statements, 1, MAX_STATEMENTS))


class ListedItem(OptionalItem):
    """A question with options."""

    options: tuple[Text, ...]
    """2 to 50 options, each different from the others; a long list can be scrolled."""

    @field_validator("options")
    @classmethod
    def _some(cls, options: tuple[str, ...]) -> tuple[str, ...]:
        return _check_different(check_number(options, 2, MAX_OPTIONS))


class ChoiceItem(ListedItem):
    """A survey question answered by one of several options."""

    kind: Literal["choice"]
    """Answered by one of several options."""


class ChoicesItem(ListedItem):
    """A survey question answered by any number of several options."""

    kind: Literal["choices"]
    """Answered by one or more of several options."""


class NumberItem(OptionalItem):
    """A survey question answered by a whole number that is typed, such as the age."""

    kind: Literal["number"]
    """Answered by a whole number that is typed."""
    low: Natural
    """Smallest number."""
    high: Natural
    """Largest number, above `low`."""
    unit: AnyText = ""
    """Text beside the number, such as `years`."""

    @model_validator(mode="after")
    def _runs_upwards(self) -> NumberItem:
        if self.high <= self.low:
            raise ValueError(f"high: must be above low ({self.low}), got {self.high}")
        return self


class SliderItem(OptionalItem):
    """A survey question answered on a line without numbers, a visual analogue scale."""

    kind: Literal["slider"]
    """Answered by a place on a line, 0 (left) to 100 (right)."""
    low_label: AnyText = ""
    """Text at the left end."""
    high_label: AnyText = ""
    """Text at the right end."""


SurveyItem = Annotated[
    TextItem | ScaleItem | ChoiceItem | ChoicesItem | NumberItem | GridItem | SliderItem,
    Field(discriminator="kind"),
]


class SurveyModel(Model):
    """Questions after the trials."""

    title: Text
    """Title of the pages."""
    items: Annotated[tuple[SurveyItem, ...], Field(max_length=MAX_ENTRIES)]
    """The questions, each with its own name."""

    @field_validator("items")
    @classmethod
    def _names_differ(cls, items: tuple[SurveyItem, ...]) -> tuple[SurveyItem, ...]:
        names = list_known(items, "name")
        if not items or len(set(names)) < len(names):
            raise ValueError(f"must be at least one question, each with its own name, got {names}")
        return items


def _check_different(texts: tuple[str, ...]) -> tuple[str, ...]:
    for text in texts:
        if texts.count(text) > 1:
            raise ValueError(f"must differ from each other, got {text!r} more than once")
    return texts
