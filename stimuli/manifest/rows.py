"""One row of a stimulus manifest, and what may stand in it."""

import math
import re
from collections.abc import Callable
from dataclasses import astuple, dataclass, fields
from typing import Any, NamedTuple

from stimuli.errors import StimulusError
from stimuli.formulas import escape_formula, unescape_formula
from stimuli.limits import MAX_IMAGE_ID, MAX_IMAGE_SIDE
from stimuli.mixing import Pair, ProcessName
from stimuli.processes.process import Rectangle
from stimuli.sources.indexed import same_form


@dataclass(frozen=True)
class ManifestRow:
    """One blend, one CSV row; the columns are the fields, in this order."""

    batch: int  # from 0
    item: int  # within the batch, from 0
    class_i: str  # the alphabetically first of the two
    image_i: int  # the source's id
    class_j: str
    image_j: int
    lambda_f: float  # share of image i in the blend
    blend_sha256: str  # `stimuli.mixing.digest` of the blend
    fingerprint_i: str  # `stimuli.mixing.fingerprint` of image i
    fingerprint_j: str
    source: str  # the source's name
    image_size: int  # side in pixels
    process: ProcessName = "mixup"  # how the blend was made
    box: Rectangle | None = None  # cutmix: where image j is in it

    @property
    def pair(self) -> Pair:
        """What all rows of an item have in common."""
        return Pair(self.image_i, self.image_j, self.class_i, self.class_j)

    @property
    def cells(self) -> tuple[str, ...]:
        """The row as text; a float as the shortest decimal that reads back as it."""
        box = "" if self.box is None else str(self.box)
        return tuple(str(escape_formula(value)) for value in (*astuple(self)[:-1], box))


COLUMNS = tuple(field.name for field in fields(ManifestRow))
MIXUP_COLUMNS = COLUMNS[:-2]  # of a set that mixup makes


class WrongCell(NamedTuple):
    """A cell that cannot be: where, and what would be allowed there."""

    column: str
    allowed: str


class _Kind(NamedTuple):
    """What a column holds."""

    allowed: str
    form: re.Pattern[str]
    convert: Callable[[str], Any]
    most: float = math.inf


def _kind(allowed: str, form: str, convert: Callable[[str], Any] = str) -> _Kind:
    return _Kind(allowed, re.compile(form, re.ASCII | re.DOTALL), convert)


def _read_box(cell: str) -> Rectangle | None:
    return Rectangle.parse(cell) if cell else None


_WHOLE = _kind("a whole number from 0", r"0|[1-9]\d{0,17}", int)
_ID = _WHOLE._replace(allowed=f"a whole number from 0 to {MAX_IMAGE_ID}", most=MAX_IMAGE_ID)
_SIDE = _kind(f"a whole number from 1 to {MAX_IMAGE_SIDE}", r"[1-9]\d{0,8}", int)._replace(
    most=MAX_IMAGE_SIDE
)
_UNIT = _kind("a number from 0 to 1", r"0(\.\d{1,40})?|1(\.0+)?|\d(\.\d{1,40})?[eE]-\d{1,3}", float)
_NAME = _kind("a name", r".+", lambda cell: same_form(unescape_formula(cell)))
_DIGEST = _kind("64 hexadecimal digits in lower case", r"[0-9a-f]{64}")
_FINGERPRINT = _kind("16 hexadecimal digits in lower case", r"[0-9a-f]{16}")
_KINDS = {
    "batch": _WHOLE,
    "item": _WHOLE,
    "class_i": _NAME,
    "image_i": _ID,
    "class_j": _NAME,
    "image_j": _ID,
    "lambda_f": _UNIT,
    "blend_sha256": _DIGEST,
    "fingerprint_i": _FINGERPRINT,
    "fingerprint_j": _FINGERPRINT,
    "source": _NAME,
    "image_size": _SIDE,
    "process": _kind("mixup, cutmix or frames", "mixup|cutmix|frames"),
    "box": _kind(
        "four whole numbers, x1 y1 x2 y2, or blank", r"(\d{1,4}( \d{1,4}){3})?", _read_box
    ),
}


def parse(cells: list[str]) -> ManifestRow | WrongCell:
    """Return the row that one line's cells say, or the first of them that says nothing.

    Args:
        cells: as many as there are columns; those about the process may be left out.
    """
    values = []
    for column, cell in zip(COLUMNS, cells, strict=len(cells) > len(MIXUP_COLUMNS)):
        kind = _KINDS[column]
        if kind.form.fullmatch(cell) is None:
            return WrongCell(column, kind.allowed)
        try:
            value = kind.convert(cell)
        except StimulusError:
            return WrongCell(column, kind.allowed)
        if isinstance(value, int | float) and value > kind.most:
            return WrongCell(column, kind.allowed)
        values.append(value)
    return ManifestRow(*values)


class RowSequence:
    """Checks whether each row can follow the rows before it."""

    def __init__(self) -> None:
        self._before: ManifestRow | None = None
        self._images: dict[int, tuple[str, str]] = {}  # id -> class and fingerprint

    def find_mistake(self, row: ManifestRow) -> WrongCell | None:
        """Return what cannot be in `row`, None where it can follow; it is then the row before."""
        found = self._order(row) or self._pair(row) or self._image(row)
        self._before = row
        return found

    def _order(self, row: ManifestRow) -> WrongCell | None:
        before = self._before
        place: dict[str, tuple[int, ...]]
        if before is None:
            place = {"batch": (0,), "item": (0,)}
        elif row.batch == before.batch:
            place = {"item": (before.item, before.item + 1)}
        else:
            place = {"batch": (before.batch, before.batch + 1), "item": (0,)}
        for column, allowed in place.items():
            if getattr(row, column) not in allowed:
                named = " or ".join(str(number) for number in allowed)
                return WrongCell(column, f"{named} (numbered from 0, in order)")
        return None

    def _pair(self, row: ManifestRow) -> WrongCell | None:
        before = self._before
        if row.class_j <= row.class_i:
            return WrongCell("class_j", f"alphabetically behind class_i, {row.class_i!r}")
        if before is None:
            return None
        same = ["source", "image_size", "process"]
        if (row.batch, row.item) == (before.batch, before.item):
            same += ["class_i", "image_i", "class_j", "image_j"]
            if row.lambda_f <= before.lambda_f:
                return WrongCell("lambda_f", f"above the row before, {before.lambda_f}")
        for column in same:
            if getattr(row, column) != getattr(before, column):
                return WrongCell(column, f"{getattr(before, column)!r}, as in the row before")
        return None

    def _image(self, row: ManifestRow) -> WrongCell | None:
        for side in "ij":
            seen = (getattr(row, f"class_{side}"), getattr(row, f"fingerprint_{side}"))
            image_id = getattr(row, f"image_{side}")
            known = self._images.setdefault(image_id, seen)
            for name, was, now in zip(("class", "fingerprint"), known, seen, strict=True):
                if was != now:
                    return WrongCell(f"{name}_{side}", f"{was!r}, as before for image {image_id}")
        return None
