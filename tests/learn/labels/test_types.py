"""Label types, against labels worked out by hand."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from elicit.errors import ElicitError
from learn.labels.controls import centre_confidence, keep_class
from learn.labels.file import read_labels
from learn.labels.folder import save
from learn.labels.relabel import relabel
from learn.labels.types import (
    PAPER_TYPES,
    TYPES,
    class_indices,
    make_labels,
    markdown_table,
    mean_confidence,
    read_name,
)
from tests.learn.helpers.handwritten_studies import PICTOGRAMS, row, table_of
from tests.learn.helpers.tiny_runs import K, blends

ENDS = np.array([[0, 1], [2, 3]])


def two_blends() -> dict[str, NDArray[Any]]:
    """Two blends of four classes, omega 0.5 and 0.9."""
    average = np.array([[0.6, 0.4, 0, 0], [0, 0, 0.2, 0.8]])
    omega = np.array([[0.5], [0.9]])
    return {
        "images": np.zeros((2, 32, 32, 3), np.uint8),
        "classes": np.array(list("abcd")),
        "mixup": np.array([[0.75, 0.25, 0, 0], [0, 0, 0.1, 0.9]]),
        "average": average,
        "average_omega": omega * average + (1 - omega) / 4,
        "judgement_image": np.array([1, 0, 1]),
        "judgement_lambda_g": np.array([0.1, 0.6, 0.3]),
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("uniform", [[0.25] * 4] * 2),
        ("mixup", [[0.75, 0.25, 0, 0], [0, 0, 0.1, 0.9]]),
        ("average", [[0.6, 0.4, 0, 0], [0, 0, 0.2, 0.8]]),
        ("average_omega", [[0.425, 0.325, 0.125, 0.125], [0.025, 0.025, 0.205, 0.745]]),
        ("mixup_omega", [[0.5, 0.25, 0.125, 0.125], [0.025, 0.025, 0.115, 0.835]]),
        ("mixup_smoothed", [[0.6, 0.25, 0.075, 0.075], [0.075, 0.075, 0.145, 0.705]]),
        ("average_smoothed", [[0.495, 0.355, 0.075, 0.075], [0.075, 0.075, 0.215, 0.635]]),
        ("average_kept_class", [[0.6, 0.4, 0, 0], [0, 0, 0.2, 0.8]]),
    ],
)
def test_labels_are_those_worked_out_by_hand(name: str, expected: list[list[float]]) -> None:
    made = make_labels(name, two_blends(), ENDS, "labels.npz", seed=0)
    assert made.labels == pytest.approx(np.array(expected))
    assert made.rows.tolist() == [0, 1]
    assert made.alternatives is None


def test_mixup_s_larger_class_stays_larger_and_ties_stay_as_they_are() -> None:
    mixup = np.array([[0.75, 0.25, 0], [0.25, 0, 0.75], [0.5, 0.5, 0], [1, 0, 0]])
    people = np.array([[0.4, 0.6, 0], [0.9, 0, 0.1], [0.2, 0.8, 0], [0.4, 0.3, 0.3]])
    expected = [[0.51, 0.49, 0], [0.49, 0, 0.51], [0.2, 0.8, 0], [0.51, 0.245, 0.245]]
    assert keep_class(people, mixup) == pytest.approx(np.array(expected))


def test_omega_is_permuted_among_blends_of_the_same_lambda_f_only() -> None:
    lambda_f = np.array([0.1, 0.9, 0.1, 0.5, 0.5, 0.5])  # .9 of i is .1 of j
    omega = np.array([0.1, 0.2, 0.3, 0.7, 0.8, 0.9])
    arrays = {
        "images": np.zeros((6, 32, 32, 3), np.uint8),
        "classes": np.array(["a", "b"]),
        "lambda_f": lambda_f,
        "average": np.tile([1.0, 0.0], (6, 1)),
        "mean_omega": omega,
    }
    dealt = [
        2 * make_labels("average_omega_permuted", arrays, ENDS, "labels.npz", seed).labels[:, 0] - 1
        for seed in range(20)
    ]
    for each in dealt:
        assert sorted(each[:3]) == pytest.approx([0.1, 0.2, 0.3])
        assert sorted(each[3:]) == pytest.approx([0.7, 0.8, 0.9])
    assert len({tuple(each.round(6)) for each in dealt}) > 10
    again = make_labels("average_omega_permuted", arrays, ENDS, "labels.npz", 3).labels
    assert 2 * again[:, 0] - 1 == pytest.approx(dealt[3])


def test_a_person_s_own_level_of_confidence_is_taken_out() -> None:
    """Person 7 says .2 and .4, person 9 .6 and .8: less .3 and .7, plus .5: .4, .6, .4, .6."""
    arrays = {
        "images": np.zeros((3, 32, 32, 3), np.uint8),
        "judgement_image": np.array([0, 1, 0, 1]),
        "judgement_participant": np.array([7, 7, 9, 9]),
        "judgement_omega": np.array([0.2, 0.4, 0.6, 0.8]),
    }
    assert centre_confidence(arrays, "labels.npz") == pytest.approx([0.4, 0.6, 1.0])
    arrays["judgement_omega"] = np.array([0.2, np.nan, 0.6, 0.7])  # .2 is person 7's level
    assert centre_confidence(arrays, "labels.npz") == pytest.approx([(0.5 + 0.45) / 2, 0.55, 1.0])


def test_no_blends_are_added_by_type_none() -> None:
    assert make_labels("none", two_blends(), ENDS, "labels.npz", 0).labels.shape == (0, 4)


def test_random_labels_lie_between_both_classes_and_follow_the_seed() -> None:
    arrays, ends = blends(), np.stack([blends()["image_i"], blends()["image_j"]], axis=1) % K
    first, again, other = (
        make_labels("random", arrays, ends, "labels.npz", seed).labels for seed in (0, 0, 1)
    )
    assert (first == again).all()
    assert (first != other).any()
    assert first.sum(axis=1) == pytest.approx(np.ones(len(ends)))
    outside = first.copy()
    outside[np.arange(len(ends))[:, None], ends] = 0
    assert not outside.any()


def test_omega_undoes_the_smoothing() -> None:
    assert mean_confidence(two_blends(), "labels.npz") == pytest.approx([0.5, 0.9])


def test_an_average_of_two_classes_half_each_hides_its_omega_and_counts_as_the_others() -> None:
    average, omega = np.array([[0.5, 0.5], [0.8, 0.2]]), np.array([[0.3], [0.6]])
    arrays = {"average": average, "average_omega": omega * average + (1 - omega) / 2}
    assert mean_confidence(arrays, "labels.npz") == pytest.approx([0.6, 0.6])
    alone = {name: array[:1] for name, array in arrays.items()}
    assert mean_confidence(alone, "labels.npz").tolist() == [1.0]


def test_each_participant_s_label_stands_beside_its_blend() -> None:
    made = make_labels("participants", two_blends(), ENDS, "labels.npz", seed=0)
    assert made.of_blend is not None
    assert made.of_blend.tolist() == [0, 1, 1]
    expected = [[0.6, 0.4, 0, 0], [0, 0, 0.1, 0.9], [0, 0, 0.3, 0.7]]
    assert made.alternatives == pytest.approx(np.array(expected))


@pytest.mark.parametrize(
    ("name", "without", "told"),
    [
        ("participants", "judgement_image", "has no judgements one by one; .* --per-participant"),
        ("average_omega_centred", None, "has no judgement_participant, .* --per-participant"),
        ("policy", None, "has no labels of type policy, only mixup, average, average_omega; see"),
        ("empirical_bayes_human_omega", None, "has no labels of type empirical_bayes, only"),
        ("mixup_omega", "average_omega", "has no labels of type average_omega, only mixup, av"),
    ],
)
def test_a_file_that_lacks_what_a_type_needs_is_told(
    name: str, without: str | None, told: str
) -> None:
    arrays = {key: array for key, array in two_blends().items() if key != without}
    with pytest.raises(ElicitError, match=f"^labels.npz: {told}"):
        make_labels(name, arrays, ENDS, "labels.npz", 0)


def test_a_blend_that_nobody_judged_is_told() -> None:
    arrays = two_blends() | {"judgement_image": np.array([1, 1, 1])}
    with pytest.raises(ElicitError, match=r"^labels\.npz: some images have no judgement"):
        make_labels("participants", arrays, ENDS, "labels.npz", 0)


def test_types_are_spelled_with_hyphens_too() -> None:
    assert read_name("average-omega") == "average_omega"
    assert set(PAPER_TYPES) <= set(TYPES)
    with pytest.raises(ElicitError, match=r"^--type: must be one of none, .*; got 'omega'$"):
        read_name("omega")


def test_the_confidence_in_the_file_is_taken_as_it_is_and_is_1_where_it_was_not_asked() -> None:
    arrays = two_blends() | {"mean_omega": np.array([0.3, np.nan])}
    assert mean_confidence(arrays, "labels.npz").tolist() == [0.3, 1.0]
    average = np.array([[0.5, 0.5], [0.8, 0.2]])  # the first hides its omega in average_omega
    arrays = {"average": average, "average_omega": average, "mean_omega": np.array([0.3, 0.6])}
    assert mean_confidence(arrays, "labels.npz").tolist() == [0.3, 0.6]


def test_labels_made_in_training_are_to_the_bit_those_of_relabel(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    rows = [
        row(i, i + 2, round(f, 2), round(g, 2), None if i == 4 else round(w, 2))
        for i in range(8)
        for f, g, w in rng.random((3, 3))
    ]
    made = relabel(table_of(*rows), types=["average", "average_omega", "mixup_omega"])
    save(made, tmp_path)
    arrays = read_labels(tmp_path / "labels.npz", PICTOGRAMS)
    asked = made.percepts["mean_omega"].to_numpy()
    assert np.array_equal(arrays["mean_omega"], asked, equal_nan=True)
    assert np.isnan(asked).any()
    ends = np.stack(
        [class_indices(made.percepts[name], made.classes) for name in ("class_i", "class_j")], 1
    )
    trained = make_labels("mixup_omega", arrays, ends, "labels.npz", 0)
    assert np.array_equal(trained.labels, made.labels["mixup_omega"])


def test_each_label_type_is_described_once_and_the_documents_table_has_a_row_of_each() -> None:
    assert [each.name for each in TYPES.values()] == list(TYPES)
    assert len({each.title for each in TYPES.values()}) == len(TYPES)
    lines = markdown_table().splitlines()
    assert len(lines) == 2 + len(TYPES)
    for line, each in zip(lines[2:], TYPES.values(), strict=True):
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        assert cells == [f"`{each.name}`", each.description, each.formula or "-", each.needs]


def test_the_table_in_the_documents_is_the_registry() -> None:
    document = Path(__file__).parents[3] / "learn" / "README.md"
    text = document.read_text(encoding="utf-8") if document.is_file() else ""
    if "<!-- label types -->" not in text:
        pytest.skip("learn/README.md has no table of label types yet")
    table = text.partition("<!-- label types -->")[2].partition("<!-- end -->")[0]
    assert table.strip() == markdown_table().strip()
