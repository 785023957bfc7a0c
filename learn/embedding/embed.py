"""What a small network sees in endpoint images, as features for the image-aware policy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from learn.arrays import Codes, Numbers
from learn.embedding.network import Network, Tell, logits, to_chw, to_floats, train
from stimuli.mixing import Pixels

SCALARS = 10  # columns before the principal components; see `extract_features`
COMPONENTS = 16
_ROUNDS = 12  # partners of each image
_SHARES = (0.5, 0.5, 0.25, 0.75)  # of the image in its rounds, again and again
_LEAST = 1e-3  # of a share, so that one of 0 has a logarithm


@dataclass(frozen=True)
class NetworkView:
    """Outputs of one network for N images of K classes."""

    scalars: Numbers  # (N, SCALARS)
    inner: Numbers  # (N, D), the activations before its last layer


def embed(
    training: tuple[Pixels, Codes],
    embedded: tuple[Pixels, Codes],
    classes: int,
    *,
    seed: int = 0,
    epochs: int = 7,
    networks: int = 2,
    tell: Tell = print,
) -> Numbers:
    """Return (N, SCALARS + COMPONENTS) features of images, of networks that never trained on them.

    The networks train on hard labels, every second one with mixup, and know nothing of what
    people answered. Their scalars are averaged, standardised; the principal components are of all
    their inner activations together. The same arguments give the same features on one machine.

    Args:
        training: (M, H, W, 3) images to train on and (M,) their classes.
        embedded: (N, H, W, 3) images to embed and (N,) their classes.
        classes: K.
        seed: of weights, batches, augmentation and partners.
        epochs: passes over the training images.
        networks: how many; one takes minutes on two cores.
        tell: called with a line of text after each epoch and each network.
    """
    seen = []
    for number in range(networks):
        net = train(*training, classes, [seed, number], epochs, number % 2 == 1, tell)
        seen.append(extract_features(net, *embedded, seed))
        guessed = seen[-1].scalars[:, 2] > 0
        tell(f"network {number + 1}: {100 * guessed.mean():.1f} % of the embedded images right")
    scalars = np.mean([_standard(each.scalars) for each in seen], axis=0)
    inner = _standard(np.concatenate([each.inner for each in seen], axis=1))
    return np.concatenate([scalars, _components(inner)], axis=1)


@torch.no_grad()  # type: ignore[untyped-decorator]
def extract_features(net: Network, images: Pixels, labels: Codes, seed: int) -> NetworkView:
    """Return what `net` sees in N images, alone and blended with other images.

    Scalars, of an image's own class: log share, logit, lead over the next class; entropy of the
    shares (nats) and log sum of exponentials; then of blends with _ROUNDS others: how much the
    image wins (least squares of leads as a difference of two images'), its logit, its log share,
    its lead at a share of 0.25, and at 0.75.
    """
    pixels, own = to_chw(images), torch.from_numpy(labels)
    alone = (logits(net, pixels) + logits(net, pixels.flip(3))) / 2
    rows = torch.arange(len(own))
    logs = alone.log_softmax(1)
    others = alone.clone()
    others[rows, own] = -torch.inf
    shares = logs.exp()
    columns = [
        (shares[rows, own] + _LEAST).log(),
        alone[rows, own],
        alone[rows, own] - others.amax(1),
        -(shares * logs).sum(1),
        alone.logsumexp(1),
    ]
    inner = torch.cat([net.inner(to_floats(part)) for part in pixels.split(500)])
    found = torch.stack(columns, 1).double().numpy()
    blended = _in_blends(net, pixels, own, np.random.default_rng([seed, 5]))
    return NetworkView(np.concatenate([found, blended], axis=1), inner.double().numpy())


def _in_blends(net: Network, pixels: Tensor, own: Tensor, rng: np.random.Generator) -> Numbers:
    """Return (N, 5) how each image fares in blends; see `extract_features`."""
    n = len(own)
    rows = torch.arange(n)
    sums = np.zeros((n, 4))  # logit, log share, lead at 0.25, lead at 0.75
    partners, leads = [], []
    for number in range(_ROUNDS):
        partner, share = torch.from_numpy(rng.permutation(n)), _SHARES[number % len(_SHARES)]
        blends = share * pixels.float() + (1 - share) * pixels[partner].float()
        found = logits(net, blends)
        logs = (found.softmax(1) + 10 * _LEAST).log()
        lead = (found[rows, own] - found[rows, own[partner]]).double().numpy()
        for image, sign, part in ((rows, 1, share), (partner, -1, 1 - share)):
            place = image.numpy()
            if share == 0.5:
                sums[place, 0] += found[rows, own[image]].numpy()
                sums[place, 1] += logs[rows, own[image]].numpy()
            else:
                sums[place, 2 if part == 0.25 else 3] += sign * lead
        if share == 0.5:
            partners.append(partner.numpy())
            leads.append(lead)
    return np.concatenate([_winning(partners, leads)[:, None], sums], axis=1)


def _winning(partners: list[Codes], leads: list[Numbers]) -> Numbers:
    """Return (N,) a with a[image] - a[partner] nearest to the leads, by eight sweeps."""
    wins = np.zeros(len(leads[0]))
    for _ in range(8):
        total = np.zeros_like(wins)
        for partner, lead in zip(partners, leads, strict=True):
            total += lead + wins[partner]
            total[partner] += wins - lead  # each is a partner once
        wins = total / (2 * len(partners))
        wins -= wins.mean()
    return wins


def _standard(values: Numbers) -> Numbers:
    standard: Numbers = (values - values.mean(axis=0)) / (values.std(axis=0) + 1e-6)
    return standard


def _components(values: Numbers) -> Numbers:
    """Return (N, COMPONENTS) principal components with variance 1; fewer where there are fewer."""
    turned, _, axes = np.linalg.svd(values, full_matrices=False)
    sign = np.where(axes.sum(axis=1) < 0, -1.0, 1.0)  # a component has no direction of its own
    found: Numbers = (turned * sign)[:, :COMPONENTS] * np.sqrt(len(values))
    return found
