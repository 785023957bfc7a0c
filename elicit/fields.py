"""The kinds of value that protocols and logs share."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

PARTICIPANT = r"^[A-Za-z0-9]{1,32}$"  # what Psych-DS and a file name on any system can carry
FINGERPRINT = r"^([0-9a-f]{16})?$"  # blank where the pixels shown are not known
NAME = r"^[A-Za-z0-9]{1,64}$"

Unit = Annotated[float, Field(ge=0, le=1)]  # a coefficient or a confidence
