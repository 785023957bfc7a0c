"""HumanMixUp: a drop-in replacement for torchvision's MixUp, with labels as people see them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_flatten  # as torchvision's transforms do
from torchvision.transforms import v2

from elicit.errors import ElicitError
from learn.policies import file as policy_file
from learn.policies.batch_checks import check_images, check_labels, check_strengths
from learn.policies.lookup import LookUp
from learn.policies.policy import Policy

_CACHED = 1 << 20  # bytes of a batch; from where on fewer passes were faster, on one CPU


class HumanMixUp(v2.MixUp):  # type: ignore[misc]  # torchvision has no types
    """Mix each image of a batch with the one before it; label the blend as people see it.

    A drop-in replacement for `torchvision.transforms.v2.MixUp`, in a collate function or in the
    training loop: the same images, from the same random draw, with other labels. The share of the
    image's own class is lambda_g of its pair of classes at the lambda_f drawn, the rest goes to the
    other (Eq. 2 of the paper). With the policy mixup it gives what MixUp gives.

    Labels are (B,) class indexes or (B, K) one-hot or soft; a soft label's class is its largest
    entry, for the look-up only. Class k of the labels is class k of `policy.classes`, or of
    `classes` where they stand in another order. Output: (B, K), rows sum to 1.

        mixup = HumanMixUp("hmix", num_classes=10)
        images, labels = mixup(images, labels)
    """

    def __init__(
        self,
        policy: str | Path | Policy,
        *,
        alpha: float = 1.0,
        num_classes: int | None = None,
        labels_getter: Callable[[Any], Any] | str | None = "default",
        strengths_getter: Callable[[Any], Tensor] | None = None,
        classes: tuple[str, ...] | None = None,
    ) -> None:
        """Read the policy; the other arguments are those of MixUp.

        Args:
            policy: a policy, a file that `learn fit-policy` wrote, or the name of one that comes
                with this package, such as "hmix"; see `learn.policies.file.load_policy`.
            alpha: of the Beta(alpha, alpha) that lambda_f is drawn from.
            num_classes: K; needed where labels are indexes, as for MixUp.
            labels_getter: how to find the labels in the input, as for MixUp.
            strengths_getter: how to find the endpoints' strengths, (B, 2) from
                `learn.policies.image_aware.strengths`, in the input; it takes what `labels_getter`
                takes.
                None: all endpoints count as average-looking. Only for an image-aware policy.
            classes: K class names in the order of the labels; None for the policy's own order.

        Raises:
            ElicitError: no policy there, a class that it does not have, or another number of
                classes than `num_classes`.
        """
        super().__init__(alpha=alpha, num_classes=num_classes, labels_getter=labels_getter)
        read = policy if isinstance(policy, Policy) else policy_file.load_policy(policy)
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
        """Return the inputs with images mixed and labels (B, K) float, like MixUp.

        Raises:
            ElicitError: labels of another number of classes than the policy's, or that are neither
                class indexes nor shares; strengths that are not (B, 2); a first tensor that is
                not the images, which MixUp would mix instead.
            ValueError: what MixUp refuses.
        """
        strengths = None
        if self._strengths_getter is not None:
            strengths = self._strengths_getter(inputs if len(inputs) > 1 else inputs[0])
        labels = self._labels_of_a_plain_batch(inputs)
        if labels is not None:
            self._check(labels, strengths)
            lambda_f = float(self._beta.rsample())  # MixUp's draw, without what it does around it
            mixed = mix_with_previous(inputs[0], lambda_f)
            soft = self._mixed_labels(labels, lambda_f, strengths)
            return (mixed, *(soft if each is labels else each for each in inputs[1:]))
        self._strengths = strengths
        batch = inputs if len(inputs) > 1 else inputs[0]
        check_images(tree_flatten(batch)[0], self._labels_getter(batch))
        return super().forward(*inputs)

    def extra_repr(self) -> str:
        """Return what `repr` says in its brackets: the policy, its classes, alpha."""
        classes = ", ".join(self.policy.classes)
        return f"policy={self.policy.name}, classes=({classes}), alpha={self.alpha:g}"

    def _check(self, labels: Tensor, strengths: Tensor | None) -> None:
        """Raise ElicitError unless labels and strengths fit the policy and each other."""
        check_labels(labels, self.policy.classes)
        if strengths is not None:
            check_strengths(strengths, len(labels))

    def _labels_of_a_plain_batch(self, inputs: tuple[Any, ...]) -> Tensor | None:
        """Return the labels of images, labels and other tensors, as MixUp would find them.

        None where the inputs are anything else: MixUp then looks through them, and says what is
        wrong. For a small batch that takes longer than mixing its labels.
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

    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        """Return one input mixed; torchvision calls this with what it drew."""
        lambda_f = params["lam"]
        if inpt is params["labels"]:
            self._check(inpt, self._strengths)
            return self._mixed_labels(inpt, lambda_f, self._strengths)
        if type(inpt) is not Tensor or inpt.requires_grad:  # an Image or Video of torchvision's
            mix = getattr(super(), "transform", None) or super()._transform
            return mix(inpt, params)
        self._check_image_or_video(inpt, batch_size=params["batch_size"])
        return mix_with_previous(inpt, lambda_f)

    _transform = transform  # what torchvision before 0.21 calls

    def _mixed_labels(self, label: Tensor, lambda_f: float, strengths_i: Tensor | None) -> Tensor:
        """Return (B, K) labels; label: (B,) or (B, K); lambda_f: share of image i."""
        if self._look_up.identity:
            label = label if label.ndim == 2 else label.long()
            return self._mixup_label(label, lam=lambda_f)
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


def mix_with_previous(images: Tensor, lambda_f: float) -> Tensor:
    """Return each image, with share lambda_f, mixed with the one before it (cyclic).

    The result is that of MixUp, bit for bit. A batch too large for the caches is mixed in three
    passes over memory instead of four.

    Args:
        images: (B, ...) of floating point.
        lambda_f: in [0, 1].
    """
    if images.numel() * images.element_size() < _CACHED:  # fewer calls count for more
        return images.roll(1, 0).mul_(1 - lambda_f).add_(images.mul(lambda_f))
    mixed = torch.empty_like(images)
    torch.mul(images[:-1], 1 - lambda_f, out=mixed[1:])
    torch.mul(images[-1:], 1 - lambda_f, out=mixed[:1])
    return mixed.add_(images.mul(lambda_f))
