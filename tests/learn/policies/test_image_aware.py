"""The image-aware policy finds what makes an endpoint win, and says what it needs."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from elicit.errors import ElicitError
from learn.policies.image_aware import (
    EndpointFeatures,
    fit_image_aware,
    measure_endpoints,
    predict,
    read_array,
    strengths,
)
from learn.study.judgements import to_arrays
from stimuli.sources.endpoints import Pictograms
from tests.learn.helpers.example_policies import CLASSES, answers, some_policy

ENDPOINTS = 50
N = ENDPOINTS * len(CLASSES)


def some_looks() -> EndpointFeatures:
    """Return made-up features of made-up endpoints: two that matter and one that does not."""
    rng = np.random.default_rng(8)
    values = rng.normal([-1.5, 0.2, 3.0], [0.3, 0.1, 2.0], size=(N, 3))
    return EndpointFeatures(("contrast", "saturation", "noise"), np.arange(N), values)


def seen() -> pd.DataFrame:
    true = some_policy("image_aware")
    ends = strengths(true, some_looks())
    return answers(true, strengths=ends, participants=150, noise=0.1, endpoints=ENDPOINTS)


@pytest.mark.slow
def test_people_swayed_by_looks_give_back_what_sways_them() -> None:
    fitted = fit_image_aware(to_arrays(seen()), some_looks())
    assert fitted.appearance is not None
    assert fitted.appearance.features == ("contrast", "saturation", "noise")
    assert fitted.appearance.dominance == pytest.approx([0.5, -0.3, 0.0], abs=0.06)
    assert fitted.appearance.clarity == pytest.approx([0.1, 0.05, 0.0], abs=0.04)


def test_looks_predict_people_better_than_classes_do() -> None:
    observed, looks = to_arrays(seen()), some_looks()
    told = predict(fit_image_aware(observed, looks), observed, looks)
    assert np.sqrt(np.mean((told - observed.lambda_g) ** 2)) < 0.11


def test_a_feature_that_never_varies_weighs_nothing() -> None:
    looks = some_looks()
    looks.values[:, 1] = 0.25
    fitted = fit_image_aware(to_arrays(seen()), looks)
    assert fitted.appearance is not None
    assert fitted.appearance.dominance[1] == 0


def test_a_policy_of_classes_gives_every_endpoint_no_strength() -> None:
    assert not strengths(some_policy("pooled"), some_looks()).any()


def test_what_others_called_an_endpoint_tells_how_typical_it_is() -> None:
    counts = np.zeros((5, 10))
    counts[0, 0], counts[1, 1], counts[1, 2] = 50, 5, 45
    extra = {"network": np.arange(10, dtype=np.float64).reshape(5, 2)}
    looks = measure_endpoints(Pictograms(), [1, 0, 0], {"people": counts}, extra)
    names = ["people_typicality", "people_entropy", "network_0", "network_1"]
    values = looks.values[:, [looks.names.index(name) for name in names]]
    assert np.array_equal(looks.image_ids, [0, 1])
    assert values[0, 0] > values[1, 0]
    assert values[0, 1] < values[1, 1]
    assert np.array_equal(values[:, 2:], [[0, 1], [2, 3]])


def test_labels_of_too_few_images_or_other_classes_are_told() -> None:
    with pytest.raises(ElicitError, match=r"labels people: must have a row .* got 5 by 3"):
        measure_endpoints(Pictograms(), [0, 1], {"people": np.ones((5, 3))})
    with pytest.raises(ElicitError, match=r"features net: must have a row .*, got 1 rows"):
        measure_endpoints(Pictograms(), [0, 1], None, {"net": np.ones((1, 3))})
    with pytest.raises(ElicitError, match="labels people: must be counts or shares"):
        measure_endpoints(Pictograms(), [0, 1], {"people": np.full((5, 10), np.nan)})


def test_a_file_that_holds_no_array_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.npy").write_text("no array", encoding="utf-8")
    with pytest.raises(ElicitError, match=r"a\.npy: cannot be read as a \.npy array"):
        read_array(tmp_path / "a.npy")
    np.save(tmp_path / "b.npy", np.ones(3))
    with pytest.raises(ElicitError, match=r"b\.npy: must hold one array of numbers, a row an"):
        read_array(tmp_path / "b.npy")


def test_looks_that_were_not_measured_are_told() -> None:
    policy, observed = some_policy("image_aware"), to_arrays(seen())
    with pytest.raises(ElicitError, match="image_aware: looks at the endpoint images; say where"):
        predict(policy, observed)
    bare = EndpointFeatures(("contrast",), np.arange(N), np.zeros((N, 1)))
    with pytest.raises(ElicitError, match="looks at saturation, which was not measured; give"):
        predict(policy, observed, bare)
