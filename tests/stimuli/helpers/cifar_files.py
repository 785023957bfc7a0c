"""Small files in CIFAR-10's two official layouts, made byte by byte."""

import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]


def some_images(count: int, seed: int = 0) -> NDArray[np.uint8]:
    """Return (count, 32, 32, 3) uint8 noise."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (count, 32, 32, 3), dtype=np.uint8)


def as_rows(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return (N, 3072): red, green, blue, each row by row."""
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2)).reshape(len(images), -1)


def write_binary(parent: Path, images: NDArray[np.uint8], labels: list[int]) -> Path:
    """Write the binary layout's test batch and class names below `parent`."""
    folder = parent / "cifar-10-batches-bin"
    folder.mkdir(parents=True)
    rows = as_rows(images)
    records = [bytes([label]) + row.tobytes() for label, row in zip(labels, rows, strict=True)]
    (folder / "test_batch.bin").write_bytes(b"".join(records))
    (folder / "batches.meta.txt").write_text("\n".join(CLASSES) + "\n\n", encoding="utf-8")
    return folder


def write_python(parent: Path, images: NDArray[np.uint8], labels: list[int]) -> Path:
    """Write the python layout's test batch and class names below `parent`."""
    folder = parent / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    batch = _dict(
        batch_label=_text(b"testing batch 1 of 1"),
        labels=_list([_int(label) for label in labels]),
        data=_array(as_rows(images)),
        filenames=_list([_text(f"image_{n}.png".encode()) for n in range(len(labels))]),
    )
    (folder / "test_batch").write_bytes(pickled(batch))
    names = _list([_text(name.encode()) for name in CLASSES])
    (folder / "batches.meta").write_bytes(
        pickled(_dict(num_cases_per_batch=_int(10000), label_names=names, num_vis=_int(3072)))
    )
    return folder


def pickled(content: bytes) -> bytes:
    """Return a whole pickle of protocol 2, which is what Python 2 wrote CIFAR-10 in."""
    return b"\x80\x02" + content + b"."


def _int(number: int) -> bytes:
    return b"J" + struct.pack("<i", number)


def _text(content: bytes) -> bytes:
    return b"T" + struct.pack("<i", len(content)) + content  # Python 2's str


def _list(items: list[bytes]) -> bytes:
    return b"](" + b"".join(items) + b"e"


def _dict(**items: bytes) -> bytes:
    return b"}(" + b"".join(_text(key.encode()) + item for key, item in items.items()) + b"u"


def _array(rows: NDArray[np.uint8]) -> bytes:
    empty = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n"
    empty += _int(0) + b"\x85" + _text(b"b") + b"\x87R"
    dtype = b"cnumpy\ndtype\n" + _text(b"u1") + _int(0) + _int(1) + b"\x87R"
    dtype += b"(" + _int(3) + _text(b"|") + b"NNN" + _int(-1) * 2 + _int(0) + b"tb"
    shape = _int(rows.shape[0]) + _int(rows.shape[1]) + b"\x86"
    return empty + b"(" + _int(1) + shape + dtype + b"\x89" + _text(rows.tobytes()) + b"tb"
