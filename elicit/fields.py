"""The kinds of value that protocols and logs share."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

PARTICIPANT = r"^[A-Za-z0-9]{1,32}$"  # what Psych-DS and a file name on any system can carry
FINGERPRINT = r"^([0-9a-f]{16})?$"  # blank where the pixels shown are not known
NAME = r"^[A-Za-z0-9]{1,64}$"
SHA256 = r"^[0-9a-f]{64}$"
WHOSE_CONFIDENCE = r"^(self|others)$"

# What a person reads instead of the pattern; each pattern of a model has its words here.
PATTERN_WORDS = {
    PARTICIPANT: "must be 1 to 32 letters from A to Z, small or capital, and digits",
    FINGERPRINT: "must be 16 digits or small letters from a to f, or blank",
    NAME: "must be 1 to 64 letters from A to Z, small or capital, and digits",
    SHA256: "must be 64 digits or small letters from a to f",
    WHOSE_CONFIDENCE: "must be self or others, or blank",
}

MAX_COUNT = 10**7  # of trials, batches, places; no study has as many
MAX_TEXT_CHARS = 20_000  # of a text in a protocol; ten pages of a book
MAX_SEED = 2**63 - 1

Unit = Annotated[float, Field(ge=0, le=1)]  # a coefficient or a confidence
