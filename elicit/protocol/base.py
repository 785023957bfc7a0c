"""What every part of a protocol is made of."""

from __future__ import annotations

import unicodedata
from string import Formatter
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Text = Annotated[str, Field(min_length=1)]
ClassName = Annotated[str, AfterValidator(lambda name: unicodedata.normalize("NFC", name))]
Whole = Annotated[int, Field(ge=1, strict=True)]


class Model(BaseModel):
    """Settings that do not change; unknown keys are refused."""

    # The text below a field is what `elicit schema` says of its key.
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


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
