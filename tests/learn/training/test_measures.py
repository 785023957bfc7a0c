"""Each measure against a case worked out by hand, and against torchmetrics where it agrees."""

import math
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from learn.training import measures

# three examples, three classes
PROBS = [[0.5, 0.25, 0.25], [0.2, 0.2, 0.6], [0.4, 0.4, 0.2]]
LABELS = [[0.5, 0.5, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]


def log_probs() -> Any:
    return torch.tensor(PROBS).log()


def labels() -> Any:
    return torch.tensor(LABELS)


def some_answers(count: int = 1000, classes: int = 10) -> tuple[Any, Any]:
    """Return log-probabilities and hard labels as rows, right about as often as confident."""
    drawn = torch.Generator().manual_seed(0)
    logits = 3 * torch.randn(count, classes, generator=drawn)
    truth = torch.multinomial(logits.softmax(1) ** 0.5, 1, generator=drawn)[:, 0]
    return logits.log_softmax(1), torch.nn.functional.one_hot(truth, classes).float()


def confident(log: Any, soft: Any) -> tuple[Any, Any]:
    return log.exp().max(dim=1).values, measures.is_correct(log, soft)


def test_cross_entropy_is_that_worked_out_by_hand() -> None:
    expected = [0.5 * math.log(2) + 0.5 * math.log(4), -math.log(0.6), -math.log(0.4)]
    assert measures.cross_entropy(log_probs(), labels()).tolist() == pytest.approx(expected)


def test_cross_entropy_of_hard_and_soft_labels_is_torch_s() -> None:
    log, hard = some_answers()
    soft = (hard + 0.1) / (1 + 0.1 * 10)
    for each in (hard, soft):
        theirs = torch.nn.functional.cross_entropy(log, each, reduction="none")
        assert torch.allclose(measures.cross_entropy(log, each), theirs, atol=1e-6)


def test_an_answer_counts_where_the_first_of_both_is_the_same() -> None:
    assert measures.is_correct(log_probs(), labels()).tolist() == [True, True, False]


def test_accuracy_is_torchmetrics_micro_accuracy() -> None:
    classification = pytest.importorskip("torchmetrics.functional.classification")
    log, hard = some_answers()
    theirs = classification.multiclass_accuracy(
        log.exp(), hard.argmax(1), num_classes=10, average="micro"
    )
    assert measures.is_correct(log, hard).float().mean() == theirs


def test_rms_calibration_error_takes_all_bins_the_last_one_smaller() -> None:
    confidence = torch.tensor([0.9, 0.55, 0.8, 0.3, 0.6])
    right = torch.tensor([True, False, False, False, True])
    # sorted: .3 wrong, .55 wrong | .6 right, .8 wrong | .9 right
    gaps, shares = (0.425, 0.2, -0.1), (0.4, 0.4, 0.2)
    expected = math.sqrt(sum(n * gap**2 for n, gap in zip(shares, gaps, strict=True)))
    found = measures.rms_calibration_error(confidence, right, bin_size=2)
    assert float(found) == pytest.approx(expected)


def test_one_bin_for_all_is_the_gap_between_confidence_and_accuracy() -> None:
    confidence, right = confident(*some_answers(70))
    found = measures.rms_calibration_error(confidence.double(), right)
    gap = confidence.double().mean() - right.double().mean()
    assert float(found) == pytest.approx(abs(float(gap)))


def test_rms_calibration_error_is_not_torchmetrics_l2_whose_bins_are_of_equal_width() -> None:
    classification = pytest.importorskip("torchmetrics.functional.classification")
    log, hard = some_answers()
    theirs = classification.multiclass_calibration_error(
        log.exp(), hard.argmax(1), num_classes=10, n_bins=10, norm="l2"
    )
    ours = measures.rms_calibration_error(*confident(log, hard))
    assert abs(float(ours) - float(theirs)) > 0.001


def test_expected_calibration_error_is_that_worked_out_by_hand() -> None:
    confidence = torch.tensor([0.55, 0.95, 0.5, 1.0])
    right = torch.tensor([True, False, False, True])
    # from 0.5 up to 1, two bins: (.5 + .55 + .95 + 1) / 4 = .75 confident, .5 right
    found = measures.expected_calibration_error(confidence, right, bins=2)
    assert float(found) == pytest.approx(0.25)


@pytest.mark.parametrize("bins", [15, 10])
def test_expected_calibration_error_is_torchmetrics(bins: int) -> None:
    classification = pytest.importorskip("torchmetrics.functional.classification")
    log, hard = some_answers()
    sure = torch.tensor([1.0] + [0.0] * 9).log()
    log[:5], log[5:8] = sure, torch.tensor([0.1] * 10).log()  # on the edges of bins
    theirs = classification.multiclass_calibration_error(
        log.exp(), hard.argmax(1), num_classes=10, n_bins=bins, norm="l1"
    )
    ours = measures.expected_calibration_error(*confident(log, hard), bins=bins)
    assert float(ours) == pytest.approx(float(theirs), abs=1e-6)


def test_brier_score_is_that_worked_out_by_hand() -> None:
    expected = [0.25**2 * 2, 0.04 + 0.04 + 0.16, 0.16 + 0.36 + 0.04]
    assert measures.brier_score(log_probs(), labels()).tolist() == pytest.approx(expected)


def test_entropy_counts_a_class_that_nobody_chose_as_nothing() -> None:
    found = measures.entropy(torch.tensor([[0.5, 0.5, 0.0], [0.0, 1.0, 0.0]]))
    assert found.tolist() == pytest.approx([math.log(2), 0.0])


def test_entropy_correlation_is_pearson_s_r() -> None:
    log, hard = some_answers(200)
    people = (hard + torch.rand(200, 1, generator=torch.Generator().manual_seed(1))).div(1)
    people = people / people.sum(1, keepdim=True)
    ours = float(measures.entropy_correlation(log, people))
    both = [measures.entropy(each).double().numpy() for each in (log.exp(), people)]
    assert ours == pytest.approx(np.corrcoef(*both)[0, 1])
    regression = pytest.importorskip("torchmetrics.functional.regression")
    theirs = regression.pearson_corrcoef(*(torch.tensor(each) for each in both))
    assert ours == pytest.approx(float(theirs))


def test_labels_of_no_spread_have_no_entropy_correlation() -> None:
    assert math.isnan(measures.entropy_correlation(*some_answers(50)))
