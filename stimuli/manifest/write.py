"""A study's stimulus set as one CSV file, which pins every blend on any machine."""

import csv
import hashlib
import io
import os
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from stimuli.errors import StimulusError
from stimuli.manifest.read import Manifest
from stimuli.manifest.rows import COLUMNS, MIXUP_COLUMNS, ManifestRow
from stimuli.mixing import digest, fingerprint
from stimuli.processes.process import Process
from stimuli.sets.build import Batches, SetItem
from stimuli.windows_files import check_name


def describe(
    batches: Batches, process: Process, grid: tuple[float, ...] | None = None
) -> tuple[ManifestRow, ...]:
    """Return a manifest's rows: every blend of the set, made and hashed.

    Args:
        batches: the set.
        process: how its images are made, and of which endpoints.
        grid: the mixes of each item whose lambda_f is None, increasing, in [0, 1].

    Raises:
        StimulusError: an image that the process does not have.
        ValueError: an item that has no lambda_f, and no grid.
    """
    return tuple(
        row
        for batch, items in enumerate(batches)
        for number, item in enumerate(items)
        for row in _rows(batch, number, item, process, grid)
    )


def _rows(
    batch: int,
    number: int,
    item: SetItem,
    process: Process,
    grid: tuple[float, ...] | None,
) -> Iterator[ManifestRow]:
    lambdas = grid if item.lambda_f is None else (item.lambda_f,)
    if lambdas is None:
        raise ValueError("describe: an item without lambda_f needs a grid")
    source = process.source
    ends = (item.class_i, item.image_i, item.class_j, item.image_j)
    print_i, print_j = (fingerprint(source.image(each)) for each in item.images)
    for lambda_f in lambdas:
        yield ManifestRow(
            batch,
            number,
            *ends,
            abs(float(lambda_f)),  # no -0.0
            digest(process.mix(item.images, lambda_f)),
            print_i,
            print_j,
            source.name,
            source.image_size,
            process.name,
            process.describe(item.images, lambda_f).box,
        )


def write_manifest(path: Path, rows: Sequence[ManifestRow]) -> str:
    """Write a manifest; the same rows always give the same bytes.

    UTF-8, RFC 4180: commas, quotes where needed, lines that end with CR LF. A set that mixup makes
    has no columns about the process, as older manifests have none.

    Returns:
        sha256 of the file, 64 hex digits.

    Raises:
        StimulusError: the file exists, or cannot be written; nothing half-written stays.
    """
    text = io.StringIO(newline="")
    lines = csv.writer(text, lineterminator="\r\n")
    columns = MIXUP_COLUMNS if all(row.process == "mixup" for row in rows) else COLUMNS
    lines.writerow(columns)
    lines.writerows(row.cells[: len(columns)] for row in rows)
    try:
        content = text.getvalue().encode("utf-8")
    except UnicodeEncodeError as error:
        raise StimulusError(f"{path}: a class name is not valid text: {error}") from error
    try:
        _write_new(path, content)
    except FileExistsError as error:
        raise StimulusError(
            f"{path}: exists already and is not overwritten; choose another name"
        ) from error
    except OSError as error:
        raise StimulusError(f"{path}: cannot be written: {error.strerror}") from error
    return hashlib.sha256(content).hexdigest()


def _write_new(path: Path, content: bytes) -> None:
    check_name(path)
    file = path.open("xb")
    try:
        with file:  # closed before it is deleted: Windows deletes no open file
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:  # Ctrl-C too
        path.unlink(missing_ok=True)
        raise


def check_source(manifest: Manifest, process: Process) -> None:
    """Raise StimulusError unless `process` has the manifest's images by id; quick: reads none.

    Names, size and classes are compared, pixels are not: see `verify_images`.
    """
    first, source = manifest.rows[0], process.source
    if process.name != first.process:
        raise StimulusError(
            f"{manifest.path}: is a set of images made by {first.process}, got the process "
            f"{process.name}; write stimuli.process: {first.process}, or make a set with "
            f"--process {process.name}"
        )
    if (source.name, source.image_size) != (first.source, first.image_size):
        raise StimulusError(
            f"{manifest.path}: is a set of {first.source} images of {first.image_size} pixels; "
            f"got {source.name} images of {source.image_size} pixels; "
            "give the source it was made from, or make a set from this one"
        )
    checked: set[int] = set()
    for line, row in zip(manifest.lines, manifest.rows, strict=True):
        for side, image_id, name in (
            ("i", row.image_i, row.class_i),
            ("j", row.image_j, row.class_j),
        ):
            if image_id in checked:
                continue
            checked.add(image_id)
            try:
                came = source.class_of(image_id)
            except StimulusError as error:
                raise StimulusError(f"{manifest.path}:{line}: image_{side}: {error}") from error
            if came != name:
                raise _other_images(manifest.path, line, f"class_{side}", repr(name), repr(came))


def verify_images(manifest: Manifest, process: Process, batch: int | None = None) -> None:
    """Make every blend again and compare its hash.

    Args:
        manifest: the set.
        process: how the images are made; its endpoint images must be those the set was made from,
            pixel for pixel.
        batch: only this one, which is quick; all of them if None.

    Raises:
        StimulusError: the first difference, and what to do about it.
    """
    check_source(manifest, process)
    grid = manifest.grid
    known = zip(manifest.lines, manifest.rows, strict=True)
    wanted = [(line, row) for line, row in known if batch is None or row.batch == batch]
    for (number, item), group in groupby(wanted, lambda each: (each[1].batch, each[1].item)):
        made = _rows(number, item, manifest.batches[number][item], process, grid)
        for (line, row), again in zip(group, made, strict=True):
            if row.box != again.box:
                raise StimulusError(
                    f"{manifest.path}:{line}: box: the set was made with {row.box}, the seed gives "
                    f"{again.box}; give the protocol the seed of the set, or make a new set with "
                    "the protocol's"
                )
            for column in ("fingerprint_i", "fingerprint_j", "blend_sha256"):
                was, now = getattr(row, column), getattr(again, column)
                if was != now:
                    raise _other_images(manifest.path, line, column, was, now)


def _other_images(path: Path, line: int, column: str, was: str, now: str) -> StimulusError:
    return StimulusError(
        f"{path}:{line}: {column}: the set was made with {was}, these images give {now}; "
        "use the images it was made from, or make a new set from these"
    )
