"""Numpy's files of arrays, whose size is known before they are unpacked."""

import zipfile
from collections.abc import Callable
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stimuli.files import MAX_ARRAY_BYTES, describe_excess, open_file

_read_version: Callable[[Any], tuple[int, int]] = np.lib.format.read_magic
_READ_HEADER: dict[tuple[int, int], Callable[[Any], tuple[Any, bool, Any]]] = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def read_arrays(path: Path) -> NDArray[Any] | dict[str, NDArray[Any]]:
    """Return the array in a .npy file, or the arrays in a .npz file, by name.

    Raises:
        OSError: it cannot be read, or is no regular file.
        ValueError: it holds something else, or more than MAX_ARRAY_BYTES.
        EOFError: it is cut short.
        zipfile.BadZipFile: it is a damaged archive.
    """
    with open_file(path, MAX_ARRAY_BYTES) as file:
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as archive:
                _check_archive(archive)
        else:
            file.seek(0)
            _check(_measure(file))
        file.seek(0)
        content = np.load(file, allow_pickle=False)
        if isinstance(content, np.ndarray):
            return content
        return {name: content[name] for name in content.files}


def _check_archive(archive: zipfile.ZipFile) -> None:
    total = 0
    for member in archive.infolist():
        size = member.file_size
        if member.filename.endswith(".npy"):
            with archive.open(member) as content:
                size = max(size, _measure(content))
        total += size
        _check(total)


def _measure(file: Any) -> int:
    """Return the bytes that an array has, as its header says."""
    version = _read_version(file)
    if version not in _READ_HEADER:
        raise ValueError(f"its format {version} is not known")
    shape, _, dtype = _READ_HEADER[version](file)
    return int(prod(shape) * dtype.itemsize)


def _check(size: int) -> None:
    if size > MAX_ARRAY_BYTES:
        raise ValueError(f"its arrays {describe_excess(MAX_ARRAY_BYTES, size)}")
