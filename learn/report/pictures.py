"""The blends of a report as pictures that a page carries within itself."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

import numpy as np
import pandas as pd
from PIL import Image

from elicit.errors import ElicitError
from learn.labels.relabel import relabel
from learn.study.schema import BLEND, IMAGE_PAIR
from stimuli.errors import StimulusError
from stimuli.mixing import Pixels

_SIDE = 96  # pixels that a picture has at least
BlendKey = tuple[str, int, str, int, float]  # as `learn.study.schema.BLEND`


@dataclass(frozen=True)
class Pictures:
    """Blends as data URIs, or why there are none."""

    uris: dict[BlendKey, str]
    why_none: str = ""
    unverified: int = 0  # endpoints of which no row says what was shown


def render_pictures(used: pd.DataFrame, wanted: pd.DataFrame, stimuli: str | None) -> Pictures:
    """Return the blends that are wanted, of endpoints that are checked to be those shown.

    Args:
        used: rows of `learn.study.table.read_study`.
        wanted: the blends, columns `learn.study.schema.BLEND`; any lambda_f of a pair in `used`.
        stimuli: as `learn.labels.relabel.relabel` takes it.

    Raises:
        ElicitError: `stimuli` was given, and is not where the images are.
        StimulusError: likewise.
    """
    if wanted.empty:
        return Pictures({})
    rows = used.drop(columns="lambda_f").drop_duplicates(
        [*IMAGE_PAIR, "fingerprint_i", "fingerprint_j", "source", "image_size"]
    )
    rows = rows.merge(wanted[BLEND].drop_duplicates(), on=IMAGE_PAIR, how="inner")
    if rows.empty:
        return Pictures({})
    try:
        made = relabel(rows, stimuli)
    except (ElicitError, StimulusError) as error:
        if stimuli is not None:
            raise
        return Pictures({}, str(error))
    blends = made.percepts[BLEND].itertuples(index=False, name=None)
    return Pictures(
        {blend: data_uri(image) for blend, image in zip(blends, made.images, strict=True)},
        unverified=made.unverified,
    )


def data_uri(image: Pixels) -> str:
    """Return (H, W, 3) uint8 as a PNG in a data URI, each pixel a square of whole pixels."""
    times = max(1, -(-_SIDE // image.shape[0]))
    enlarged = np.repeat(np.repeat(image, times, axis=0), times, axis=1)
    file = io.BytesIO()
    Image.fromarray(enlarged).save(file, format="PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode("ascii")
