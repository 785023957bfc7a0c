"""The names of a run folder's files, and JSON as they hold it; read without torch."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from elicit.errors import ElicitError
from learn.files import parse_json
from stimuli.files import read_text

RECORD, METRICS, RESULT, CHECKPOINT = "run.json", "metrics.csv", "result.json", "checkpoint.pt"
LOCK = "running.lock"


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in a JSON file.

    Raises:
        ElicitError: there is none.
    """
    try:
        content = parse_json(read_text(path))
    except (OSError, ValueError) as error:
        raise ElicitError(f"{path}: cannot be read: {error}; delete the run folder") from error
    if not isinstance(content, dict):
        raise ElicitError(
            f"{path}: must hold an object, got {type(content).__name__}; delete the run folder"
        )
    return content


def to_json(content: Mapping[str, Any]) -> bytes:
    """Return an object as JSON that a person can read; what is no finite number becomes null."""
    clean = {
        k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in content.items()
    }
    return (json.dumps(clean, indent=2, ensure_ascii=False) + "\n").encode("utf-8")
