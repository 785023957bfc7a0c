"""The files of a labelled set: CSV, Parquet, npz, a data card and a description in Croissant."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np

from elicit.errors import ElicitError
from learn.arrays import Arrays
from learn.files import csv_bytes, put, remove
from learn.labels.croissant import CROISSANT_FILE, LABEL, describe
from learn.labels.file import LABELS_FILE
from learn.labels.labelled_set import LabelledDataset
from learn.labels.parquet import parquet_bytes
from learn.labels.types import class_indices

_EVERY_JUDGEMENT = {"judgements.csv", "judgements.parquet"}


def save(labelled: LabelledDataset, out: Path, card: str = "") -> dict[Path, str]:
    """Write the set into `out`; a crash leaves no half a file.

    labels.csv and labels.parquet hold a row an image, the latter with its picture and its soft
    labels too. labels.npz holds `images`, each type of `labels` by its name, `classes`, `source`,
    `process` (mixup, cutmix or frames), and of each image `lambda_f`, `box` (cutmix only: x1, y1,
    x2, y2 of image j's part in px, x2 and y2 not in it), `n`,
    `mean_omega` (NaN where it was not asked; not there where nobody judged), and of its endpoints
    `image_i` and `image_j`, `class_i` and `class_j` (places among `classes`) and the pixels'
    `fingerprint_i` and `fingerprint_j`; no pickled objects. With `judgements`
    there are judgements.csv and judgements.parquet, a row a judgement, and the npz has each of
    their columns as `judgement_...`; of those that name classes also `judgement_label`, (M, K), as
    the Parquet has. README.md is the card, croissant.json describes the files. The
    same set gives the same bytes.

    Returns:
        What became of each file: "written", "replaced", "unchanged" or "removed".

    Raises:
        ElicitError: the folder cannot be made or written.
    """
    if out.is_file():
        raise ElicitError(f"{out}: --out must be a folder, got a file; choose another")
    contents = _contents(labelled, card)
    states = put({out / name: content for name, content in contents.items()})
    for older in sorted(_EVERY_JUDGEMENT - contents.keys()):
        if (out / older).is_file():
            remove(out / older)  # it tells of other labels than these
            states[out / older] = "removed"
    return states


def _contents(labelled: LabelledDataset, card: str) -> dict[str, bytes]:
    contents = {
        "labels.csv": csv_bytes(labelled.percepts, "image"),
        "labels.parquet": parquet_bytes(
            labelled.percepts, "image", labelled.images, labelled.labels
        ),
    }
    if labelled.judgements is not None:
        contents["judgements.csv"] = csv_bytes(labelled.judgements)
        own = labelled.judgement_labels
        contents["judgements.parquet"] = parquet_bytes(
            labelled.judgements, labels=None if own is None else {LABEL: own}
        )
    contents[LABELS_FILE] = _npz(_arrays(labelled))
    if card:
        contents["README.md"] = card.encode("utf-8")
    contents[CROISSANT_FILE] = describe(labelled, contents).encode("utf-8")
    return contents


def _arrays(labelled: LabelledDataset) -> Arrays:
    percepts = labelled.percepts
    omega = percepts["mean_omega"].to_numpy(np.float64) if "mean_omega" in percepts else None
    judged = {} if labelled.judgements is None else dict(labelled.judgements.items())
    own = labelled.judgement_labels
    ends = {
        name: class_indices(percepts[name], labelled.classes) for name in ("class_i", "class_j")
    }
    return {
        "images": labelled.images,
        **labelled.labels,
        "classes": np.array(labelled.classes),
        **ends,
        "lambda_f": percepts["lambda_f"].to_numpy(np.float64),
        "n": percepts["n"].to_numpy(np.int64),
        **({"mean_omega": omega} if omega is not None else {}),
        "image_i": percepts["image_i"].to_numpy(np.int64),
        "image_j": percepts["image_j"].to_numpy(np.int64),
        "fingerprint_i": labelled.fingerprints[:, 0],
        "fingerprint_j": labelled.fingerprints[:, 1],
        "source": np.array(labelled.source),
        "process": np.array(labelled.process),
        **({} if labelled.boxes is None else {"box": labelled.boxes}),
        **{f"judgement_{name}": np.array(column.tolist()) for name, column in judged.items()},
        **({} if own is None else {f"judgement_{LABEL}": own}),
    }


def _npz(arrays: Arrays) -> bytes:
    # not np.savez: it lets the archive say which system it was made on
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, array in arrays.items():
            member = zipfile.ZipInfo(f"{name}.npy")  # dated 1980
            member.create_system = 3  # Unix, wherever it is
            with archive.open(member, "w", force_zip64=True) as file:
                np.save(file, array, allow_pickle=False)
    return content.getvalue()
