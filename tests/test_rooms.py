"""The rooms of the house and their arrows: what imports what, and what may be loaded by whom."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import defaultdict
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = ("psychopy", "pyglet", "torch", "torchvision")
MOST_MODULES = 13  # in a room, beside its __init__.py

# Everybody may use the ground.
GROUND = {
    "elicit.characters",
    "elicit.errors",
    "elicit.fields",
    "elicit.key_names",
    "elicit.timing",
    "elicit.trial",
    "elicit.validation_messages",
    "elicit.visual_angle",
    "stimuli.array_files",
    "stimuli.csv_files",
    "stimuli.errors",
    "stimuli.files",
    "stimuli.formulas",
    "stimuli.system_files",
    "stimuli.limits",
    "stimuli.masking",
    "stimuli.mixing",
    "stimuli.windows_files",
}
# A row a room: the rooms that it imports. Commands may use any room of their own package.
ARROWS = {
    "stimuli.sources": "",
    "stimuli.processes": "stimuli.sources",
    "stimuli.sets": "stimuli.sources",
    "stimuli.manifest": "stimuli.processes stimuli.sets stimuli.sources",
    "elicit.questions": "",
    "elicit.markers": "",
    "elicit.pages": "elicit.questions",
    "elicit.paradigms": "",
    "elicit.psychometric": "",
    "elicit.log": "stimuli.manifest",
    "elicit.protocol": "elicit.markers elicit.psychometric",
    "elicit.layout": "elicit.pages elicit.paradigms elicit.questions",
    "elicit.design": (
        "elicit.log elicit.protocol elicit.psychometric "
        "stimuli.manifest stimuli.processes stimuli.sets stimuli.sources"
    ),
    "elicit.study": "elicit.log",
    "elicit.screen": (
        "elicit.layout elicit.pages elicit.paradigms elicit.protocol elicit.questions "
        "stimuli.processes"
    ),
    "elicit.session": (
        "elicit.design elicit.log elicit.markers elicit.pages elicit.paradigms elicit.protocol "
        "elicit.screen elicit.questions elicit.study stimuli.processes stimuli.sources"
    ),
    "elicit.observers": (
        "elicit.pages elicit.paradigms elicit.protocol elicit.questions elicit.screen"
    ),
    "elicit.preflight": (
        "elicit.design elicit.layout elicit.log elicit.markers elicit.pages elicit.paradigms "
        "elicit.protocol elicit.questions elicit.screen elicit.session stimuli.sources"
    ),
    "elicit.simulation": (
        "elicit.design elicit.log elicit.observers elicit.protocol elicit.screen elicit.session "
        "elicit.questions elicit.study stimuli.sources"
    ),
    "elicit.planning": (
        "elicit.design elicit.protocol elicit.psychometric elicit.simulation "
        "stimuli.sets stimuli.sources"
    ),
    "learn.study": "elicit.log stimuli.sources",
    "learn.hmix": "learn.study elicit.log stimuli.sets stimuli.sources",
    "learn.qc": "learn.labels learn.study elicit.psychometric",
    "learn.stats": "learn.labels learn.study elicit.psychometric",
    "learn.policies": "learn.study elicit.psychometric stimuli.sources",
    "learn.benchmark": "learn.policies learn.study",
    "learn.embedding": "stimuli.sources",
    "learn.labels": (
        "learn.policies learn.study elicit.log stimuli.processes stimuli.sets stimuli.sources"
    ),
    "learn.training": ("learn.benchmark learn.labels learn.policies stimuli.sets stimuli.sources"),
    "learn.report": (
        "learn.labels learn.policies learn.qc learn.stats learn.study elicit.psychometric"
    ),
    "learn.runs": "learn.training learn.policies elicit.log",
    "learn.observing": "learn.runs learn.study learn.training elicit.log stimuli.sources",
    "learn.sweeps": "learn.runs learn.training",
    "learn.tables": (
        "learn.sweeps learn.runs learn.training learn.labels learn.policies learn.stats"
    ),
    "learn.results": "",
    "learn.human_labels": "learn.policies",
    "learn.human_mixup": "learn.human_labels",
    "learn.human_cutmix": "learn.human_labels",
    "learn.labelled_blends": "learn.labels",
    "learn.console": "",
    "learn.files": "elicit.log",
    "learn.arrays": "",
    "learn.plots": "",
}
TOOLS = {"learn.console", "learn.files", "learn.arrays", "learn.plots"}  # any room of learn
ANY = {"elicit.commands": ("elicit", "stimuli"), "learn.commands": ("learn", "stimuli")}


@cache
def modules() -> dict[str, Path]:
    """Return every module of the three packages, by its dotted name."""
    found = {}
    for package in ("stimuli", "elicit", "learn"):
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def syntax_tree(path: Path) -> ast.Module:
    """Return what a file of Python says."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports(path: Path) -> set[str]:
    """Return the modules that a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(syntax_tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                found.add(whole if whole in modules() else node.module)
    return found


def room_of(module: str) -> str:
    """Return the room in which a module is: "elicit.session.runner" is in "elicit.session"."""
    return ".".join(module.split(".")[:2])


@cache
def arrows() -> dict[str, set[str]]:
    """Return the rooms that each room imports, itself and the ground left out."""
    found: dict[str, set[str]] = defaultdict(set)
    for name, path in modules().items():
        room = room_of(name)
        for used in imports(path):
            if used.split(".")[0] in {"stimuli", "elicit", "learn"}:
                found[room].add(room_of(used))
        found[room] -= {room, "elicit", "learn", "stimuli"} | GROUND
    return dict(found)


DOORS = {"elicit", "learn", "stimuli", *(f"{name}.{door}" for name in ("elicit", "learn")
                                         for door in ("cli", "__main__"))}  # fmt: skip


@pytest.mark.parametrize("room", sorted({room_of(name) for name in modules()} - GROUND - DOORS))
def test_a_room_imports_only_what_the_table_lets_it(room: str) -> None:
    used = arrows().get(room, set())
    if room in ANY:
        beyond = {other for other in used if other.split(".")[0] not in ANY[room]}
        assert beyond <= {"elicit.psychometric"}
        return
    tools = TOOLS if room.startswith("learn.") else set()
    assert used - tools <= set(ARROWS[room].split())


def test_the_ground_stands_on_nothing_but_ground() -> None:
    for name in GROUND:
        assert arrows().get(name, set()) == set(), name


def test_no_two_rooms_import_each_other_by_any_way_round() -> None:
    try:
        TopologicalSorter(arrows()).prepare()
    except CycleError as error:
        pytest.fail(f"a cycle of rooms: {' -> '.join(error.args[1])}")


def test_the_table_has_no_room_that_is_not_there() -> None:
    assert set(ARROWS) <= {room_of(name) for name in modules()}


def test_learn_knows_of_elicit_only_its_log_its_errors_and_its_curve() -> None:
    for name, path in modules().items():
        if name.split(".")[0] == "learn":
            used = {room_of(each) for each in imports(path) if each.startswith("elicit")}
            assert used <= {"elicit.log", "elicit.errors", "elicit.psychometric"}, name


AT_THE_SCREEN = {f"elicit.screen.{name}" for name in ("window", "painter", "light_sensor")}


def test_elicit_never_imports_learn_and_only_what_is_at_the_screen_imports_psychopy() -> None:
    for name, path in modules().items():
        roots = {each.split(".")[0] for each in imports(path)}
        if name.split(".")[0] == "elicit":
            assert "learn" not in roots, name
            if name not in AT_THE_SCREEN:
                assert not roots & set(HEAVY), name


def test_stimuli_import_numpy_and_pillow_only() -> None:
    for name, path in modules().items():
        if name.split(".")[0] == "stimuli":
            roots = {each.split(".")[0] for each in imports(path)}
            assert roots - set(sys.stdlib_module_names) - {"stimuli"} <= {"numpy", "PIL"}, name


def test_no_room_has_more_modules_than_a_reader_keeps_in_mind() -> None:
    found: dict[Path, int] = defaultdict(int)
    for path in modules().values():
        found[path.parent] += path.name != "__init__.py"
    large = {path.relative_to(ROOT).as_posix(): n for path, n in found.items() if n > MOST_MODULES}
    assert large == {}


def test_a_class_has_a_name_of_its_own() -> None:
    homes: dict[str, list[str]] = defaultdict(list)
    for name, path in modules().items():
        for node in ast.walk(syntax_tree(path)):
            if isinstance(node, ast.ClassDef):
                homes[node.name].append(name)
    assert {name: at for name, at in homes.items() if len(at) > 1} == {}


# Participles that do not end in -ed, and what ends in -ed and is none.
IRREGULAR = {
    *("begun", "bound", "broken", "brought", "built", "chosen", "dealt", "done", "drawn"),
    *("fallen", "felt", "forgotten", "found", "frozen", "given", "gone", "heard", "held"),
    *("hidden", "kept", "known", "laid", "left", "lost", "made", "meant", "paid", "said", "seen"),
    *("sent", "shown", "spoken", "stolen", "sung", "taken", "taught", "thought", "told", "torn"),
    *("understood", "won", "woven", "written"),
}
NO_PARTICIPLES = {"embed", "feed", "need", "seed", "shed", "speed"}
TERMS = {"expected_calibration_error", "expected_entropies"}  # the field's own


def begins_with_a_participle(name: str) -> bool:
    """Return whether a function is called after what it returns, not after what it does."""
    first = name.strip("_").split("_")[0]
    return first in IRREGULAR or (first.endswith("ed") and first not in NO_PARTICIPLES)


def functions(path: Path) -> list[str]:
    """Return the names of a file's functions and methods; properties are called as nouns are."""
    return [
        node.name
        for node in ast.walk(syntax_tree(path))
        if isinstance(node, ast.FunctionDef)
        and not any("property" in ast.unparse(each) for each in node.decorator_list)
    ]


FIRST_READ = ("elicit.session", "elicit.design", "elicit.study", "learn.labels", "learn.policies",
              "learn.training")  # fmt: skip


def test_functions_say_what_they_do_and_not_what_was_done() -> None:
    found = [
        f"{name}.{function}"
        for name, path in modules().items()
        for function in functions(path)
        if begins_with_a_participle(function)
        and (not function.startswith("_") or room_of(name) in FIRST_READ)
        and function not in TERMS
    ]
    assert found == []


def test_what_a_docstring_points_to_is_there() -> None:
    homes = {name: names_in(path) for name, path in modules().items()}
    for name, path in modules().items():
        for told in re.findall(r"`((?:elicit|learn|stimuli)(?:\.\w+)+)`", path.read_text("utf-8")):
            room, _, last = told.rpartition(".")
            assert told in homes or last in homes.get(room, ()), f"{name}: {told}"


def names_in(path: Path) -> set[str]:
    """Return what a module defines or imports, by name."""
    names: set[str] = set()
    for node in syntax_tree(path).body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            names.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {each.id for each in targets if isinstance(each, ast.Name)}
    return names


def test_a_constant_that_a_docstring_names_is_there() -> None:
    constants = {each for path in modules().values() for each in names_in(path) if each.isupper()}
    for name, path in modules().items():
        told = set(re.findall(r"`([A-Z][A-Z_]{2,})`", path.read_text("utf-8")))
        assert told <= constants, name


def loaded_by(code: str) -> set[str]:
    """Return which heavy packages a fresh interpreter holds after `code`."""
    tell = f"import sys; print(*[name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{tell}"], capture_output=True, encoding="utf-8", check=True
    )
    return set(done.stdout.split())


@cache
def imported_at_once() -> dict[str, set[str]]:
    """Return what each module imports when it is imported, not what its functions import later."""
    found = {}
    for name, path in modules().items():
        used: set[str] = set()
        waiting: list[ast.AST] = [syntax_tree(path)]
        while waiting:
            node = waiting.pop()
            if isinstance(node, (ast.Module, ast.Try, ast.With)):
                waiting += ast.iter_child_nodes(node)
            elif isinstance(node, ast.Import):
                used |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module is not None:
                used |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        found[name] = used
    return found


def heavy_modules() -> set[str]:
    """Return the modules that import a heavy package, themselves or by what they import."""
    heavy = {
        name
        for name, used in imported_at_once().items()
        if {u.split(".")[0] for u in used} & {*HEAVY}
    }
    while more := {name for name, used in imported_at_once().items() if used & heavy} - heavy:
        heavy |= more
    return heavy


def test_importing_a_pure_room_loads_neither_psychopy_nor_torch() -> None:
    pure = {name for name in modules() if not name.endswith("__main__")} - heavy_modules()
    assert {"elicit.cli", "elicit.session.runner", "learn.cli", "learn.labels.relabel"} <= pure
    assert not {"elicit.screen.window", "learn.training.loop"} & pure
    assert loaded_by("\n".join(f"import {module}" for module in sorted(pure))) == set()


def test_the_guard_bites_when_a_room_does_load_psychopy() -> None:
    assert "psychopy" in loaded_by("import psychopy")
