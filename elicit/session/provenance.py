"""What a session runs with, for its record, and what the record says of its curves."""

from __future__ import annotations

import platform
from dataclasses import asdict, replace
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from elicit.design.adaptive import RULES, CurveSpec
from elicit.design.build import PlannedBlock, SessionPlan
from elicit.errors import StudyError
from elicit.log.files import utc_now
from elicit.log.session_record import BlockRecord, CurveRecord, ImageRecord, SessionRecord
from elicit.log.station import this_station
from elicit.protocol.blocks import Block
from elicit.protocol.study_protocol import StudyProtocol
from elicit.study.coverage import Slot
from stimuli.sources.endpoints import EndpointSource

PACKAGES = ("human-mixup", "psychopy", "pyglet", "numpy", "pillow")


def make_record(
    protocol: StudyProtocol,
    source: EndpointSource,
    plan: SessionPlan,
    slot: Slot,
    *,
    simulated: bool,
    screen: dict[str, Any],
    clock: str,
    started_utc: str | None = None,
    observer: dict[str, Any] | None = None,
    markers: dict[str, Any] | None = None,
) -> SessionRecord:
    """Return the record of a session that is about to begin.

    Args:
        protocol: the study.
        source: endpoint images.
        plan: the session's trials.
        slot: place in the counterbalancing order.
        simulated: whether a program answers.
        screen: what the view says of itself.
        clock: in words, what times are taken with.
        started_utc: when it begins, UTC, ISO 8601; now where None.
        observer: of a simulated session, who answers it.
        markers: where codes go, and which; None where none are sent.
    """
    return SessionRecord(
        protocol=protocol.name,
        protocol_sha256=protocol.sha256,
        seed=protocol.seed,
        allocation=slot.number,
        attempt=slot.attempt,
        simulated=simulated,
        stimuli=image_record(protocol, source),
        blocks=tuple(map(_block, protocol.blocks, plan.blocks)),
        markers=markers,
        screen=screen,
        clock=clock,
        started_utc=started_utc or utc_now(),
        station=this_station().name,
        system=platform.platform(),
        versions=read_versions(),
        observer=observer,
    )


def image_record(protocol: StudyProtocol, source: EndpointSource) -> ImageRecord:
    """Return what a session's record says of its images."""
    return ImageRecord(
        source=source.name, image_size=source.image_size, process=protocol.stimuli.process
    )


def _block(block: Block, planned: PlannedBlock) -> BlockRecord:
    return BlockRecord(
        name=block.name,
        paradigm=block.paradigm,
        lambda_grid=getattr(block, "lambda_grid", None),
        measured=None if planned.curve_spec is None else _curves(planned.curve_spec),
        set_sha256=planned.set_sha256,
        batch=planned.batch,
        batches=planned.batches,
        trials=len(planned.trials),
    )


def _curves(spec: CurveSpec) -> CurveRecord:
    said = {"curve_for": spec.curve_for, "target": spec.target, "prior": asdict(spec.prior)}
    return CurveRecord.model_validate({**said, "rule": spec.rule})


def keep_rules(plan: SessionPlan, record: SessionRecord) -> SessionPlan:
    """Return a session's plan with the rules by which it chose mixes when it began."""
    rules = {block.name: block.measured.rule for block in record.blocks if block.measured}
    blocks = []
    for block in plan.blocks:
        if block.curve_spec is not None:
            spec = replace(block.curve_spec, rule=rules.get(block.name, RULES[0]))
            blocks.append(replace(block, curve_spec=spec))
        else:
            blocks.append(block)
    return replace(plan, blocks=tuple(blocks))


def read_curves(record: SessionRecord, path: Path) -> list[CurveSpec]:
    """Return which curves a session measured, one entry for each of its Discriminate blocks.

    Args:
        record: the session's.
        path: its file, for the error.

    Raises:
        StudyError: the file states a prior that cannot be.
    """
    found = []
    for number, block in enumerate(record.blocks):
        if block.paradigm == "discriminate":
            curves = block.measured or CurveRecord()
            grid = block.lambda_grid or ()
            try:
                spec = CurveSpec.of(
                    block.name, curves.curve_for, grid, curves.target, curves.prior, curves.rule
                )
            except ValueError as error:
                place = f"{path}: blocks.{number}.measured.prior"
                raise StudyError(f"{place}.{error}") from error
            found.append(spec)
    return found


@cache
def read_versions() -> dict[str, str]:
    """Return the versions of Python, of this package and of those that sessions rest on."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "missing"
    return found
