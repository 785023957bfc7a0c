"""Labels from few raters: between the policy and the raters, nearer the truth than either."""

import numpy as np
import pandas as pd
import pytest

from elicit.errors import ElicitError
from learn.policies.image_aware import predict
from learn.policies.shrinkage import empirical_bayes, estimate_spreads, shrink
from learn.study.judgements import to_arrays
from learn.study.schema import BLEND
from tests.learn.helpers.example_policies import CLASSES, answers, some_policy

BETWEEN, WITHIN = 0.10, 0.15


def rated(raters: int = 3, images: int = 1500, seed: int = 0) -> tuple[pd.DataFrame, pd.Series]:
    """Return judgements of images that each differ from their pair, and what each looks like."""
    rng = np.random.default_rng(seed)
    policy = some_policy("global")
    rows = answers(policy, seed, participants=1, trials=images, noise=0.0, endpoints=10**6)
    truth = rows["lambda_g"] + rng.normal(0, BETWEEN, size=images)
    each = pd.concat([rows.assign(truth=truth)] * raters, ignore_index=True)
    each["participant"] = [f"P{n // images}{n % 20:02d}" for n in range(len(each))]
    each["lambda_g"] = np.clip(each["truth"] + rng.normal(0, WITHIN, size=len(each)), 0, 1)
    return each, each.groupby(BLEND)["truth"].first()


def test_the_label_is_nearer_the_truth_than_the_raters_mean_and_than_the_policy() -> None:
    rows, truth = rated()
    labels = empirical_bayes(rows, some_policy("global")).set_index(BLEND)
    average = rows.groupby(BLEND)["lambda_g"].mean()

    def error(found: pd.Series) -> float:
        return float(np.sqrt(((found - truth.clip(0, 1)) ** 2).mean()))

    assert error(labels["lambda_g"]) < 0.85 * error(average)
    assert error(labels["lambda_g"]) < 0.85 * error(labels["predicted"])
    assert labels["lambda_g"].between(0, 1).all()
    assert labels["omega"].between(0, 1).all()


def test_the_spreads_are_those_of_the_simulated_people() -> None:
    rng = np.random.default_rng(2)
    image = np.repeat(np.arange(4000), 3)
    predicted = rng.uniform(0.1, 0.9, size=4000)[image]
    residual = rng.normal(0, BETWEEN, 4000)[image] + rng.normal(0, WITHIN, len(image))
    within, between = estimate_spreads(residual, predicted, image).at(np.array([0.3, 0.5]))
    assert np.sqrt(within) == pytest.approx([WITHIN, WITHIN], rel=0.05)
    assert np.sqrt(between) == pytest.approx([BETWEEN, BETWEEN], rel=0.1)
    label, sd = shrink(
        residual,
        predicted,
        np.ones(len(image)),
        image,
        estimate_spreads(residual, predicted, image),
    )
    assert len(label) == 4000
    expected = (1 / BETWEEN**2 + 3 / WITHIN**2) ** -0.5
    assert sd.mean() == pytest.approx(expected, rel=0.1)


def test_more_raters_move_the_label_further_and_leave_less_doubt() -> None:
    rows, _ = rated(raters=4, images=300)
    images = rows.groupby(BLEND).ngroup()
    fewer = rows[(images % 2 == 0) | (rows.groupby(BLEND).cumcount() < 2)]
    labels = empirical_bayes(fewer, some_policy("global"))
    assert set(labels["n"]) == {2, 4}
    doubt = labels.groupby("n")["sd"].mean()
    assert doubt[4] < doubt[2]


def test_a_participant_who_saw_an_image_twice_counts_once() -> None:
    rows, _ = rated(images=100)
    again = pd.concat([rows, rows[rows["participant"] == "P000"]])
    pd.testing.assert_frame_equal(
        empirical_bayes(rows, some_policy("global")), empirical_bayes(again, some_policy("global"))
    )


def test_raters_who_agree_with_the_policy_leave_its_labels() -> None:
    policy = some_policy("global")
    rows = answers(policy, participants=30, noise=0.0, endpoints=2)
    labels = empirical_bayes(rows, policy)
    assert labels["lambda_g"].to_numpy() == pytest.approx(labels["predicted"].to_numpy())


def test_labels_keep_the_policy_s_own_order_of_classes() -> None:
    rows, _ = rated(images=50)
    policy = some_policy("per_pair")
    turned = policy.with_classes(CLASSES[::-1])
    labels = [empirical_bayes(rows, each)["lambda_g"].to_numpy() for each in (policy, turned)]
    assert labels[0] == pytest.approx(labels[1])
    observed = to_arrays(rows)
    assert predict(policy, observed) == pytest.approx(predict(turned, observed))


def test_a_single_participant_is_refused() -> None:
    rows = answers(some_policy("pooled"), participants=1)
    with pytest.raises(ElicitError, match="no image was judged by two participants, so their"):
        empirical_bayes(rows, some_policy("pooled"))


def test_a_class_the_policy_has_not_seen_is_refused() -> None:
    rows, _ = rated(images=50)
    policy = some_policy("pooled").with_classes(CLASSES[:3])
    with pytest.raises(ElicitError, match="class must be one of airplane, bird, cat; got 'dog'"):
        empirical_bayes(rows, policy)
