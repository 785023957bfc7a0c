"""The targets of a plan, and the blocks that can reach them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from elicit.errors import ElicitError
from elicit.planning.blocks import BlockStimuli
from elicit.planning.power import TEST_LEVEL
from elicit.protocol.blocks import CategorizeBlock, DiscriminateBlock

KINDS = ("pse", "omega", "beats-mixup")
PER = ("pair", "image", "all")
OF = {"pse": "lambda_f", "omega": "omega"}  # what an error is of
MAX_PSE_ERROR = 0.5  # of a PSE's error; more is more than lambda_f has on either side of the middle


@dataclass(frozen=True)
class Target:
    """One target of a study."""

    kind: str  # of KINDS
    value: float  # pse, omega: the largest error that will do; beats-mixup: the least power

    @property
    def is_precision(self) -> bool:
        """Whether it is about an error, not about power."""
        return self.kind != "beats-mixup"

    @property
    def quantity(self) -> str:
        """What is to be known of each pair."""
        return "mean confidence" if self.kind == "omega" else "PSE"

    def __str__(self) -> str:
        return f"{self.kind}={self.value:g}"


@dataclass(frozen=True)
class Question:
    """A target for one block."""

    target: Target
    number: int  # of the block, from 0
    stimuli: BlockStimuli
    per: str  # of PER, for a PSE; always pair for beats-mixup
    policy: str  # of plan_power.POLICIES, for beats-mixup

    @property
    def file_name(self) -> str:
        """What its files are called: such as infer_pse_per_pair."""
        kind = f"{self.target.kind}_per_{self.per}" if self.target.is_precision else "beats_mixup"
        return f"{self.stimuli.block.name}_{kind}"


def parse_target(text: str) -> Target:
    """Return the target that a person wrote, such as pse=0.05 or beats-mixup=0.9.

    Raises:
        ElicitError: there is no such target, or its value cannot be.
    """
    found = re.fullmatch(r"([\w-]+)=(\S+)", text.strip())
    try:
        value = float(found[2]) if found else math.nan
    except ValueError:
        value = math.nan
    if found is None or found[1] not in KINDS or math.isnan(value):
        raise ElicitError(
            "--target: must be pse=ERROR, omega=ERROR or beats-mixup=POWER, such as pse=0.05 or "
            f"beats-mixup=0.9, got {text!r}"
        )
    low, high, what = (
        (0.0, MAX_PSE_ERROR, f"half the width of an interval of {OF[found[1]]}")
        if found[1] in OF
        else (TEST_LEVEL, 1.0, "a share of studies")
    )
    if not low < value < high:
        raise ElicitError(
            f"--target: {found[1]} must be {what}, above {low:g} and below {high:g}, got {found[2]}"
        )
    return Target(found[1], value)


def parse_targets(texts: Sequence[str]) -> list[Target]:
    """Return the targets that a person wrote, one of each kind at most.

    Raises:
        ElicitError: one of them cannot be, or two are of one kind.
    """
    targets = [parse_target(each) for each in texts]
    kinds = [each.kind for each in targets]
    for kind in KINDS:
        if kinds.count(kind) > 1:
            raise ElicitError(
                f"--target: {kind} must be given once, got it {kinds.count(kind)} times"
            )
    return targets


def list_questions(
    targets: Sequence[Target],
    blocks: Sequence[BlockStimuli],
    per: str,
    policy: str,
    block: str | None,
    protocol: str,
) -> tuple[list[Question], list[str]]:
    """Return a question for each target and block, and why the other blocks have none.

    Args:
        targets: what is to be reached.
        blocks: the protocol's blocks.
        per: whether class pairs or image pairs have a PSE, or all together.
        policy: which one is to beat mixup.
        block: the name of the only block that counts; None for all of them.
        protocol: its name.

    Raises:
        ElicitError: no such block, or a target that no block can reach.
    """
    names = [each.block.name for each in blocks]
    if block is not None and block not in names:
        raise ElicitError(f"--block: must be one of {', '.join(names)}, got {block!r}")
    found, reasons = [], []
    for target in targets:
        can, cannot = [], []
        for number, each in enumerate(blocks):
            if block is None or each.block.name == block:
                its_per = per if target.is_precision else "pair"
                reason = _unfit(target, each, its_per)
                if reason is None:
                    can.append(Question(target, number, each, its_per, policy))
                else:
                    cannot.append(f"block {each.block.name}: {reason}")
        if not can:
            raise ElicitError(f"--target {target}: protocol {protocol}: {'; '.join(cannot)}")
        found += can
        reasons += [f"--target {target}: {reason}; left out" for reason in cannot]
    return found, reasons


def _unfit(target: Target, stimuli: BlockStimuli, per: str) -> str | None:
    """Return why a block cannot reach a target; None: it can."""
    if isinstance(stimuli.block, CategorizeBlock):
        return "categorize asks for classes, and has neither a PSE nor confidence; use infer"
    return _explain_unfit(target, stimuli, per)


def _explain_unfit(target: Target, stimuli: BlockStimuli, per: str) -> str | None:
    """Return why a block with shares, or a class of two, cannot reach a target; None: it can."""
    block = stimuli.block
    if target.kind == "omega":
        if block.paradigm != "infer":
            return f"{block.paradigm} does not ask for confidence; use an infer block"
        return None
    if target.kind == "beats-mixup":
        if block.paradigm != "infer":
            return f"{block.paradigm} does not ask how much of a class is seen; use an infer block"
        if stimuli.mixes_of_class_pair < 2:
            return "no class pair has two lambda_f, so none has a curve; raise per_combination"
        return None
    if isinstance(block, DiscriminateBlock) and per == "image" and block.curve_for == "class_pair":
        return "discriminate has one curve for all images of a class pair; use --per pair"
    if block.paradigm != "infer":
        return None
    if per == "image" and stimuli.mixes_of_image_pair < 2:
        return "infer shows each pair of images at one lambda_f, so it has no PSE; use --per pair"
    if stimuli.mixes_of_class_pair < 2:
        return "no class pair has two lambda_f, so none has a PSE; raise per_combination"
    return None
