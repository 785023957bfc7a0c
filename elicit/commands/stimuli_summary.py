"""What `elicit stimuli` says about the set it made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rich.table import Table

from stimuli.sets.build import Batches
from stimuli.sources.endpoints import EndpointSource


def summary(
    batches: Batches, source: EndpointSource, grid: tuple[float, ...] | None, excluded: int
) -> Table:
    """Return a short table: how much of what the set has, and how evenly.

    Args:
        batches: the set.
        source: its endpoint images.
        grid: the mixes of each item, None where an item has one of its own.
        excluded: how many images were never to be used; 0 leaves the line out.
    """
    items = [item for batch in batches for item in batch]
    different = list(dict.fromkeys(items))
    pairs = {(item.image_i, item.image_j) for item in items}
    used = Counter(image for item in different for image in (item.image_i, item.image_j))
    table = Table(box=None, show_header=False)
    table.add_row("source", f"{source.name}, {source.image_size} x {source.image_size} pixels")
    table.add_row("pairs", str(len(pairs)))
    table.add_row("images", _images(len(different), grid))
    for name, counts in (
        (
            "class combinations",
            Counter((item.class_i, item.class_j) for item in different).values(),
        ),
        ("batches", [len(batch) for batch in batches]),
        ("endpoints", used.values()),
    ):
        table.add_row(name, f"{len(counts)}, items of each: {_range(counts)}")
    mixes = Counter(item.lambda_f for item in different if item.lambda_f is not None)
    for lambda_f, count in sorted(mixes.items()):
        table.add_row(f"lambda_f {lambda_f}", str(count))
    if excluded:
        table.add_row("excluded", f"{excluded} images, none of them used")
    return table


def _images(different: int, grid: tuple[float, ...] | None) -> str:
    return str(different) if grid is None else f"{different * len(grid)}, {len(grid)} of a pair"


def _range(counts: Iterable[int]) -> str:
    """Return "6", or "4 to 6" where they differ."""
    every = sorted(set(counts))
    return str(every[0]) if len(every) == 1 else f"{every[0]} to {every[-1]}"
