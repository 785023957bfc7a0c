"""From judgements to a labelled set: the images that were judged, remade, and their soft labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from elicit.errors import ElicitError
from learn.labelled import LabelledSet, Labels
from learn.percepts import IMAGE, pool
from learn.table import check_one_source
from stimuli.endpoints import EndpointSource, open_source
from stimuli.errors import StimulusError
from stimuli.mixing import Pixels, fingerprint, mix

_REMEDY = "point --stimuli to the images that were shown"

# Ways of weighting judgements by confidence: the label type each makes, and its coefficient.
WEIGHTINGS = {
    "plain": ("average", "mean_lambda_g"),
    "smoothed": ("average_omega", "mean_lambda_g"),  # and towards uniform, by mean_omega
    "hmix": ("average_hmix", "hmix_lambda_g"),
    "normalised": ("average_weighted", "weighted_lambda_g"),
}
USUAL = ("plain", "smoothed")


class _End(NamedTuple):
    place: str  # where the row stands, as an error begins
    which: str  # i or j
    image: int
    class_name: str
    shown: str  # fingerprint; blank where it was not recorded


def relabel(
    judgements: pd.DataFrame,
    stimuli: str | None = None,
    *,
    weightings: Sequence[str] = USUAL,
    per_participant: bool = False,
) -> LabelledSet:
    """Return the images that were judged, remade, with the labels that the judgements imply.

    Args:
        judgements: rows of `learn.table.read` that count, at least one.
        stimuli: where the endpoint images are, as `stimuli.endpoints.open_source` takes it; None
            for where the rows say.
        weightings: of `WEIGHTINGS`; each makes a label type, beside mixup.
        per_participant: keep every judgement too.

    Raises:
        ElicitError: rows of several sources or sizes, or an endpoint image that is not the one
            that was shown.
        StimulusError: the source cannot be opened.
    """
    source = _open_endpoints(judgements, stimuli)
    percepts = pool(judgements)
    ends = list(_ends(judgements))
    endpoints = {end.image: _verified(source, end) for end in ends}
    verified = {end.image for end in ends if end.shown}
    return LabelledSet(
        percepts=percepts,
        images=mix(
            np.stack([endpoints[image] for image in percepts["image_i"]]),
            np.stack([endpoints[image] for image in percepts["image_j"]]),
            percepts["lambda_f"].tolist(),
        ),
        labels=soft_labels(percepts, source.classes, weightings),
        classes=source.classes,
        source=source.name,
        endpoints=len(endpoints),
        unverified=len(endpoints.keys() - verified),
        judgements=each_judgement(judgements, percepts) if per_participant else None,
    )


def soft_labels(
    percepts: pd.DataFrame, classes: Sequence[str], weightings: Sequence[str] = USUAL
) -> dict[str, Labels]:
    """Return the label types that an image's own judgements decide.

    A coefficient c becomes `c * y_i + (1 - c) * y_j` (Eq. 2 of the paper). `mixup` has c =
    lambda_f; `average` has c = the mean lambda_g; `average_omega` (the paper's Table 1) is omega *
    average + (1 - omega) * uniform over all K classes, omega being the mean confidence;
    `average_hmix` has c = mean(omega * lambda_g), as in H-Mix; `average_weighted` has c =
    sum(omega * lambda_g) / sum(omega). Where confidence was not asked (Construct,
    Select-Shuffled) omega counts as 1: the average stays as it is.

    Args:
        percepts: (N, ...) one row an image, as `learn.percepts.pool` gives it.
        classes: (K,) all classes of the endpoint source.
        weightings: of `WEIGHTINGS`.

    Returns:
        Each type's (N, K) float64 labels in [0, 1]; rows sum to 1.
    """
    types = {"mixup": _labels(percepts, classes, percepts["lambda_f"])}
    for weighting in weightings:
        name, coefficient = WEIGHTINGS[weighting]
        labels = _labels(percepts, classes, percepts[coefficient])
        types[name] = (
            _smoothed(labels, percepts["mean_omega"]) if name == "average_omega" else labels
        )
    return types


def each_judgement(judgements: pd.DataFrame, percepts: pd.DataFrame) -> pd.DataFrame:
    """Return every judgement, sorted by image, then participant; no identities.

    Columns: `image`, row of `percepts`; `participant`, numbered from 0 by pseudonym among those
    here; `repeat`; `lambda_g`; `omega`, NaN where not asked. A person's own label of an image is
    `lambda_g * y_i + (1 - lambda_g) * y_j`.
    """
    numbered = percepts[IMAGE].assign(image=range(len(percepts)))
    found = judgements.merge(numbered, on=IMAGE, how="inner")
    found["participant"] = found["participant"].rank(method="dense").astype(np.int64) - 1
    columns = ["image", "participant", "repeat", "lambda_g", "omega"]
    return found[columns].sort_values(columns, ignore_index=True)


def _open_endpoints(judgements: pd.DataFrame, stimuli: str | None) -> EndpointSource:
    name, size = check_one_source(judgements)
    if name == "folder" and stimuli is None:
        raise ElicitError("source: the images came from a folder; say which with --stimuli PATH")
    source = open_source(name if stimuli is None else stimuli, size)
    if source.name != name:
        raise ElicitError(
            f"--stimuli: must be {name}, as in the rows, got {source.name}; {_REMEDY}"
        )
    return source


def _ends(judgements: pd.DataFrame) -> Iterator[_End]:
    """Yield each endpoint image once for each way the rows describe it, in the order of rows."""
    for which in ("i", "j"):
        columns = [f"image_{which}", f"class_{which}", f"fingerprint_{which}"]
        once = judgements.drop_duplicates(columns)
        places = once["file"] + ":" + once["line"].astype(str)
        for place, *cells in zip(places, *(once[each] for each in columns), strict=True):
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


def _labels(percepts: pd.DataFrame, classes: Sequence[str], share: ArrayLike) -> Labels:
    """Return (N, K): `share` (N,) of class i, the rest of class j."""
    share_i, eye = np.asarray(share, dtype=np.float64)[:, None], np.eye(len(classes))
    y_i = eye[_indices(percepts["class_i"], classes)]
    y_j = eye[_indices(percepts["class_j"], classes)]
    mixed: Labels = share_i * y_i + (1 - share_i) * y_j
    return mixed


def _indices(names: Iterable[Any], classes: Sequence[str]) -> list[int]:
    place = {name: number for number, name in enumerate(classes)}
    return [place[name] for name in names]


def _smoothed(labels: Labels, mean_omega: pd.Series[Any]) -> Labels:
    omega = mean_omega.fillna(1.0).to_numpy()[:, None]
    smoothed: Labels = omega * labels + (1 - omega) / labels.shape[1]
    return smoothed
