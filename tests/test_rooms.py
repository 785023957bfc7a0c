"""The rooms and their arrows: what may be loaded by whom."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = ("psychopy", "pyglet", "torch", "torchvision")
PURE = [
    "elicit.adaptive",
    "elicit.checkup",
    "elicit.cli",
    "elicit.design",
    "elicit.log",
    "elicit.observers",
    "elicit.paradigms",
    "elicit.plan",
    "elicit.plan_figure",
    "elicit.plan_told",
    "elicit.protocol",
    "elicit.psychometric",
    "elicit.screen.scenes",
    "elicit.screen.view",
    "elicit.series",
    "elicit.screen.recording",
    "elicit.screen.simulated",
    "elicit.session",
    "elicit.simulate",
    "elicit.simulated_study",
    "elicit.study",
    "elicit.trial",
    "elicit.workers",
    "learn.blend",
    "learn.cli",
    "learn.hmix",
    "learn.looks_cli",
    "learn.paired",
    "learn.percepts",
    "learn.points",
    "learn.policy_file",
    "learn.policy_labels",
    "learn.qc",
    "learn.relabel",
    "learn.run_lock",
    "learn.table",
    "learn.table_figures",
    "learn.tables_asked",
    "learn.tables_cli",
    "learn.tables_text",
    "learn.train_cli",
    "stimuli.endpoints",
    "stimuli.mixing",
    "stimuli.pictograms",
    "stimuli.sets",
]


def loaded_by(code: str) -> set[str]:
    """Return which heavy packages a fresh interpreter holds after `code`."""
    tell = f"import sys; print(*[name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{tell}"], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_importing_a_pure_room_loads_neither_psychopy_nor_torch() -> None:
    assert loaded_by("\n".join(f"import {module}" for module in PURE)) == set()


def test_the_guard_bites_when_a_room_does_load_psychopy() -> None:
    assert "psychopy" in loaded_by("import psychopy")


def imports(path: Path) -> set[str]:
    """Return the modules that a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            package = (ROOT / node.module.replace(".", "/")).is_dir()
            found |= {f"{node.module}.{alias.name}" if package else node.module
                      for alias in node.names}  # fmt: skip
    return found


def files(room: str) -> list[Path]:
    found = sorted((ROOT / room).rglob("*.py"))
    assert found
    return found


def roots(path: Path) -> set[str]:
    return {module.split(".")[0] for module in imports(path)}


@pytest.mark.parametrize("path", files("elicit"), ids=str)
def test_elicit_never_imports_learn_and_only_the_window_imports_psychopy(path: Path) -> None:
    assert "learn" not in roots(path)
    if path.name != "window.py":
        assert not roots(path) & set(HEAVY)


@pytest.mark.parametrize("path", files("stimuli"), ids=str)
def test_stimuli_import_numpy_and_pillow_only(path: Path) -> None:
    outside = roots(path) - set(sys.stdlib_module_names) - {"stimuli"}
    assert outside <= {"numpy", "PIL"}


@pytest.mark.parametrize("path", files("learn"), ids=str)
def test_learn_knows_of_elicit_only_its_log_its_errors_and_its_curve(path: Path) -> None:
    used = {name for name in imports(path) if name.startswith("elicit")}
    assert used <= {"elicit.log", "elicit.errors", "elicit.psychometric"}


LOGS = {"log", "rows", "writer", "disk", "errors", "fields"}
ARROWS: dict[str, set[str]] = {
    "trial": set(),
    "errors": set(),
    "fields": set(),
    "disk": {"errors"},
    "processes": set(),
    "rows": {"fields"},
    "writer": {"disk", "errors"},
    "log": {"errors", "rows", "trial", "writer", "fields"},
    "paradigms": {"trial", "paradigms"},
    "models": set(),
    "page_models": {"fields", "models"},
    "block_models": {"fields", "models", "page_models", "psychometric"},
    "protocol": {
        "block_models",
        "fields",
        "located",
        "mistakes",
        "models",
        "page_models",
        "trial",
    },
    "psychometric": set(),
    "adaptive": {"log", "psychometric", "trial"},
    "series": {"adaptive", "block_models"},
    "located": {"errors", "nodes"},
    "mistakes": {"located", "nodes", "schema"},
    "nodes": set(),
    "schema": {"nodes"},
    "outlook": {"block_models", "design", "protocol", "series"},
    "rehearsal": {
        "asides",
        "design",
        "errors",
        "located",
        "mistakes",
        "nodes",
        "protocol",
        "screen",
        "stages",
    },
    "station": {"disk", "screen"},
    "checkup": {
        "asides",
        "design",
        "errors",
        "located",
        "paradigms",
        "protocol",
        "rehearsal",
        "screen",
        "stages",
        "station",
    },
    "design": {"adaptive", "block_models", "errors", "protocol", "series", "trial"},
    "screen": {"errors", "paradigms", "screen", "trial"},
    "stages": {"design", "page_models", "paradigms", "protocol", "screen", "trial"},
    "asides": {"screen", "trial"},
    "asking": {"asides", "log", "paradigms", "screen", "trial"},
    "records": {"asking", "design", "log", "screen", "trial"},
    "saving": {"asides", "asking", "errors", "screen", "trial", "writer"},
    "session": {
        "adaptive",
        "asides",
        "asking",
        "design",
        "log",
        "records",
        "saving",
        "screen",
        "stages",
        "trial",
    },
    "observers": {"errors", "observers", "paradigms", "protocol", "screen", "trial"},
    "provenance": {"allocation", "design", "disk", "protocol", "station"},
    "simulate": {
        "allocation",
        "asking",
        "design",
        "disk",
        "errors",
        "observers",
        "protocol",
        "provenance",
        "records",
        "screen",
        "session",
        "sessions",
        "stages",
        "study",
    },
    "simulated_study": {
        "disk",
        "errors",
        "locks",
        "log",
        "protocol",
        "sessions",
        "simulate",
        "study",
        "withdrawals",
    },
    "workers": {"errors", "simulate"},
    "plan_curves": set(),
    "plan_draws": set(),
    "plan_asked": {"block_models", "design", "plan_draws"},
    "plan_pool": {
        "asking",
        "design",
        "errors",
        "log",
        "plan_asked",
        "plan_draws",
        "protocol",
        "records",
        "screen",
        "session",
        "simulate",
        "stages",
        "writer",
    },
    "plan_pse": {"plan_asked", "plan_curves", "plan_draws", "plan_pool"},
    "plan_power": {"plan_asked", "plan_curves", "plan_draws", "plan_pool", "plan_pse"},
    "plan_targets": {"block_models", "errors", "plan_asked", "plan_power"},
    "plan": {
        "plan_asked",
        "plan_draws",
        "plan_pool",
        "plan_power",
        "plan_pse",
        "plan_targets",
    },
    "plan_told": {"plan", "plan_asked", "plan_pool", "plan_pse", "plan_targets"},
    "plan_figure": {"plan", "plan_pool", "plan_power", "plan_pse", "plan_told"},
    "locks": LOGS | {"processes"},
    "mending": LOGS,
    "sessions": LOGS | {"locks", "mending", "processes"},
    "allocation": {"disk", "sessions", "locks"},
    "withdrawals": LOGS | {"allocation", "mending", "sessions"},
    "participants": LOGS | {"allocation", "sessions", "withdrawals"},
    "psychds": {"disk", "rows", "log"},
    "overview": LOGS | {"allocation", "participants", "sessions", "withdrawals"},
    "replay": LOGS | {"adaptive", "paradigms", "trial"},
    "starting": LOGS | {"allocation", "design", "protocol", "sessions", "study"},
    "study": LOGS | {"allocation", "participants", "psychds", "sessions", "withdrawals"},
}


@pytest.mark.parametrize("path", files("elicit"), ids=str)
def test_arrows_between_the_parts_of_a_session_are_the_designs(path: Path) -> None:
    part = path.relative_to(ROOT / "elicit").parts[0].removesuffix(".py")
    if part in ARROWS:
        used = {name.split(".")[1] for name in imports(path) if name.startswith("elicit.")}
        assert used <= ARROWS[part]
