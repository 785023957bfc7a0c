"""Lists of endpoint images that a stimulus set must not use."""

from pathlib import Path

import numpy as np

from stimuli.array_files import read_arrays
from stimuli.errors import StimulusError
from stimuli.files import read_text
from stimuli.limits import MAX_IMAGE_ID


def read_ids(path: Path) -> frozenset[int]:
    """Return the image ids that a file lists.

    Args:
        path: a .npy file with an array of whole numbers of any shape, else text in UTF-8 with
            one id a line, without a heading; empty lines are passed over.

    Raises:
        StimulusError: the file cannot be read, holds something else, or holds nothing.
    """
    try:
        ids = _from_npy(path) if path.suffix.lower() == ".npy" else _from_text(path)
    except OSError as error:
        raise StimulusError(f"{path}: cannot be read: {error.strerror or error}") from error
    if not ids:
        raise StimulusError(f"{path}: must hold at least one image id, got none")
    return ids


def _from_npy(path: Path) -> frozenset[int]:
    try:
        array = read_arrays(path)
    except (ValueError, EOFError, MemoryError) as error:
        reason = " ".join(str(error).split())
        raise StimulusError(f"{path}: not a .npy file of image ids: {reason}") from error
    if isinstance(array, dict):
        raise StimulusError(f"{path}: must hold one array of image ids, got an archive of arrays")
    if not np.issubdtype(array.dtype, np.integer):
        raise StimulusError(f"{path}: must hold whole numbers, the image ids, got {array.dtype}")
    if array.size and array.min() < 0:
        raise StimulusError(f"{path}: image ids must be 0 or more, got {array.min()}")
    if array.size and array.max() > MAX_IMAGE_ID:
        raise StimulusError(f"{path}: image ids must be at most {MAX_IMAGE_ID}, got {array.max()}")
    return frozenset(array.ravel().tolist())


def _from_text(path: Path) -> frozenset[int]:
    try:
        lines = read_text(path, encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise StimulusError(f"{path}: must be a .npy file or UTF-8 text: {error}") from error
    ids = set()
    for number, line in enumerate(lines, 1):
        cell = line.strip()
        if not cell:
            continue
        if not (cell.isascii() and cell.isdigit() and len(cell) <= 18):
            raise StimulusError(
                f"{path}:{number}: must be one image id, a whole number from 0, got {cell!r:.60}"
            )
        if int(cell) > MAX_IMAGE_ID:
            raise StimulusError(
                f"{path}:{number}: image ids must be at most {MAX_IMAGE_ID}, got {cell}"
            )
        ids.add(int(cell))
    return frozenset(ids)
