"""A label policy as tensors: training looks up the labels of each batch in it."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from learn.policies.policy import Policy


class LookUp:
    """A policy's tables on one device, in float32; does what `Policy.lambda_g` does.

    Attributes:
        classes: K names, in the order of the tables.
        one_hot: (K, K), the label of each class.
        curves: (K * K, 2) shift and log slope of each pair, class i by class j laid flat.
    """

    def __init__(self, policy: Policy, device: torch.device | str = "cpu") -> None:
        """Copy the tables of `policy` to `device`."""
        self.classes = policy.classes
        self.identity = policy.name == "mixup"
        self.lapse = policy.lapse
        self._device = torch.device(device)
        with np.errstate(divide="ignore"):  # a slope of 0 has the logarithm minus infinity
            both = np.stack([policy.shift, np.log(policy.slope)], axis=-1).reshape(-1, 2)
        self.slope = _tensor(policy.slope, device).view(-1)
        self.shift = _tensor(policy.shift, device).view(-1)
        self.curves = _tensor(both, device)
        self._signs = _tensor([-1.0, 1.0], device)  # of strengths_j beside strengths_i
        self._half_lapse = _tensor(policy.lapse / 2, device)
        self.one_hot = torch.eye(len(policy.classes), device=device)

    def to(self, device: torch.device | str) -> LookUp:
        """Move the tables to `device`, if they are elsewhere, and return the look-up."""
        if device != self._device:
            self._device = torch.device(device)
            for name in ("slope", "shift", "curves", "_signs", "_half_lapse", "one_hot"):
                setattr(self, name, getattr(self, name).to(device))
        return self

    def __call__(
        self,
        lambda_f: Tensor | float,
        class_i: Tensor,
        class_j: Tensor,
        strengths_i: Tensor | None = None,
        strengths_j: Tensor | None = None,
    ) -> Tensor:
        """Return lambda_g of each image, (B,), in [0, 1].

        Args:
            lambda_f: (B,) mixing coefficients in [0, 1], or one for the whole batch.
            class_i: (B,) int64, indexes into `classes`.
            class_j: (B,) int64.
            strengths_i: (B, 2) dominance and clarity of endpoints i, from
                `learn.policies.image_aware.strengths`; None for endpoints that look like the
                average one.
            strengths_j: (B, 2) of endpoints j.
        """
        if self.identity:
            if isinstance(lambda_f, Tensor):
                return lambda_f
            return torch.full(class_i.shape, lambda_f, device=class_i.device)
        pair = torch.add(class_j, class_i, alpha=len(self.classes))  # place in a table laid flat
        if strengths_i is not None and strengths_j is not None:
            return self._curve(self._aware(lambda_f, pair, strengths_i, strengths_j))
        if isinstance(lambda_f, Tensor) or self.slope.numel() > 10 * len(pair):
            run = self.slope.index_select(0, pair).mul_(lambda_f - 0.5)
            return self._curve(run.add_(self.shift.index_select(0, pair)))
        # one lambda_f, few classes: the curve of every pair is less work than that of every image
        curves = self._curve(torch.add(self.shift, self.slope, alpha=lambda_f - 0.5))
        return curves.index_select(0, pair)

    def _aware(
        self, lambda_f: Tensor | float, pair: Tensor, strengths_i: Tensor, strengths_j: Tensor
    ) -> Tensor:
        """Return (B,) logits; a small tensor costs a call, not arithmetic, so calls are few."""
        moved = torch.addcmul(strengths_i, strengths_j, self._signs.to(strengths_j.dtype))
        shift, log_slope = moved.add_(self.curves.index_select(0, pair)).unbind(1)
        if isinstance(lambda_f, Tensor):
            return torch.addcmul(shift, log_slope.exp(), lambda_f - 0.5)
        return torch.add(shift, log_slope.exp(), alpha=lambda_f - 0.5)

    def _curve(self, logits: Tensor) -> Tensor:
        seen = torch.sigmoid(logits)
        if self.lapse == 0:
            return seen
        return torch.add(self._half_lapse, seen, alpha=1 - self.lapse)


def _tensor(values: ArrayLike, device: torch.device | str) -> Tensor:
    return torch.tensor(values, dtype=torch.float32, device=device)
