"""A labels folder is a Dataset in somebody's own loop, beside their hard-labelled images."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
v2 = pytest.importorskip("torchvision.transforms.v2")

from torch.utils.data import ConcatDataset, DataLoader, TensorDataset

from elicit.errors import ElicitError
from learn import HumanMixUp, LabelledBlends, hard_labels
from learn.labels.folder import save
from learn.labels.from_policy import PolicyPrior
from learn.labels.relabel import relabel
from learn.policies.policy import mixup
from learn.study.table import read_study
from tests.learn.helpers.handwritten_studies import write_study
from tests.learn.helpers.tiny_runs import blends, labels_file

FLOATS = v2.Compose([v2.ToImage(), v2.ToDtype(torch.float32, scale=True)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what `learn relabel --per-participant` writes of a small study."""
    path = tmp_path_factory.mktemp("made")
    judged = read_study(write_study(path / "logs"))
    save(relabel(judged, per_participant=True, prior=PolicyPrior()), path / "labels")
    return path / "labels"


def test_an_item_is_the_blend_s_pixels_and_its_label(folder: Path) -> None:
    made = LabelledBlends(folder)
    with np.load(folder / "labels.npz") as arrays:
        assert len(made) == len(arrays["images"])
        for row, (image, label) in enumerate(made):
            assert image.dtype == torch.uint8
            assert (image.permute(1, 2, 0).numpy() == arrays["images"][row]).all()
            assert label.dtype == torch.float32
            assert label.numpy() == pytest.approx(arrays["average_omega"][row], abs=1e-6)
    assert made.label == "average_omega"


def test_labels_stand_in_the_order_of_one_s_own_classes(folder: Path) -> None:
    plain = LabelledBlends(folder, "average")
    order = ("zebra", *plain.classes[::-1])
    turned = LabelledBlends(folder, "average", classes=order)
    assert turned.classes == order
    assert torch.equal(turned.labels[:, 0], torch.zeros(len(plain)))
    assert torch.equal(turned.labels[:, 1:].flip(1), plain.labels)


@pytest.mark.parametrize(
    ("classes", "told"),
    [(("cat", "dog"), "without 'airplane'"), (("cat",) * 2, "without"), ((), "without 'airpl")],
)
def test_classes_that_do_not_hold_the_folder_s_are_told(
    folder: Path, classes: tuple[str, ...], told: str
) -> None:
    with pytest.raises(ElicitError, match=f"^classes: must be different names, all .*, {told}"):
        LabelledBlends(folder, classes=classes)


def test_a_class_that_is_there_twice_is_told(folder: Path) -> None:
    own = LabelledBlends(folder).classes
    with pytest.raises(ElicitError, match=r"^classes: must be .* a name twice$"):
        LabelledBlends(folder, classes=(*own, own[0]))


def test_a_transform_takes_the_image_as_torchvision_s_datasets_give_it(folder: Path) -> None:
    image, _ = LabelledBlends(folder, transform=FLOATS)[0]
    assert image.dtype == torch.float32
    assert torch.equal((image * 255).round().to(torch.uint8), LabelledBlends(folder)[0][0])


def test_blends_and_hard_labelled_images_collate_and_human_mixup_goes_on_top(folder: Path) -> None:
    made = LabelledBlends(folder, transform=FLOATS)
    k = len(made.classes)
    plain = TensorDataset(torch.rand(7, *made.images.shape[1:]), torch.arange(7) % k)
    whole = ConcatDataset([hard_labels(plain, k), made])
    human = HumanMixUp(mixup(made.classes))
    for images, labels in DataLoader(whole, batch_size=5, shuffle=True):
        mixed, soft = human(images, labels)
        assert mixed.shape == images.shape
        assert soft.sum(dim=1).numpy() == pytest.approx(np.ones(len(images)), abs=1e-6)


@pytest.mark.parametrize("label", [3, -1])
def test_a_hard_label_that_is_no_class_is_told(label: int) -> None:
    dataset = TensorDataset(torch.rand(1, 3, 4, 4), torch.tensor([label]))
    told = f"^hard_labels: item 0: its label must be a class from 0 to 2, got {label}$"
    with pytest.raises(ElicitError, match=told):
        hard_labels(dataset, 3)[0]


def test_one_participant_s_label_is_drawn_anew_each_time(tmp_path: Path) -> None:
    made = LabelledBlends(labels_file(tmp_path / "labels.npz", **ends()), "participants")
    drawn = torch.stack([made[3][1] for _ in range(40)])
    once = drawn.unique(dim=0)
    assert len(once) == 2  # two people judged it
    assert once.mean(dim=0).numpy() == pytest.approx(made.labels[3].numpy(), abs=1e-6)


def ends() -> dict[str, Any]:
    return {f"class_{end}": blends()[f"image_{end}"] % 10 for end in ("i", "j")}


@pytest.mark.parametrize(
    ("change", "label", "told"),
    [
        ({"average": None}, "average", r"labels\.npz: has no labels of type average, only"),
        ({"class_i": None}, "participants", r"labels\.npz: has no class_i and class_j, as an old"),
        ({}, "nonsense", "^label: must be one of random, uniform, .*; got 'nonsense'"),
        ({}, "none", "^label: must be one of random, uniform, .*; got 'none'"),
    ],
)
def test_a_label_type_that_is_not_there_is_told(
    tmp_path: Path, change: dict[str, Any], label: str, told: str
) -> None:
    path = labels_file(tmp_path / "labels.npz", **(ends() | change))
    with pytest.raises(ElicitError, match=told):
        LabelledBlends(path, label)


def test_an_older_file_gives_the_labels_that_need_no_ends(tmp_path: Path) -> None:
    path = labels_file(tmp_path / "labels.npz")
    assert LabelledBlends(path, "average-omega").label == "average_omega"
    with pytest.raises(ElicitError, match="nowhere: cannot be read: No such file"):
        LabelledBlends(tmp_path / "nowhere")
