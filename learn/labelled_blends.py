"""A labels folder as a torch Dataset, and hard labels in the same form, for a loop of one's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import Dataset

from elicit.errors import ElicitError
from learn.arrays import Labels
from learn.labels.file import find_labels, read_ends, read_labels
from learn.labels.types import NEED_ENDS, TYPES, make_labels, read_name

_NO_ENDS = np.zeros((0, 2), dtype=np.int64)


class LabelledBlends(Dataset):  # type: ignore[misc]  # mypy does not read torch
    """The blends that `learn relabel` or `learn blend` labelled; an item is (image, label).

    The image is (3, H, W) uint8, or what `transform` makes of it. The label is (K,) float32, at
    least 0 and of sum 1; entry k is of `classes[k]`. Of the type "participants" it is drawn anew,
    by torch's random numbers, each time an item is asked for.

        blends = LabelledBlends("labels", label="average_omega", transform=transform)
        whole = ConcatDataset([hard_labels(cifar10, 10), blends])

    Attributes:
        images: (N, 3, H, W) uint8.
        labels: (N, K) float32; of "participants", their mean.
        classes: K names, in the order of the labels.
        label: the label type.
    """

    def __init__(
        self,
        folder: str | Path,
        label: str = "average_omega",
        *,
        classes: Sequence[str] | None = None,
        transform: Callable[[Image.Image], Any] | None = None,
    ) -> None:
        """Read the folder's images and their labels of one type.

        Args:
            folder: what `learn relabel` or `learn blend` wrote, or its labels.npz.
            label: a label type that the folder has, or that is made of those it has: of
                `learn.labels.types.TYPES`, but "none".
            classes: your class names in the order of your labels, all of the folder's among them;
                None for the folder's own, which are alphabetical.
            transform: of each image; it takes a PIL image, as those of torchvision's datasets do.

        Raises:
            ElicitError: no such folder, a label type that it lacks, or `classes` that lack one of
                its classes or have one twice.
        """
        path = find_labels(Path(folder))
        arrays = read_labels(path)
        self.label = read_name(label, "label", [name for name in TYPES if name != "none"])
        ends = read_ends(arrays, path) if self.label in NEED_ENDS else _NO_ENDS
        made = make_labels(self.label, arrays, ends, str(path), seed=0)
        own = tuple(arrays["classes"].tolist())
        self.classes = own if classes is None else tuple(classes)
        place = _find_places(own, self.classes)
        self.images = torch.from_numpy(arrays["images"]).permute(0, 3, 1, 2).contiguous()
        self.labels = _reorder(made.labels, place, len(self.classes))
        self._transform = transform
        self._alternatives: list[Tensor] | None = None
        if made.alternatives is not None and made.of_blend is not None:
            every = _reorder(made.alternatives, place, len(self.classes))
            first = np.flatnonzero(np.diff(made.of_blend)) + 1
            self._alternatives = list(torch.tensor_split(every, first.tolist()))

    def __len__(self) -> int:
        """Return how many blends there are."""
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Any, Tensor]:
        """Return the blend's image and label."""
        image = self.images[index]
        label = self.labels[index]
        if self._alternatives is not None:
            drawn = self._alternatives[index]
            label = drawn[int(torch.randint(len(drawn), ()))]
        if self._transform is None:
            return image, label
        return self._transform(Image.fromarray(image.permute(1, 2, 0).numpy())), label


class _HardLabelled(Dataset):  # type: ignore[misc]
    """See `hard_labels`."""

    def __init__(self, dataset: Dataset, classes: int) -> None:
        self._dataset, self._eye = dataset, torch.eye(classes)

    def __len__(self) -> int:
        return len(self._dataset)

    def __getitem__(self, index: int) -> tuple[Any, Tensor]:
        image, label = self._dataset[index]
        if not 0 <= int(label) < len(self._eye):
            raise ElicitError(
                f"hard_labels: item {index}: its label must be a class from 0 to "
                f"{len(self._eye) - 1}, got {int(label)}"
            )
        return image, self._eye[int(label)]


def hard_labels(dataset: Dataset, classes: int) -> Dataset:
    """Return a dataset whose labels are one-hot, so that it collates with `LabelledBlends`.

    Args:
        dataset: items are (image, class index), such as torchvision's CIFAR10.
        classes: K, at least 1.

    Returns:
        Items are (the same image, (K,) float32). An item whose class is not in [0, K) raises
        ElicitError.
    """
    return _HardLabelled(dataset, classes)


def _find_places(own: Sequence[str], classes: Sequence[str]) -> list[int]:
    """Return where each of the folder's classes stands among `classes`."""
    lacking = [name for name in own if name not in classes]
    if lacking or len(set(classes)) < len(classes):
        what = f"without {lacking[0]!r}" if lacking else "with a name twice"
        raise ElicitError(
            f"classes: must be different names, all of the folder's ({', '.join(own)}) among them, "
            f"got {', '.join(classes)}, {what}"
        )
    return [list(classes).index(name) for name in own]


def _reorder(labels: Labels, place: Sequence[int], classes: int) -> Tensor:
    """Return (N, K) float32 labels with column k of `labels` at place[k], 0 elsewhere."""
    moved = torch.zeros(len(labels), classes)
    moved[:, list(place)] = torch.from_numpy(labels).float()
    return moved
