"""Records of sessions that no protocol planned."""

from __future__ import annotations

from typing import Any

from elicit.log.session_record import SessionRecord

CONTENT: dict[str, Any] = {
    "protocol": "pilot",
    "protocol_sha256": "0" * 64,
    "seed": 7,
    "allocation": 0,
    "try": 1,
    "simulated": False,
    "stimuli": {"source": "pictograms", "image_size": 32, "process": "mixup"},
    "blocks": [],
    "started_utc": "2026-05-04T12:00:00.000Z",
    "station": "LAB-1",
}


def session_record(**changes: Any) -> SessionRecord:
    """Return the record of a session without blocks, with some keys changed."""
    if "attempt" in changes:
        changes["try"] = changes.pop("attempt")
    return SessionRecord.model_validate(CONTENT | changes)
