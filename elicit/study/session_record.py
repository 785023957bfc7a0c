"""The record of a session: what it runs with, in its `_session.json`."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from elicit.errors import StudyError
from elicit.log.files import load_json
from elicit.validation_messages import MAX_QUOTED_CHARS, describe_wrong_value


def parse_time(text: str) -> datetime:
    """Return the time that an ISO 8601 text states, such as 2026-05-04T12:00:00.250Z.

    Raises:
        ValueError: it states none.
    """
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _check_time(text: str) -> str:
    try:
        parse_time(text)
    except ValueError:
        raise ValueError("must be a time such as 2026-05-04T12:00:00.250Z") from None
    return text


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class ImageRecord(_Part):
    """The endpoint images."""

    source: str
    image_size: int  # pixels


class CurveRecord(_Part):
    """How a Discriminate block measures its psychometric functions."""

    curve_for: str = "class_pair"
    target: str | None = None  # None for constant stimuli
    prior: dict[str, float] = {}


class BlockRecord(_Part):
    """One block; None where an older file does not state it."""

    name: str
    paradigm: str
    lambda_grid: tuple[float, ...] | None = None  # None also of Infer
    measured: CurveRecord | None = None  # Discriminate only
    set_sha256: str | None = None  # of the stimulus set
    batch: int | None = None  # which of the set
    batches: int | None = None  # of the set
    trials: int | None = None


class SessionRecord(_Part):
    """What a session runs with.

    The fields with a default are not in every file: older files lack them. The order of the
    fields is the order in the file.
    """

    protocol: str
    protocol_sha256: str
    seed: int
    allocation: int  # place in the counterbalancing order, from 0
    # how many times that place was given out; the file says "try", which is a word of Python
    attempt: int = Field(
        default=1, validation_alias=AliasChoices("try", "attempt"), serialization_alias="try"
    )
    simulated: bool
    stimuli: ImageRecord
    blocks: tuple[BlockRecord, ...]
    screen: dict[str, Any] = {}  # what the view says of itself
    clock: str = ""  # in words, what times are taken with
    started_utc: Annotated[str, AfterValidator(_check_time)]  # ISO 8601
    station: str  # the computer's name
    system: str = ""
    versions: dict[str, str] = {}  # of packages
    observer: dict[str, Any] | None = None  # who answered a simulated session; not in others

    @classmethod
    def read(cls, path: Path) -> SessionRecord | None:
        """Return what a file states; None where it is missing or torn, as after a power cut.

        Raises:
            StudyError: it cannot be read now, or a key is missing or is not what it should be.
        """
        try:
            content = load_json(path)
        except (FileNotFoundError, ValueError):
            return None
        except OSError as error:
            raise StudyError(f"{path}: cannot be read: {error.strerror}") from error
        if not content:
            return None
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            raise StudyError(
                f"{path}: {_problem(error)}; restore the file as the session wrote it"
            ) from error

    def content(self) -> dict[str, Any]:
        """Return what the file holds."""
        left_out = {"observer"} if self.observer is None else None
        return self.model_dump(mode="json", by_alias=True, exclude=left_out)

    def text(self) -> str:
        """Return the file's text."""
        return json.dumps(self.content(), indent=2, ensure_ascii=False) + "\n"


def _problem(error: ValidationError) -> str:
    """Return all keys that are missing, or the first one that is wrong."""
    problems = error.errors(include_url=False)
    keys = [".".join(map(str, each["loc"])) for each in problems]
    missing = [key for key, each in zip(keys, problems, strict=True) if each["type"] == "missing"]
    if missing:
        return f"{', '.join(missing)}: {'is' if len(missing) == 1 else 'are'} missing"
    got = repr(problems[0]["input"])[:MAX_QUOTED_CHARS]
    return f"{keys[0]}: {describe_wrong_value(problems[0])}, got {got}"
