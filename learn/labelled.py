"""A labelled set of mixed images, and its two files: labels.csv and labels.npz."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from elicit.errors import ElicitError
from learn.percepts import Percept
from stimuli.mixing import Pixels

Labels = NDArray[np.float64]


@dataclass(frozen=True)
class LabelledSet:
    """Mixed images and what they are called, one row an image, in the order of `percepts`."""

    percepts: tuple[Percept, ...]  # N
    images: Pixels  # (N, H, W, 3), as they were on screen
    labels: Mapping[str, Labels]  # name of the label type: (N, K), rows sum to 1
    classes: tuple[str, ...]  # K, in the source's order
    source: str


def save(labelled: LabelledSet, out: Path) -> dict[Path, str]:
    """Write labels.csv and labels.npz into `out`; a crash leaves no half a file.

    The same set gives the same bytes. The npz holds `images`, each type of `labels` by its name,
    `classes`, `source`, and of each image `lambda_f`, `n`, `image_i` and `image_j`; no pickled
    objects.

    Returns:
        What became of each file: "written", "replaced" or "unchanged".

    Raises:
        ElicitError: the folder cannot be made or written.
    """
    if out.is_file():
        raise ElicitError(f"{out}: --out must be a folder, got a file; choose another")
    contents = {out / "labels.csv": _csv(labelled.percepts), out / "labels.npz": _npz(labelled)}
    try:
        out.mkdir(parents=True, exist_ok=True)
        states = {path: _state(path, content) for path, content in contents.items()}
        _put({path: contents[path] for path in contents if states[path] != "unchanged"})
    except OSError as error:
        raise ElicitError(
            f"{error.filename2 or error.filename or out}: cannot be written: {error.strerror}; "
            "mend that, or choose another folder with --out"
        ) from error
    return states


def _csv(percepts: Iterable[Percept]) -> bytes:
    columns = ("n", "mean_lambda_g", "sd_lambda_g", "mean_omega")
    table = pd.DataFrame(
        vars(percept.image) | {column: getattr(percept, column) for column in columns}
        for percept in percepts
    )
    text: str = table.to_csv(index_label="image", lineterminator="\n")  # floats in full
    return text.encode("utf-8")


def _npz(labelled: LabelledSet) -> bytes:
    images = [percept.image for percept in labelled.percepts]
    arrays: dict[str, NDArray[Any]] = {
        "images": labelled.images,
        **labelled.labels,
        "classes": np.array(labelled.classes),
        "lambda_f": np.array([image.lambda_f for image in images], dtype=np.float64),
        "n": np.array([percept.n for percept in labelled.percepts], dtype=np.int64),
        "image_i": np.array([image.image_i for image in images], dtype=np.int64),
        "image_j": np.array([image.image_j for image in images], dtype=np.int64),
        "source": np.array(labelled.source),
    }
    # not np.savez: it lets the archive say which system it was made on
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, array in arrays.items():
            member = zipfile.ZipInfo(f"{name}.npy")  # dated 1980
            member.create_system = 3  # Unix, wherever it is
            with archive.open(member, "w", force_zip64=True) as file:
                np.save(file, array, allow_pickle=False)
    return content.getvalue()


def _state(path: Path, content: bytes) -> str:
    if not path.exists():
        return "written"
    return "unchanged" if path.read_bytes() == content else "replaced"


def _put(contents: Mapping[Path, bytes]) -> None:
    """Write all files whole beside their places, then move each to its place."""
    unfinished = {
        path.with_name(f".{path.name}.{os.getpid()}.unfinished"): path for path in contents
    }
    try:
        for beside, path in unfinished.items():
            with beside.open("wb") as file:
                file.write(contents[path])
                file.flush()
                os.fsync(file.fileno())
        for beside, path in unfinished.items():
            beside.replace(path)
    finally:
        for beside in unfinished:
            beside.unlink(missing_ok=True)
