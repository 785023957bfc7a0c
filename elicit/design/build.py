"""Protocol, stimuli, participant and session give the trials; all of a session's randomness."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from elicit.design import discriminate as series
from elicit.design.adaptive import CurveSpec
from elicit.errors import ElicitError, ProtocolError
from elicit.protocol.base import WrongValueError, list_known
from elicit.protocol.blocks import (
    MAX_OFFERED_CLASSES,
    Block,
    CategorizeBlock,
    ConstructBlock,
    DiscriminateBlock,
    ExposedBlock,
    InferBlock,
    SelectShuffledBlock,
    SingleMixBlock,
)
from elicit.protocol.study_protocol import StudyProtocol
from elicit.timing import Timing
from elicit.trial import ROUNDING, Trial
from stimuli.errors import StimulusError
from stimuli.manifest.read import Manifest, read_manifest
from stimuli.manifest.write import check_source, verify_images
from stimuli.mixing import fingerprint
from stimuli.processes import make_process
from stimuli.processes.process import Process
from stimuli.sets.build import Batches, SetItem, build_batches
from stimuli.sets.practice import draw_practice_pairs
from stimuli.sources.endpoints import EndpointSource

TIMING_STREAM = 1  # of a session's random numbers: intervals and masks
PRACTICE_STREAM = 2  # all of its practice trials, so that practice changes no other trial
CLASS_STREAM = 3  # of a participant's, in all sessions: the order of the classes in Categorize
EASY = 0.2  # how far from 0.5 Discriminate's practice mixes are, where the grid has such
MAX_BLOCK_TRIALS = 20_000  # of a session: a person answers as many in a week


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
    curve_spec: CurveSpec | None = None  # Discriminate: which curves, and how


@dataclass(frozen=True)
class SessionPlan:
    """One participant's session."""

    participant: str
    session: int  # the participant's visit, from 1
    allocation: int  # place in the counterbalancing order, from 0
    blocks: tuple[PlannedBlock, ...]

    @cached_property
    def trials(self) -> tuple[Trial, ...]:
        """All trials of the session, in order."""
        return tuple(trial for block in self.blocks for trial in block.trials)


class StimulusSets:
    """What all sessions of a protocol have alike, found once: sets and their images' fingerprints.

    Not for processes to share: each makes its own.
    """

    def __init__(self, protocol: StudyProtocol, source: EndpointSource) -> None:
        self.protocol = protocol
        self.source = source
        self.process = make_process(protocol.stimuli.process, source, protocol.seed)
        self._batches: dict[int, Batches] = {}
        self._practice: dict[int, tuple[SetItem, ...]] = {}
        self._digests: dict[int, str] = {}
        self._fingerprints: dict[int, str] = {}
        self._manifests: dict[int, Manifest] = {}
        self._verified: set[tuple[int, int]] = set()  # block and batch

    def batches(self, index: int) -> Batches:
        """Return the batches of one block.

        Raises:
            ProtocolError: the source cannot serve the block.
        """
        if index not in self._batches:
            manifest = self._manifest(index)
            batches = (
                _deal_batches(self.protocol, index, self.source)
                if manifest is None
                else manifest.batches
            )
            self._check_images(index, [item for batch in batches for item in batch])
            self._batches[index] = batches
        return self._batches[index]

    def practice(self, index: int) -> tuple[SetItem, ...]:
        """Return what one block practises on, the same for every participant.

        These are pairs that no batch of any block has, and no other block practises on.

        Raises:
            ProtocolError: the source cannot serve the block, or has too few other pairs.
        """
        if index not in self._practice:
            items = self._draw_practice(index)
            self._check_images(index, items)
            self._practice[index] = items
        return self._practice[index]

    def _check_images(self, index: int, items: Sequence[SetItem]) -> None:
        """Raise ProtocolError where the process lacks an image that a block may show of an item."""
        with _name_block(self.protocol, index):
            for item in items:
                self.process.check(item.images, _list_mixes(self.protocol.blocks[index], item))

    def read_images(self, index: int, items: Iterable[SetItem]) -> None:
        """Read every image of some items that no formula makes, before a session shows them.

        Args:
            index: of the block.
            items: of its set, or of its practice.

        Raises:
            ProtocolError: an image cannot be shown.
        """
        with _name_block(self.protocol, index):
            for item in items:
                for lambda_f in _list_mixes(self.protocol.blocks[index], item):
                    self.process.describe(item.images, lambda_f)

    def _draw_practice(self, index: int) -> tuple[SetItem, ...]:
        block = self.protocol.blocks[index]
        if block.practice == 0:
            return ()
        combinations = sorted({item.classes for batch in self.batches(index) for item in batch})
        seed = self.protocol.seed + index
        taken = [item.pair for item in self._list_others(index)]
        pairs = draw_practice_pairs(self.source, combinations, block.practice, seed, taken)
        if len(pairs) < block.practice:
            raise ProtocolError(
                f"protocol {self.protocol.name}: blocks.{index}.practice: must be at most "
                f"{len(pairs)}, the pairs of images that no batch has, got {block.practice}"
            )
        mixes: Sequence[float | None] = (None,)
        if isinstance(block, SingleMixBlock):
            order = np.random.default_rng([seed, PRACTICE_STREAM, index]).permutation(
                len(block.lambdas)
            )
            mixes = [block.lambdas[k] for k in order]
        return tuple(
            SetItem(*pair.images, *pair.classes, mixes[k % len(mixes)])
            for k, pair in enumerate(pairs)
        )

    def _list_others(self, index: int) -> Iterator[SetItem]:
        """Return all items of the batches, and what the blocks before this one practise on."""
        for k in range(len(self.protocol.blocks)):
            with suppress(ElicitError, WrongValueError):  # what is wrong there is told there
                yield from (item for batch in self.batches(k) for item in batch)
                if k < index:
                    yield from self.practice(k)

    def verify(self, index: int, batch: int | None = None) -> None:
        """Read a block's images, and compare the hashes that its manifest states with them.

        Each batch is read once; a block without a manifest states no hashes.

        Args:
            index: of the block.
            batch: only this one, which is quick; all of them where None.

        Raises:
            ProtocolError: the images are not those that the manifest was made from: its first row
                that differs.
        """
        manifest, batches = self._manifest(index), self.batches(index)
        numbers = range(len(batches)) if batch is None else (batch,)
        for number in numbers:
            if (index, number) not in self._verified:
                self.read_images(index, batches[number])
                if manifest is not None:
                    with _name_block(self.protocol, index):
                        verify_images(manifest, self.process, number)
                self._verified.add((index, number))

    def _manifest(self, index: int) -> Manifest | None:
        path = self.protocol.blocks[index].manifest
        if path is None:
            return None
        if index not in self._manifests:
            self._manifests[index] = _read_manifest(self.protocol, index, self.process, Path(path))
        return self._manifests[index]

    def digest(self, index: int) -> str:
        """Return SHA-256, in hex, of one block's set."""
        if index not in self._digests:
            self._digests[index] = hash_set(self.batches(index))
        return self._digests[index]

    def fingerprint(self, image_id: int) -> str:
        """Return the fingerprint of an endpoint image, as every row has it."""
        if image_id not in self._fingerprints:
            self._fingerprints[image_id] = fingerprint(self.source.image(image_id))
        return self._fingerprints[image_id]


def assign_condition(block: Block, batches: int, allocation: int) -> Condition:
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


def find_idle_settings(sets: StimulusSets) -> Iterator[str]:
    """Return what a protocol says and no session of it would ever show.

    Args:
        sets: the protocol's stimulus sets.

    Raises:
        ProtocolError: the source cannot serve a block.
    """
    for index in range(len(sets.protocol.blocks)):
        yield from find_idle_breaks(sets, index)
    yield from find_idle_class_names(sets)


def find_idle_breaks(sets: StimulusSets, index: int) -> Iterator[str]:
    """Return what is wrong with a block's breaks, if none of them would ever come.

    Args:
        sets: the protocol's stimulus sets.
        index: of the block.

    Raises:
        ProtocolError: the source cannot serve the block.
    """
    block = sets.protocol.blocks[index]
    if block.rest is None:
        return
    most = len(block.repeats) + max(
        series.trial_count(block, batch) for batch in sets.batches(index)
    )
    if block.rest.every >= most:
        yield (
            f"blocks.{index}.rest.every: must be less than {most}, the trials of the block that "
            f"count, "
            f"got {block.rest.every}: no break would come"
        )


def find_idle_class_names(sets: StimulusSets) -> Iterator[str]:
    """Return which names are given to classes that no block shows.

    Args:
        sets: the protocol's stimulus sets.

    Raises:
        ProtocolError: the source cannot serve a block.
    """
    protocol = sets.protocol
    used = {
        name
        for index in range(len(protocol.blocks))
        for batch in sets.batches(index)
        for item in batch
        for name in _classes_of(item)
    }
    for block in protocol.blocks:
        if isinstance(block, CategorizeBlock):
            used |= set(block.classes or sets.source.classes)
    for name in protocol.class_names:
        if name not in used:
            yield (
                f"class_names.{name}: must be one of the classes that are shown, "
                f"{', '.join(sorted(used))}; got {name!r}"
            )


def describe_excess_trials(block: Block, index: int, batches: Batches) -> str | None:
    """Return that a block has more trials than anybody answers in a session; None if it has not.

    Args:
        block: the block.
        index: of the block.
        batches: of its stimulus set.
    """
    most = max(series.trial_count(block, batch) for batch in batches)
    if most <= MAX_BLOCK_TRIALS:
        return None
    return (
        f"blocks.{index}: must have at most {MAX_BLOCK_TRIALS} trials a session, got {most}; "
        "ask for fewer items, or for smaller batches"
    )


def check_settings(sets: StimulusSets) -> None:
    """Refuse a protocol that says what no session of it would ever show.

    Raises:
        ProtocolError: its first such setting; or the source cannot serve a block.
    """
    for text in find_idle_settings(sets):
        raise ProtocolError(f"protocol {sets.protocol.name}: {text}")


def _classes_of(item: SetItem) -> tuple[str, str]:
    return item.class_i, item.class_j


def build(
    protocol: StudyProtocol,
    source: EndpointSource,
    participant: str,
    session: int,
    allocation: int,
    sets: StimulusSets | None = None,
) -> SessionPlan:
    """Return the session: same arguments, same trials, on any machine.

    Args:
        protocol: the study.
        source: endpoint images; those of the session are read here, not during a trial, and must
            be those that a manifest states, pixel for pixel.
        participant: the participant's pseudonym.
        session: the participant's visit, from 1.
        allocation: place in the counterbalancing order, from 0.
        sets: the protocol's with this source, kept for many sessions; found anew where None.

    Raises:
        ProtocolError: a block that the source cannot serve.
    """
    sets = sets or StimulusSets(protocol, source)
    person = int.from_bytes(hashlib.sha256(participant.encode()).digest()[:8], "big")
    rng = np.random.default_rng([protocol.seed, person, session])
    practice_rng = np.random.default_rng([protocol.seed, person, session, PRACTICE_STREAM])
    drafts = [
        _draft_block(protocol, index, sets, allocation, rng, practice_rng)
        for index in range(len(protocol.blocks))
    ]
    places = _count_trials(drafts)
    # of their own, so that protocols without intervals and masks keep their random numbers
    timing_rng = np.random.default_rng([protocol.seed, person, session, TIMING_STREAM])
    blocks = tuple(
        _plan_block(
            block,
            draft,
            sets.digest(index),
            tuple(
                _make_trial(
                    *(protocol, block, sets, each, next(places)),
                    practice_rng if each.practice else timing_rng,
                    offered,
                )
                for each in draft.trials
            ),
        )
        for index, (block, draft, offered) in enumerate(
            zip(protocol.blocks, drafts, _offer_classes(sets, person), strict=True)
        )
    )
    return SessionPlan(participant, session, allocation, blocks)


def _offer_classes(sets: StimulusSets, person: int) -> list[tuple[str, ...]]:
    """Return the classes that each block offers, in the order that a participant always sees.

    They are the block's own, or all of the source; none where the answer is no class of many.

    Args:
        sets: the protocol's stimulus sets.
        person: what stands for the participant in all random numbers.

    Raises:
        ProtocolError: more classes than one screen shows.
    """
    return [
        _shuffle_classes(sets, index, person) if isinstance(block, CategorizeBlock) else ()
        for index, block in enumerate(sets.protocol.blocks)
    ]


def _shuffle_classes(sets: StimulusSets, index: int, person: int) -> tuple[str, ...]:
    protocol = sets.protocol
    classes = sorted(protocol.blocks[index].classes or sets.source.classes)
    if len(classes) > MAX_OFFERED_CLASSES:
        raise ProtocolError(
            f"protocol {protocol.name}: blocks.{index}.classes: must be at most "
            f"{MAX_OFFERED_CLASSES} classes in categorize, which offers all of them on one screen, "
            f"got {len(classes)}, all of the source; name those to show"
        )
    # of its own, so that it is the same in every session
    rng = np.random.default_rng([protocol.seed, person, CLASS_STREAM])
    return tuple(classes[k] for k in rng.permutation(len(classes)))


def _deal_batches(protocol: StudyProtocol, index: int, source: EndpointSource) -> Batches:
    """Return the batches of a block that names no manifest, the same for every participant.

    Raises:
        ProtocolError: the source cannot serve the block.
    """
    block = protocol.blocks[index]
    assert block.per_combination is not None
    assert block.batch_size is not None
    with _name_block(protocol, index):
        if isinstance(block, DiscriminateBlock) and block.curve_for == "class_pair":
            return series.deal_class_pairs(block, source, protocol.seed + index)
        return build_batches(
            source,
            per_combination=block.per_combination,
            batch_size=block.batch_size,
            seed=protocol.seed + index,  # blocks with equal settings still differ
            lambdas=block.lambdas if isinstance(block, SingleMixBlock) else None,
            classes=block.classes,
        )


@contextmanager
def _name_block(protocol: StudyProtocol, index: int) -> Iterator[None]:
    """Name the block in a mistake that the stimuli have."""
    try:
        yield
    except StimulusError as error:
        raise ProtocolError(f"protocol {protocol.name}: blocks.{index}: {error}") from error


def _read_manifest(protocol: StudyProtocol, index: int, process: Process, path: Path) -> Manifest:
    """Return a block's manifest; its mixes are the block's, its images the process's by id.

    Raises:
        ProtocolError: the file is wrong, or is not for this block or this source.
    """
    block = protocol.blocks[index]
    with _name_block(protocol, index):
        manifest = read_manifest(path)
        check_source(manifest, process)
    where = f"protocol {protocol.name}: blocks.{index}.manifest: {path}"
    if isinstance(block, SingleMixBlock):
        mixes = {item.lambda_f for batch in manifest.batches for item in batch}
        if manifest.grid is not None or not mixes <= set(block.lambdas):
            raise ProtocolError(
                f"{where}: must hold single mixes at {list(block.lambdas)}, for {block.paradigm}"
            )
    elif manifest.grid is None or tuple(manifest.grid) != block.lambda_grid:
        raise ProtocolError(
            f"{where}: must hold the grid {list(block.lambda_grid)} of each pair, "
            f"got {'single mixes' if manifest.grid is None else list(manifest.grid)}"
        )
    return manifest


def _list_mixes(block: Block, item: SetItem) -> Sequence[float]:
    """Return every mix of an item that a block may show, as far as the block's grid is right."""
    if item.lambda_f is not None:
        return (item.lambda_f,)
    return [mix for grid in list_known([block], "lambda_grid") for mix in grid]


def hash_set(batches: Sequence[Sequence[SetItem]]) -> str:
    """Return SHA-256, in hex, of a set: which pairs and mixes, in which batches."""
    lines = [
        f"{number},{item.image_i},{item.image_j},{item.lambda_f!r}\n"
        for number, batch in enumerate(batches)
        for item in batch
    ]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


class Presentation(NamedTuple):
    """How a trial shows its pair."""

    lambdas: tuple[float, ...]  # the mixes, in the order shown
    start: int | None  # Construct: index of the mix shown first
    mirrored: bool | None  # class i on the right; None where no side has a class


@dataclass(frozen=True)
class _TrialDraft:
    """A trial before it has a number."""

    item: SetItem
    presentation: Presentation
    practice: bool = False
    repeat: bool = False


class TrialPlace(NamedTuple):
    """Where a trial stands in its session."""

    number: int  # from 0
    total: int
    counted: tuple[int, int]  # trials that count: before it, and of the session


@dataclass(frozen=True)
class _BlockDraft:
    """What is drawn for a block of one session."""

    batch: int
    batches: int  # of the block's set
    trials: tuple[_TrialDraft, ...]


def _count_trials(drafts: Sequence[_BlockDraft]) -> Iterator[TrialPlace]:
    """Return the place of each trial of a session, in order."""
    trials = [each for draft in drafts for each in draft.trials]
    counting, before = sum(not each.practice for each in trials), 0
    for number, each in enumerate(trials):
        yield TrialPlace(number, len(trials), (before, counting))
        before += not each.practice


def _draft_block(
    protocol: StudyProtocol,
    index: int,
    sets: StimulusSets,
    allocation: int,
    rng: np.random.Generator,
    practice_rng: np.random.Generator,
) -> _BlockDraft:
    block, batches = protocol.blocks[index], sets.batches(index)
    excess = describe_excess_trials(block, index, batches)
    if excess is not None:
        raise ProtocolError(f"protocol {protocol.name}: {excess}")
    chosen = assign_condition(block, len(batches), allocation)
    order = [batches[chosen.batch][k] for k in rng.permutation(len(batches[chosen.batch]))]
    scheduled = (
        series.trial_order(block, order, rng) if isinstance(block, DiscriminateBlock) else ()
    )
    again = _find_repeats(protocol, index, order)
    sets.verify(index, chosen.batch)
    sets.read_images(index, sets.practice(index))

    def present(item: SetItem) -> Presentation:
        return _present(block, chosen, item, rng)

    trials = (
        *(
            _TrialDraft(item, _present_practice(block, chosen, item, practice_rng), practice=True)
            for item in sets.practice(index)
        ),
        # Discriminate draws a mix here too, which its schedule replaces: sessions that were
        # planned before keep their random numbers
        *(
            _TrialDraft(each.item, present(each.item)._replace(lambdas=each.lambdas))
            for each in scheduled
        ),
        *(_TrialDraft(item, present(item)) for item in order if not scheduled),
        *(_TrialDraft(item, present(item), repeat=True) for item in again),
    )
    return _BlockDraft(chosen.batch, len(batches), trials)


def _plan_block(
    block: Block, draft: _BlockDraft, set_sha256: str, trials: tuple[Trial, ...]
) -> PlannedBlock:
    return PlannedBlock(
        block.name,
        block.title,
        block.instructions,
        draft.batch,
        draft.batches,
        set_sha256,
        trials,
        series.curve_spec(block) if isinstance(block, DiscriminateBlock) else None,
    )


def _find_repeats(protocol: StudyProtocol, index: int, order: list[SetItem]) -> list[SetItem]:
    repeats = protocol.blocks[index].repeats
    beyond = [position for position in repeats if position > len(order)]
    if beyond:
        raise ProtocolError(
            f"protocol {protocol.name}: blocks.{index}.repeats: must be positions from 1 to "
            f"{len(order)}, the items of a batch, got {beyond[0]}"
        )
    return [order[position - 1] for position in repeats]


def _present(
    block: Block, chosen: Condition, item: SetItem, rng: np.random.Generator
) -> Presentation:
    if isinstance(block, SingleMixBlock):
        return _show_item(block, chosen, item)
    if isinstance(block, ConstructBlock):
        return _construct(block, chosen)
    if isinstance(block, DiscriminateBlock):
        return _discriminate(block, chosen, rng)
    return _select_shuffled(block, rng)


def _present_practice(
    block: Block, chosen: Condition, item: SetItem, rng: np.random.Generator
) -> Presentation:
    """Return how practice shows a pair: in Discriminate, at a mix that is easy to name."""
    shown = _present(block, chosen, item, rng)
    if not isinstance(block, DiscriminateBlock):
        return shown
    away = [abs(each - 0.5) for each in block.lambda_grid]
    least = min(EASY, max(away)) - ROUNDING
    easy = [mix for mix, far in zip(block.lambda_grid, away, strict=True) if far >= least]
    return shown._replace(lambdas=(easy[int(rng.integers(len(easy)))],))


def _show_item(block: SingleMixBlock, chosen: Condition, item: SetItem) -> Presentation:
    """Return the mix that the set says."""
    assert item.lambda_f is not None
    return Presentation((item.lambda_f,), None, chosen.mirrored if block.has_sides else None)


def _construct(block: ConstructBlock, chosen: Condition) -> Presentation:
    assert chosen.start is not None
    start = block.lambda_grid.index(chosen.start)
    return Presentation(block.lambda_grid, start, chosen.mirrored)


def _discriminate(
    block: DiscriminateBlock, chosen: Condition, rng: np.random.Generator
) -> Presentation:
    """Return any one mix of the grid."""
    lambda_f = block.lambda_grid[int(rng.integers(len(block.lambda_grid)))]
    return Presentation((lambda_f,), None, chosen.mirrored)


def _select_shuffled(block: SelectShuffledBlock, rng: np.random.Generator) -> Presentation:
    """Return all mixes of the grid, shuffled; no side has a class."""
    shuffled = rng.permutation(len(block.lambda_grid))
    return Presentation(tuple(block.lambda_grid[k] for k in shuffled), None, mirrored=None)


def _make_trial(
    protocol: StudyProtocol,
    block: Block,
    sets: StimulusSets,
    draft: _TrialDraft,
    place: TrialPlace,
    timing_rng: np.random.Generator,
    offered: tuple[str, ...],
) -> Trial:
    item, presentation = draft.item, draft.presentation
    pair = item.pair
    called = protocol.class_names
    names = (called.get(pair.class_i, pair.class_i), called.get(pair.class_j, pair.class_j))
    fingerprints = sets.fingerprint(pair.image_i), sets.fingerprint(pair.image_j)
    left, right = reversed(names) if presentation.mirrored else names
    return Trial(
        place.number,
        place.total,
        block.name,
        block.paradigm,
        block.prompt.format(left=left, right=right),
        pair,
        presentation.lambdas,
        presentation.start,
        mirrored=presentation.mirrored,
        practice=draft.practice,
        practice_round=1 if draft.practice else None,
        counted=place.counted,
        feedback_within=block.feedback_within if draft.practice and block.feedback else None,
        repeat=draft.repeat,
        names=names,
        fingerprints=fingerprints,
        confidence_of=block.confidence_of if isinstance(block, InferBlock) else None,
        class_order=offered,
        class_labels=tuple(called.get(each, each) for each in offered),
        earliest_s=block.earliest_s,
        timing=_draw_timing(block, draft, timing_rng),
    )


def _draw_timing(block: Block, draft: _TrialDraft, rng: np.random.Generator) -> Timing:
    """Return when a trial shows what; its interval and its mask are drawn."""
    low, high = block.interval_s
    interval_s = low if low == high else float(rng.uniform(low, high))
    exposed = block if isinstance(block, ExposedBlock) else None
    repeats = block.deadline_s is not None and block.missed == "repeat_at_end"
    is_masked = exposed is not None and exposed.mask != "none"
    return Timing(
        interval_s=interval_s,
        fixation_s=block.fixation_s,
        exposure_s=None if exposed is None else exposed.exposure_s,
        mask="none" if exposed is None else exposed.mask,
        mask_s=0.0 if exposed is None else exposed.mask_s or 0.0,
        mask_seed=int(rng.integers(2**32)) if is_masked else 0,
        deadline_s=block.deadline_s,
        repeats_missed=repeats and not draft.practice,
        too_fast_s=None if block.too_fast is None else block.too_fast.s,
        too_fast_in_a_row=1 if block.too_fast is None else block.too_fast.in_a_row,
    )
