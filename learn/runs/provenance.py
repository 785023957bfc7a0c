"""Where a result comes from: the command, the code's commit, versions and the machine."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path
from typing import Any

from learn.files import hide_paths

PACKAGES = ("torch", "torchvision", "numpy", "pandas", "human-mixup")


def provenance(command: Sequence[str], device: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a record says of code, versions and machine."""
    return {
        "command": [hide_paths(word) for word in command],
        "commit": commit(),
        "versions": {"python": platform.python_version(), **_versions()},
        "machine": {"platform": platform.platform(), **device},
        "started_utc": datetime.now(timezone.utc).isoformat(timespec="seconds"),
    }


def commit() -> str:
    """Return the commit of the source tree, with "+changes" where files differ; "" elsewhere."""
    tree = Path(__file__).parents[2]
    try:
        head = _git(tree, "rev-parse", "HEAD")
        changes = _git(tree, "status", "--porcelain", "--untracked-files=no", "learn", "stimuli")
    except (OSError, subprocess.CalledProcessError):
        return ""
    return head + ("+changes" if changes else "")


def _versions() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        with suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


def _git(tree: Path, *command: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(tree), *command],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=True,
    )
    return done.stdout.strip()
