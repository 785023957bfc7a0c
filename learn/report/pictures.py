"""The blends of a report as pictures that a page carries within itself."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from elicit.errors import ElicitError
from learn.labels.relabel import relabel
from learn.study.schema import BLEND, IMAGE_PAIR
from learn.study.table import check_one_process
from stimuli.errors import StimulusError
from stimuli.mixing import Pixels

_SIDE = 96  # pixels that a picture has at least
BlendKey = tuple[str, int, str, int, float]  # as `learn.study.schema.BLEND`


@dataclass(frozen=True)
class Pictures:
    """Blends as data URIs, or why there are none."""

    uris: dict[BlendKey, str]
    # lambda_f of the picture, where it is another than the key's: of cutmix and frames, images are
    # known only at the lambda_f at which they were judged
    nearest: dict[BlendKey, float] = field(default_factory=dict)
    why_none: str = ""
    unverified: int = 0  # endpoints of which no row says what was shown


def render_pictures(used: pd.DataFrame, wanted: pd.DataFrame, stimuli: str | None) -> Pictures:
    """Return the blends that are wanted, of endpoints that are checked to be those shown.

    Args:
        used: rows of `learn.study.table.read_study`.
        wanted: the blends, columns `learn.study.schema.BLEND`; any lambda_f of a pair in `used`. Of
            another process than mixup the picture is the one nearest to it that was judged.
        stimuli: as `learn.labels.relabel.relabel` takes it.

    Raises:
        ElicitError: `stimuli` was given, and is not where the images are.
        StimulusError: likewise.
    """
    if wanted.empty:
        return Pictures({})
    if check_one_process(used) != "mixup":
        return _render_judged(used, wanted[BLEND].drop_duplicates(), stimuli)
    rows = used.drop(columns="lambda_f").drop_duplicates(
        [*IMAGE_PAIR, "fingerprint_i", "fingerprint_j", "source", "image_size"]
    )
    rows = rows.merge(wanted[BLEND].drop_duplicates(), on=IMAGE_PAIR, how="inner")
    if rows.empty:
        return Pictures({})
    return _render(rows, stimuli)


def _render(rows: pd.DataFrame, stimuli: str | None) -> Pictures:
    """Return a picture of each mixed image that rows are of."""
    try:
        made = relabel(rows, stimuli)
    except (ElicitError, StimulusError) as error:
        if stimuli is not None:
            raise
        return Pictures({}, why_none=str(error))
    blends = made.percepts[BLEND].itertuples(index=False, name=None)
    return Pictures(
        {blend: data_uri(image) for blend, image in zip(blends, made.images, strict=True)},
        unverified=made.unverified,
    )


def _render_judged(used: pd.DataFrame, wanted: pd.DataFrame, stimuli: str | None) -> Pictures:
    """Return the pictures that were judged, each the nearest to a wanted one, and both ends."""
    there = wanted.merge(used[IMAGE_PAIR].drop_duplicates(), on=IMAGE_PAIR, how="inner")
    if there.empty:
        return Pictures({})
    rows = used.loc[_find_nearest(used, there)].reset_index(drop=True)
    at_end = there["lambda_f"].isin([0, 1]) & (there["lambda_f"] != rows["lambda_f"])
    whole = np.where(there["lambda_f"] == 0, rows["image_size"], 0).tolist()  # image j's part
    boxes = zip(rows["box"], at_end, whole, strict=True)
    rows = rows.assign(
        lambda_f=rows["lambda_f"].mask(at_end, there["lambda_f"]),
        fingerprint_shown=rows["fingerprint_shown"].mask(at_end, None),  # it is the endpoint's own
        box=pd.Series(
            [(0, 0, each, each) if box and end else box for box, end, each in boxes], dtype=object
        ),
    )
    shown = _render(rows, stimuli)
    keys, found = (each[BLEND].itertuples(index=False, name=None) for each in (there, rows))
    pairs = [(key, blend) for key, blend in zip(keys, found, strict=True) if blend in shown.uris]
    return replace(
        shown,
        uris={key: shown.uris[blend] for key, blend in pairs},
        nearest={key: blend[-1] for key, blend in pairs if blend != key},
    )


def _find_nearest(used: pd.DataFrame, wanted: pd.DataFrame) -> list[Any]:
    """Return the index of the row of `used` that is of each wanted pair, nearest in lambda_f."""
    of_pair = {key: rows["lambda_f"] for key, rows in used.groupby(IMAGE_PAIR, sort=False)}
    return [
        (of_pair[tuple(pair)] - lambda_f).abs().idxmin()
        for *pair, lambda_f in wanted[BLEND].itertuples(index=False, name=None)
    ]


def data_uri(image: Pixels) -> str:
    """Return (H, W, 3) uint8 as a PNG in a data URI, each pixel a square of whole pixels."""
    times = max(1, -(-_SIDE // image.shape[0]))
    enlarged = np.repeat(np.repeat(image, times, axis=0), times, axis=1)
    file = io.BytesIO()
    Image.fromarray(enlarged).save(file, format="PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode("ascii")
