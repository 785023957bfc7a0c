"""Memory that is too small: how it shows, and what a person can do about it."""

from __future__ import annotations

import gc
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

Made = TypeVar("Made")

_SIGNS = (
    *("out of memory", "can't allocate memory", "not enough memory", "unable to allocate"),
    "could not create a primitive",  # oneDNN's way to say it, on CPUs
)


class Fits(Protocol):
    """Says whether a step with that many examples fits."""

    def __call__(self, size: int) -> bool:
        """Return whether it does."""


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an error, torch's on any device or numpy's, is of too little memory."""
    text = str(error).lower()
    return isinstance(error, MemoryError) or any(sign in text for sign in _SIGNS)


def free_memory(error: BaseException) -> None:
    """Free what the calls that ended in `error` held."""
    traceback.clear_frames(error.__traceback__)
    gc.collect()


def largest_that_fits(size: int, fits: Fits) -> int:
    """Return the largest half, quarter, ... of `size` that `fits`; 0 if not even 2 do.

    Each is tried in a thread of its own: in one where oneDNN once had no room for the code that it
    makes, it makes none any more.
    """
    size //= 2
    while size >= 2 and not _in_a_new_thread(fits, size):
        size //= 2
    return size if size >= 2 else 0


def _in_a_new_thread(fits: Fits, size: int) -> bool:
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(fits, size).result()


def with_smaller_batches(measured: Callable[[int], Made], size: int) -> Made:
    """Return what `measured` makes `size` examples at a time, or fewer where these do not fit.

    Raises:
        RuntimeError, MemoryError: not even one fits, or another error.
    """
    while True:
        try:
            return measured(size)
        except (RuntimeError, MemoryError) as error:
            if size == 1 or not is_out_of_memory(error):
                raise
            free_memory(error)
        size //= 2
