"""What every part of a protocol is made of."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from string import Formatter
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from elicit.fields import MAX_TEXT_CHARS
from stimuli.limits import MAX_IMAGE_SIDE, MAX_PER_COMBINATION

MAX_TRIALS_OF_CURVE = 10_000  # a person answers as many in ten hours
MAX_LINE_CHARS = 1000
MAX_ENTRIES = 1000  # of a list
MAX_BLOCKS = 100

Text = Annotated[str, Field(min_length=1, max_length=MAX_TEXT_CHARS)]
Line = Annotated[str, Field(max_length=MAX_LINE_CHARS)]  # a name, or where a file is
AnyText = Annotated[str, Field(max_length=MAX_TEXT_CHARS)]
ClassName = Annotated[str, AfterValidator(lambda name: unicodedata.normalize("NFC", name))]
Whole = Annotated[int, Field(ge=1, le=MAX_PER_COMBINATION, strict=True)]
TrialsOfCurve = Annotated[int, Field(ge=1, le=MAX_TRIALS_OF_CURVE, strict=True)]
ImageSide = Annotated[int, Field(ge=1, le=MAX_IMAGE_SIDE, strict=True)]


class WrongValueError(AttributeError):
    """A value that is read of a part of a document, and is wrong there."""


class Model(BaseModel):
    """Settings that do not change; unknown keys are refused."""

    # The text below a field is what `elicit schema` says of its key.
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    if not TYPE_CHECKING:  # where a class with this method is taken to have any attribute

        def __getattr__(self, name: str) -> Any:
            """Say of a key that it has no right value; see `elicit.protocol.partial`."""
            if name in type(self).model_fields:
                raise WrongValueError(name)
            return super().__getattr__(name)


def list_known(parts: Iterable[Model], key: str) -> list[Any]:
    """Return what some parts of a document say for a key, without those where it is wrong."""
    return [getattr(part, key) for part in parts if key in part.__dict__]


def fillable(text: str, *allowed: str) -> str:
    """Return a text, if no placeholder in it is left unfilled.

    Args:
        text: such as a prompt.
        allowed: names of the placeholders that are filled.

    Raises:
        ValueError: it has another one, or one in another form.
    """
    for _, name, form, conversion in Formatter().parse(text):
        if name is not None and (name not in allowed or form or conversion):
            names = " and ".join(f"{{{name}}}" for name in allowed)
            raise ValueError(f"may use the placeholders {names} only, as they are, got {text!r}")
    return text
