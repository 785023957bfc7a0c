"""What `HumanMixUp` and `HumanCutMix` share: labels by a policy beside torchvision's own images."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.utils._pytree import tree_flatten  # as torchvision's transforms do
from torchvision.transforms import v2

from elicit.errors import ElicitError
from learn.policies import file as policy_file
from learn.policies.batch_checks import check_images, check_labels, check_strengths
from learn.policies.lookup import LookUp
from learn.policies.policy import Policy


class HumanLabels(v2.Transform):  # type: ignore[misc]  # torchvision has no types
    """Mixes a batch as torchvision does and labels it by a policy.

    A transform derives from this and from the one that it replaces, in this order. It says of what
    process it is, under which name the share of the image itself stands among the drawn values,
    how they are drawn, and how a plain tensor is mixed.
    """

    PROCESS: ClassVar[str]
    SHARE: ClassVar[str]

    def __init__(
        self,
        policy: str | Path | Policy,
        *,
        alpha: float = 1.0,
        num_classes: int | None = None,
        labels_getter: Callable[[Any], Any] | str | None = "default",
        strengths_getter: Callable[[Any], Tensor] | None = None,
        classes: tuple[str, ...] | None = None,
        any_process: bool = False,
    ) -> None:
        """Read the policy; the other arguments are those of torchvision's transform.

        Args:
            policy: a policy, a file that `learn fit-policy` wrote, or the name of one that comes
                with this package, such as "hmix"; see `learn.policies.file.load_policy`.
            alpha: of the Beta(alpha, alpha) that lambda_f is drawn from.
            num_classes: K; needed where labels are indexes, as for torchvision's.
            labels_getter: how to find the labels in the input, as for torchvision's.
            strengths_getter: how to find the endpoints' strengths, (B, 2) from
                `learn.policies.image_aware.strengths`, in the input; it takes what `labels_getter`
                takes.
                None: all endpoints count as average-looking. Only for an image-aware policy.
            classes: K class names in the order of the labels; None for the policy's own order.
            any_process: whether a policy may be of images that another process made.

        Raises:
            ElicitError: no policy there, one of images that another process made, a class that it
                does not have, or another number of classes than `num_classes`.
        """
        super().__init__(alpha=alpha, num_classes=num_classes, labels_getter=labels_getter)
        read = policy if isinstance(policy, Policy) else policy_file.load_policy(policy)
        if not any_process:
            read.check_process(self.PROCESS, remedy="; or give any_process=True")
        if classes is not None:
            read = read.with_classes(classes)
        if num_classes is not None and num_classes != len(read.classes):
            raise ElicitError(
                f"num_classes: must be {len(read.classes)}, as the policy's classes "
                f"({', '.join(read.classes)}), got {num_classes}; name yours with classes="
            )
        if strengths_getter is not None and read.appearance is None:
            raise ElicitError(
                f"strengths_getter: must be None for the policy {read.name}, which does not look "
                "at images; fit an image_aware one, or leave it out"
            )
        self.policy = read
        self._look_up = LookUp(read)
        self._strengths_getter = strengths_getter
        self._strengths: Tensor | None = None
        one = torch.tensor([alpha])
        self._beta = torch.distributions.Beta(one, one)

    def forward(self, *inputs: Any) -> Any:
        """Return the inputs with images mixed and labels (B, K) float, like torchvision's.

        Raises:
            ElicitError: labels of another number of classes than the policy's, or that are neither
                class indexes nor shares; strengths that are not (B, 2); a first tensor that is
                not the images, which torchvision would mix instead.
            ValueError: what torchvision's transform refuses.
        """
        strengths = None
        if self._strengths_getter is not None:
            strengths = self._strengths_getter(inputs if len(inputs) > 1 else inputs[0])
        labels = self._labels_of_a_plain_batch(inputs)
        if labels is not None:
            self._check(labels, strengths)
            drawn = self._draw(inputs[0])
            mixed = self._mix_plain(inputs[0], drawn)
            soft = self._mixed_labels(labels, drawn[self.SHARE], strengths)
            return (mixed, *(soft if each is labels else each for each in inputs[1:]))
        self._strengths = strengths
        batch = inputs if len(inputs) > 1 else inputs[0]
        check_images(tree_flatten(batch)[0], self._labels_getter(batch))
        return super().forward(*inputs)

    def extra_repr(self) -> str:
        """Return what `repr` says in its brackets: the policy, its classes, alpha."""
        classes = ", ".join(self.policy.classes)
        return f"policy={self.policy.name}, classes=({classes}), alpha={self.alpha:g}"

    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        """Return one input mixed; torchvision calls this with what it drew."""
        if inpt is params["labels"]:
            self._check(inpt, self._strengths)
            return self._mixed_labels(inpt, params[self.SHARE], self._strengths)
        if type(inpt) is not Tensor or inpt.requires_grad:  # an Image or Video of torchvision's
            mix = getattr(super(), "transform", None) or super()._transform
            return mix(inpt, params)
        self._check_image_or_video(inpt, batch_size=params["batch_size"])
        return self._mix_plain(inpt, params)

    _transform = transform  # what torchvision before 0.21 calls

    def _draw(self, images: Tensor) -> dict[str, Any]:
        """Return what torchvision would draw for a batch of images, from the same random draws."""
        raise NotImplementedError

    def _mix_plain(self, images: Tensor, drawn: dict[str, Any]) -> Tensor:
        """Return (B, ...) images mixed by what was drawn."""
        raise NotImplementedError

    def _check(self, labels: Tensor, strengths: Tensor | None) -> None:
        """Raise ElicitError unless labels and strengths fit the policy and each other."""
        check_labels(labels, self.policy.classes)
        if strengths is not None:
            check_strengths(strengths, len(labels))

    def _labels_of_a_plain_batch(self, inputs: tuple[Any, ...]) -> Tensor | None:
        """Return the labels of images, labels and other tensors, as torchvision would find them.

        None where the inputs are anything else: torchvision then looks through them, and says what
        is wrong. For a small batch that takes longer than mixing its labels.
        """
        if len(inputs) < 2 or set(map(type, inputs)) != {Tensor}:
            return None
        images, labels = inputs[0], self._labels_getter(inputs)
        if labels is images or not any(each is labels for each in inputs[1:]):
            return None
        indexes = labels.ndim == 1 and self.num_classes is not None
        rows = labels.ndim == 2 and self.num_classes in (None, labels.shape[1])
        fit = images.ndim == 4 and len(images) == len(labels) and not images.requires_grad
        return labels if (indexes or rows) and fit and images.is_floating_point() else None

    def _mixed_labels(self, label: Tensor, lambda_f: float, strengths_i: Tensor | None) -> Tensor:
        """Return (B, K) labels; label: (B,) or (B, K); lambda_f: share of image i."""
        if self._look_up.identity:
            label = label if label.ndim == 2 else label.long()
            mixed: Tensor = self._mixup_label(label, lam=lambda_f)
            return mixed
        if not label.dtype.is_floating_point:
            label = label.long() if label.ndim == 1 else label.float()
        class_i = label if label.ndim == 1 else label.argmax(dim=1)
        class_j = class_i.roll(1, 0)
        strengths_j = None if strengths_i is None else strengths_i.roll(1, 0)
        look_up = self._look_up.to(label.device)
        lambda_g = look_up(lambda_f, class_i, class_j, strengths_i, strengths_j)
        soft = look_up.one_hot.index_select(0, label) if label.ndim == 1 else label
        if lambda_g.dtype is not soft.dtype:
            lambda_g = lambda_g.to(soft.dtype)
        return torch.lerp(soft.roll(1, 0), soft, lambda_g.unsqueeze(1))
