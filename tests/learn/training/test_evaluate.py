"""The holdout's measures: attacks against gradients worked out by hand, whatever the batch."""

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from learn.training import evaluate, memory, models
from learn.training.evaluate import EPSILON
from learn.training.measures import MEASURES
from tests.learn.helpers.tiny_runs import K, some_data


def holdout(count: int = 12) -> tuple[Any, Any]:
    held = some_data(2, count).holdout
    images = torch.from_numpy(held.images).permute(0, 3, 1, 2)
    return images, torch.from_numpy(held.labels).float()


def linear(classes: int = K, scale: float = 0.01) -> Any:
    net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * 32 * 32, classes))
    drawn = torch.Generator().manual_seed(0)
    with torch.no_grad():
        net[1].weight.copy_(scale * torch.randn(net[1].weight.shape, generator=drawn))
    return net


def by_hand(net: Any, images: Any, labels: Any) -> tuple[Any, Any]:
    """Return clean and FGSM cross entropy of a linear network, in float64 numpy."""
    weight, bias = (each.detach().double().numpy() for each in net[1].parameters())
    pixels = images.reshape(len(images), -1).double().numpy() / 255
    target = labels.double().numpy()

    def log_probs(x: Any) -> Any:
        logits = x @ weight.T + bias
        return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))

    clean = log_probs(pixels)
    gradient = (np.exp(clean) - target) @ weight  # of cross entropy: (p - y) W
    attacked = log_probs(np.clip(pixels + 4 / 255 * np.sign(gradient), 0, 1))
    return -(target * clean).sum(axis=1).mean(), -(target * attacked).sum(axis=1).mean()


def test_cross_entropy_before_and_after_a_step_up_the_gradient_is_that_worked_out_by_hand() -> None:
    net, (images, labels) = linear(), holdout()
    found = evaluate.evaluate(net, images, labels)
    clean, attacked = by_hand(net, images, labels)
    assert found["ce"] == pytest.approx(clean, abs=1e-5)
    assert found["fgsm_ce"] == pytest.approx(attacked, abs=1e-5)
    assert found["fgsm_ce"] > found["ce"]


def test_a_step_is_clipped_to_what_a_pixel_can_be_and_stays_where_there_is_no_gradient() -> None:
    pixels = torch.tensor([0.0, 0.01, 0.5, 1.0, 0.5])
    gradient = torch.tensor([-1.0, -3.0, 2.0, 1e-9, 0.0])
    found = evaluate.fgsm_step(pixels, gradient)
    assert found.tolist() == pytest.approx([0.0, 0.0, 0.5 + EPSILON, 1.0, 0.5])


def test_many_small_steps_in_one_direction_are_the_one_step() -> None:
    net, (images, labels) = linear(classes=2), holdout()
    hard = torch.nn.functional.one_hot(labels.argmax(1) % 2, 2).float()  # signs never change
    found = evaluate.evaluate(net, images, hard)
    assert found["pgd_ce"] == pytest.approx(found["fgsm_ce"], rel=1e-5)


def test_small_steps_never_leave_the_room_that_the_attack_has() -> None:
    net, (images, labels) = models.build("vgg11", K, 0.0625, 0).eval(), holdout(4)
    pixels = evaluate.as_pixels(images)
    _, gradient = evaluate._with_gradient(net, pixels, labels)
    moved = evaluate._pgd(net, pixels, labels, gradient)
    assert float((moved - pixels).abs().max()) <= EPSILON + 1e-6
    assert float(moved.min()) >= 0
    assert float(moved.max()) <= 1


@pytest.mark.parametrize("name", ["vgg11", "resnet18"])
def test_no_measure_depends_on_how_many_are_measured_at_a_time(name: str) -> None:
    net, (images, labels) = models.build(name, K, 0.0625, 0), holdout()
    at_once, one_by_one = (evaluate.evaluate(net, images, labels, size) for size in (500, 1))
    assert tuple(sorted(at_once)) == tuple(sorted(MEASURES))
    assert at_once == pytest.approx(one_by_one, abs=2e-4)
    seen = evaluate.evaluate_without_attacks(net, images, labels, 5)
    assert seen == pytest.approx({name: at_once[name] for name in seen}, abs=1e-5)
    assert set(MEASURES) - set(seen) == {"fgsm_ce", "pgd_ce"}


def test_a_network_is_left_as_it_was_learning_and_its_statistics_too() -> None:
    net, (images, labels) = models.build("vgg11", K, 0.0625, 0).train(), holdout()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    evaluate.evaluate(net, images, labels)
    assert net.training
    assert all(weight.requires_grad for weight in net.parameters())
    assert all(weight.grad is None for weight in net.parameters())
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


@pytest.mark.slow
def test_a_holdout_that_does_not_fit_at_once_is_measured_in_smaller_parts() -> None:
    tried = []

    def measured(size: int) -> str:
        tried.append(size)
        if size > 100:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return "measured"

    assert memory.with_smaller_batches(measured, 500) == "measured"
    assert tried == [500, 250, 125, 62]
