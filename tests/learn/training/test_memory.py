"""Memory that is too small is told from other errors, and worked around where that is possible."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from learn.training import memory


def test_torch_and_numpy_say_each_in_their_way_that_memory_ran_out() -> None:
    with pytest.raises(RuntimeError, match="allocate memory") as of_torch:
        torch.empty(2**55)
    with pytest.raises(MemoryError, match="Unable to allocate") as of_numpy:
        np.empty(2**55)
    assert memory.is_out_of_memory(of_torch.value)
    assert memory.is_out_of_memory(of_numpy.value)
    assert memory.is_out_of_memory(MemoryError())
    assert memory.is_out_of_memory(RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"))
    assert not memory.is_out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))


def test_the_largest_half_that_fits_is_found() -> None:
    assert memory.largest_that_fits(256, lambda size: size <= 100) == 64
    assert memory.largest_that_fits(5, lambda size: True) == 2
    assert memory.largest_that_fits(256, lambda size: False) == 0
    assert memory.largest_that_fits(2, lambda size: True) == 0


def test_what_cannot_be_measured_even_one_by_one_says_so() -> None:
    def measured(size: int) -> None:
        raise MemoryError("too much")

    with pytest.raises(MemoryError, match="too much"):
        memory.with_smaller_batches(measured, 2)


def test_another_error_is_not_tried_again() -> None:
    tried = []

    def measured(size: int) -> None:
        tried.append(size)
        raise RuntimeError("shapes do not fit")

    with pytest.raises(RuntimeError, match="shapes do not fit"):
        memory.with_smaller_batches(measured, 500)
    assert tried == [500]
