"""A session's record, what it runs with, in `_session.json`; and its end, in `_end.json`."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

from pydantic import AfterValidator, AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from elicit.errors import StudyError
from elicit.fields import MAX_COUNT as MAX_COUNT
from elicit.log.files import load_json
from elicit.validation_messages import MAX_QUOTED_CHARS, describe_wrong_value
from stimuli.mixing import ProcessName

_RESTORE = "restore the file as the session wrote it"


def parse_time(text: str) -> datetime:
    """Return the time that an ISO 8601 text states, such as 2026-05-04T12:00:00.250Z.

    It is UTC where it names no time zone.

    Raises:
        ValueError: it states none.
    """
    at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return at if at.tzinfo is not None else at.replace(tzinfo=timezone.utc)


def _check_time(text: str) -> str:
    try:
        parse_time(text)
    except ValueError:
        raise ValueError("must be a time such as 2026-05-04T12:00:00.250Z") from None
    return text


Time = Annotated[str, AfterValidator(_check_time)]  # ISO 8601
Count = Annotated[int, Field(ge=0, le=MAX_COUNT)]
Share = Annotated[float, Field(ge=0, le=1)]
Ending: TypeAlias = Literal["finished", "consent withheld"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class ImageRecord(_Part):
    """The endpoint images."""

    source: str
    image_size: Annotated[int, Field(ge=1, le=MAX_COUNT)]  # pixels
    process: ProcessName = "mixup"  # that makes images of them; not in older files


class CurveRecord(_Part):
    """How a Discriminate block measures its psychometric functions."""

    curve_for: Literal["class_pair", "image_pair"] = "class_pair"
    target: Literal["pse_and_slope", "pse"] | None = None  # None for constant stimuli
    prior: dict[str, float] = {}
    rule: Literal["fixed", "widening"] = "fixed"  # of the grid that mixes are chosen on


class BlockRecord(_Part):
    """One block; None where an older file does not state it."""

    name: str
    paradigm: str
    lambda_grid: tuple[Share, ...] | None = None  # None also of Infer
    measured: CurveRecord | None = None  # Discriminate only
    set_sha256: str | None = None  # of the stimulus set
    batch: Count | None = None  # which of the set
    batches: Count | None = None  # of the set
    trials: Count | None = None


class SessionRecord(_Part):
    """What a session runs with.

    The fields with a default are not in every file: older files lack them. The order of the
    fields is the order in the file.
    """

    protocol: str
    protocol_sha256: str
    seed: int
    allocation: Count  # place in the counterbalancing order, from 0
    # how many times that place was given out; the file says "try", which is a word of Python
    attempt: int = Field(
        default=1,
        ge=1,
        le=MAX_COUNT,
        validation_alias=AliasChoices("try", "attempt"),
        serialization_alias="try",
    )
    simulated: bool
    stimuli: ImageRecord
    blocks: tuple[BlockRecord, ...]
    markers: dict[str, Any] | None = None  # where codes go, and which; None where none are sent
    screen: dict[str, Any] = {}  # what the view says of itself
    clock: str = ""  # in words, what times are taken with
    started_utc: Time
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
            return _load(path, cls)
        except ValueError:
            return None

    def content(self) -> dict[str, Any]:
        """Return what the file holds."""
        left_out = {key for key in ("observer", "markers") if getattr(self, key) is None}
        return self.model_dump(mode="json", by_alias=True, exclude=left_out)

    def text(self) -> str:
        """Return the file's text."""
        return json.dumps(self.content(), indent=2, ensure_ascii=False) + "\n"


class SessionEnd(_Part):
    """How a session ended; older files lack what has a default."""

    status: Ending
    ended_utc: Time | None = None
    estimates: tuple[dict[str, Any], ...] = ()  # of adaptive blocks
    markers_lost: str = ""  # which codes were not sent, and why
    sha256: dict[str, str] | None = None  # of its other files, in hex, where a program answered

    @classmethod
    def read(cls, path: Path) -> SessionEnd | None:
        """Return what a file states; None where it is missing.

        Raises:
            StudyError: it cannot be read now, is damaged, or a key is not what it should be.
        """
        try:
            return _load(path, cls)
        except ValueError as error:
            raise StudyError(f"{path}: is damaged; {_RESTORE}") from error


_FileT = TypeVar("_FileT", SessionRecord, SessionEnd)


def _load(path: Path, kind: type[_FileT]) -> _FileT | None:
    """Return what a file states; None where it is missing.

    Raises:
        StudyError: it cannot be read now, or a key is missing or is not what it should be.
        ValueError: it is damaged: torn, blank, or no JSON object that states anything.
    """
    try:
        content = load_json(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StudyError(f"{path}: cannot be read: {error.strerror}") from error
    if not content:
        raise ValueError("must state something, got an empty object")
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        raise StudyError(f"{path}: {_problem(error)}; {_RESTORE}") from error


def describe_damage(path: Path) -> str:
    """Return that a record is there and cannot be read, and what to do."""
    return f"{path}: is damaged; restore it from a copy if there is one"


def _problem(error: ValidationError) -> str:
    """Return all keys that are missing, or the first one that is wrong."""
    problems = error.errors(include_url=False)
    keys = [".".join(map(str, each["loc"])) for each in problems]
    missing = [key for key, each in zip(keys, problems, strict=True) if each["type"] == "missing"]
    if missing:
        return f"{', '.join(missing)}: {'is' if len(missing) == 1 else 'are'} missing"
    got = repr(problems[0]["input"])[:MAX_QUOTED_CHARS]
    return f"{keys[0]}: {describe_wrong_value(problems[0])}, got {got}"
