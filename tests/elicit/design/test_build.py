"""A session's trials: same arguments, same trials; the counterbalancing over participants."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from elicit.design import build as design
from elicit.design.build import SessionPlan, StimulusSets, assign_condition
from elicit.errors import ProtocolError
from elicit.protocol.blocks import Block
from elicit.protocol.study_protocol import StudyProtocol, load
from elicit.trial import Trial
from stimuli.errors import StimulusError
from stimuli.mixing import Pair, fingerprint
from stimuli.sources.cifar10 import CLASSES
from stimuli.sources.endpoints import EndpointSource, Pictograms
from stimuli.sources.indexed import IndexedSource
from tests.elicit.helpers.factories import GRID, PROTOCOLS, block, load_protocol, study

SOURCE = Pictograms()
ONE_EACH = MappingProxyType({"cat": 1, "dog": 1, "frog": 1})


class Few(IndexedSource):
    """A source of a few classes with so many black images each."""

    def __init__(self, counts: Mapping[str, int] = ONE_EACH) -> None:
        labels = np.repeat(np.arange(len(counts)), list(counts.values()))
        super().__init__("few", 4, tuple(counts), labels)

    def image(self, image_id: int) -> NDArray[np.uint8]:
        return np.zeros((4, 4, 3), dtype=np.uint8)


class Broken(Few):
    """A source that cannot read its images."""

    def image(self, image_id: int) -> NDArray[np.uint8]:
        raise StimulusError("cats/tom.png: not an image that can be shown")


def planned(
    protocol: StudyProtocol, participant: str = "P01", session: int = 1, allocation: int = 0
) -> SessionPlan:
    return design.build(protocol, SOURCE, participant, session, allocation)


def counting(plan: SessionPlan) -> list[Trial]:
    """Return the trials that count, after two of practice."""
    assert [trial.practice for trial in plan.trials[:3]] == [True, True, False]
    return [trial for trial in plan.trials if not trial.practice]


def some_block(folder: Path, **changes: Any) -> Block:
    return load_protocol(folder, study(block("construct", **changes))).blocks[0]


def asked(trial: Trial) -> Trial:
    """Return a trial without what a repeat of it has of its own."""
    return replace(trial, number=0, counted=None, repeat=False, lambdas=())


@pytest.fixture(scope="module")
def hse2() -> SessionPlan:
    return planned(load(PROTOCOLS / "hse2.yaml"))


def test_the_same_arguments_give_the_same_session() -> None:
    demo = load(PROTOCOLS / "demo.yaml")
    assert planned(demo, allocation=3) == planned(demo, allocation=3)


@pytest.mark.parametrize("changes", [{"participant": "P02"}, {"session": 2}])
def test_another_participant_or_visit_meets_the_same_items_in_another_order(
    changes: dict[str, Any],
) -> None:
    demo = load(PROTOCOLS / "demo.yaml")
    first, other = planned(demo), planned(demo, **changes)
    assert [trial.pair for trial in first.trials] != [trial.pair for trial in other.trials]
    assert {trial.pair for trial in first.trials} == {trial.pair for trial in other.trials}


def test_another_seed_gives_other_pairs() -> None:
    demo = load(PROTOCOLS / "demo.yaml")
    other = planned(demo.model_copy(update={"seed": 8}))
    assert {trial.pair for trial in planned(demo).trials} != {trial.pair for trial in other.trials}


def test_blocks_with_equal_settings_have_other_pairs(tmp_path: Path) -> None:
    protocol = load_protocol(
        tmp_path,
        study(
            *(block("infer", name, classes=None, batch_size=45) for name in ("one", "two")),
        ),
    )
    one, two = planned(protocol).blocks
    assert {trial.pair for trial in one.trials} != {trial.pair for trial in two.trials}


@pytest.mark.parametrize("name", ["hse1_construct", "hse1_select_shuffled"])
def test_the_first_study_asks_30_pairs_and_two_again(name: str) -> None:
    trials = counting(planned(load(PROTOCOLS / f"{name}.yaml"), allocation=4))
    assert [trial.repeat for trial in trials] == [False] * 30 + [True] * 2
    assert len({trial.pair for trial in trials}) == 30


@pytest.mark.parametrize("allocation", [0, 34])
def test_the_second_study_asks_59_or_60_images_and_two_again(allocation: int) -> None:
    trials = counting(planned(load(PROTOCOLS / "hse2.yaml"), allocation=allocation))
    assert len(trials) in (61, 62)
    assert [trial.repeat for trial in trials[-3:]] == [False, True, True]
    assert len({trial.pair for trial in trials}) == len(trials) - 2


def test_repeats_are_the_items_at_the_positions_that_the_protocol_states(hse2: SessionPlan) -> None:
    trials = counting(hse2)
    for again, position in zip(trials[-2:], (16, 21), strict=True):
        first = trials[position - 1]
        assert asked(again) == asked(first)
        assert again.lambdas == first.lambdas


def test_repeats_count_from_the_first_trial_that_is_not_practice(tmp_path: Path) -> None:
    protocol = load_protocol(
        tmp_path, study(block("infer", per_combination=2, practice=1, repeats=[1, 3]))
    )
    trials = planned(protocol).trials
    assert [trial.practice for trial in trials] == [True, *[False] * 5]
    assert [trial.repeat for trial in trials] == [*[False] * 4, True, True]
    assert [asked(trial) for trial in trials[-2:]] == [asked(trials[1]), asked(trials[3])]


@pytest.mark.parametrize("more", [0, 1])
def test_practice_takes_every_pair_that_no_batch_has_and_no_more(tmp_path: Path, more: int) -> None:
    source = Few({"bird": 2, "cat": 3, "dog": 4})
    blocks = [
        block("construct", classes=None),
        block("infer", name="other", classes=["bird", "cat"], per_combination=2),
    ]
    asked = StimulusSets(load_protocol(tmp_path, study(*blocks)), source)
    left = 2 * 3 + 2 * 4 + 3 * 4 - len(batch_pairs(asked))
    blocks[0]["practice"] = left + more
    sets = StimulusSets(load_protocol(tmp_path, study(*blocks)), source)
    if more:
        complaint = f"the pairs of images that no batch has, got {left + 1}"
        with pytest.raises(ProtocolError, match=rf"practice: must be at most {left}, {complaint}"):
            sets.practice(0)
        return
    drawn = {item.pair for item in sets.practice(0)}
    assert len(drawn) == left
    assert drawn.isdisjoint(batch_pairs(sets))


def batch_pairs(sets: StimulusSets) -> set[Pair]:
    """Return the pairs of all batches of all blocks."""
    numbers = range(len(sets.protocol.blocks))
    return {item.pair for k in numbers for batch in sets.batches(k) for item in batch}


@pytest.mark.parametrize("source", [Pictograms(), Few(dict.fromkeys(CLASSES, 5000))])
@pytest.mark.parametrize("name", ["hse1_construct", "hse1_select_shuffled", "hse2"])
def test_the_studies_practise_twice_on_images_that_no_batch_has(
    name: str, source: EndpointSource
) -> None:
    sets = StimulusSets(load(PROTOCOLS / f"{name}.yaml"), source)
    practised = sets.practice(0)
    assert len({item.pair for item in practised}) == 2
    images = {image for pair in batch_pairs(sets) for image in pair.images}
    assert images.isdisjoint(image for item in practised for image in item.images)


def test_practice_of_one_block_is_in_no_batch_nor_practice_of_another(tmp_path: Path) -> None:
    blocks = [
        block(paradigm, name=f"block{k}", per_combination=4, batch_size=5, practice=6)
        for k, paradigm in enumerate(["construct", "infer", "select_shuffled", "discriminate"])
    ]
    sets = StimulusSets(load_protocol(tmp_path, study(*blocks)), Pictograms())
    practised = [item for k in range(4) for item in sets.practice(k)]
    images = [image for item in practised for image in item.images]
    assert len(set(images)) == len(images) == 48
    assert set(images).isdisjoint(i for pair in batch_pairs(sets) for i in pair.images)


def test_with_practice_or_without_the_other_trials_are_the_same(tmp_path: Path) -> None:
    def all_trials(practice: int) -> list[Trial]:
        timing: dict[str, Any] = {"interval_s": [0.2, 0.8], "practice": practice}
        hidden: dict[str, Any] = {"exposure_s": 0.1, "mask": "noise", "mask_s": 0.1}
        protocol = load_protocol(
            tmp_path,
            study(
                block("select_shuffled", **timing),
                block("discriminate", **timing, **hidden),
                block("infer", **timing, **hidden),
            ),
        )
        trials = [trial for trial in planned(protocol).trials if not trial.practice]
        assert [trial.draw_number for trial in trials] == list(range(len(trials)))
        return [replace(trial, number=0, total=0) for trial in trials]

    assert all_trials(0) == all_trials(3)


def test_trials_are_numbered_through_all_blocks() -> None:
    trials = planned(load(PROTOCOLS / "demo.yaml")).trials
    assert [trial.number for trial in trials] == list(range(12))
    assert {trial.total for trial in trials} == {12}


def test_select_shuffled_shows_the_whole_grid_in_a_new_order_each_trial() -> None:
    trials = planned(load(PROTOCOLS / "hse1_select_shuffled.yaml")).trials
    orders = [trial.lambdas for trial in trials]
    assert all(sorted(order) == list(GRID) for order in orders)
    assert len(set(orders)) == len(orders)
    assert {(trial.start, trial.mirrored) for trial in trials} == {(None, None)}


def test_construct_shows_the_grid_as_it_stands_and_begins_at_its_start_value() -> None:
    hse1 = load(PROTOCOLS / "hse1_construct.yaml")
    for allocation in range(2):
        trials = planned(hse1, allocation=allocation).trials
        assert {trial.lambdas for trial in trials} == {GRID}
        starts = {trial.lambdas[trial.start] for trial in trials if trial.start is not None}
        assert starts == {(0.1, 0.9)[allocation]}


def test_infer_shows_one_mix_of_those_the_protocol_names(hse2: SessionPlan) -> None:
    counts = Counter(trial.lambdas for trial in hse2.trials if not trial.repeat)
    assert set(counts) == {(0.1,), (0.25,), (0.5,), (0.75,), (0.9,)}
    assert max(counts.values()) - min(counts.values()) <= 1


def test_coefficients_are_the_very_numbers_of_the_protocol(hse2: SessionPlan) -> None:
    shown = {repr(lambda_f) for trial in hse2.trials for lambda_f in trial.lambdas}
    assert shown == {"0.1", "0.25", "0.5", "0.75", "0.9"}


def test_prompts_name_the_classes_as_the_sides_show_them(hse2: SessionPlan) -> None:
    mirrored = planned(load(PROTOCOLS / "hse2.yaml"), allocation=1)
    assert {trial.mirrored for trial in hse2.trials} == {False}
    assert {trial.mirrored for trial in mirrored.trials} == {True}
    for trial in (*hse2.trials, *mirrored.trials):
        assert f"How much {trial.left} and how much {trial.right}" in trial.prompt


def test_pairs_carry_the_fingerprints_of_the_pixels_shown(hse2: SessionPlan) -> None:
    trial, pair = hse2.trials[0], hse2.trials[0].pair
    shown = tuple(fingerprint(SOURCE.image(image)) for image in pair.images)
    assert trial.fingerprints == shown
    assert SOURCE.class_of(pair.image_i) == pair.class_i < pair.class_j


def test_a_class_that_the_source_lacks_is_told_with_the_block(tmp_path: Path) -> None:
    protocol = load_protocol(
        tmp_path, study(block("infer"), block("construct", classes=["cat", "unicorn"]))
    )
    with pytest.raises(
        ProtocolError,
        match=r"^protocol pilot: blocks\.1: classes: must be at least two different ones of "
        r"airplane, .*, truck; got cat, unicorn$",
    ):
        planned(protocol)


def test_more_pairs_than_the_source_has_are_told_with_the_block(tmp_path: Path) -> None:
    protocol = load_protocol(tmp_path, study(block("infer", per_combination=2)))
    with pytest.raises(ProtocolError, match=r"blocks\.0: few: cat and dog have 1 and 1 images"):
        design.build(protocol, Few(), "P01", 1, 0)


def test_a_repeat_of_an_item_that_no_batch_has_is_told(tmp_path: Path) -> None:
    protocol = load_protocol(tmp_path, study(block("infer", repeats=[3, 4])))
    with pytest.raises(
        ProtocolError,
        match=r"^protocol pilot: blocks\.0\.repeats: must be positions from 1 to 3, "
        r"the items of a batch, got 4$",
    ):
        planned(protocol)


def test_an_image_that_cannot_be_read_is_told_before_the_first_trial(tmp_path: Path) -> None:
    with pytest.raises(StimulusError, match=r"tom\.png: not an image"):
        design.build(load_protocol(tmp_path, study()), Broken(), "P01", 1, 0)


@pytest.mark.parametrize("batches", [1, 2, 3, 9, 35])
@pytest.mark.parametrize("starts", [1, 2])
def test_at_any_time_batches_and_starts_were_given_out_evenly(
    tmp_path: Path, batches: int, starts: int
) -> None:
    asks = some_block(tmp_path, starts=[0.1, 0.9][:starts])
    given = [assign_condition(asks, batches, place) for place in range(8 * batches)]
    for so_far in range(1, len(given) + 1):
        per_batch = Counter(place.batch for place in given[:so_far])
        assert max(per_batch.values()) - min(per_batch[k] for k in range(batches)) <= 1
        per_start = Counter(place.start for place in given[:so_far])
        assert abs(per_start[0.1] - per_start[0.9]) <= (1 if starts == 2 else so_far)
        sides = Counter(place.mirrored for place in given[:so_far])
        assert abs(sides[True] - sides[False]) <= starts**2


@pytest.mark.parametrize("batches", [1, 2, 3, 9, 35])
@pytest.mark.parametrize("starts", [1, 2])
def test_each_batch_meets_each_start_and_side_equally_often(
    tmp_path: Path, batches: int, starts: int
) -> None:
    asks = some_block(tmp_path, starts=[0.1, 0.9][:starts])
    rounds = 2 * starts
    for began in (0, rounds):
        places = range(began * batches, (began + rounds) * batches)
        given = Counter(assign_condition(asks, batches, place) for place in places)
        assert len(given) == rounds * batches
        assert set(given.values()) == {1}


def test_a_block_without_start_values_has_none_and_its_sides_change(tmp_path: Path) -> None:
    asks = load_protocol(tmp_path, study(block("infer"))).blocks[0]
    given = [assign_condition(asks, 2, place) for place in range(4)]
    assert {place.start for place in given} == {None}
    assert [(place.batch, place.mirrored) for place in given] == [
        *((0, False), (1, True), (0, True), (1, False)),
    ]


def offered(plan: SessionPlan) -> set[tuple[str, ...]]:
    return {trial.class_order for trial in plan.trials}


def test_the_order_of_classes_is_a_participant_s_own_in_all_sessions_and_blocks(
    tmp_path: Path,
) -> None:
    first = block("categorize", classes=None, per_combination=1, batch_size=9)
    protocol = load_protocol(tmp_path, study(first, first | {"name": "again", "practice": 2}))
    orders = [
        offered(design.build(protocol, Pictograms(), who, session, place))
        for who, session, place in (("P01", 1, 0), ("P01", 2, 7), ("P02", 1, 0))
    ]
    assert [len(each) for each in orders] == [1, 1, 1]
    assert orders[0] == orders[1] != orders[2]
    assert all(set(order) == set(SOURCE.classes) for each in orders for order in each)


def test_a_block_offers_its_own_classes_under_the_names_that_the_protocol_gives(
    tmp_path: Path,
) -> None:
    protocol = load_protocol(tmp_path, study(block("categorize"), class_names={"cat": "Katze"}))
    trial = design.build(protocol, Pictograms(), "P01", 1, 0).trials[0]
    assert set(trial.class_order) == {"cat", "dog", "frog"}
    assert set(trial.class_labels) == {"Katze", "dog", "frog"}
    assert trial.mirrored is None


def test_categorize_changes_no_random_number_of_the_blocks_beside_it(tmp_path: Path) -> None:
    alone = load_protocol(tmp_path, study(block("infer")))
    beside = load_protocol(tmp_path, study(block("infer"), block("categorize")))
    plans = [design.build(each, Pictograms(), "P01", 1, 0) for each in (alone, beside)]
    shown = [[(t.pair, t.lambdas) for t in plan.blocks[0].trials] for plan in plans]
    assert shown[0] == shown[1]


@pytest.mark.parametrize("number", [30, 31])
def test_up_to_thirty_classes_are_offered(number: int, tmp_path: Path) -> None:
    protocol = load_protocol(tmp_path, study(block("categorize", classes=None, batch_size=500)))
    source = Few({f"class{k:02}": 1 for k in range(number)})
    if number == 30:
        (order,) = offered(design.build(protocol, source, "P01", 1, 0))
        assert len(order) == 30
    else:
        with pytest.raises(ProtocolError, match=r"blocks\.0\.classes: must be at most 30 .*got 31"):
            design.build(protocol, source, "P01", 1, 0)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"prompt": "How much {left}?"}, "prompt: must not contain .left., as nobody is told"),
        ({"practice": 1, "feedback": True}, "feedback: must not be given in categorize"),
        ({"classes": [f"c{k}" for k in range(31)]}, "classes: must be at most 30 classes"),
    ],
)
def test_what_makes_no_sense_in_categorize_is_refused(
    changes: dict[str, Any], said: str, tmp_path: Path
) -> None:
    with pytest.raises(ProtocolError, match=said):
        load_protocol(tmp_path, study(block("categorize", **changes)))
