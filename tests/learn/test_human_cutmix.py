"""HumanCutMix in CutMix's place: the same images, people's labels."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
v2 = pytest.importorskip("torchvision.transforms.v2")
tv_tensors = pytest.importorskip("torchvision.tv_tensors")

from elicit.errors import ElicitError
from learn import HumanCutMix, HumanMixUp
from learn.policies import file as policy_file
from learn.policies.policy import Policy, mixup
from tests.learn.helpers.example_policies import CLASSES, POLICIES, some_policy
from tests.learn.helpers.mixed_batches import K, a_batch, drawn_alike


def of_cutmix(name: str) -> Policy:
    return replace(some_policy(name), fitted_to={"process": "cutmix"})


@pytest.mark.parametrize("one_hot", [False, True])
@pytest.mark.parametrize(("height", "width"), [(8, 8), (5, 32)])
def test_the_identity_policy_gives_exactly_what_cutmix_gives(
    one_hot: bool, height: int, width: int
) -> None:
    human = HumanCutMix(mixup(CLASSES), alpha=0.7, num_classes=K)
    theirs = v2.CutMix(alpha=0.7, num_classes=K)
    boxes = set()
    for seed in range(40):
        images, labels = a_batch(seed, height, width)
        if one_hot:
            labels = torch.nn.functional.one_hot(labels, K)
        ours = *drawn_alike(human, images, labels, seed=seed), torch.rand(())
        expected = *drawn_alike(theirs, images, labels, seed=seed), torch.rand(())  # drawn after it
        assert all(torch.equal(*each) for each in zip(ours, expected, strict=True))
        boxes.add(int((expected[0] != images).sum()))
    assert len(boxes) > 10


@pytest.mark.parametrize("name", POLICIES)
def test_images_are_cutmix_s_and_labels_are_the_policy_s_at_the_share_of_the_area(
    name: str,
) -> None:
    policy = of_cutmix(name)
    images, labels = a_batch()
    mixed, soft = drawn_alike(HumanCutMix(policy, num_classes=K), images, labels)
    expected_images, plain = drawn_alike(v2.CutMix(num_classes=K), images, labels)
    assert torch.equal(mixed, expected_images)
    kept = (mixed == images).all(dim=1).double().mean(dim=(1, 2)).numpy()  # of the area
    assert 0 < kept[0] < 1
    own, other = labels.numpy(), labels.roll(1).numpy()
    pair = own != other
    assert plain.numpy()[np.arange(6), own][pair] == pytest.approx(kept[pair], abs=1e-6)
    expected = policy.lambda_g(kept[pair], own[pair], other[pair])
    assert soft.numpy()[np.arange(6), own][pair] == pytest.approx(expected, abs=1e-6)
    assert soft.sum(dim=1).numpy() == pytest.approx(np.ones(6))


@pytest.mark.parametrize("name", ["mixup", "pooled", "image_aware"])
def test_a_plain_batch_and_the_same_in_a_dictionary_come_out_the_same(name: str) -> None:
    images, labels = a_batch()
    strengths = torch.rand(6, 2)
    getter = (lambda batch: batch[2]) if name == "image_aware" else None
    named_getter = (lambda batch: batch["strengths"]) if name == "image_aware" else None
    plain = HumanCutMix(
        of_cutmix(name), num_classes=K, labels_getter=lambda b: b[1], strengths_getter=getter
    )
    named = HumanCutMix(of_cutmix(name), num_classes=K, strengths_getter=named_getter)
    batch = {"image": images, "label": labels, "strengths": strengths}
    ours = drawn_alike(plain, images, labels, strengths)
    batches = (batch, batch | {"image": tv_tensors.Image(images)})
    for found in (drawn_alike(named, each) for each in batches):
        for each, expected in zip(found.values(), ours, strict=True):
            assert torch.equal(each, expected)


def test_images_of_whole_numbers_and_images_that_are_learnt_are_mixed_as_cutmix_does() -> None:
    images, labels = a_batch()
    human = HumanCutMix(of_cutmix("pooled"), num_classes=K)
    whole = (255 * images).byte()
    expected = drawn_alike(v2.CutMix(num_classes=K), whole, labels)[0]
    assert torch.equal(drawn_alike(human, whole, labels)[0], expected)
    images.requires_grad_()
    drawn_alike(human, images, labels)[0].sum().backward()
    assert float(images.grad.sum()) == images.numel()


def test_a_policy_of_another_process_is_refused_unless_it_is_allowed(tmp_path: Path) -> None:
    of_mixup, file = some_policy("pooled"), tmp_path / "cutmix.json"
    policy_file.write_policy(of_cutmix("pooled"), file)
    told = "policy: must be of images that %s made, got pooled, fitted to %s; fit one with "
    with pytest.raises(ElicitError, match=f"^{told % ('cutmix', 'mixup')}"):
        HumanCutMix(of_mixup)
    with pytest.raises(ElicitError, match=f"^{told % ('mixup', 'cutmix')}.* any_process=True$"):
        HumanMixUp(file)
    images, labels = a_batch()
    allowed = drawn_alike(HumanCutMix(of_mixup, num_classes=K, any_process=True), images, labels)
    fitted = drawn_alike(HumanCutMix(file, num_classes=K), images, labels)
    assert torch.equal(allowed[1], fitted[1])  # the same curves, whatever they were fitted to


def test_what_mixup_s_drop_in_refuses_is_refused() -> None:
    human = HumanCutMix(of_cutmix("pooled"), num_classes=K)
    images, labels = a_batch()
    with pytest.raises(ElicitError, match="class indexes from 0 to 3"):
        human(images, labels + 1)
    with pytest.raises(ElicitError, match=r"^batch: its first tensor must be the images"):
        human({"label": labels, "image": images})
    with pytest.raises(ElicitError, match=r"^num_classes: must be 4"):
        HumanCutMix(of_cutmix("pooled"), num_classes=10)
    with pytest.raises(ElicitError, match="strengths_getter: must be None for the policy pooled"):
        HumanCutMix(of_cutmix("pooled"), strengths_getter=lambda batch: batch)
    with pytest.raises(ValueError, match="batch size of the image or video does not match"):
        human(images, labels[:5])


def test_repr_names_the_transform_the_policy_and_its_classes() -> None:
    told = "HumanCutMix(policy=pooled, classes=(airplane, bird, cat, dog), alpha=0.4)"
    assert repr(HumanCutMix(of_cutmix("pooled"), alpha=0.4)) == told
