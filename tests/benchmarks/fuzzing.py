"""Damages the files that the commands read and looks how they take it; a person runs it.

    python -m tests.benchmarks.fuzzing [--cases 1000] [--seed 1] [--kinds protocol,log]

Each case damages one file of a small study and runs a command that reads it. A case is a fault
where a traceback shows, where the command takes over 10 s, or where it ends with 0 on a file that
is broken for sure, without a word of it. The same seed damages the same files.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import math
import multiprocessing
import os
import resource
import shutil
import sys
import tempfile
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import yaml

HANGS_AFTER_S = 10  # CPU seconds, as others may use the machine
LOST_AFTER_S = 120.0  # by the clock
PATTERN = "subject-{}_session-1_task-pilot_{}"
FIRST, LEFT = "ideal0001", "leaver0001"  # one who ended, one who was interrupted
SIMULATE = ("simulate", "study.yaml", "--participants", "1", "--observer")
RUN_AGAIN = ("run", "study.yaml", "--logs", "logs", "--participant", LEFT, "--session", "1")
READERS_OF_LOGS = (
    "elicit status logs",
    "learn relabel logs --out labels2 --include-simulated",
    "learn pse logs --out pse --include-simulated",
    "learn qc logs --out qc --include-simulated",
)
READERS_OF_SESSIONS = (
    "elicit status logs",
    f"elicit replay logs/data/{PATTERN.format(FIRST, 'data.csv')}",
    f"elicit withdraw {FIRST} --logs logs --yes",
    " ".join(("elicit", *RUN_AGAIN, "--resume")),
    "elicit " + " ".join(SIMULATE) + " psychometric --logs logs",
)
TRAIN = (
    "learn train --labels labels/labels.npz --source pictograms --train 0:40 --holdout 60:80 "
    "--type average --width 0.05 --epochs 1 --device cpu --threads 1"
)


@dataclass(frozen=True)
class Kind:
    """A kind of file: where it is in the study, and which commands read it."""

    name: str
    file: str
    commands: tuple[str, ...]


KINDS = (
    Kind("protocol", "study.yaml", ("elicit validate study.yaml",
         "elicit " + " ".join(SIMULATE) + " ideal --logs new")),
    Kind("manifest", "set.csv", ("elicit validate pinned.yaml",
         "elicit simulate pinned.yaml --participants 1 --observer ideal --logs new")),
    Kind("log", f"logs/data/{PATTERN.format(FIRST, 'data.csv')}",
         (*READERS_OF_LOGS, READERS_OF_SESSIONS[1])),
    Kind("events", f"logs/data/{PATTERN.format(FIRST, 'events.csv')}", READERS_OF_SESSIONS[:2]),
    Kind("pages", f"logs/data/{PATTERN.format(LEFT, 'pages.csv')}", READERS_OF_SESSIONS),
    Kind("sidecar", f"logs/data/{PATTERN.format(FIRST, 'session.json')}", READERS_OF_SESSIONS),
    Kind("sidecar of a stopped session", f"logs/data/{PATTERN.format(LEFT, 'session.json')}",
         (READERS_OF_SESSIONS[0], READERS_OF_SESSIONS[3])),
    Kind("end file", f"logs/data/{PATTERN.format(FIRST, 'end.json')}", READERS_OF_SESSIONS),
    Kind("claim", "logs/allocation/*", READERS_OF_SESSIONS),
    Kind("description", "logs/dataset_description.json", READERS_OF_SESSIONS),
    Kind("policy", "policy.json", ("learn blend --source pictograms --number 45 --policy "
         "policy.json --out blends",)),
    Kind("exclusions", "exclusions.csv",
         ("learn relabel logs --out labels2 --include-simulated --exclude exclusions.csv",)),
    Kind("criteria", "criteria.yaml",
         ("learn qc logs --out qc --include-simulated --criteria criteria.yaml",)),
    Kind("labels", "labels/labels.npz", (TRAIN,)),
    Kind("settings", "settings.yaml", (TRAIN + " --config settings.yaml",)),
    Kind("image ids", "ids.txt", (TRAIN.replace("60:80", "ids.txt"),)),
)  # fmt: skip


def make_study(folder: Path) -> None:
    """Make a study with every kind of file."""
    from stimuli.manifest.write import describe, write_manifest
    from stimuli.sets.build import build_batches
    from stimuli.sources.endpoints import Pictograms

    grid = [round(k / 10, 1) for k in range(11)]
    shared: dict[str, Any] = {
        "title": "Look",
        "instructions": "Look.",
        "prompt": "How much {left}?",
    }
    dealt: dict[str, Any] = {
        "classes": ["cat", "dog", "frog"],
        "per_combination": 2,
        "batch_size": 3,
    }
    blocks: list[dict[str, Any]] = [
        {"name": "c", "paradigm": "construct", "lambda_grid": grid, "starts": [0.1, 0.9]},
        {"name": "s", "paradigm": "select_shuffled", "lambda_grid": grid},
        {"name": "i", "paradigm": "infer", "lambdas": [0.25, 0.75], "repeats": [1]},
        {"name": "d", "paradigm": "discriminate", "lambda_grid": grid, "times": 1},
    ]
    study = {
        "name": "pilot", "title": "A pilot", "seed": 1, "stimuli": {"source": "pictograms"},
        "consent": {"title": "Hello", "text": "Take part?", "points": ["I am of age."]},
"survey": {"title": "Last", "items": [
            {"name": "clear", "kind": "text", "question": "Was it clear?"}]},
        "blocks": [shared | dealt | block for block in blocks],
    }  # fmt: skip
    write_yaml(folder / "study.yaml", study)
    source = Pictograms()
    batches = build_batches(
        source, per_combination=2, batch_size=3, seed=0, classes=("cat", "dog", "frog")
    )
    write_manifest(folder / "set.csv", describe(batches, source, tuple(grid)))
    pinned = shared | blocks[0] | {"manifest": str(folder / "set.csv")}
    write_yaml(folder / "pinned.yaml", study | {"blocks": [pinned]})
    for who in ("ideal", "leaver"):
        run("elicit " + " ".join(SIMULATE) + f" {who} --logs logs", folder)
    run("learn relabel logs --out labels --include-simulated --paradigms infer", folder)
    run("learn fit-policy logs --policy global --out policy.json --include-simulated", folder)
    run("learn qc logs --out first --include-simulated", folder)
    shutil.copy(folder / "first" / "exclusions.csv", folder / "exclusions.csv")
    shutil.copy(folder / "first" / "criteria.yaml", folder / "criteria.yaml")
    write_yaml(folder / "settings.yaml", {"lr": 0.1, "momentum": 0.9, "batch_size": 32, "seed": 3})
    (folder / "ids.txt").write_text("".join(f"{k}\n" for k in range(60, 80)), encoding="utf-8")


def write_yaml(path: Path, content: object) -> None:
    """Write what a person would."""
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int | None  # None where an exception came through
    said: str


def run(command: str, folder: Path) -> Ended:
    """Run a command in this process; for good ones, raise where it fails."""
    ended = attempt(command, folder)
    if ended.code != 0:
        raise RuntimeError(f"{command}: {ended.said}")
    return ended


def attempt(command: str, folder: Path) -> Ended:
    """Run a command in this process, in a folder, and return how it ended."""
    name, *words = command.split()
    if name == "elicit":
        from elicit.cli import run_app
    else:
        from learn.cli import run_app
    os.chdir(folder)
    sys.argv = [name, *words]
    said = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code: int | None = None
        try:
            run_app()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
        except BaseException:
            traceback.print_exc()
    said.flush()
    assert isinstance(said.buffer, io.BytesIO)
    return Ended(code, said.buffer.getvalue().decode("utf-8", errors="replace"))


Damage = Callable[[bytes, np.random.Generator], bytes]
VALUES: tuple[object, ...] = (
    *(None, True, False, [], {}, [[]], "", "x", "010", "1:30", "no", "NaN", "[/x]", "[red]"),
    *(-1, 0, 1, 2, 0.5, 1e400, -1e400, float("nan"), 10**18, 10**30, 1.5, "=1+1", "\u200b", "\0"),
    *("a" * 100_000, ["x"], {"x": 1}, "2000-01-01", "../../x", "\N{ARABIC LETTER ALEF}"),
)


def _place(content: Any, rng: np.random.Generator) -> tuple[Any, Any] | None:
    """Return a random container within `content`, and a key of it."""
    places: list[tuple[Any, Any]] = []
    waiting = [content]
    while waiting:
        at = waiting.pop()
        keys = list(at) if isinstance(at, dict) else range(len(at)) if isinstance(at, list) else ()
        places += [(at, key) for key in keys]
        waiting += [at[key] for key in keys]
    return places[int(rng.integers(len(places)))] if places else None


def damage_tree(content: bytes, rng: np.random.Generator) -> bytes:
    """Change, drop or rename one value of a JSON or YAML file."""
    is_json = content.lstrip()[:1] in b"{["
    tree = json.loads(content) if is_json else yaml.safe_load(content)
    found = _place(tree, rng)
    if found is None:
        return b""
    container, key = found
    match int(rng.integers(4)):
        case 0:
            del container[key]
        case 1 if isinstance(container, dict):
            container[f"{key}x"] = container.pop(key)
        case _:
            container[key] = VALUES[int(rng.integers(len(VALUES)))]
    return (json.dumps(tree) if is_json else yaml.safe_dump(tree, sort_keys=False)).encode()


def damage_cell(content: bytes, rng: np.random.Generator) -> bytes:
    """Change one cell of a CSV file."""
    lines = content.decode().split("\n")
    at = int(rng.integers(max(1, len(lines) - 1)))
    cells = lines[at].split(",")
    value = VALUES[int(rng.integers(len(VALUES)))]
    cells[int(rng.integers(len(cells)))] = "" if value is None else str(value)
    lines[at] = ",".join(cells)
    return "\n".join(lines).encode()


def damage_bytes(content: bytes, rng: np.random.Generator) -> bytes:
    """Change a few bytes anywhere."""
    changed = bytearray(content or b"x")
    for _ in range(int(rng.integers(1, 6))):
        changed[int(rng.integers(len(changed)))] = int(rng.integers(256))
    return bytes(changed)


def damage_slice(content: bytes, rng: np.random.Generator) -> bytes:
    """Drop, double, or put random bytes in place of, a part."""
    a, b = sorted(int(k) for k in rng.integers(0, len(content) + 1, 2))
    part = (b"", content[a:b] * 2, rng.bytes(b - a))[int(rng.integers(3))]
    return content[:a] + part + content[b:]


def damage_tail(content: bytes, rng: np.random.Generator) -> bytes:
    """Cut the end off, fill it with zeros, or double it: what a power cut leaves."""
    at = int(rng.integers(len(content) + 1))
    end = (b"", bytes(len(content) - at), content[at:] * 2)[int(rng.integers(3))]
    return content[:at] + end


BROKEN = (  # for sure, whatever the file
    b"",
    bytes(4096),
    b"\xff\xfe\x00",
    b"null",
    b"[]",
    b"[" * 100_000,
    b'{"participant": "P1", "session": "x"}',
    b"\x89PNG\r\n\x1a\n" + bytes(100),
    b"a;b;c\n1;2;3\n",
)
MENDED = {"pages", "events", "claim", "description", "image ids", "log", "exclusions"}


def damaged(kind: Kind, content: bytes, rng: np.random.Generator) -> tuple[bytes, bool]:
    """Return damaged bytes, and whether they are broken for sure."""
    binary = kind.file.endswith(".npz")
    ways: list[Damage] = [damage_bytes, damage_slice, damage_tail]
    if not binary:
        ways += [damage_cell if kind.file.endswith((".csv", ".txt")) else damage_tree] * 6
    if rng.random() < 0.15:
        new = BROKEN[int(rng.integers(len(BROKEN)))]
        return new, len(new) > 0 and kind.name not in MENDED
    return ways[int(rng.integers(len(ways)))](content, rng), False


def one_case(base: Path, kind: Kind, seed: Sequence[int], at: Path) -> str | None:
    """Damage a file, run a command in a process of its own; return what is wrong with that."""
    rng = np.random.default_rng(list(seed))
    shutil.copytree(base, at)
    for text in ("study.yaml", "pinned.yaml"):
        path = at / text
        path.write_text(path.read_text(encoding="utf-8").replace(str(base), str(at)), "utf-8")
    found = sorted(at.glob(kind.file))
    path = found[int(rng.integers(len(found)))]
    new, broken = damaged(kind, path.read_bytes(), rng)
    path.write_bytes(new)
    command = kind.commands[int(rng.integers(len(kind.commands)))]
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(command, at, there))
    process.start()
    there.close()
    try:
        ended = here.recv() if here.poll(LOST_AFTER_S) else None
    except EOFError:  # killed by its own limit
        ended = None
    process.kill()
    process.join()
    shutil.rmtree(at, ignore_errors=True)
    name = path.name
    if ended is None:
        return f"{name}: {command}: takes over {HANGS_AFTER_S} s, or dies"
    if ended.code is None or "Traceback (most recent" in ended.said:
        return f"{name}: {command}: {ended.said.strip().splitlines()[-1]:.300}\n{ended.said:.6000}"
    passed_over = name not in ended.said and "withdraw" not in command  # which deletes it
    if broken and ended.code == 0 and passed_over:
        return f"{name}: {command}: ends with 0 and says nothing of {new[:40]!r}"
    return None


def _child(command: str, folder: Path, to: Connection) -> None:
    warnings.simplefilter("default")
    used = sum(os.times()[:2])
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(used) + HANGS_AFTER_S,) * 2)
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        os.environ.pop(name, None)
    with open(os.devnull, encoding="utf-8") as nothing:
        sys.stdin = nothing
        try:
            to.send(attempt(command, folder))
        except BaseException:
            to.send(Ended(None, traceback.format_exc()))


def main() -> None:
    """Damage files until enough cases were tried; print the faults, and how many."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--cases", type=int, default=1000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--kinds", default="", help="names of kinds, with commas; all where empty")
    options.add_argument("--first", type=int, default=0, help="number of the first case")
    options.add_argument("--whole", action="store_true", help="print whole tracebacks")
    chosen = options.parse_args()
    wanted = [part for part in chosen.kinds.split(",") if part]
    kinds = [kind for kind in KINDS if not wanted or kind.name in wanted]
    count: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        base = Path(name, "base")
        base.mkdir()
        make_study(base)
        for case in range(chosen.first, chosen.first + chosen.cases):
            kind = kinds[case % len(kinds)]
            wrong = one_case(base, kind, (chosen.seed, case), Path(name, f"case{case}"))
            count[kind.name] += 1
            if wrong is not None:
                count["faults"] += 1
                shown = wrong if chosen.whole else wrong.splitlines()[0]
                print(f"case {case}, {kind.name}: {shown}", flush=True)
    os.chdir("/")
    for what, number in sorted(count.items()):
        print(f"{what}: {number}")
    print(f"{count['faults']} faults in {chosen.cases} cases")


if __name__ == "__main__":
    main()
