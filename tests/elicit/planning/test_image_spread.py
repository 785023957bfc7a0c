"""What a plan says of images: how many pairs of them a class pair needs."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from elicit.planning.blocks import BlockStimuli
from elicit.planning.image_spread import ImageSpread, measure_image_spread
from elicit.planning.pool import BlockAnswers, SimulatedSession
from elicit.planning.search import TargetResult
from elicit.planning.summary import format_images
from elicit.planning.targets import Question, Target
from tests.elicit.helpers.factories import block, load_protocol, study
from tests.elicit.planning.test_pool import open_pool

CLASSES = ["cat", "dog", "frog", "deer"]


def stimuli_of(folder: Path, paradigm: str = "construct", pairs: int = 20) -> BlockStimuli:
    """Return the stimuli of a block with so many image pairs for each of six class pairs."""
    settings: dict[str, Any] = {
        "classes": CLASSES,
        "per_combination": pairs,
        "batch_size": 6 * pairs,
    }
    asked = load_protocol(folder, study(block(paradigm, **settings)))
    return open_pool(asked, "psychometric").blocks[0]


def pool_of(stimuli: BlockStimuli, between: float, people: int) -> list[SimulatedSession]:
    """Return people who judge every image pair, whose PSEs differ by `between` (sd)."""
    rng = np.random.default_rng(3)
    pairs = np.arange(len(stimuli.image_pairs))
    pse = 0.4 + 0.1 * stimuli.class_pair + between * rng.standard_normal(len(pairs))
    found = []
    for _ in range(people):
        said = pse + 0.2 * rng.standard_normal(len(pairs))
        answers = BlockAnswers(pairs, said, np.full(len(pairs), 0.5), said * np.nan, len(pairs))
        found.append(SimulatedSession(1.0, True, (answers,)))
    return found


@pytest.mark.parametrize(("between", "people"), [(0.065, 10), (0.065, 100), (0.15, 10)])
def test_the_spread_between_image_pairs_is_free_of_people_s_own(
    tmp_path: Path, between: float, people: int
) -> None:
    stimuli = stimuli_of(tmp_path)
    found = measure_image_spread(stimuli, 0, pool_of(stimuli, between, people))
    assert found is not None
    assert found.image_pairs == 20
    assert found.sd == pytest.approx(between, rel=0.2)


def test_image_pairs_that_are_alike_have_no_spread(tmp_path: Path) -> None:
    stimuli = stimuli_of(tmp_path)
    found = measure_image_spread(stimuli, 0, pool_of(stimuli, 0.0, 100))
    assert found is not None
    assert found.sd < 0.01


def test_the_error_of_other_images_is_that_of_a_mean_of_image_pairs() -> None:
    spread = ImageSpread(0.065, 5.5)
    assert spread.error == pytest.approx(1.96 * 0.065 / math.sqrt(5.5), rel=1e-3)
    needed = spread.count_needed(0.05)
    assert ImageSpread(0.065, needed).error <= 0.05 < ImageSpread(0.065, needed - 1).error
    assert spread.count_needed(0.5) == 2


@pytest.mark.parametrize("paradigm", ["infer", "discriminate"])
def test_image_pairs_without_a_pse_of_their_own_have_no_spread(
    tmp_path: Path, paradigm: str
) -> None:
    stimuli = stimuli_of(tmp_path, paradigm, pairs=2)
    assert measure_image_spread(stimuli, 0, pool_of(stimuli, 0.1, 3)) is None


def test_one_image_pair_a_class_pair_tells_no_spread(tmp_path: Path) -> None:
    stimuli = stimuli_of(tmp_path, pairs=1)
    assert measure_image_spread(stimuli, 0, pool_of(stimuli, 0.1, 5)) is None


@pytest.mark.parametrize(
    ("pairs", "advice"),
    [
        (
            5.5,
            "leave an error of ±0.054 whatever the number of participants; ±0.05 needs 7 a class",
        ),
        (8.0, "±0.045 whatever the number of participants; that many are enough for ±0.05"),
    ],
)
def test_the_plan_says_how_many_image_pairs_the_target_needs(
    tmp_path: Path, pairs: float, advice: str
) -> None:
    question = Question(Target("pse", 0.05), 0, stimuli_of(tmp_path, pairs=2), "pair", "per_pair")
    result = TargetResult(question, (), None, 1.0, ImageSpread(0.065, pairs))
    told = format_images(result)
    assert told is not None
    assert advice in told
    assert format_images(TargetResult(question, (), None, 1.0)) is None
