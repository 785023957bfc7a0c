"""What times taken on a lab PC are said to mean."""

from __future__ import annotations

import pytest

from elicit.preflight.findings import (
    Frames,
    check_dropped_frames,
    check_durations,
    check_exposures,
    check_image_sizes,
    check_key_latency,
    check_keyboard,
    check_refresh_rate,
    check_scaling,
    check_window,
    quantile_95,
)
from elicit.screen.scaling import WindowsScaling
from elicit.visual_angle import ScreenCalibration, visual_angle

SCREEN = ScreenCalibration((1920, 1080), 1920 / 52.0, 57.29)
LACK = "screen 0 is not calibrated; run elicit calibrate"


def at(hertz: float, delayed_by: float = 0.0, lost: int = 0) -> Frames:
    """Return frames of a screen of `hertz`; `lost` of them came one frame late."""
    frame_s, times = 1 / hertz, [0.0]
    for k in range(600):
        times.append(times[-1] + frame_s * (2 if k < lost else 1))
    delayed = tuple(k * (frame_s + delayed_by) for k in range(60))
    return Frames((tuple(times[:300]), tuple(times[300:])), delayed, frame_s / 4)


def test_a_screen_that_keeps_its_rate_is_fine() -> None:
    found = check_refresh_rate(at(59.95), 60.0)
    assert (found.verdict, found.measured) == ("ok", "59.95 Hz; the system states 60.00 Hz")
    assert check_dropped_frames(at(59.95)).verdict == "ok"


def test_flips_that_take_longer_by_any_delay_do_not_wait_for_a_screen() -> None:
    free = at(300, delayed_by=1 / 1200)
    assert not free.synchronised
    assert "cannot be measured" in check_refresh_rate(free, 60).measured
    assert "cannot be measured" in check_dropped_frames(free).measured
    assert check_refresh_rate(free, 60).verdict == "attention"


def test_flips_that_a_delay_makes_miss_a_whole_frame_do_wait_for_a_screen() -> None:
    assert at(240, delayed_by=1 / 240).synchronised


@pytest.mark.parametrize("stated", [60, 100, 144])
def test_another_rate_than_the_system_states_needs_attention(stated: float) -> None:
    assert check_refresh_rate(at(75), stated).verdict == "attention"


def test_dropped_frames_are_counted_and_many_need_attention() -> None:
    few, many = check_dropped_frames(at(60, lost=3)), check_dropped_frames(at(60, lost=30))
    assert (few.verdict, few.measured.split(" in ")[0]) == ("ok", "3 of 599")
    assert (many.verdict, many.measured.split(" in ")[0]) == ("attention", "30 of 599")
    assert "Close other programs" in many.advice


def test_keys_that_reach_the_screen_within_two_frames_are_fine() -> None:
    found = check_key_latency([0.010] * 38 + [0.020] * 2, 40, 60)
    assert found.verdict == "ok"
    assert found.measured.startswith("median 10.0 ms, 95% below ")
    assert check_key_latency([0.050] * 40, 40, 60).verdict == "attention"


def test_keys_that_get_lost_must_be_mended() -> None:
    found = check_key_latency([0.010] * 39, 40, 60)
    assert (found.verdict, found.measured) == ("fix", "39 of 40 keys heard")
    assert check_key_latency([], 40, 60).verdict == "fix"


@pytest.mark.parametrize(
    ("heard", "verdict"),
    [
        (["right"] * 5 + ["space"], "ok"),
        (["right"] * 4 + ["space"], "attention"),
        (["right"] * 10 + ["space"], "attention"),
        (["right"] * 5 + ["up", "space"], "attention"),
        (["space"], "fix"),
        ([], "fix"),
        (None, "attention"),
    ],
)
def test_what_a_person_pressed_says_how_the_keyboard_is(
    heard: list[str] | None, verdict: str
) -> None:
    assert check_keyboard(heard, 5).verdict == verdict


def test_a_window_that_a_page_does_not_fit_must_be_mended() -> None:
    assert check_window((1024, 600), 1.0, True).verdict == "ok"
    found = check_window((1024, 600), 1.0, False, "the prompt is too long")
    assert (found.verdict, found.measured) == (
        "fix",
        "a window, 1024x600 px, scale 1; the prompt is too long",
    )


def test_one_centimetre_at_57_centimetres_is_one_degree() -> None:
    assert visual_angle(1.0, 57.29) == pytest.approx(1.0, abs=1e-3)
    found = check_image_sizes({"infer": 480, "select_shuffled": 96}, SCREEN, "")
    assert found.measured == "infer 480 px, 12.95 degrees; select_shuffled 96 px, 2.60 degrees"
    assert found.verdict == "ok"


def test_images_on_a_screen_that_is_not_calibrated_are_told_with_how_to_know_their_angle() -> None:
    found = check_image_sizes({"infer": 480}, None, LACK)
    assert (found.verdict, found.measured) == ("ok", "480 px")
    assert LACK in found.advice


@pytest.mark.parametrize(
    ("calibration", "asked_deg", "verdict"),
    [(None, 13.0, "fix"), (SCREEN, 13.0, "ok"), (SCREEN, 12.0, "ok"), (SCREEN, 15.0, "attention")],
)
def test_degrees_that_are_not_shown_are_told(
    calibration: ScreenCalibration | None, asked_deg: float, verdict: str
) -> None:
    found = check_image_sizes({"infer": 480}, calibration, LACK, asked_deg)
    assert found.verdict == verdict
    assert f"{asked_deg:g}" in found.measured
    if calibration is None:
        assert found.measured.endswith("screen 0 is not calibrated")
        assert "run elicit calibrate" in found.advice.lower()


@pytest.mark.parametrize(
    ("scaling", "verdict", "said"),
    [
        (WindowsScaling(100), "ok", "100 %"),
        (WindowsScaling(150), "ok", "150 %; images keep to the screen's own pixels"),
        (WindowsScaling(150, enlarges_window=True), "fix", "150 %; Windows enlarges this window"),
    ],
)
def test_what_windows_enlarges_is_named(scaling: WindowsScaling, verdict: str, said: str) -> None:
    found = check_scaling(scaling)
    assert found.verdict == verdict
    assert found.measured.startswith(said)


def test_few_values_are_judged_by_the_worst() -> None:
    assert quantile_95([1, 5, 2]) == 5
    assert 18 < quantile_95(list(range(20))) <= 19


FRAME = 1 / 60


def test_exposures_that_last_the_frames_asked_for_are_fine() -> None:
    found = check_exposures([6 * FRAME] * 199 + [7 * FRAME], 6, 60, flips_wait=True)
    assert (found.verdict, found.measured) == (
        "ok",
        "199 of 200 lasted 6 frames (100.0 ms); 100.0 to 116.7 ms, median 100.0 ms",
    )


def test_exposures_that_often_last_another_number_of_frames_need_attention() -> None:
    long = check_exposures([6 * FRAME] * 197 + [7 * FRAME] * 3, 6, 60, flips_wait=True)
    short = check_exposures([6 * FRAME] * 197 + [5 * FRAME] * 3, 6, 60, flips_wait=True)
    assert long.verdict == short.verdict == "attention"
    assert long.measured.startswith("197 of 200 lasted 6 frames")


def test_exposures_where_no_screen_keeps_the_time_claim_nothing() -> None:
    found = check_exposures([6 * FRAME] * 200, 6, 60, flips_wait=False)
    assert (found.verdict, "do not wait for the screen" in found.advice) == ("attention", True)


def test_durations_that_are_no_whole_frames_of_this_screen_need_attention() -> None:
    assert check_durations([], 144).verdict == "ok"
    found = check_durations(["blocks.0.exposure_s: 0.1 s is 14.40 frames"], 144)
    assert (found.verdict, found.measured) == (
        "attention", "blocks.0.exposure_s: 0.1 s is 14.40 frames",
    )  # fmt: skip
    assert "multiples of 6.94 ms" in found.advice
