"""CIFAR-10's test images, read from either of its official layouts."""

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from stimuli.errors import StimulusError
from stimuli.files import MAX_TABLE_BYTES, open_file, read_bytes
from stimuli.sources.indexed import IndexedSource

CLASSES = (
    *("airplane", "automobile", "bird", "cat", "deer"),
    *("dog", "frog", "horse", "ship", "truck"),
)
FOLDERS = ("cifar-10-batches-py", "cifar-10-batches-bin")
_PIXELS = 3 * 32 * 32  # of one image: all red, all green, all blue, each row by row
_RECORD = 1 + _PIXELS  # bytes in the binary layout: a label, then the pixels


class Cifar10(IndexedSource):
    """The test set in its original order: an image's id is its index there, as in H-Mix.

    Attributes:
        images: (N, 32, 32, 3) uint8.
        labels: (N,) int64, index into `classes`.
    """

    def __init__(self, folder: Path, image_size: int = 32) -> None:
        """Read the test batch from `folder`, which is or holds one of FOLDERS.

        Raises:
            StimulusError: no test batch, a broken one, or another size than 32 asked for.
        """
        self.check_size(image_size)
        batch = find_cifar10(folder)
        if batch is None:
            raise StimulusError(f"{folder}: must be or hold {' or '.join(FOLDERS)}")
        if not batch.is_file():
            raise StimulusError(f"{batch}: no such file; delete the folder and get CIFAR-10 again")
        read = _read_binary if batch.suffix == ".bin" else _read_python
        pixels, labels = read(batch)
        super().__init__("cifar10", image_size, CLASSES, labels)
        self.images: NDArray[np.uint8] = np.ascontiguousarray(
            pixels.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
        )

    @staticmethod
    def check_size(image_size: int) -> None:
        """Raise StimulusError unless `image_size` is the one size CIFAR-10 has."""
        if image_size != 32:
            raise StimulusError(f"cifar10: image_size must be 32, got {image_size}")

    def image(self, image_id: int) -> NDArray[np.uint8]:
        """Return the image's pixels, (32, 32, 3) uint8."""
        pixels: NDArray[np.uint8] = self.images[self._checked(image_id)]
        return pixels.copy()


def find_cifar10(folder: Path) -> Path | None:
    """Return the test batch's path if `folder` is or holds one of FOLDERS, else None.

    Where the layout's folder is there and its test batch is not, the path names the missing file.
    """
    places = (folder, *(folder / name for name in FOLDERS))
    batches = [place / name for place in places for name in ("test_batch", "test_batch.bin")]
    for batch in batches:
        if batch.is_file():
            return batch
    for place in places:
        if place.name in FOLDERS and place.is_dir():
            return place / ("test_batch.bin" if place.name == FOLDERS[1] else "test_batch")
    return None


def read_training(folder: Path) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the 50,000 training images, (N, 32, 32, 3), and their classes, (N,) index of CLASSES.

    Args:
        folder: is or holds one of FOLDERS.

    Raises:
        StimulusError: no training batch there, or a broken one.
    """
    test = find_cifar10(folder)
    if test is None:
        raise StimulusError(f"{folder}: must be or hold {' or '.join(FOLDERS)}")
    batches = [test.with_name(f"data_batch_{number}{test.suffix}") for number in range(1, 6)]
    for batch in batches:
        if not batch.is_file():
            raise StimulusError(f"{batch}: no such file; get CIFAR-10 again, all of it")
    read = _read_binary if test.suffix == ".bin" else _read_python
    parts = [read(batch) for batch in batches]
    pixels = np.concatenate([part for part, _ in parts]).reshape(-1, 3, 32, 32)
    images = np.ascontiguousarray(pixels.transpose(0, 2, 3, 1))
    return images, np.concatenate([labels for _, labels in parts])


def _read_binary(batch: Path) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    content = np.frombuffer(_bytes_of(batch), dtype=np.uint8)
    if content.size == 0 or content.size % _RECORD:
        raise StimulusError(
            f"{batch}: must hold whole records of {_RECORD} bytes, got {content.size} bytes; "
            "delete the folder and get CIFAR-10 again"
        )
    meta = batch.with_name("batches.meta.txt")
    if meta.is_file():
        text = _bytes_of(meta).decode("utf-8", errors="replace")
        _check_names(meta, [line.strip() for line in text.splitlines() if line.strip()])
    records = content.reshape(-1, _RECORD)
    return records[:, 1:], _checked_labels(batch, records[:, 0].tolist(), len(records))


def _read_python(batch: Path) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    content = _unpickle(batch)
    pixels = content.get("data")
    if not isinstance(pixels, np.ndarray) or pixels.dtype != np.uint8:
        raise StimulusError(
            f"{batch}: data must be an array of uint8; delete the folder and get CIFAR-10 again"
        )
    if pixels.ndim != 2 or pixels.shape[0] == 0 or pixels.shape[1] != _PIXELS:
        raise StimulusError(f"{batch}: data must be (N, {_PIXELS}), got {pixels.shape}")
    meta = batch.with_name("batches.meta")
    if meta.is_file():
        _check_names(meta, _unpickle(meta).get("label_names"))
    return pixels, _checked_labels(batch, content.get("labels"), len(pixels))


def _checked_labels(batch: Path, labels: object, images: int) -> NDArray[np.int64]:
    if not isinstance(labels, list) or len(labels) != images:
        came = len(labels) if isinstance(labels, list) else type(labels).__name__
        raise StimulusError(f"{batch}: must hold a list of {images} labels, got {came}")
    for label in labels:
        if type(label) is not int or not 0 <= label < len(CLASSES):
            raise StimulusError(f"{batch}: labels must be 0 to {len(CLASSES) - 1}, got {label!r}")
    return np.array(labels, dtype=np.int64)


def _check_names(meta: Path, names: object) -> None:
    if isinstance(names, list):
        names = [n.decode("utf-8", "replace") if isinstance(n, bytes) else n for n in names]
    if names != list(CLASSES):
        raise StimulusError(f"{meta}: classes must be {', '.join(CLASSES)}; got {names!r:.200}")


def _bytes_of(path: Path) -> bytes:
    try:
        return read_bytes(path, MAX_TABLE_BYTES)
    except OSError as error:
        raise StimulusError(f"{path}: cannot be read: {error.strerror}") from error


def _unpickle(path: Path) -> Mapping[str, Any]:
    """Return the pickled dictionary in `path`, its keys as text; it can run no code of its own."""
    try:
        with open_file(path, MAX_TABLE_BYTES) as file:
            content = _OnlyArrays(file, encoding="bytes").load()
    except Exception as error:  # a broken pickle raises nearly anything
        reason = " ".join(str(error).split()) or type(error).__name__
        raise StimulusError(
            f"{path}: not a CIFAR-10 batch ({reason}); delete the folder and get CIFAR-10 again"
        ) from error
    if not isinstance(content, dict):
        raise StimulusError(f"{path}: must hold a dictionary, got {type(content).__name__}")
    return {
        k.decode("utf-8", "replace") if isinstance(k, bytes) else k: v for k, v in content.items()
    }


def _dtype(code: Any, *_: Any) -> np.dtype[Any]:
    """Stand in for `np.dtype`, which warns of the 0 and 1 that old pickles give as truth values."""
    dtype: np.dtype[Any] = np.dtype(code)
    return dtype


_RECONSTRUCT = np.zeros(0).__reduce__()[0]  # numpy's maker of arrays, wherever it keeps it


class _OnlyArrays(pickle.Unpickler):
    """Reads numbers, text, lists and numpy arrays; refuses to name anything else."""

    _ALLOWED: ClassVar[Mapping[tuple[str, str], Any]] = {
        ("numpy.core.multiarray", "_reconstruct"): _RECONSTRUCT,
        ("numpy._core.multiarray", "_reconstruct"): _RECONSTRUCT,
        ("numpy", "ndarray"): np.ndarray,
        ("numpy", "dtype"): _dtype,
    }

    def find_class(self, module: str, name: str) -> Any:
        """Return what the pickle asks for, if it is one of the few parts of an array."""
        if (module, name) not in self._ALLOWED:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return self._ALLOWED[module, name]
