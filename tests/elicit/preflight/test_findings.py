"""What times taken on a lab PC are said to mean."""

from __future__ import annotations

import pytest

from elicit.preflight.findings import (
    Frames,
    check_dropped_frames,
    check_durations,
    check_exposures,
    check_image_size,
    check_key_latency,
    check_keyboard,
    check_refresh_rate,
    check_window,
    quantile_95,
)
from elicit.visual_angle import visual_angle


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
    assert check_image_size(480, 1920, (52.0, 57.29)).measured == (
        "480 px, 12.95 degrees of visual angle"
    )


def test_an_image_on_an_unknown_screen_is_told_with_how_to_know_its_angle() -> None:
    found = check_image_size(480, 1920, None)
    assert found.verdict == "ok"
    assert "stimuli.monitor" in found.advice


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
