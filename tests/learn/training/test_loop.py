"""The training loop, against a plain one; its precisions, its ends, its state."""

import gc
import weakref
from copy import deepcopy
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from elicit.errors import ElicitError
from learn.training.batches import DeviceData, Epoch
from learn.training.data import Data
from learn.training.loop import DivergedError, Training
from tests.learn.helpers.tiny_runs import K, some_data, tiny_settings, train_epoch

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def training(data: Data | None = None, **given: Any) -> Training:
    made = tiny_settings(**given)
    return Training(made, DeviceData(data or some_data(), made, CPU), K)


def weights(trained: Training) -> Any:
    return torch.cat([each.detach().flatten() for each in trained.net.parameters()])


@pytest.mark.parametrize("name", ["vgg11", "resnet18"])
def test_an_epoch_is_that_of_a_plain_loop(name: str) -> None:
    ours, plain = training(model=name, clip_norm=0.5), training(model=name, clip_norm=0.5)
    net, shown = plain.net.train(), Epoch(plain.examples, plain.settings, 0)
    optimiser = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
    losses = []
    for step in range(len(shown)):
        batch = shown.batch(step)
        optimiser.zero_grad()
        loss = torch.nn.functional.cross_entropy(net(batch.pixels), batch.labels)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 0.5)
        optimiser.step()
        losses += [loss.item()] * len(batch.pixels)
    result = train_epoch(ours)
    assert result.loss == pytest.approx(np.mean(losses), rel=1e-5)
    assert torch.allclose(weights(ours), weights(plain), atol=1e-5)
    assert (result.epoch, ours.epoch) == (0, 1)


def test_the_gradient_is_clipped_to_its_norm() -> None:
    before, one = weights(training()), training(clip_norm=1e-3, momentum=0.0, weight_decay=0.0)
    batch = Epoch(one.examples, one.settings, 0).batch(0)
    one._step(batch, 8)
    assert float((weights(one) - before).norm()) == pytest.approx(0.1 * 1e-3, rel=0.01)


def test_the_learning_rate_is_divided_by_ten_before_the_epochs_said() -> None:
    one = training(epochs=3, lr_drops=[1, 2])
    rates = [train_epoch(one).lr for _ in range(3)]
    assert rates == pytest.approx([0.1, 0.01, 0.001])


def test_something_is_learnt() -> None:
    data = some_data(40)
    data.train.images[:] = (data.train.labels.argmax(axis=1) * 25)[:, None, None, None]
    one = training(data, epochs=8, lr_drops=[], augment="none", lr=0.05)
    results = [train_epoch(one) for _ in range(8)]
    assert results[-1].loss < 0.7 * results[0].loss
    assert results[-1].accuracy > results[0].accuracy


def test_the_same_seed_gives_the_same_weights_and_another_others() -> None:
    made = []
    for seed in (0, 0, 1):
        one = training(seed=seed)
        train_epoch(one)
        made.append(weights(one))
    assert torch.equal(made[0], made[1])
    assert not torch.equal(made[0], made[2])


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_half_precision_trains_nearly_as_float32_does(precision: str) -> None:
    full, half = training(), training(precision=precision)
    half._scaler = torch.amp.GradScaler("cpu", 2.0**8, enabled=half._scaler.is_enabled())
    expected = [train_epoch(full).loss for _ in range(2)]
    found = [train_epoch(half).loss for _ in range(2)]
    assert found == pytest.approx(expected, rel=0.05)
    assert half._scaler.is_enabled() is (precision == "float16")
    assert all(each.dtype == torch.float32 for each in half.net.parameters())


def test_a_first_step_that_float16_cannot_take_is_left_out_and_no_harm_done() -> None:
    half, full = training(precision="float16"), training()
    half._scaler = torch.amp.GradScaler("cpu", init_scale=2.0**60)
    before = weights(half)
    shown = Epoch(half.examples, half.settings, 0)
    half._step(shown.batch(0), 8)
    assert torch.equal(weights(half), before)
    half._scaler = torch.amp.GradScaler("cpu", init_scale=2.0**10)
    half._step(shown.batch(0), 8)
    full._step(shown.batch(0), 8)
    assert torch.allclose(weights(half), weights(full), atol=2e-3)


def test_a_loss_that_is_no_number_stops_training_and_says_so() -> None:
    one = training(lr=1e9, epochs=5)
    told = r"^epoch \d: the loss is nan: training diverged; try a smaller --lr than 1e\+09$"
    with pytest.raises(DivergedError, match=told):  # noqa: PT012 which epoch it is, is chance
        for _ in range(5):
            train_epoch(one)


def test_a_training_goes_on_from_its_state_to_the_very_same_weights() -> None:
    several: list[dict[str, Any]] = [{}, {"precision": "float16"}, {"augment": "always"}]
    for given in several:
        one, other = training(epochs=3, **given), training(epochs=3, **given)
        train_epoch(one)
        other.load(deepcopy(one.state()))
        for each in (one, other):
            train_epoch(each)
            train_epoch(each)
        assert torch.equal(weights(one), weights(other))
        assert one.result == other.result


@pytest.mark.parametrize("given", [{"width": 0.125}, {"model": "resnet18"}])
def test_the_state_of_another_network_is_told(given: dict[str, Any]) -> None:
    with pytest.raises(ElicitError, match=r"^is not of this network: .*state_dict"):
        training().load(training(**given).state())


def test_a_state_that_lacks_a_part_is_told() -> None:
    state = training().state()
    del state["epoch"]
    with pytest.raises(ElicitError, match=r"^is not of this network: 'epoch'$"):
        training().load(state)


def test_steps_tell_how_many_are_done_of_how_many() -> None:
    assert list(training(some_data(20)).steps()) == [(1, 3), (2, 3), (3, 3)]


def test_a_training_that_is_done_with_leaves_no_memory_behind() -> None:
    one = training()
    train_epoch(one)
    gone = weakref.ref(one)
    gc.disable()  # a GPU would be full before Python next looks for cycles
    try:
        del one
        assert gone() is None
    finally:
        gc.enable()
