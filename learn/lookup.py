"""A label policy as tensors: the look-up beside lambda_f that training does for each batch."""

from __future__ import annotations

import torch
from torch import Tensor

from learn.policies import Policy


class LookUp:
    """A policy's tables on one device, in float32; does what `Policy.lambda_g` does.

    Attributes:
        classes: K names, in the order of the tables.
        one_hot: (K, K), the label of each class.
    """

    def __init__(self, policy: Policy, device: torch.device | str = "cpu") -> None:
        """Copy the tables of `policy` to `device`."""
        self.classes = policy.classes
        self.identity = policy.name == "mixup"
        self.lapse = policy.lapse
        self._device = torch.device(device)
        self.slope = torch.tensor(policy.slope, dtype=torch.float32, device=device)
        self.shift = torch.tensor(policy.shift, dtype=torch.float32, device=device)
        self._half_lapse = torch.tensor(policy.lapse / 2, dtype=torch.float32, device=device)
        self.one_hot = torch.eye(len(policy.classes), device=device)

    def to(self, device: torch.device | str) -> LookUp:
        """Move the tables to `device`, if they are elsewhere, and return the look-up."""
        if device != self._device:
            self._device = torch.device(device)
            self.slope, self.shift = self.slope.to(device), self.shift.to(device)
            self._half_lapse = self._half_lapse.to(device)
            self.one_hot = self.one_hot.to(device)
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
                `learn.image_aware.strengths`; None for endpoints that look like the average one.
            strengths_j: (B, 2) of endpoints j.
        """
        if self.identity:
            if isinstance(lambda_f, Tensor):
                return lambda_f
            return torch.full(class_i.shape, lambda_f, device=class_i.device)
        pair = torch.add(class_j, class_i, alpha=len(self.classes))  # place in a table laid flat
        if strengths_i is not None and strengths_j is not None:
            steep = self._of(self.slope, pair) * (strengths_i + strengths_j)[:, 1].exp_()
            shift = self._of(self.shift, pair).add_((strengths_i - strengths_j)[:, 0])
            if isinstance(lambda_f, Tensor):
                return self._curve(torch.addcmul(shift, steep, lambda_f - 0.5))
            return self._curve(torch.add(shift, steep, alpha=lambda_f - 0.5))
        if isinstance(lambda_f, Tensor) or self.slope.numel() > 10 * len(pair):
            run = self._of(self.slope, pair).mul_(lambda_f - 0.5)
            return self._curve(run.add_(self._of(self.shift, pair)))
        # one lambda_f, few classes: the curve of every pair is less work than that of every image
        curves = self._curve(torch.add(self.shift, self.slope, alpha=lambda_f - 0.5))
        return self._of(curves, pair)

    def _of(self, table: Tensor, pair: Tensor) -> Tensor:
        """Return (B,) entries of a (K, K) table."""
        return table.view(-1).index_select(0, pair)

    def _curve(self, logits: Tensor) -> Tensor:
        seen = torch.sigmoid(logits)
        if self.lapse == 0:
            return seen
        return torch.add(self._half_lapse, seen, alpha=1 - self.lapse)
