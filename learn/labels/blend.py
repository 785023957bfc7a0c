"""New blends, as many as asked for, labelled by a policy: what people would see in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from elicit.errors import ElicitError
from learn.arrays import Ids, Numbers
from learn.labels.from_policy import PolicyPrior, add_prediction
from learn.labels.labelled_set import LabelledDataset
from learn.labels.relabel import soft_labels
from learn.labels.verification import fingerprint_ends
from stimuli.limits import MAX_SET_ITEMS
from stimuli.processes.batches import Boxes, mix_again
from stimuli.processes.cutmix import CutmixProcess
from stimuli.sets.build import SetItem, build_batches
from stimuli.sources.endpoints import EndpointSource

BLEND_PROCESSES = ("mixup", "cutmix")
HSE2_GRID = (0.1, 0.25, 0.5, 0.75, 0.9)  # the lambda_f of the paper's HSE 2

# What a seed is used for beside the pairs, each with a generator of its own.
_DROPPED, _SHARES = 10, 11


@dataclass(frozen=True)
class BlendSpec:
    """Which blends to make."""

    number: int
    seed: int = 0
    lambdas: tuple[float, ...] = HSE2_GRID
    alpha: float | None = None  # lambda_f from Beta(alpha, alpha) instead of `lambdas`
    classes: tuple[str, ...] | None = None  # None: all of the source's
    exclude: frozenset[int] = frozenset()  # image ids never to use
    process: str = "mixup"  # of `BLEND_PROCESSES`


def blend(source: EndpointSource, spec: BlendSpec, prior: PolicyPrior) -> LabelledDataset:
    """Return new blends and what mixup and a policy call them; the same arguments, the same ones.

    Endpoints are paired as in the paper's HSE 2: every two classes equally often, or one blend
    apart; within a class all images equally often, and no pair of images twice. With `lambdas`
    each comes equally often too, or one apart; with `alpha` every blend has a lambda_f of its own.

    Args:
        source: where endpoints come from.
        spec: which blends.
        prior: the policy that labels them, which must be given.

    Returns:
        A labelled set with the types `mixup` and `policy`; nobody judged it, so `n` is 0.

    Raises:
        ElicitError: an argument is not allowed, a class that the policy does not have, or looks
            that were not measured.
        StimulusError: more blends than there are pairs of images, or an excluded id that the
            source does not have.
    """
    _check(spec)
    if prior.policy is None:
        raise ElicitError("--policy: must be given; make one with: learn fit-policy LOGS")
    policy = prior.policy
    policy.check_process(spec.process, "--policy", f"; or give --process {policy.process}")
    policy.index(source.classes if spec.classes is None else spec.classes)  # tells now
    blends = _images(draw(source, spec))
    looks = prior.measure_looks(policy, source, blends[["image_i", "image_j"]].to_numpy().ravel())
    blends, boxes = add_prediction(blends, policy, looks), None
    ids = blends[["image_i", "image_j"]].to_numpy(np.int64)
    shares = blends["lambda_f"].to_numpy(np.float64)
    if spec.process == "cutmix":
        boxes = _place_boxes(source, spec.seed, ids, shares)
        blends.insert(5, "box", [" ".join(map(str, box)) for box in boxes.tolist()])
    image_i, image_j = (
        np.stack([source.image(image) for image in blends[end].tolist()])
        for end in ("image_i", "image_j")
    )
    return LabelledDataset(
        percepts=blends,
        images=mix_again(spec.process, source, (image_i, image_j), ids, shares, boxes),
        fingerprints=fingerprint_ends(image_i, image_j),
        labels=soft_labels(blends, source.classes, ["policy"]),
        classes=source.classes,
        source=source.name,
        endpoints=len(set(blends["image_i"]) | set(blends["image_j"])),
        unverified=0,
        process=spec.process,
        boxes=boxes,
        policy=policy,
    )


def _place_boxes(source: EndpointSource, seed: int, ids: Ids, lambda_f: Numbers) -> Boxes:
    """Return (N, 4) where CutMix shows image j in each blend, drawn from the seed."""
    process = CutmixProcess(source, seed)
    wanted = zip(ids.tolist(), lambda_f.tolist(), strict=True)
    return np.array([process.describe((i, j), share).box for (i, j), share in wanted], np.int64)


def draw(source: EndpointSource, spec: BlendSpec) -> list[SetItem]:
    """Return the blends' endpoints and lambda_f, in random order; see `blend`."""
    names = source.classes if spec.classes is None else spec.classes
    combos = len(names) * (len(names) - 1) // 2
    each = -(-spec.number // max(combos, 1))
    (items,) = build_batches(
        source,
        per_combination=each,
        batch_size=max(each * combos, 1),
        seed=spec.seed,
        classes=spec.classes,
        exclude=spec.exclude,
    )
    kept = _without_surplus(items, each * combos - spec.number, spec.seed)
    rng = np.random.default_rng([spec.seed, _SHARES])
    if spec.alpha is not None:
        shares = rng.beta(spec.alpha, spec.alpha, size=len(kept)).tolist()
    else:
        shares = _deal_lambdas(kept, spec.lambdas, rng)
    return [replace(item, lambda_f=share) for item, share in zip(kept, shares, strict=True)]


def _without_surplus(items: Sequence[SetItem], surplus: int, seed: int) -> list[SetItem]:
    """Return all but `surplus` items, no two of those left out from one combination."""
    combos = sorted({(item.class_i, item.class_j) for item in items})
    chosen = np.random.default_rng([seed, _DROPPED]).permutation(len(combos))[:surplus]
    losing = {combos[number] for number in chosen.tolist()}
    kept = []
    for item in items:
        if (item.class_i, item.class_j) in losing:
            losing.remove((item.class_i, item.class_j))
        else:
            kept.append(item)
    return kept


def _deal_lambdas(
    items: Sequence[SetItem], lambdas: tuple[float, ...], rng: np.random.Generator
) -> list[float]:
    """Return a lambda_f for each item, each equally often within a combination and overall.

    Combinations take turns through the shuffled lambdas, one going on where another stopped.
    """
    by_combo: dict[tuple[str, str], list[int]] = {}
    for number in rng.permutation(len(items)).tolist():
        by_combo.setdefault((items[number].class_i, items[number].class_j), []).append(number)
    order = rng.permutation(len(lambdas)).tolist()
    shares = [0.0] * len(items)
    in_turn = (number for combo in sorted(by_combo) for number in by_combo[combo])
    for turn, number in enumerate(in_turn):
        shares[number] = lambdas[order[turn % len(lambdas)]]
    return shares


def _images(items: Sequence[SetItem]) -> pd.DataFrame:
    """Return the blends as rows, in the order of `learn.study.pooling.pool`."""
    table = pd.DataFrame(items)[["class_i", "image_i", "class_j", "image_j", "lambda_f"]]
    table = table.sort_values(list(table.columns), ignore_index=True)
    return table.assign(n=0)


def _check(spec: BlendSpec) -> None:
    names = spec.classes or ()
    for option, wrong, must, came in (
        ("--number", spec.number < 1, "at least 1", spec.number),
        ("--number", spec.number > MAX_SET_ITEMS, f"at most {MAX_SET_ITEMS}", spec.number),
        ("--process", spec.process not in BLEND_PROCESSES, "one of mixup, cutmix", spec.process),
        ("--seed", spec.seed < 0, "0 or more", spec.seed),
        ("--classes", len(set(names)) < len(names), "different ones", ",".join(names)),
        ("--alpha", spec.alpha is not None and not 0 < spec.alpha < np.inf, "above 0",
         spec.alpha),
        ("--lambdas", not _are_lambdas(spec.lambdas), "different numbers in [0, 1]",
         list(spec.lambdas)),
    ):  # fmt: skip
        if wrong:
            raise ElicitError(f"{option}: must be {must}, got {came}")


def _are_lambdas(lambdas: Sequence[float]) -> bool:
    within = all(0 <= each <= 1 for each in lambdas)
    return bool(lambdas) and within and len(set(lambdas)) == len(lambdas)
