"""No file takes time that is quadratic in its size, whatever is wrong with it."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from elicit.errors import ElicitError
from elicit.log import files as disk
from elicit.log.reader import read
from elicit.log.rows import COLUMNS
from elicit.protocol import load
from learn.study.cells import read_batches
from stimuli.errors import StimulusError
from stimuli.manifest.read import read_manifest

HEAD = "name: p\ntitle: t\nseed: 1\nstimuli: {source: pictograms}\n"
HEADER = ",".join(COLUMNS)
ROW = ",".join(["P1", "1", "p", *["0"] * (len(COLUMNS) - 3)]) + "\r\n"
ANCHORS = "a: &a [1]\nb:\n"
GROWTH = 8  # of the size; a quadratic time grows by 64
MAX_GROWTH = 28  # of the time
LEAST_S = 0.02  # below it, a clock and a busy computer say more than the file

Case = tuple[Callable[[int], str], Callable[[Path], object], int]
CASES: dict[str, Case] = {
    "lines of a protocol": (lambda n: f"{HEAD}blocks: [\n{'1,' * n}]\n", load, 500),
    "wrong blocks": (
        lambda n: f"{HEAD}blocks:\n" + "".join(f"  - {{name: 'b {k}'}}\n" for k in range(n)),
        load,
        100,
    ),
    "unknown keys": (
        lambda n: HEAD + "".join(f"key{k}: 1\n" for k in range(n)),
        load,
        200,
    ),
    "invisible characters": (lambda n: f"{HEAD}font: '{chr(0x200B) * n}x'\n", load, 2000),
    "aliases": (lambda n: HEAD + ANCHORS + "  - *a\n" * n, load, 500),
    "comments": (lambda n: HEAD + "# x\n" * n + "blocks: 1\n", load, 5000),
    "an open quote": (lambda n: f'{HEADER}\r\n"{ROW * n}', read, 1000),
    "odd quotes": (lambda n: f"{HEADER}\r\n" + f'"{ROW}' * n, read, 1000),
    "blank lines": (lambda n: f"{HEADER}\r\n" + "\r\n" * n, read, 3000),
    "an open quote, for learn": (
        lambda n: f'{HEADER}\r\n"{ROW * n}',
        lambda path: list(read_batches([path])),
        1000,
    ),
    "columns that are there twice": (
        lambda n: HEADER + "," + ",".join(f"c{k // 2}" for k in range(n)) + "\r\n",
        lambda path: list(read_batches([path])),
        1000,
    ),
    "an open quote of a manifest": (lambda n: f'{HEADER}\r\n"{ROW * n}', read_manifest, 1000),
    "a sidecar": (lambda n: f'{{"blocks": [{"{}," * n}{{}}]}}', disk.load_json, 5000),
}


def measure(path: Path, reading: Callable[[Path], object]) -> float:
    """Return the least time of three that a reading takes of the processor, s."""
    taken = []
    for _ in range(3):
        began = time.process_time()
        with suppress(ElicitError, StimulusError, ValueError, Warning):
            reading(path)
        taken.append(time.process_time() - began)
    return min(taken)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", CASES)
def test_the_time_grows_as_the_file_does(name: str, tmp_path: Path) -> None:
    make, reading, size = CASES[name]
    small, large = tmp_path / "small", tmp_path / "large"
    small.write_text(make(size), encoding="utf-8")
    large.write_text(make(GROWTH * size), encoding="utf-8")
    measure(small, reading)
    assert measure(large, reading) < MAX_GROWTH * max(measure(small, reading), LEAST_S / GROWTH)
