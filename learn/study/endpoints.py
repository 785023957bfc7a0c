"""A study's endpoint images, checked to be the ones that were shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from elicit.errors import ElicitError
from learn.study.table import check_one_process, check_one_source
from stimuli.errors import StimulusError
from stimuli.mixing import Pixels, fingerprint
from stimuli.sources.endpoints import EndpointSource, open_source
from stimuli.sources.frames import FrameFolder

_REMEDY = "point --stimuli to the images that were shown"


@dataclass(frozen=True)
class VerifiedEndpoints:
    """The endpoint images of a study."""

    images: dict[int, Pixels]  # id: (H, W, 3) uint8
    unverified: int  # of them, those of which no row says what was shown


class _End(NamedTuple):
    place: str  # where the row stands, as an error begins
    which: str  # i or j
    image: int
    class_name: str
    shown: str  # fingerprint; blank where it was not recorded


def open_endpoints(judgements: pd.DataFrame, stimuli: str | None) -> EndpointSource:
    """Return the source of a study's endpoint images.

    Args:
        judgements: rows of `learn.study.table.read_study`, at least one.
        stimuli: where the images are, as `stimuli.sources.endpoints.open_source` takes it; None
            for where the rows say.

    Raises:
        ElicitError: rows of several sources, sizes or processes, or `stimuli` of another than
            theirs.
        StimulusError: the source cannot be opened.
    """
    name, size = check_one_source(judgements)
    process = check_one_process(judgements)
    if name in ("folder", "frames") and stimuli is None:
        raise ElicitError("source: the images came from a folder; say which with --stimuli PATH")
    source = open_source(name if stimuli is None else stimuli, size, process)
    if source.name != name:
        raise ElicitError(
            f"--stimuli: must be {name}, as in the rows, got {source.name}; {_REMEDY}"
        )
    return source


def verify_endpoints(source: EndpointSource, judgements: pd.DataFrame) -> VerifiedEndpoints:
    """Return the endpoint images of a study, each the one that was shown where rows say which.

    Of a folder of frames, every frame that was judged is compared too.

    Raises:
        ElicitError: an image that is missing, of another class, or not to the pixel the one that
            was shown; the error names file and line.
    """
    if isinstance(source, FrameFolder):
        _verify_frames(source, judgements)
    if check_one_process(judgements) == "cutmix":
        _verify_boxes(source.image_size, judgements)
    ends = list(_ends(judgements))
    images = {end.image: _verified(source, end) for end in ends}
    return VerifiedEndpoints(images, len(images.keys() - {end.image for end in ends if end.shown}))


def _verify_frames(source: FrameFolder, judgements: pd.DataFrame) -> None:
    """Raise ElicitError unless each frame that was judged is, to the pixel, the one shown."""
    columns = ["image_i", "image_j", "lambda_f", "fingerprint_shown"]
    once = judgements.drop_duplicates(columns)
    cells = zip(*(once[each] for each in columns), strict=True)
    for place, (image_i, image_j, lambda_f, shown) in zip(_places(once), cells, strict=True):
        try:
            came = source.fingerprint((int(image_i), int(image_j)), float(lambda_f))
        except StimulusError as error:
            raise ElicitError(f"{place}: lambda_f: {error}; {_REMEDY}") from error
        if shown is not None and came != shown:
            raise ElicitError(
                f"{place}: fingerprint_shown: the frame of images {image_i} and {image_j} "
                f"at lambda_f {lambda_f:g} is not the one shown: must be {shown!r}, got {came!r}; "
                f"{_REMEDY}"
            )


def _verify_boxes(side: int, judgements: pd.DataFrame) -> None:
    """Raise ElicitError unless each image of CutMix has a box that lies within it."""
    for place, box in zip(_places(judgements), judgements["box"], strict=True):
        if box is None or not (0 <= box[0] <= box[2] <= side and 0 <= box[1] <= box[3] <= side):
            came = "none" if box is None else repr(" ".join(map(str, box)))
            raise ElicitError(
                f"{place}: box: must be x1 y1 x2 y2 within the image of {side} pixels, got {came}; "
                "restore the log as the session wrote it"
            )


def _places(rows: pd.DataFrame) -> pd.Series[str]:
    """Return where each row stands, as an error begins."""
    return rows["file"] + ":" + rows["line"].astype(str)


def _ends(judgements: pd.DataFrame) -> Iterator[_End]:
    """Yield each endpoint image once for each way the rows describe it, in the order of rows."""
    for which in ("i", "j"):
        columns = [f"image_{which}", f"class_{which}", f"fingerprint_{which}"]
        once = judgements.drop_duplicates(columns)
        for place, *cells in zip(_places(once), *(once[each] for each in columns), strict=True):
            image, class_name, shown = cells
            yield _End(place, which, int(image), class_name, shown or "")


def _verified(source: EndpointSource, end: _End) -> Pixels:
    """Return an endpoint image; it is, to the pixel, the one shown, where that was recorded."""
    try:
        image, its_class = source.image(end.image), source.class_of(end.image)
    except StimulusError as error:
        raise ElicitError(f"{end.place}: image_{end.which}: {error}; {_REMEDY}") from error
    which = f"{source.name} image {end.image}"
    if its_class != end.class_name:
        raise ElicitError(
            f"{end.place}: class_{end.which}: {which} was {end.class_name!r} and is "
            f"{its_class!r}; {_REMEDY}"
        )
    if end.shown and fingerprint(image) != end.shown:
        raise ElicitError(
            f"{end.place}: fingerprint_{end.which}: {which} is not the one shown: must be "
            f"{end.shown!r}, got {fingerprint(image)!r}; {_REMEDY}"
        )
    return image
