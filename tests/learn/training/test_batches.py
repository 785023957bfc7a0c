"""What an epoch shows: every image once, cropped and mirrored, mixed and labelled as said."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from unittest import mock

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from learn.policies.lookup import LookUp
from learn.policies.policy import mixup
from learn.training.batches import (
    CROP_PADDING_PX,
    DeviceData,
    Epoch,
    crop_and_flip,
    draw_boxes,
    draw_crops,
)
from learn.training.data import Data
from learn.training.settings import MIXING_PROCESSES
from stimuli.sources.pictograms import CLASSES
from tests.learn.helpers.example_policies import some_policy_of
from tests.learn.helpers.tiny_runs import K, some_data, tiny_settings

CPU = torch.device("cpu")


def epoch(
    data: Data, number: int = 0, look_up: Any = None, strengths: Any = None, **given: Any
) -> Any:
    made = tiny_settings(**{"augment": "none"} | given)
    return Epoch(DeviceData(data, made, CPU, look_up, strengths), made, number)


def whole(shown: Any) -> tuple[Any, Any]:
    """Return all of an epoch's pixels and labels."""
    batches = [shown.batch(step) for step in range(len(shown))]
    return torch.cat([b.pixels for b in batches]), torch.cat([b.labels for b in batches])


def test_an_epoch_shows_every_image_once_with_its_label_in_an_order_of_its_own() -> None:
    data = some_data(20)
    first, second = (whole(epoch(data, number)) for number in (0, 1))
    for pixels, labels in (first, second):
        order = [
            int(np.flatnonzero((data.train.images == each).all(axis=(1, 2, 3)))[0])
            for each in (255 * pixels).round().byte().permute(0, 2, 3, 1).numpy()
        ]
        assert sorted(order) == list(range(20))
        assert (labels.numpy() == data.train.labels[order].astype(np.float32)).all()
    assert not torch.equal(first[0], second[0])
    assert torch.equal(whole(epoch(data, 1))[0], second[0])


def test_the_last_batch_holds_what_is_left() -> None:
    shown = epoch(some_data(20), batch_size=8)
    assert [shown.size(step) for step in range(len(shown))] == [8, 8, 4]
    assert [len(shown.batch(step).pixels) for step in range(len(shown))] == [8, 8, 4]


def test_pixels_lie_in_0_to_1_and_channels_last() -> None:
    pixels = epoch(some_data(20)).batch(0).pixels
    assert pixels.dtype == torch.float32
    assert float(pixels.min()) >= 0
    assert float(pixels.max()) <= 1
    assert pixels.is_contiguous(memory_format=torch.channels_last)


def test_processes_share_a_batch_between_them() -> None:
    shown = epoch(some_data(20), batch_size=8)
    for step in range(3):
        parts = [shown.batch(step, rank, 3).pixels for rank in range(3)]
        together = torch.empty_like(shown.batch(step).pixels)
        for rank, part in enumerate(parts):
            together[rank::3] = part
        assert torch.equal(together, shown.batch(step).pixels)


def test_a_crop_in_the_middle_changes_nothing() -> None:
    images = torch.randint(0, 256, (5, 3, 32, 32), dtype=torch.uint8)
    crops = torch.tensor([[CROP_PADDING_PX, CROP_PADDING_PX, 0]] * 5)
    assert torch.equal(crop_and_flip(images, crops), images)


def test_a_crop_shows_what_lies_there_and_black_beyond_the_edge() -> None:
    images = torch.randint(1, 256, (40, 3, 32, 36), dtype=torch.uint8)
    crops = draw_crops(np.random.default_rng(0), 40, CPU)
    assert crops.min(dim=0).values.tolist() == [0, 0, 0]
    assert crops.max(dim=0).values.tolist() == [8, 8, 1]
    found = crop_and_flip(images, crops).numpy()
    for image, (top, left, mirrored), crop in zip(
        images.numpy(), crops.tolist(), found, strict=True
    ):
        framed = np.zeros((3, 40, 44), np.uint8)
        framed[:, 4:36, 4:40] = image
        expected = framed[:, top : top + 32, left : left + 36]
        assert (crop == (expected[:, :, ::-1] if mirrored else expected)).all()


def test_crops_drawn_once_stay_and_crops_drawn_always_change() -> None:
    data = some_data(20)
    for augment, changes in (("none", False), ("once", False), ("always", True)):
        shown = [whole(epoch(data, number, augment=augment))[0] for number in (0, 1)]
        brightness = [sorted(each.sum(dim=(1, 2, 3)).tolist()) for each in shown]
        assert (brightness[0] != brightness[1]) is changes


def parts(shown: Any) -> tuple[Any, Any, Any]:
    """Return the order, partners and lambda_f of an epoch's first batch."""
    index = shown._order[:8]
    return index, shown._partner[index], shown._lambda_f[index]


def test_full_mixup_is_equations_1_and_2() -> None:
    data = some_data(20)
    shown = epoch(data, mixup_alpha=0.4)
    index, partner, lambda_f = (each.numpy() for each in parts(shown))
    share = lambda_f.astype(np.float64)
    images, labels = data.train.images / 255, data.train.labels
    wide = share[:, None, None, None]
    batch = shown.batch(0)
    pixels = wide * images[index] + (1 - wide) * images[partner]
    assert batch.pixels.permute(0, 2, 3, 1).numpy() == pytest.approx(pixels, abs=1e-6)
    soft = share[:, None] * labels[index] + (1 - share[:, None]) * labels[partner]
    assert batch.labels.numpy() == pytest.approx(soft, abs=1e-6)
    assert len(np.unique(lambda_f)) == 8
    assert sorted(shown._partner.tolist()) == list(range(20))


def test_lambda_f_is_drawn_from_beta() -> None:
    shown = epoch(some_data(400), mixup_alpha=0.4)
    drawn = shown._lambda_f.double()
    assert float(drawn.mean()) == pytest.approx(0.5, abs=0.06)
    assert float(drawn.var()) == pytest.approx(0.25 / 1.8, rel=0.15)  # of Beta(a, a): 1/4 / (2a+1)


def test_a_policy_labels_the_same_mixed_images_as_people_would() -> None:
    data, policy = some_data(20), some_policy_of(CLASSES, "pooled")
    shown = epoch(data, look_up=LookUp(policy), mixup_alpha=1.0)
    index, partner, lambda_f = (each.numpy() for each in parts(shown))
    i, j = (data.train.labels[each].argmax(axis=1) for each in (index, partner))
    lambda_g = policy.lambda_g(lambda_f, i, j)
    expected = lambda_g[:, None] * np.eye(K)[i] + (1 - lambda_g[:, None]) * np.eye(K)[j]
    batch, plain = shown.batch(0), epoch(data, mixup_alpha=1.0).batch(0)
    assert torch.equal(batch.pixels, plain.pixels)
    assert batch.labels.numpy() == pytest.approx(expected, abs=1e-6)
    assert not torch.equal(batch.labels, plain.labels)


def test_an_image_aware_policy_is_given_its_endpoints_strengths() -> None:
    data, policy = some_data(20), some_policy_of(CLASSES, "image_aware")
    strengths = np.random.default_rng(0).normal(size=(20, 2))
    shown = epoch(
        data, look_up=LookUp(policy), strengths=torch.tensor(strengths).float(), mixup_alpha=1.0
    )
    index, partner, lambda_f = (each.numpy() for each in parts(shown))
    i, j = (data.train.labels[each].argmax(axis=1) for each in (index, partner))
    share = policy.lambda_g(lambda_f, i, j, strengths[index], strengths[partner])
    expected = share[:, None] * np.eye(K)[i] + (1 - share[:, None]) * np.eye(K)[j]
    assert shown.batch(0).labels.numpy() == pytest.approx(expected, abs=1e-5)


def test_the_identity_policy_is_mixup() -> None:
    data = some_data(20)
    ours = epoch(data, look_up=LookUp(mixup(CLASSES)), mixup_alpha=1.0).batch(0)
    assert torch.equal(ours.labels, epoch(data, mixup_alpha=1.0).batch(0).labels)


@pytest.mark.parametrize("augment", ["none", "always"])
def test_full_cutmix_sets_a_box_of_the_partner_and_labels_by_the_share_of_the_area(
    augment: str,
) -> None:
    data = some_data(20)
    shown = epoch(data, mixup_alpha=1.0, process="cutmix", augment=augment)
    index, partner, lambda_f = parts(shown)
    batch, boxes = shown.batch(0), shown._boxes[index]
    own, other = shown._pixels(index), shown._pixels(partner)
    for pixels, image_i, image_j, (x1, y1, x2, y2) in zip(
        batch.pixels, own, other, boxes.tolist(), strict=True
    ):
        expected = image_i.clone()
        expected[:, y1:y2, x1:x2] = image_j[:, y1:y2, x1:x2]
        assert torch.equal(pixels, expected)
    kept = 1 - (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]) / 32**2
    assert lambda_f.numpy() == pytest.approx(kept.numpy(), abs=1e-7)
    labels, share = data.train.labels, kept.numpy()[:, None]
    soft = share * labels[index] + (1 - share) * labels[partner]
    assert batch.labels.numpy() == pytest.approx(soft, abs=1e-6)
    assert batch.pixels.is_contiguous(memory_format=torch.channels_last)
    assert len(boxes.unique(dim=0)) == 8
    assert torch.equal(shown.batch(0, 1, 2).pixels, batch.pixels[1::2])  # two processes share it


def test_boxes_are_those_of_torchvision_s_cutmix_for_the_same_lambda_f_and_middle() -> None:
    transforms = pytest.importorskip("torchvision.transforms.v2")
    theirs = transforms.CutMix(num_classes=K)
    lambda_f = np.random.default_rng(2).beta(0.7, 0.7, 60)
    boxes, share = draw_boxes(np.random.default_rng(3), lambda_f, (20, 32))
    middle = np.random.default_rng(3).integers(0, (20, 32), (60, 2))

    def draw(wanted: float, row: int, column: int) -> Any:
        given = iter(torch.tensor([column, row]))  # in the order in which CutMix draws them
        theirs._dist = SimpleNamespace(sample=lambda _: wanted)
        with mock.patch("torch.randint", side_effect=lambda *_, **__: next(given)):
            return theirs.make_params([torch.zeros(2, 3, 20, 32)])

    for each in range(60):
        params = draw(float(lambda_f[each]), *middle[each].tolist())
        assert tuple(boxes[each].tolist()) == params["box"]
        assert share[each] == pytest.approx(params["lam_adjusted"], abs=1e-12)


def test_a_policy_labels_the_same_cutmix_images_at_the_share_of_the_area() -> None:
    data, policy = some_data(20), some_policy_of(CLASSES, "pooled")
    given: dict[str, Any] = {"mixup_alpha": 1.0, "process": "cutmix"}
    shown, plain = epoch(data, look_up=LookUp(policy), **given), epoch(data, **given)
    index, partner, lambda_f = (each.numpy() for each in parts(shown))
    i, j = (data.train.labels[each].argmax(axis=1) for each in (index, partner))
    lambda_g = policy.lambda_g(lambda_f, i, j)[:, None]
    batch = shown.batch(0)
    assert torch.equal(batch.pixels, plain.batch(0).pixels)
    expected = lambda_g * np.eye(K)[i] + (1 - lambda_g) * np.eye(K)[j]
    assert batch.labels.numpy() == pytest.approx(expected, abs=1e-6)


def test_the_process_changes_no_other_draw() -> None:
    data = some_data(20)
    by_mixup, by_cutmix = (
        epoch(data, mixup_alpha=1.0, process=each, augment="always") for each in MIXING_PROCESSES
    )
    for name in ("_order", "_partner", "_crops"):
        assert torch.equal(getattr(by_mixup, name), getattr(by_cutmix, name))


def test_one_participant_s_label_is_drawn_anew_each_epoch() -> None:
    data = some_data(20)
    several = np.random.default_rng(0).dirichlet(np.ones(K), 7)
    of_blend = np.array([0, 0, 1, 1, 1, 2, 2])
    data = replace(data, blends=3, alternatives=several, of_blend=of_blend)
    examples = DeviceData(data, tiny_settings(), CPU)
    drawn = np.stack(
        [examples.draw_labels(np.random.default_rng(each)).numpy() for each in range(60)]
    )
    assert (drawn[:, :17] == examples.labels[:17].numpy()).all()
    for blend, own in enumerate((several[:2], several[2:5], several[5:])):
        which = (abs(drawn[:, 17 + blend, None] - own[None]).max(axis=2) < 1e-6).argmax(axis=1)
        assert (abs(drawn[:, 17 + blend] - own[which]) < 1e-6).all()
        assert set(which) == set(range(len(own)))
    assert examples.labels[17:].numpy() == pytest.approx(data.train.labels[17:])


def test_a_blend_s_weight_is_that_of_its_loss_and_leaves_unmixed_images_alone() -> None:
    plain = some_data(20)
    blends = np.concatenate([plain.train.labels[:16], np.tile(np.eye(K)[3] * 1.0, (4, 1))])
    train = replace(plain.train, labels=blends)
    drawn = np.repeat(np.eye(K)[[5]], 4, axis=0)
    data = replace(
        plain, train=train, blends=4, alternatives=drawn, of_blend=np.arange(4, dtype=np.int64)
    )
    for given in (replace(data, alternatives=None), data):
        sums = whole(epoch(given, blend_weight=2.5))[1].sum(dim=1)
        assert sorted(sums.tolist()) == [1.0] * 16 + [2.5] * 4
    assert data.train.labels.sum(axis=1).tolist() == [1.0] * 20
