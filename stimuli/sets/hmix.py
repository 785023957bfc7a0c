"""The published H-Mix: its CSV files, and the stimulus sets of its studies."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from stimuli.csv_files import explain_encoding, explain_header
from stimuli.errors import StimulusError
from stimuli.files import MAX_TABLE_BYTES, read_bytes
from stimuli.sets.build import Batches, SetItem
from stimuli.sources.endpoints import EndpointSource

Cells = dict[str, str]  # of a row, by column


class PublishedPair(NamedTuple):
    """The two endpoints of an H-Mix stimulus, CIFAR-10 test images; class i comes first."""

    class_i: str
    image_i: int
    class_j: str
    image_j: int


@dataclass(frozen=True)
class PublishedSet:
    """What one study's files hold."""

    files: tuple[str, ...]
    mixed: bool  # whether an item has one mixing coefficient
    batches: int
    items: int  # different ones


STUDIES = {
    "hse1": PublishedSet(
        ("hmix_construct_midpoint.csv", "hmix_select_shuffled_midpoint.csv"),
        mixed=False,
        batches=9,
        items=249,
    ),
    "hse2": PublishedSet(("hmix_infer_mixing_factor.csv",), mixed=True, batches=35, items=2070),
}
_PAIR = re.compile(r"([A-Za-z]+)_(\d{1,5})_([A-Za-z]+)_(\d{1,5})(?:\.png)?", re.ASCII)


def read_rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[str, Cells]]:
    """Yield each row of a published table, with its place as an error begins: file and line.

    Raises:
        StimulusError: the file is missing, cannot be read, or lacks one of `columns`.
    """
    try:
        raw = read_bytes(path, MAX_TABLE_BYTES)
        rows = csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline=""), restval="")
        wrong = explain_header(rows.fieldnames or (), columns)
        if wrong:
            raise StimulusError(f"{path}:1: not H-Mix's: {wrong}")
        for cells in rows:
            yield f"{path}:{rows.line_num}", cells
    except FileNotFoundError as error:
        raise StimulusError(
            f"{path}: no such file; give the folder that holds H-Mix's four CSV files"
        ) from error
    except UnicodeDecodeError as error:
        raise StimulusError(f"{path}: not a CSV file of H-Mix: {explain_encoding(raw)}") from error
    except csv.Error as error:
        raise StimulusError(f"{path}: not a CSV file of H-Mix: {error}") from error
    except OSError as error:
        raise StimulusError(f"{path}: cannot be read: {error.strerror}") from error


def parse_pair(name: str) -> PublishedPair:
    """Return the pair in a name such as `Bird_9624_Deer_9585` or `Cat_3_Dog_7.png`.

    Raises:
        ValueError: no such name, or its classes are not in alphabetical order.
    """
    found = _PAIR.fullmatch(name)
    if found is None:
        raise ValueError(f"must be Class_id_Class_id, such as Cat_12_Dog_7; got {name!r:.100}")
    pair = PublishedPair(found[1].lower(), int(found[2]), found[3].lower(), int(found[4]))
    if pair.class_i >= pair.class_j:
        raise ValueError(f"must be two classes in alphabetical order; got {name!r:.100}")
    return pair


def rebuild(study: str, folder: Path, source: EndpointSource) -> Batches:
    """Return the set that the authors' participants saw, batch by batch.

    A batch is what one participant saw: participants of a `condition` saw the same items or had
    none in common. Batches stand in the order of `condition`, then of the file; items in the
    order in which the file first names them. An item that a participant was shown more than once
    (the repeats, and one pair in each of two batches of the first study) stands in the batch
    once. 19 pairs of the first study belong to two batches, so its 249 pairs make 268 items.

    Args:
        study: "hse1" or "hse2".
        folder: where H-Mix's CSV files are.
        source: CIFAR-10's test images.

    Raises:
        StimulusError: a file is missing, is not H-Mix's or is not whole, or the source has
            other images.
    """
    published = STUDIES[study]
    if source.name != "cifar10":
        raise StimulusError(f"H-Mix: its images are cifar10's; got {source.name}")
    paths = [folder / name for name in published.files]
    batches = gather(paths, published.mixed)
    came = (len(batches), len({item for batch in batches for item in batch}))
    if came != (published.batches, published.items):
        raise StimulusError(
            f"{' and '.join(map(str, paths))}: must hold {published.batches} batches with "
            f"{published.items} different stimuli; got {came[0]} with {came[1]}; "
            "get H-Mix's files again"
        )
    _check_classes(batches, source)
    return batches


def gather(paths: list[Path], mixed: bool) -> Batches:
    """Return the different batches that the participants in H-Mix's files saw.

    Args:
        paths: the CSV files.
        mixed: whether to take each item's mixing coefficient, from `mixtureCoeff`.

    Raises:
        StimulusError: naming the file, the line and the column that is wrong.
    """
    seen: dict[tuple[int, Path, str], dict[SetItem, None]] = {}  # a dict keeps the file's order
    for path in paths:
        for condition, subject, item in _items(path, mixed):
            seen.setdefault((condition, path, subject), {})[item] = None
    batches: dict[int, dict[frozenset[SetItem], tuple[SetItem, ...]]] = {}
    for (condition, path, subject), items in seen.items():
        known = batches.setdefault(condition, {})
        whole = frozenset(items)
        if whole not in known and any(not whole.isdisjoint(other) for other in known):
            raise StimulusError(
                f"{path}: participant {subject} saw only a part of a batch of condition "
                f"{condition}; get H-Mix's files again"
            )
        known.setdefault(whole, tuple(items))
    return tuple(batch for _, known in sorted(batches.items()) for batch in known.values())


def _items(path: Path, mixed: bool) -> Iterator[tuple[int, str, SetItem]]:
    """Give the condition, the participant and the stimulus of each line."""
    needed = ["condition", "subject", "class_pair", *(["mixtureCoeff"] if mixed else [])]
    for place, cells in read_rows(path, needed):
        yield _item(place, cells, mixed)


def _item(place: str, cells: Cells, mixed: bool) -> tuple[int, str, SetItem]:
    try:
        pair = parse_pair(cells["class_pair"])
    except ValueError as error:
        raise StimulusError(f"{place}: class_pair: {error}") from error
    if re.fullmatch(r"\d{1,4}", cells["condition"], re.ASCII) is None:
        raise _wrong(place, "condition", "a whole number from 0", cells)
    share = cells["mixtureCoeff"] if mixed else None
    if share is not None and re.fullmatch(r"0(\.\d{1,17})?|1(\.0)?", share, re.ASCII) is None:
        raise _wrong(place, "mixtureCoeff", "a number from 0 to 1", cells)
    item = SetItem(
        pair.image_i,
        pair.image_j,
        pair.class_i,
        pair.class_j,
        None if share is None else float(share),
    )
    return int(cells["condition"]), cells["subject"], item


def _wrong(place: str, column: str, allowed: str, cells: Cells) -> StimulusError:
    return StimulusError(f"{place}: {column}: must be {allowed}; got {cells[column]!r:.100}")


def _check_classes(batches: Batches, source: EndpointSource) -> None:
    for batch in batches:
        for item in batch:
            for image_id, name in ((item.image_i, item.class_i), (item.image_j, item.class_j)):
                came = source.class_of(image_id)
                if came != name:
                    raise StimulusError(
                        f"H-Mix: image {image_id} is of class {name}, and {came} in this "
                        "CIFAR-10; it must be the test set in its original order"
                    )
