"""How many participants a study needs, from its simulated participants to the answer."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from elicit.errors import ElicitError
from elicit.planning import search
from elicit.planning.pool import ParticipantPool
from elicit.planning.pse_precision import PsePoint
from elicit.planning.targets import Question, Target, list_questions, parse_target
from elicit.protocol.study_protocol import StudyProtocol
from tests.elicit.helpers.factories import block, load_protocol, study
from tests.elicit.planning.test_pool import open_pool

SMALL = search.Effort(first=160, largest=640, a_participant=20, pse_studies=400, power_studies=200)
MIXES = [0.1, 0.25, 0.5, 0.75, 0.9]


def both(folder: Path) -> StudyProtocol:
    """Return a study of a Construct and an Infer block, three class pairs each."""
    construct = block("construct", per_combination=4, batch_size=6)
    infer = block("infer", per_combination=5, batch_size=15, lambdas=MIXES)
    return load_protocol(folder, study(construct, infer))


def asked_of(its: ParticipantPool, *targets: str, **changes: Any) -> list[Question]:
    """Return what is asked of a study."""
    settings: dict[str, Any] = {"per": "pair", "policy": "per_pair", "block": None} | changes
    found, _ = list_questions(
        [parse_target(each) for each in targets], its.blocks, protocol="pilot", **settings
    )
    return found


def answered(
    its: ParticipantPool, *targets: str, most: int = 60, seed: int = 1, **changes: Any
) -> search.PlanResult:
    return search.find_sample_size(asked_of(its, *targets, **changes), its, most, seed, SMALL)


def test_numbers_of_participants_rise_by_an_eighth_and_end_with_the_largest_study() -> None:
    found = search.sample_sizes(137)
    assert found[:9] == [2, 3, 4, 5, 6, 7, 8, 9, 10]
    assert found[-3:] == [110, 120, 137]
    assert all(larger / smaller <= 1.17 for smaller, larger in pairwise(found[8:-1]))
    assert search.sample_sizes(2) == [2]


def test_a_target_is_a_kind_and_a_value() -> None:
    assert parse_target("pse=0.05") == Target("pse", 0.05)
    assert parse_target(" beats-mixup=.9 ") == Target("beats-mixup", 0.9)


@pytest.mark.parametrize(
    "text", ["pse", "pse=", "pse=small", "slope=0.1", "pse=nan", "pse=0.05=1", ""]
)
def test_what_is_no_target_is_refused_with_the_ones_there_are(text: str) -> None:
    with pytest.raises(
        ElicitError, match=r"--target: must be pse=ERROR, omega=ERROR or beats-mixup=POWER, such"
    ):
        parse_target(text)


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("pse=0", "pse must be half the width of an interval of lambda_f, above 0 and below 0.5"),
        ("pse=-0.1", "above 0 and below 0.5, got -0.1"),
        ("pse=inf", "below 0.5, got inf"),
        (
            "omega=0.5",
            "omega must be half the width of an interval of omega, above 0",
        ),
        ("beats-mixup=1", "beats-mixup must be a share of studies, above 0.05 and below 1, got 1"),
        ("beats-mixup=90", "above 0.05 and below 1, got 90"),
    ],
)
def test_a_target_out_of_range_is_refused_with_the_range(text: str, allowed: str) -> None:
    with pytest.raises(ElicitError, match=allowed):
        parse_target(text)


def test_each_block_that_can_reach_a_target_is_asked_and_others_say_why_not(tmp_path: Path) -> None:
    its = open_pool(both(tmp_path))
    targets = [parse_target("pse=0.05"), parse_target("beats-mixup=0.9")]
    found, left_out = list_questions(targets, its.blocks, "image", "global", None, "pilot")
    assert [(each.target.kind, each.stimuli.block.name) for each in found] == [
        ("pse", "construct"),
        ("beats-mixup", "infer"),
    ]
    assert len(left_out) == 2
    assert "infer shows each pair of images at one lambda_f" in left_out[0]
    assert "construct does not ask how much of a class is seen; use an infer block" in left_out[1]


def test_a_protocol_without_the_paradigm_that_a_target_needs_is_refused(tmp_path: Path) -> None:
    its = open_pool(load_protocol(tmp_path, study(block("construct"))))
    with pytest.raises(
        ElicitError, match=r"--target beats-mixup=0.9: protocol pilot: block construct"
    ):
        asked_of(its, "beats-mixup=0.9")


def test_a_block_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(
        ElicitError, match=r"--block: must be one of construct, infer, got 'inferr'"
    ):
        asked_of(open_pool(both(tmp_path)), "pse=0.05", block="inferr")


def test_a_set_whose_class_pairs_have_one_mix_each_has_no_pse(tmp_path: Path) -> None:
    its = open_pool(load_protocol(tmp_path, study(block("infer"))))
    with pytest.raises(ElicitError, match=r"no class pair has two lambda_f, so none has a PSE"):
        asked_of(its, "pse=0.05")


def test_a_curve_of_all_images_of_a_class_pair_has_no_pse_for_one(tmp_path: Path) -> None:
    its = open_pool(load_protocol(tmp_path, study(block("discriminate"))))
    with pytest.raises(
        ElicitError, match=r"one curve for all images of a class pair; use --per pair"
    ):
        asked_of(its, "pse=0.05", per="image")


def test_the_number_needed_is_the_first_from_which_on_the_target_is_reached(tmp_path: Path) -> None:
    found = answered(open_pool(both(tmp_path)), "pse=0.05", block="construct").results[0]
    assert found.needed is not None
    for point in found.points:
        assert point.reached == (point.participants >= found.needed)
    numbers = [point.participants for point in found.points]
    before = search.sample_sizes(60)[search.sample_sizes(60).index(found.needed) - 1]
    assert before in numbers  # the next smaller one was looked at, and does not do
    assert numbers == sorted(numbers)


def test_the_same_seed_gives_the_same_numbers(tmp_path: Path) -> None:
    one, other = (answered(open_pool(both(tmp_path)), "pse=0.1", most=20) for _ in range(2))
    assert [each.points for each in one.results] == [each.points for each in other.results]
    assert one.minutes == other.minutes


def test_other_seeds_give_the_same_number_of_participants_or_one_near_it(tmp_path: Path) -> None:
    asked = both(tmp_path)
    needed = []
    for seed in (1, 2, 3):
        found = answered(
            open_pool(asked, seed=seed), "pse=0.08", block="construct", seed=seed, most=80
        )
        assert found.results[0].needed is not None
        needed.append(search.sample_sizes(80).index(found.results[0].needed))
    assert max(needed) - min(needed) <= 3  # steps of an eighth; this pool is a small one


def test_a_target_out_of_reach_tells_what_comes_closest(tmp_path: Path) -> None:
    found = answered(open_pool(both(tmp_path)), "pse=0.001", block="construct", most=12)
    (finding,) = found.results
    assert finding.needed is None
    assert isinstance(finding.best, PsePoint)
    assert finding.best.participants >= 11
    assert found.sessions == 12 * SMALL.a_participant


def test_an_easy_target_needs_a_small_pool_only(tmp_path: Path) -> None:
    found = answered(open_pool(both(tmp_path), "ideal"), "pse=0.05", block="construct")
    assert found.results[0].needed == 2
    assert found.sessions == SMALL.first
    assert found.minutes is not None
    assert found.minutes[0] <= found.minutes[1]


def test_judgements_are_counted_by_class_pair_and_by_image(tmp_path: Path) -> None:
    construct, infer = answered(open_pool(both(tmp_path), "ideal"), "pse=0.2").results
    assert (construct.per_pair(10), construct.per_image(10)) == (20.0, 5.0)
    assert (infer.per_pair(10), infer.per_image(10)) == (50.0, 10.0)
