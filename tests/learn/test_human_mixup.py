"""HumanMixUp in MixUp's place: the same images, people's labels."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
v2 = pytest.importorskip("torchvision.transforms.v2")
tv_tensors = pytest.importorskip("torchvision.tv_tensors")

from elicit.errors import ElicitError
from learn.human_mixup import HumanMixUp
from learn.policies import file as policy_file
from learn.policies.lookup import LookUp
from learn.policies.policy import mixup
from tests.learn.helpers.example_policies import CLASSES, POLICIES, some_policy
from tests.learn.helpers.mixed_batches import K, a_batch, drawn_alike


@pytest.mark.parametrize("one_hot", [False, True])
def test_the_identity_policy_gives_exactly_what_mixup_gives(one_hot: bool) -> None:
    images, labels = a_batch()
    if one_hot:
        labels = torch.nn.functional.one_hot(labels, K)
    human = drawn_alike(HumanMixUp(mixup(CLASSES), alpha=0.4, num_classes=K), images, labels)
    theirs = drawn_alike(v2.MixUp(alpha=0.4, num_classes=K), images, labels)
    for ours, expected in zip(human, theirs, strict=True):
        assert torch.equal(ours, expected)


@pytest.mark.parametrize("name", POLICIES)
def test_images_are_mixup_s_and_labels_are_the_policy_s(name: str) -> None:
    policy = some_policy(name)
    images, labels = a_batch()
    mixed, soft = drawn_alike(HumanMixUp(policy, num_classes=K), images, labels)
    theirs, plain = drawn_alike(v2.MixUp(num_classes=K), images, labels)
    assert torch.equal(mixed, theirs)
    own, other = labels.numpy(), labels.roll(1).numpy()
    mixed_pair = own != other
    lambda_f = plain.numpy()[np.arange(6), own][mixed_pair]
    expected = policy.lambda_g(lambda_f, own[mixed_pair], other[mixed_pair])
    assert soft.numpy()[np.arange(6), own][mixed_pair] == pytest.approx(expected, abs=1e-6)
    assert soft.sum(dim=1).numpy() == pytest.approx(np.ones(6))
    assert soft.dtype == torch.float32


@pytest.mark.parametrize("name", ["mixup", "pooled", "image_aware"])
def test_a_plain_batch_and_the_same_in_a_dictionary_come_out_the_same(name: str) -> None:
    images, labels = a_batch()
    strengths = torch.rand(6, 2)
    aware = name == "image_aware"

    def human(keys: tuple[Any, Any]) -> HumanMixUp:
        return HumanMixUp(
            some_policy(name),
            num_classes=K,
            labels_getter=lambda batch: batch[keys[0]],
            strengths_getter=(lambda batch: batch[keys[1]]) if aware else None,
        )

    plain = drawn_alike(human((1, 2)), images, labels, strengths)
    batch = {"image": images, "label": labels, "strengths": strengths}
    named = drawn_alike(human(("label", "strengths")), batch)
    assert isinstance(plain, tuple)
    for ours, expected in zip(plain, named.values(), strict=True):
        assert torch.equal(ours, expected)
    assert plain[2] is strengths


def test_every_batch_after_another_is_drawn_as_mixup_draws_it() -> None:
    human, theirs = HumanMixUp(mixup(CLASSES), num_classes=K), v2.MixUp(num_classes=K)
    torch.manual_seed(4)
    ours = [human(*a_batch(seed)) for seed in range(5)]
    torch.manual_seed(4)
    for seed, (mixed, soft) in enumerate(ours):
        expected, plain = theirs(*a_batch(seed))
        assert torch.equal(mixed, expected)
        assert torch.equal(soft, plain)


@pytest.mark.parametrize("size", [2, 32, 128])
def test_batches_that_a_cache_holds_or_not_are_mixed_to_the_bit_as_mixup_does(size: int) -> None:
    images, labels = torch.rand(size, 3, 32, 32), torch.randint(K, (size,))
    mixed, _ = drawn_alike(HumanMixUp(some_policy("pooled"), num_classes=K), images, labels)
    expected, _ = drawn_alike(v2.MixUp(num_classes=K), images, labels)
    assert torch.equal(mixed, expected)


def test_images_that_are_learnt_themselves_get_their_gradients() -> None:
    images, labels = a_batch()
    images.requires_grad_()
    mixed, _ = HumanMixUp(some_policy("pooled"), num_classes=K)(images, labels)
    mixed.sum().backward()
    assert images.grad is not None
    assert images.grad.numpy() == pytest.approx(np.ones((6, 3, 8, 8)))


@pytest.mark.parametrize(
    ("images", "labels", "told"),
    [
        ((6, 3, 8, 8), (5,), "batch size of the image or video does not match"),
        ((6, 3, 8), (6,), "Expected a batched input with 4 dims, but got 3"),
        ((6, 3, 8, 8), (6, 2), "number of elements in last dimension must match num_classes"),
        ((6, 3, 8, 8), (6, 2, 2), "labels should be index based with shape"),
    ],
)
def test_what_mixup_refuses_is_refused_in_its_words(
    images: tuple[int, ...], labels: tuple[int, ...], told: str
) -> None:
    human = HumanMixUp(some_policy("pooled"), num_classes=K, labels_getter=lambda batch: batch[1])
    with pytest.raises(ValueError, match=told):
        human(torch.rand(images), torch.zeros(labels, dtype=torch.int64))


def test_indexes_and_one_hot_labels_give_the_same_labels() -> None:
    images, labels = a_batch()
    human = HumanMixUp(some_policy("pooled"), num_classes=K)
    by_index = drawn_alike(human, images, labels)[1]
    by_row = drawn_alike(human, images, torch.nn.functional.one_hot(labels, K))[1]
    assert by_index.numpy() == pytest.approx(by_row.numpy(), abs=1e-6)


def test_the_policy_is_read_from_its_file_and_put_in_the_order_of_the_labels(
    tmp_path: Path,
) -> None:
    policy = some_policy("per_pair")
    policy_file.write_policy(policy, tmp_path / "policy.json")
    order = CLASSES[::-1]
    images, labels = a_batch()
    turned = HumanMixUp(tmp_path / "policy.json", num_classes=K, classes=order)
    plain = HumanMixUp(policy, num_classes=K)
    ours = drawn_alike(turned, images, K - 1 - labels)[1]
    assert torch.equal(ours.flip(1), drawn_alike(plain, images, labels)[1])


def test_strengths_travel_with_the_batch_and_move_the_labels() -> None:
    policy = some_policy("image_aware")
    images, labels = torch.rand(4, 3, 8, 8), torch.tensor([0, 1, 2, 1])
    strengths = torch.tensor([[1.0, 0.1], [-1.0, 0.0], [0.5, -0.2], [0.0, 0.3]])
    human = HumanMixUp(
        policy,
        num_classes=K,
        labels_getter=lambda batch: batch["label"],
        strengths_getter=lambda batch: batch["strengths"],
    )
    batch = {"image": images, "label": labels, "strengths": strengths}
    soft = drawn_alike(human, batch)["label"]
    torch.manual_seed(11)
    lambda_f = float(torch.distributions.Beta(torch.ones(1), torch.ones(1)).sample())
    end = strengths.double().numpy()
    expected = policy.lambda_g(
        np.full(4, lambda_f), [0, 1, 2, 1], [1, 0, 1, 2], end, np.roll(end, 1, axis=0)
    )
    assert soft.numpy()[range(4), labels] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("name", POLICIES)
def test_the_look_up_gives_the_policy_s_numbers_for_a_lambda_f_each(name: str) -> None:
    policy, rng = some_policy(name), np.random.default_rng(3)
    share, i, j = rng.random(50), rng.integers(K, size=50), rng.integers(K, size=50)
    ends = rng.normal(size=(2, 50, 2)) if name == "image_aware" else (None, None)
    on_device = [None if end is None else torch.tensor(end) for end in ends]
    found = LookUp(policy)(torch.tensor(share), torch.tensor(i), torch.tensor(j), *on_device)
    assert found.numpy() == pytest.approx(policy.lambda_g(share, i, j, *ends), abs=1e-6)


def test_a_wrong_number_of_classes_is_told() -> None:
    with pytest.raises(ElicitError, match=r"^num_classes: must be 4, .* got 10; name yours with"):
        HumanMixUp(some_policy("pooled"), num_classes=10)


def test_a_class_the_policy_has_not_seen_is_told() -> None:
    with pytest.raises(ElicitError, match=r"class must be one of .* got 'zebra'; fit a policy"):
        HumanMixUp(some_policy("pooled"), classes=(*CLASSES[:3], "zebra"))


def test_strengths_for_a_policy_that_does_not_look_are_refused() -> None:
    with pytest.raises(ElicitError, match="strengths_getter: must be None for the policy pooled"):
        HumanMixUp(some_policy("pooled"), num_classes=K, strengths_getter=lambda batch: batch)


def test_a_pair_without_a_slope_has_its_shift_at_any_mix_and_any_clarity() -> None:
    policy = some_policy("image_aware")
    policy.slope[:] = 0.0
    ends = torch.rand(2, 9, 2)
    share, i, j = torch.rand(9), torch.randint(K, (9,)), torch.randint(K, (9,))
    expected = policy.lambda_g(share.numpy(), i.numpy(), j.numpy(), *ends.double().numpy())
    assert LookUp(policy)(share, i, j, *ends).numpy() == pytest.approx(expected, abs=1e-6)


def test_repr_names_the_policy_and_its_classes() -> None:
    human = HumanMixUp(some_policy("pooled"), alpha=0.4, num_classes=K)
    told = "HumanMixUp(policy=pooled, classes=(airplane, bird, cat, dog), alpha=0.4)"
    assert repr(human) == told


@pytest.mark.parametrize("name", ["mixup", "pooled"])
@pytest.mark.parametrize("dtype", [torch.bool, torch.uint8, torch.int64, torch.float16])
def test_one_hot_labels_of_any_type_give_what_indexes_give(name: str, dtype: Any) -> None:
    images, labels = a_batch()
    human = HumanMixUp(some_policy(name))
    rows = torch.nn.functional.one_hot(labels, K).to(dtype)
    found = drawn_alike(human, images, rows)[1]
    by_index = drawn_alike(HumanMixUp(some_policy(name), num_classes=K), images, labels)[1]
    assert found.float().numpy() == pytest.approx(by_index.numpy(), abs=1e-3)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int16, torch.int32])
@pytest.mark.parametrize("name", ["mixup", "pooled"])
def test_indexes_of_any_type_give_the_same_labels(name: str, dtype: Any) -> None:
    images, labels = a_batch()
    human = HumanMixUp(some_policy(name), num_classes=K)
    found = drawn_alike(human, images, labels.to(dtype))[1]
    assert torch.equal(found, drawn_alike(human, images, labels)[1])


def rows_of(columns: int) -> Any:
    return torch.eye(columns)[torch.arange(6) % columns]


@pytest.mark.parametrize("name", ["mixup", "pooled"])
@pytest.mark.parametrize(
    ("labels", "told"),
    [
        (rows_of(3), r"labels: must have 4 columns, as .* \(airplane, .*\), got 3; name yours"),
        (rows_of(7), r"labels: must have 4 columns, as .* \(airplane, .*\), got 7; name yours"),
        (2 * rows_of(4), "labels: row 0: must be one-hot or shares, .* the sum 2 and the least 0"),
        (rows_of(4) - 0.5 * rows_of(4).roll(1, 1) + 0.125, "labels: row 0: .* the least -0.375"),
        (rows_of(4) * float("nan"), "labels: row 0: must be one-hot or shares, .* the sum nan"),
        (100 * rows_of(4).long(), "labels: row 0: must be one-hot or shares, .* the sum 100"),
    ],
)
def test_rows_that_are_no_shares_of_the_policy_s_classes_are_refused(
    name: str, labels: Any, told: str
) -> None:
    human = HumanMixUp(some_policy(name))
    with pytest.raises(ElicitError, match=told):
        human(torch.rand(6, 3, 8, 8), labels)
    with pytest.raises(ElicitError, match=told):
        human({"image": torch.rand(6, 3, 8, 8), "label": labels})


@pytest.mark.parametrize("name", ["mixup", "pooled"])
@pytest.mark.parametrize(
    ("labels", "told"),
    [
        (torch.tensor([0, 1, 2, 3, 4, 0]), "from 0 to 3, as the policy's 4 classes .*, got 4"),
        (torch.tensor([0, 1, 2, 3, -1, 0]), "from 0 to 3, as the policy's 4 classes .*, got -1"),
        (torch.rand(6), r"labels: of shape \(6,\) must be class indexes, .* got torch.float32"),
        (torch.zeros(6).bool(), r"labels: of shape \(6,\) must be class indexes, .* torch.bool"),
    ],
)
def test_numbers_that_are_no_class_of_the_policy_are_refused(
    name: str, labels: Any, told: str
) -> None:
    human = HumanMixUp(some_policy(name), num_classes=K)
    with pytest.raises(ElicitError, match=told):
        human(torch.rand(6, 3, 8, 8), labels)


@pytest.mark.parametrize(
    ("classes", "came"), [((), "none"), (("cat", "dog", "cat"), "'cat' twice")]
)
def test_classes_that_are_empty_or_twice_are_refused(classes: tuple[str, ...], came: str) -> None:
    with pytest.raises(ElicitError, match=f"^classes: must be different names, .*, got {came}"):
        HumanMixUp(some_policy("pooled"), classes=classes)


@pytest.mark.parametrize(
    ("strengths", "told"),
    [
        (torch.rand(6, 1), r"must be \(6, 2\), dominance and clarity .*, got \(6, 1\)"),
        (torch.rand(6), r"must be \(6, 2\), dominance and clarity .*, got \(6,\)"),
        (torch.rand(5, 2), r"must be \(6, 2\), dominance and clarity .*, got \(5, 2\)"),
        ([[0.0, 0.0]] * 6, r"must be \(6, 2\), dominance and clarity .*, got list"),
        (torch.ones(6, 2).long(), r"must be floating-point numbers, got torch\.int64"),
    ],
)
def test_strengths_of_another_shape_or_type_are_refused(strengths: Any, told: str) -> None:
    human = HumanMixUp(
        some_policy("image_aware"), num_classes=K, strengths_getter=lambda batch: strengths
    )
    with pytest.raises(ElicitError, match=f"^strengths: {told}"):
        human(*a_batch())


@pytest.mark.parametrize(
    "order", [("label", "image"), ("strengths", "image", "label"), ("image", "label", "depth")]
)
def test_a_batch_whose_images_cannot_be_told_is_refused(order: tuple[str, ...]) -> None:
    images, labels = a_batch()
    values = {"image": images, "label": labels, "strengths": torch.rand(6, 2)}
    batch = {name: (values | {"depth": images})[name] for name in order}
    human = HumanMixUp(some_policy("pooled"), num_classes=K)
    with pytest.raises(ElicitError, match=r"^batch: its first tensor must be the images"):
        human(batch)
    named = {name: batch[name] for name in order if name != "depth"}
    soft = drawn_alike(human, named | {"image": tv_tensors.Image(images)})
    assert torch.equal(soft["label"], drawn_alike(human, images, labels)[1])
    assert torch.equal(soft["image"], drawn_alike(human, images, labels)[0])


def test_labels_that_are_not_in_the_batch_are_refused() -> None:
    images, labels = a_batch()
    human = HumanMixUp(some_policy("pooled"), num_classes=K, labels_getter=lambda b: b[1].clone())
    with pytest.raises(ElicitError, match=r"^labels_getter: must return the labels as they stand"):
        human(images, labels)
