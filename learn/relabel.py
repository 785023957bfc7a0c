"""From judgements to a labelled set: the images that were judged, remade, and their soft labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from elicit.errors import ElicitError
from learn.labelled import LabelledSet, Labels
from learn.percepts import Judgement, Percept, pool
from stimuli.endpoints import EndpointSource, open_source
from stimuli.errors import StimulusError
from stimuli.mixing import Pixels, fingerprint, mix

_REMEDY = "point --stimuli to the images that were shown"


def relabel(judgements: Sequence[Judgement], stimuli: str | None = None) -> LabelledSet:
    """Return the images that were judged, remade, with the labels that the judgements imply.

    Args:
        judgements: those that count, at least one.
        stimuli: where the endpoint images are, as `stimuli.endpoints.open_source` takes it; None
            for where the rows say.

    Raises:
        ElicitError: rows of several sources or sizes, or an endpoint image that is not the one
            that was shown.
        StimulusError: the source cannot be opened.
    """
    source = _open_endpoints(judgements, stimuli)
    endpoints = _verified_endpoints(judgements, source)
    percepts = pool(judgements)
    return LabelledSet(
        percepts=percepts,
        images=mix(
            np.stack([endpoints[percept.image.image_i] for percept in percepts]),
            np.stack([endpoints[percept.image.image_j] for percept in percepts]),
            [percept.image.lambda_f for percept in percepts],
        ),
        labels=soft_labels(percepts, source.classes),
        classes=source.classes,
        source=source.name,
    )


def soft_labels(percepts: Sequence[Percept], classes: Sequence[str]) -> dict[str, Labels]:
    """Return the label types of Table 1 that an image's own judgements decide.

    A coefficient c becomes `c * y_i + (1 - c) * y_j` (Eq. 2 of the paper). `mixup` has c =
    lambda_f; `average` has c = the mean lambda_g; `average_omega` is omega * average + (1 - omega)
    * uniform over all K classes, omega being the mean confidence. Where confidence was not asked
    (Construct, Select-Shuffled) omega counts as 1: the average stays unsmoothed.

    Args:
        percepts: (N,) one an image.
        classes: (K,) all classes of the endpoint source.

    Returns:
        Each type's (N, K) float64 labels in [0, 1]; rows sum to 1.
    """
    average = _labels(percepts, classes, [percept.mean_lambda_g for percept in percepts])
    omega = np.array([1.0 if p.mean_omega is None else p.mean_omega for p in percepts])[:, None]
    return {
        "mixup": _labels(percepts, classes, [percept.image.lambda_f for percept in percepts]),
        "average": average,
        "average_omega": omega * average + (1 - omega) / len(classes),
    }


def _open_endpoints(judgements: Iterable[Judgement], stimuli: str | None) -> EndpointSource:
    shown = Counter((each.row.source, each.row.image_size) for each in judgements)
    if len(shown) > 1:
        each = ", ".join(
            f"{name} of {size} pixels ({n} trials)" for (name, size), n in shown.items()
        )
        raise ElicitError(
            f"source: must be the same in all rows, image_size too; got {each}; "
            "give each its own study folder"
        )
    ((name, size),) = shown
    if name == "folder" and stimuli is None:
        raise ElicitError("source: the images came from a folder; say which with --stimuli PATH")
    source = open_source(name if stimuli is None else stimuli, size)
    if source.name != name:
        raise ElicitError(
            f"--stimuli: must be {name}, as in the rows, got {source.name}; {_REMEDY}"
        )
    return source


def _verified_endpoints(
    judgements: Iterable[Judgement], source: EndpointSource
) -> dict[int, Pixels]:
    """Return each endpoint image by its id; all are, to the pixel, those that were shown."""
    endpoints: dict[int, Pixels] = {}
    verified = set()
    for judgement in judgements:
        row = judgement.row
        for end in (
            ("i", row.image_i, row.class_i, row.fingerprint_i),
            ("j", row.image_j, row.class_j, row.fingerprint_j),
        ):
            if end[1:] not in verified:
                endpoints[end[1]] = _verified(judgement.place, source, *end)
                verified.add(end[1:])
    return endpoints


def _verified(
    place: str, source: EndpointSource, end: str, image_id: int, shown_class: str, shown: str
) -> Pixels:
    try:
        image, its_class = source.image(image_id), source.class_of(image_id)
    except StimulusError as error:
        raise ElicitError(f"{place}: image_{end}: {error}; {_REMEDY}") from error
    which = f"{source.name} image {image_id}"
    if its_class != shown_class:
        raise ElicitError(
            f"{place}: class_{end}: {which} was {shown_class!r} and is {its_class!r}; {_REMEDY}"
        )
    if fingerprint(image) != shown:
        raise ElicitError(
            f"{place}: fingerprint_{end}: {which} is not the one shown: must be {shown!r}, "
            f"got {fingerprint(image)!r}; {_REMEDY}"
        )
    return image


def _labels(percepts: Sequence[Percept], classes: Sequence[str], share: ArrayLike) -> Labels:
    """Return (N, K): `share` (N,) of class i, the rest of class j."""
    share_i, eye = np.asarray(share, dtype=np.float64)[:, None], np.eye(len(classes))
    y_i = eye[[classes.index(percept.image.class_i) for percept in percepts]]
    y_j = eye[[classes.index(percept.image.class_j) for percept in percepts]]
    mixed: Labels = share_i * y_i + (1 - share_i) * y_j
    return mixed
