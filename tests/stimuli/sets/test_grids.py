"""Grids of mixing coefficients from what a person writes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stimuli.errors import StimulusError
from stimuli.sets.grids import parse_grid

ELEVEN = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


@pytest.mark.parametrize(
    "text", ["0:1:0.1", "0:1:.1", " 0 : 1 : 0.10", "11", "0,.1,.2,.3,.4,.5,.6,.7,.8,.9,1"]
)
def test_the_papers_grid_is_written_in_three_ways(text: str) -> None:
    assert parse_grid(text) == ELEVEN


@given(st.integers(0, 999), st.integers(1, 50), st.integers(1, 200))
def test_a_stepped_value_is_the_float_of_its_decimal(first: int, step: int, steps: int) -> None:
    last = min(first + step * steps, 1000 - (1000 - first) % step)
    if last == first:
        return
    grid = parse_grid(f"{first / 1000}:{last / 1000}:{step / 1000}")
    assert grid == tuple(float(f"{k / 1000:.3f}") for k in range(first, last + 1, step))


def test_a_number_of_values_runs_from_0_to_1() -> None:
    assert parse_grid("2") == (0.0, 1.0)
    assert parse_grid("5") == (0.0, 0.25, 0.5, 0.75, 1.0)


@pytest.mark.parametrize(
    "text",
    ["", "0:1", "0:1:0.3", "0:1:0", "1:0:0.1", "0:2:0.5", "-1:1:0.5", "0:1:-0.1", "1", "0.5",
     "0,0.5,0.5", "0.5,0.1", "0,1.1", "0,x", "0,,1", "0:1:nan", "1/3,1/2", "1e9", "99999999",
     "0:1:0.00000001", "٣", "0,1_0", ":::"],
)  # fmt: skip
def test_what_is_no_grid_is_told_in_one_line(text: str) -> None:
    with pytest.raises(StimulusError, match=r"^grid: must be FIRST:LAST:STEP such as") as line:
        parse_grid(text)
    assert str(line.value).endswith(f"got {text!r}")


@given(st.text(max_size=30) | st.text("0123456789.,:", max_size=30))
def test_any_text_is_a_grid_or_one_line(text: str) -> None:
    told = ""
    grid: tuple[float, ...] = (0.0, 1.0)
    try:
        grid = parse_grid(text)
    except StimulusError as error:
        told = str(error)
    assert "\n" not in told
    assert 0 <= grid[0] < grid[-1] <= 1
