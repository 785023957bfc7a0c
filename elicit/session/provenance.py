"""What a session's sidecar says it ran with."""

from __future__ import annotations

import platform
from functools import cache
from typing import Any

from elicit.design.build import Plan
from elicit.log.files import utc_now
from elicit.preflight import computer as station
from elicit.protocol.study_protocol import StudyProtocol
from elicit.study.allocation import Place
from stimuli.sources.endpoints import EndpointSource


def record(
    asked: StudyProtocol,
    source: EndpointSource,
    plan: Plan,
    place: Place,
    *,
    simulated: bool,
    screen: dict[str, Any],
    clock: str,
    started_utc: str | None = None,
) -> dict[str, Any]:
    """Return a session's provenance, for its sidecar.

    Args:
        asked: the protocol.
        source: endpoint images.
        plan: the session's trials.
        place: in the counterbalancing order.
        simulated: whether a program answers.
        screen: what the view says of itself.
        clock: in words, what times are taken with.
        started_utc: when it begins, UTC, ISO 8601; now where None.
    """
    return {
        "protocol": asked.name,
        "protocol_sha256": asked.sha256,
        "seed": asked.seed,
        "allocation": place.number,
        "try": place.attempt,
        "simulated": simulated,
        "stimuli": {"source": source.name, "image_size": source.image_size},
        "blocks": [
            {
                "name": block.name,
                "paradigm": block.paradigm,
                "lambda_grid": getattr(block, "lambda_grid", None),
                "measured": None if planned.measured is None else planned.measured.record(),
                "set_sha256": planned.set_sha256,
                "batch": planned.batch,
                "batches": planned.batches,
                "trials": len(planned.trials),
            }
            for block, planned in zip(asked.blocks, plan.blocks, strict=True)
        ],
        "screen": screen,
        "clock": clock,
        "started_utc": started_utc or utc_now(),
        "station": platform.node(),
        "system": platform.platform(),
        "versions": _versions(),
    }


@cache
def _versions() -> dict[str, str]:
    return station.versions()
