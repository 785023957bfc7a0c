"""A study's batches: pairs, their mixes, and how evenly all is spread."""

from collections import Counter
from dataclasses import FrozenInstanceError
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from stimuli.errors import StimulusError
from stimuli.sets.build import SetItem, build_batches
from stimuli.sources.cifar10 import Cifar10
from stimuli.sources.endpoints import Pictograms
from stimuli.sources.indexed import IndexedSource
from tests.helpers.examples import examples

FIVE = (0.1, 0.25, 0.5, 0.75, 0.9)
Batches = tuple[tuple[SetItem, ...], ...]


class Drawer(IndexedSource):
    """A source with as many black images of each class as a test says."""

    def __init__(self, *counts: int) -> None:
        names = tuple("abcdefgh"[: len(counts)])
        super().__init__("drawer", 1, names, np.repeat(np.arange(len(counts)), counts))

    def image(self, image_id: int) -> NDArray[np.uint8]:
        return np.zeros((1, 1, 3), dtype=np.uint8)


def items(batches: Batches) -> list[SetItem]:
    return [item for batch in batches for item in batch]


def spread(counts: Counter[object], over: list[object]) -> int:
    return max(counts[key] for key in over) - min(counts[key] for key in over)


@pytest.fixture(scope="module")
def hse1() -> Batches:
    return build_batches(Pictograms(), per_combination=6, batch_size=30, seed=1)


@pytest.fixture(scope="module")
def hse2() -> Batches:
    return build_batches(Pictograms(), per_combination=46, batch_size=60, seed=1, lambdas=FIVE)


def test_the_first_study_has_9_batches_of_30_pairs(hse1: Batches) -> None:
    assert [len(batch) for batch in hse1] == [30] * 9
    assert {item.lambda_f for item in items(hse1)} == {None}


def test_no_batch_of_the_first_study_shows_a_combination_twice(hse1: Batches) -> None:
    for batch in hse1:
        assert len({(item.class_i, item.class_j) for item in batch}) == 30


def test_the_second_study_has_2070_images_in_35_batches_of_59_or_60(hse2: Batches) -> None:
    assert len(hse2) == 35
    assert {len(batch) for batch in hse2} == {59, 60}
    assert len(items(hse2)) == 2070


def test_every_mix_of_the_second_study_is_shown_414_times(hse2: Batches) -> None:
    assert Counter(item.lambda_f for item in items(hse2)) == dict.fromkeys(FIVE, 414)


def test_no_pair_and_no_image_of_the_second_study_comes_twice(hse2: Batches) -> None:
    shown = [image for item in items(hse2) for image in (item.image_i, item.image_j)]
    assert len(set(shown)) == len(shown) == 4140


def test_pictograms_are_taken_from_the_first_instance_on(hse2: Batches) -> None:
    shown = {image for item in items(hse2) for image in (item.image_i, item.image_j)}
    assert shown == set(range(4140))


def test_cifar10_s_own_images_make_the_second_study_without_repeats(cifar10_folder: Path) -> None:
    source = Cifar10(cifar10_folder)
    made = build_batches(source, per_combination=46, batch_size=60, seed=0, lambdas=FIVE)
    shown = [image for item in items(made) for image in (item.image_i, item.image_j)]
    assert len(set(shown)) == 4140
    for item in items(made):
        assert source.class_of(item.image_i) == item.class_i
        assert source.class_of(item.image_j) == item.class_j


studies = st.fixed_dictionaries(
    {
        "per_combination": st.integers(1, 12),
        "batch_size": st.integers(1, 40),
        "seed": st.integers(0, 2**32),
        "lambdas": st.none()
        | st.permutations(FIVE).flatmap(
            lambda five: st.integers(1, 5).map(lambda n: tuple(five[:n]))
        ),
    }
)
drawers = st.lists(st.integers(1, 9), min_size=2, max_size=6).map(lambda counts: Drawer(*counts))


def possible(source: Drawer, per_combination: int) -> bool:
    counts = sorted(source.count(name) for name in source.classes)
    return counts[0] * counts[1] >= per_combination


@settings(max_examples=examples(200))
@given(drawers, studies)
def test_a_study_is_as_even_as_its_numbers_allow(source: Drawer, study: dict[str, object]) -> None:
    per_combination, batch_size = study["per_combination"], study["batch_size"]
    assert isinstance(per_combination, int)
    assert isinstance(batch_size, int)
    assume(possible(source, per_combination))
    batches = build_batches(source, **study)  # type: ignore[arg-type]
    combos: list[object] = list(combinations(source.classes, 2))
    made = items(batches)

    assert len(made) == len(combos) * per_combination
    assert len(batches) == -(-len(made) // batch_size)
    sizes = [len(batch) for batch in batches]
    assert max(sizes) <= batch_size
    assert max(sizes) - min(sizes) <= 1

    overall = Counter[object]((item.class_i, item.class_j) for item in made)
    assert set(overall) == set(combos)
    assert set(overall.values()) == {per_combination}
    for batch in batches:
        assert spread(Counter((item.class_i, item.class_j) for item in batch), combos) <= 1


@settings(max_examples=examples(200))
@given(drawers, studies)
def test_mixes_are_even_overall_in_a_combination_and_in_a_batch(
    source: Drawer, study: dict[str, object]
) -> None:
    per_combination, lambdas = study["per_combination"], study["lambdas"]
    assert isinstance(per_combination, int)
    assume(isinstance(lambdas, tuple) and possible(source, per_combination))
    assert isinstance(lambdas, tuple)
    batches = build_batches(source, **study)  # type: ignore[arg-type]
    made = items(batches)
    of_combos = [
        [item for item in made if (item.class_i, item.class_j) == combo]
        for combo in combinations(source.classes, 2)
    ]
    for group in (made, *batches, *of_combos):
        assert spread(Counter(item.lambda_f for item in group), list(lambdas)) <= 1


@settings(max_examples=examples(200))
@given(drawers, studies)
def test_no_pair_comes_twice_and_no_image_before_its_class_is_used_up(
    source: Drawer, study: dict[str, object]
) -> None:
    per_combination = study["per_combination"]
    assert isinstance(per_combination, int)
    assume(possible(source, per_combination))
    made = items(build_batches(source, **study))  # type: ignore[arg-type]
    assert len({(item.image_i, item.image_j) for item in made}) == len(made)
    for item in made:
        assert item.class_i < item.class_j
        assert source.class_of(item.image_i) == item.class_i
        assert source.class_of(item.image_j) == item.class_j
    used = Counter[object](image for item in made for image in (item.image_i, item.image_j))
    for name in source.classes:
        ids: list[object] = [source.image_id(name, n) for n in range(source.count(name))]
        assert spread(used, ids) <= 1


def test_every_possible_pair_may_be_asked_for() -> None:
    made = items(build_batches(Drawer(3, 4), per_combination=12, batch_size=5, seed=0))
    assert {(item.image_i, item.image_j) for item in made} == {
        (i, j) for i in range(3) for j in range(3, 7)
    }


def test_one_pair_more_than_there_are_is_refused_with_both_numbers() -> None:
    told = "^drawer: a and b have 3 and 4 images, so 12 pairs are possible; 13 asked for$"
    with pytest.raises(StimulusError, match=told):
        build_batches(Drawer(3, 4), per_combination=13, batch_size=5, seed=0)


def test_the_same_seed_makes_the_same_study_and_another_seed_another() -> None:
    def made(seed: int) -> Batches:
        return build_batches(
            Drawer(9, 9, 9), per_combination=6, batch_size=4, seed=seed, lambdas=FIVE
        )

    assert made(1) == made(1)
    assert len({made(seed) for seed in range(10)}) == 10


def test_a_study_keeps_its_pairs_when_only_its_batches_change() -> None:
    def pairs(batch_size: int, lambdas: tuple[float, ...] | None) -> set[tuple[int, int]]:
        made = build_batches(
            Drawer(9, 9, 9), per_combination=6, batch_size=batch_size, seed=0, lambdas=lambdas
        )
        return {(item.image_i, item.image_j) for item in items(made)}

    assert pairs(4, None) == pairs(18, FIVE)


def test_chosen_classes_stand_in_alphabetical_order() -> None:
    made = build_batches(
        Pictograms(), per_combination=2, batch_size=6, seed=0, classes=("dog", "cat", "bird")
    )
    combos = {(item.class_i, item.class_j) for item in items(made)}
    assert combos == {("bird", "cat"), ("bird", "dog"), ("cat", "dog")}


def test_a_stimulus_cannot_be_changed_once_made() -> None:
    item = SetItem(0, 1, "a", "b", None)
    with pytest.raises(FrozenInstanceError, match="lambda_f"):
        item.lambda_f = 0.5  # type: ignore[misc]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"per_combination": 0}, "^per_combination: must be 1 or more, got 0$"),
        ({"batch_size": 0}, "^batch_size: must be 1 or more, got 0$"),
        ({"seed": -1}, "^seed: must be 0 or more, got -1$"),
        ({"classes": ("a", "lion")}, "different ones of a, b, c; got a, lion$"),
        ({"classes": ("a",)}, "at least two different ones of a, b, c; got a$"),
        ({"classes": ("a", "a", "b")}, "at least two different ones of a, b, c; got a, a, b$"),
        ({"lambdas": ()}, r"^lambdas: must be different numbers in \[0, 1\], .* got \[\]$"),
        ({"lambdas": (0.5, 1.2)}, r"got \[0.5, 1.2\]$"),
        ({"lambdas": (0.5, 0.5)}, r"got \[0.5, 0.5\]$"),
        ({"lambdas": (float("nan"),)}, r"got \[nan\]$"),
    ],
)
def test_a_study_that_cannot_be_made_is_answered_in_one_line(
    wrong: dict[str, object], told: str
) -> None:
    study = {"per_combination": 2, "batch_size": 3, "seed": 0} | wrong
    with pytest.raises(StimulusError, match=told) as line:
        build_batches(Drawer(3, 3, 3), **study)  # type: ignore[arg-type]
    assert "\n" not in str(line.value)
