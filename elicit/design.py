"""Protocol, stimuli, participant and session give the trials; all of a session's randomness."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from elicit.errors import ProtocolError
from elicit.protocol import Block, ConstructBlock, InferBlock, StudyProtocol
from elicit.trial import Pair, Trial
from stimuli.endpoints import EndpointSource
from stimuli.errors import StimulusError
from stimuli.manifest import load_batches
from stimuli.mixing import fingerprint
from stimuli.sets import SetItem, build_batches


@dataclass(frozen=True)
class Condition:
    """What one participant's place in the counterbalancing order decides for a block."""

    batch: int
    start: float | None  # Construct: lambda_f of the mix shown first
    mirrored: bool


@dataclass(frozen=True)
class PlannedBlock:
    """A block's page and its trials, in the order in which they are asked."""

    name: str
    title: str
    instructions: str
    batch: int
    batches: int  # of the block's set
    set_sha256: str  # of the set
    trials: tuple[Trial, ...]


@dataclass(frozen=True)
class Plan:
    """One participant's session."""

    allocation: int
    blocks: tuple[PlannedBlock, ...]

    @property
    def trials(self) -> tuple[Trial, ...]:
        """All trials of the session, in order."""
        return tuple(trial for block in self.blocks for trial in block.trials)


def condition(block: Block, batches: int, allocation: int) -> Condition:
    """Return the condition that place `allocation` of the counterbalancing order gives.

    Batches vary fastest, so that their coverage differs by one participant at most; start value
    and mirroring vary within each round of batches and, for each batch, between rounds.

    Args:
        block: the block.
        batches: how many batches its stimulus set has.
        allocation: place in the order, from 0.
    """
    rounds, batch = divmod(allocation, batches)
    starts = block.starts if isinstance(block, ConstructBlock) else (None,)
    start = starts[(batch + rounds) % len(starts)]
    mirrored = (batch // len(starts) + rounds // len(starts)) % 2 == 1
    return Condition(batch, start, mirrored)


def build(
    protocol: StudyProtocol,
    source: EndpointSource,
    participant: str,
    session: int,
    allocation: int,
) -> Plan:
    """Return the session: same arguments, same trials, on any machine.

    Args:
        protocol: the study.
        source: endpoint images; those of the session are read here, not during a trial.
        participant: the participant's pseudonym.
        session: the participant's visit, from 1.
        allocation: place in the counterbalancing order, from 0.

    Raises:
        ProtocolError: a block that the source cannot serve.
    """
    person = int.from_bytes(hashlib.sha256(participant.encode()).digest()[:8], "big")
    rng = np.random.default_rng([protocol.seed, person, session])
    blocks = tuple(
        _block(protocol, index, source, allocation, rng) for index in range(len(protocol.blocks))
    )
    return Plan(allocation, _numbered(blocks))


def batches_of(
    protocol: StudyProtocol, index: int, source: EndpointSource
) -> tuple[tuple[SetItem, ...], ...]:
    """Return the batches of one block, the same for every participant.

    Raises:
        ProtocolError: the source cannot serve the block.
    """
    block = protocol.blocks[index]
    try:
        if block.manifest is not None:
            return _from_manifest(protocol, index, source, block.manifest)
        assert block.per_combination is not None
        assert block.batch_size is not None
        return build_batches(
            source,
            per_combination=block.per_combination,
            batch_size=block.batch_size,
            seed=protocol.seed + index,  # blocks with equal settings still differ
            lambdas=block.lambdas if isinstance(block, InferBlock) else None,
            classes=block.classes,
        )
    except StimulusError as error:
        raise ProtocolError(f"protocol {protocol.name}: blocks.{index}: {error}") from error


def _from_manifest(
    protocol: StudyProtocol, index: int, source: EndpointSource, path: str
) -> tuple[tuple[SetItem, ...], ...]:
    block = protocol.blocks[index]
    batches, grid = load_batches(Path(path), source)
    where = f"protocol {protocol.name}: blocks.{index}.manifest: {path}"
    if isinstance(block, InferBlock):
        mixes = {item.lambda_f for batch in batches for item in batch}
        if grid is not None or not mixes <= set(block.lambdas):
            raise ProtocolError(
                f"{where}: must hold single mixes at {list(block.lambdas)}, for infer"
            )
    elif grid is None or tuple(grid) != block.lambda_grid:
        raise ProtocolError(
            f"{where}: must hold the grid {list(block.lambda_grid)} of each pair, "
            f"got {'single mixes' if grid is None else list(grid)}"
        )
    return batches


def set_digest(batches: Sequence[Sequence[SetItem]]) -> str:
    """Return SHA-256, in hex, of a set: which pairs and mixes, in which batches."""
    lines = [
        f"{number},{item.image_i},{item.image_j},{item.lambda_f!r}\n"
        for number, batch in enumerate(batches)
        for item in batch
    ]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _block(
    protocol: StudyProtocol,
    index: int,
    source: EndpointSource,
    allocation: int,
    rng: np.random.Generator,
) -> PlannedBlock:
    block, batches = protocol.blocks[index], batches_of(protocol, index, source)
    chosen = condition(block, len(batches), allocation)
    order = [batches[chosen.batch][k] for k in rng.permutation(len(batches[chosen.batch]))]
    again = _repeated(protocol, index, order)
    practice = _practice(protocol, index, batches, chosen.batch)

    def trial(item: SetItem) -> Trial:
        return _trial(protocol, block, chosen, source, item, rng)

    trials = [
        *(replace(trial(item), practice=True) for item in practice),
        *(trial(item) for item in order),
        *(replace(trial(item), repeat=True) for item in again),
    ]
    digest = set_digest(batches)
    title, text = block.title, block.instructions
    return PlannedBlock(block.name, title, text, chosen.batch, len(batches), digest, tuple(trials))


def _practice(
    protocol: StudyProtocol, index: int, batches: Sequence[Sequence[SetItem]], batch: int
) -> Sequence[SetItem]:
    """Return items of another batch, which this participant is not asked about otherwise."""
    wanted = protocol.blocks[index].practice
    others = batches[(batch + 1) % len(batches)] if len(batches) > 1 else ()
    if wanted > len(others):
        raise ProtocolError(
            f"protocol {protocol.name}: blocks.{index}.practice: must be at most {len(others)}, "
            f"the items of another batch, got {wanted}"
        )
    return others[:wanted]


def _repeated(protocol: StudyProtocol, index: int, order: list[SetItem]) -> list[SetItem]:
    repeats = protocol.blocks[index].repeats
    beyond = [position for position in repeats if position > len(order)]
    if beyond:
        raise ProtocolError(
            f"protocol {protocol.name}: blocks.{index}.repeats: must be positions from 1 to "
            f"{len(order)}, the items of a batch, got {beyond[0]}"
        )
    return [order[position - 1] for position in repeats]


def _trial(
    protocol: StudyProtocol,
    block: Block,
    chosen: Condition,
    source: EndpointSource,
    item: SetItem,
    rng: np.random.Generator,
) -> Trial:
    pair = Pair(
        item.image_i,
        item.image_j,
        item.class_i,
        item.class_j,
        fingerprint(source.image(item.image_i)),
        fingerprint(source.image(item.image_j)),
    )
    called = protocol.class_names
    names = (called.get(pair.class_i, pair.class_i), called.get(pair.class_j, pair.class_j))
    trial = Trial(0, 0, block.name, block.paradigm, "", pair, (), names=names)
    trial = replace(trial, earliest_s=block.earliest_s)
    if isinstance(block, InferBlock):
        assert item.lambda_f is not None
        trial = replace(trial, lambdas=(item.lambda_f,), mirrored=chosen.mirrored)
    elif isinstance(block, ConstructBlock):
        assert chosen.start is not None
        start = block.lambda_grid.index(chosen.start)
        trial = replace(trial, lambdas=block.lambda_grid, start=start, mirrored=chosen.mirrored)
    else:
        shuffled = rng.permutation(len(block.lambda_grid))
        trial = replace(trial, lambdas=tuple(block.lambda_grid[k] for k in shuffled))
    return replace(trial, prompt=block.prompt.format(left=trial.left, right=trial.right))


def _numbered(blocks: tuple[PlannedBlock, ...]) -> tuple[PlannedBlock, ...]:
    total = sum(len(block.trials) for block in blocks)
    numbered, number = [], 0
    for block in blocks:
        trials = tuple(
            replace(trial, number=number + k, total=total) for k, trial in enumerate(block.trials)
        )
        number += len(trials)
        numbered.append(replace(block, trials=trials))
    return tuple(numbered)
