"""Pixels, centimetres and degrees of visual angle."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elicit.visual_angle import PictureSize, ScreenCalibration

calibrations = st.builds(
    ScreenCalibration,
    st.just((3840, 2160)),
    st.floats(5, 400),
    st.floats(10, 500),
    assumed=st.booleans(),
)


@given(calibrations, st.integers(1, 2160))
def test_degrees_are_twice_the_arc_tangent_of_half_the_side_by_the_distance(
    screen: ScreenCalibration, side_px: int
) -> None:
    side_cm = side_px / screen.px_per_cm
    degrees = 2 * math.atan(side_cm / 2 / screen.distance_cm) * 180 / math.pi
    assert screen.to_degrees(side_px) == pytest.approx(degrees, rel=1e-12)
    assert screen.to_px(degrees) == pytest.approx(side_px, rel=1e-9)
    assert PictureSize.on_screen(side_px, screen).side_deg == pytest.approx(degrees, abs=5e-5)


def test_the_size_on_a_screen_that_is_not_calibrated_has_no_degrees() -> None:
    assert PictureSize.on_screen(256, None) == PictureSize(256, None)


@given(calibrations)
def test_a_record_states_a_calibration_to_the_last_digit(screen: ScreenCalibration) -> None:
    wide_enough = screen.width_cm >= 8.56
    assert ScreenCalibration.of_record(screen.record()) == (screen if wide_enough else None)


@pytest.mark.parametrize(
    ("px_per_cm", "distance_cm", "problem"),
    [
        (37.8, 10.0, None),
        (37.8, 9.9, "the eyes must be 10 to 500 cm away, got 9.9 cm"),
        (37.8, 0.0, "the eyes must be"),
        (37.8, 1000.0, "the eyes must be"),
        (37.8, math.nan, "the eyes must be"),
        (0.0, 60.0, "a cm must have 5 to 400 px"),
        (math.inf, 60.0, "a cm must have 5 to 400 px"),
        (1920 / 8.57, 60.0, None),
        (
            1920 / 8.55,
            60.0,
            "the screen must be at least as wide as a bank card, 8.56 cm, got 8.55",
        ),
    ],
)
def test_numbers_of_no_screen_are_told(
    px_per_cm: float, distance_cm: float, problem: str | None
) -> None:
    found = ScreenCalibration((1920, 1080), px_per_cm, distance_cm).find_problem()
    assert found is problem or (found and problem and found.startswith(problem))


@pytest.mark.parametrize(
    "content",
    [
        None, [], {}, "text", {"size_px": [1, 2, 3], "px_per_cm": 40, "distance_cm": 60},
        {"size_px": [1920, 1080], "px_per_cm": "much", "distance_cm": 60},
        {"size_px": [1920, 1080], "px_per_cm": 40, "distance_cm": 0},
        {"size_px": [0, 0], "px_per_cm": 40, "distance_cm": 60},
    ],
)  # fmt: skip
def test_a_record_of_no_calibration_states_none(content: object) -> None:
    assert ScreenCalibration.of_record(content) is None
