"""Labels that a policy decides, alone and with the image's raters, as training reads them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from elicit.errors import ElicitError
from elicit.log.rows import TrialRow
from learn.commands.summaries import remarks
from learn.labels.data_card import data_card
from learn.labels.from_policy import PolicyPrior, predict_images
from learn.labels.relabel import relabel
from learn.policies.features import FEATURES
from learn.policies.fit import fit_pooled
from learn.policies.image_aware import fit_image_aware, measure_endpoints
from learn.policies.policy import Policy, mixup
from learn.policies.shrinkage import empirical_bayes, omega_from_sd
from learn.study.judgements import to_arrays
from learn.study.pooling import pool
from learn.study.selection import SelectionOptions, select
from learn.study.table import read_study
from tests.learn.helpers.handwritten_studies import PICTOGRAMS, row, table_of

CLASSES = PICTOGRAMS.classes
SHARES = (0.1, 0.25, 0.5, 0.75, 0.9)
PAIRS = ((0, 8), (3, 5), (4, 7))

BAYES = ("empirical_bayes", "empirical_bayes_omega")


def inferred() -> list[TrialRow]:
    """Return what three people saw in fifteen images: the mix itself, more or less."""
    return [
        row(
            i + 10 * k, j, share, min(1.0, max(0.0, share + 0.06 * (person - 1) * sign)), 0.8
        ).model_copy(update={"participant": f"P0{person}"})
        for person in range(3)
        for k, share in enumerate(SHARES)
        for (i, j), sign in zip(PAIRS, (1, -1, 1), strict=True)
    ]


def test_labels_from_policy_and_raters_are_those_of_the_shrinkage() -> None:
    judged = table_of(*inferred())
    made = relabel(judged, types=[*BAYES, "policy"])
    assert made.policy is not None
    assert (made.policy.name, made.policy.classes) == ("pooled", CLASSES)
    expected = empirical_bayes(judged, made.policy)
    found = made.percepts
    assert found["posterior_lambda_g"].to_numpy() == pytest.approx(expected["lambda_g"])
    assert found["policy_lambda_g"].to_numpy() == pytest.approx(expected["predicted"])
    assert (found["posterior_n"] == 3).all()
    share_i = made.labels["empirical_bayes"][
        range(15), [CLASSES.index(c) for c in found["class_i"]]
    ]
    assert share_i == pytest.approx(found["posterior_lambda_g"].to_numpy())
    omega = found["posterior_omega"].to_numpy()[:, None]
    smoothed = omega * made.labels["empirical_bayes"] + (1 - omega) / 10
    assert made.labels["empirical_bayes_omega"] == pytest.approx(smoothed)


def test_a_uniform_posterior_smooths_to_uniform_and_a_known_label_stays() -> None:
    assert omega_from_sd(np.array([0.0, 1 / np.sqrt(12), 0.5])) == pytest.approx([1.0, 0.0, 0.0])


def test_an_image_that_was_only_constructed_has_the_policy_s_label_and_its_doubt() -> None:
    rows = [*inferred(), row(1, 9, 0.3), row(1, 9, 0.3, participant="P09")]
    made = relabel(table_of(*rows), types=BAYES)
    alone = made.percepts["posterior_n"].to_numpy() == 0
    assert alone.sum() == 1
    one = made.percepts[alone].iloc[0]
    assert one["posterior_lambda_g"] == one["policy_lambda_g"]
    assert one["mean_lambda_g"] == 0.5
    assert one["posterior_sd"] >= made.percepts.loc[~alone, "posterior_sd"].max() / 2
    assert "Nobody was asked lambda_g of 1 of 16 images" in " ".join(
        remarks(select(table_of(*rows)), made)
    )


def aware() -> Policy:
    judged = to_arrays(table_of(*inferred()), CLASSES)
    ends = np.concatenate([judged.image_i, judged.image_j])
    return fit_image_aware(judged, measure_endpoints(PICTOGRAMS, ends))


def test_an_image_aware_policy_looks_at_the_images_of_the_study() -> None:
    policy, judged = aware(), table_of(*inferred())
    made = relabel(judged, types=["policy", *BAYES], prior=PolicyPrior(policy))
    ends = np.concatenate([judged["image_i"], judged["image_j"]])
    expected = empirical_bayes(judged, policy, measure_endpoints(PICTOGRAMS, ends))
    assert made.percepts["policy_lambda_g"].to_numpy() == pytest.approx(expected["predicted"])
    assert made.percepts["posterior_sd"].to_numpy() == pytest.approx(expected["sd"])


def test_the_card_says_which_policy_and_what_it_was_fitted_to() -> None:
    chosen = select(table_of(*inferred()))
    made = relabel(
        chosen.used,
        types=["policy", *BAYES],
        prior=PolicyPrior(aware()),
    )
    card = data_card(chosen, made, SelectionOptions())
    for told in (
        "- `policy`: the lambda_g that the policy predicts",
        "- `empirical_bayes_omega`: omega * empirical_bayes",
        f"- policy: image_aware, looking at {len(FEATURES)} features of the endpoints, fitted to "
        "judgements 45, participants 3, images 15, class pairs 3",
    ):
        assert told in card


def test_mixup_as_the_policy_predicts_mixup() -> None:
    percepts = pool(table_of(*inferred()))
    assert predict_images(mixup(CLASSES), percepts) == pytest.approx(percepts["lambda_f"])


@pytest.mark.parametrize(
    ("rows", "prior", "told"),
    [
        (
            [row(3, 5, 0.5)],
            PolicyPrior(),
            "none of 1 says how lambda_g .*; or give a policy fitted else",
        ),
        (
            [row(3, 5, 0.5)],
            PolicyPrior(mixup(CLASSES)),
            "none of 1 says how lambda_g follows lambda_f",
        ),
        (
            [row(3, 5, 0.5, 0.3, 1.0)],
            PolicyPrior(),
            "lambda_f is 0.5 in all 1, .*; or give a policy",
        ),
        (
            [row(3, 5, 0.5, 0.4, 1.0), row(3, 5, 0.25, 0.2, 1.0)],
            PolicyPrior(),
            "no image was judged by two participants",
        ),
        (
            inferred(),
            PolicyPrior(mixup(("cat", "dog"))),
            "class must be one of cat, dog; got 'airplane'",
        ),
        (
            inferred(),
            PolicyPrior(features={"net": np.ones((60, 2))}),
            "--votes, --features: must be left out for the policy pooled, which does not look",
        ),
        (
            inferred(),
            PolicyPrior(aware(), features={"net": np.ones((4, 2))}),
            r"features net: must have a row .* got 4 rows",
        ),
    ],
)
def test_what_cannot_be_labelled_is_told_in_one_line(
    rows: list[TrialRow], prior: PolicyPrior, told: str
) -> None:
    with pytest.raises(ElicitError, match=told) as error:
        relabel(table_of(*rows), types=BAYES, prior=prior)
    assert "\n" not in str(error.value)


def test_a_policy_without_a_look_that_it_needs_is_told() -> None:
    policy = aware()
    looks = measure_endpoints(PICTOGRAMS, range(60), None, {"net": np.ones((60, 1))})
    bare = type(looks)(looks.names[:2], looks.image_ids, looks.values[:, :2])
    with pytest.raises(ElicitError, match=r"which was not measured; give what it was fitted with"):
        predict_images(policy, pool(table_of(*inferred())), bare)


def test_labels_of_h_mix_are_nearer_to_a_rater_who_was_left_out(h_mix_study: Path) -> None:
    """The same comparison as `learn compare-policies`, through the labels that are written."""
    rows = select(
        read_study(h_mix_study), SelectionOptions(repeats=False, paradigms=("infer",))
    ).used
    people = sorted(rows["participant"].unique())
    errors: dict[str, list[float]] = {"average": [], "empirical_bayes": []}
    for start in range(5):
        held = rows["participant"].isin(people[start::5])
        raters, asked = rows[~held], rows[held]
        policy = fit_pooled(to_arrays(raters))
        labels = empirical_bayes(raters, policy).set_index(["image_i", "image_j", "lambda_f"])
        average = raters.groupby(["image_i", "image_j", "lambda_f"])["lambda_g"].mean()
        key = pd.MultiIndex.from_frame(asked[["image_i", "image_j", "lambda_f"]])
        for name, found in (("average", average), ("empirical_bayes", labels["lambda_g"])):
            off = found.reindex(key).to_numpy() - asked["lambda_g"].to_numpy()
            errors[name] += off[~np.isnan(off)].tolist()
    rmse = {name: np.sqrt(np.mean(np.square(each))) for name, each in errors.items()}
    assert rmse["average"] == pytest.approx(0.247, abs=0.003)
    assert rmse["empirical_bayes"] < 0.212
