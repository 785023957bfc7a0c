"""The workload of a protocol: batches, trials, conditions and minutes per participant."""

from __future__ import annotations

from dataclasses import dataclass

from elicit.design import build as design
from elicit.design import discriminate as series
from elicit.protocol.blocks import Block, ConstructBlock

# Seconds a trial: the median response times in H-Mix, the answers that the paper published; of one
# key about one picture, which the paper did not ask, what looking and naming a class takes.
RT_S = {
    "construct": 9.2,
    "select_shuffled": 11.0,
    "infer": 8.4,
    "discriminate": 1.5,
    "categorize": 25.8,
}
SIDES = 2  # class i on the left, or on the right


@dataclass(frozen=True)
class BlockWorkload:
    """The workload of one block."""

    name: str
    paradigm: str
    batches: int
    fewest: int  # trials a session, in the smallest batch; one round of practice and repeats too
    most: int
    starts: int  # start values between participants; 1 where there are none
    sides: int
    rest_s: float  # of all its breaks, at least
    practice: int = 0  # trials of them, in one round
    before_s: float = 0.0  # from a trial's begin to its image, on average

    @property
    def conditions(self) -> int:
        """Batches x start values x sides: participants until each was there once."""
        return self.batches * self.starts * self.sides

    @property
    def minutes(self) -> float:
        """How long its trials and breaks take, at the paper's median response times."""
        return (self.most * (self.before_s + RT_S[self.paradigm]) + self.rest_s) / 60


def estimate_workload(sets: design.StimulusSets) -> tuple[BlockWorkload, ...]:
    """Return the workload of each block of a protocol.

    Args:
        sets: the protocol's stimulus sets; of the images only classes and numbers count.

    Raises:
        ProtocolError: the source cannot serve a block.
    """
    return tuple(_block(sets, index) for index in range(len(sets.protocol.blocks)))


def _block(sets: design.StimulusSets, index: int) -> BlockWorkload:
    block = sets.protocol.blocks[index]
    sizes = [series.trial_count(block, batch) for batch in sets.batches(index)]
    around = block.practice + len(block.repeats)
    most = max(sizes) + around
    return BlockWorkload(
        block.name,
        block.paradigm,
        len(sizes),
        min(sizes) + around,
        most,
        len(block.starts) if isinstance(block, ConstructBlock) else 1,
        SIDES if block.has_sides else 1,
        _rest_s(block, most - block.practice),
        block.practice,
        sum(block.interval_s) / 2 + block.fixation_s,
    )


def _rest_s(block: Block, trials: int) -> float:
    return 0.0 if block.rest is None else (trials - 1) // block.rest.every * block.rest.seconds
