"""Damages the files that the commands read and looks how they take it; a person runs it.

    python -m tests.benchmarks.fuzzing [--cases 1000] [--seed 1] [--kinds protocol,log]
    python -m tests.benchmarks.fuzzing --every [--kinds sidecar] [--first 0] [--step 1]
    python -m tests.benchmarks.fuzzing --interrupts [--cases 200]

Each case damages one file of a small study and runs a command that reads it. A case is a fault
where a traceback shows, where the command takes over 10 s, or where it ends with 0 on a file that
is broken for sure, without naming it. The same seed damages the same files. With --every, each key
of the files in JSON and YAML takes each of VALUES in turn, and the commands take turns; --step 7
takes every seventh of these cases, from --first on, where time is short.

With --interrupts nothing is damaged: Ctrl-C comes at a random call of a function, and a command
must end with 130 and one line that says that it was stopped.

A file is broken for sure where Python's own readers say so: no UTF-8, no JSON object, no YAML
mapping, no zip archive whose checksums fit, no whole numbers, or a table without one of its
columns. A changed value may be as good as the old one, and is never counted as broken.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import io
import json
import math
import multiprocessing
import os
import re
import resource
import shutil
import signal
import struct
import sys
import tempfile
import traceback
import warnings
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType
from typing import Any
from unittest import mock

import numpy as np
import yaml
from PIL import Image

HANGS_AFTER_S = 10  # CPU seconds, as others may use the machine
LOST_AFTER_S = 120.0  # by the clock
STOPPED = 130  # exit code after Ctrl-C
MOST_CALLS_LOG10 = 5.5  # of functions, before Ctrl-C comes; most commands make fewer
PATTERN = "subject-{}_session-1_task-pilot_{}"
FIRST, LEFT = "ideal0001", "leaver0001"  # one who ended, one who was interrupted
SIMULATE = ("simulate", "study.yaml", "--participants", "1", "--observer")
RUN_AGAIN = ("run", "study.yaml", "--logs", "logs", "--participant", LEFT, "--session", "1")
READERS_OF_LOGS = (
    "elicit status logs",
    "learn relabel logs --out labels2 --include-simulated",
    "learn pse logs --out pse --include-simulated",
    "learn qc logs --out qc --include-simulated",
    "learn report logs --out report.html --include-simulated",
    "learn fit-policy logs --out fit.json --policy global --include-simulated",
    "learn compare-policies logs --out scores --folds 2 --seeds 1 --include-simulated",
)
STATUS = "elicit status logs"
REPLAY = f"elicit replay logs/data/{PATTERN.format(FIRST, 'data.csv')}"
RESUME = " ".join(("elicit", *RUN_AGAIN, "--resume"))
NEW_SESSION = " ".join(("elicit", *SIMULATE)) + " psychometric --logs logs"
WITHDRAW_LEFT = f"elicit withdraw {LEFT} --logs logs --yes"
WITHDRAW = f"elicit withdraw {FIRST} --logs logs --yes"
READERS_OF_SESSIONS = (STATUS, NEW_SESSION, WITHDRAW, RESUME)
TRAINED = "--source pictograms --train 0:40 --holdout 60:80 --epochs 1 --width 0.05 --threads 1"
TRAIN = f"learn train --labels labels/labels.npz --type average --device cpu {TRAINED}"
TABLE_1 = (
    f"learn table1 --labels labels/labels.npz --types average --seeds 1 --device cpu {TRAINED}"
)
TABLE_2 = "learn table2 --policy policy.json --seeds 1 --device cpu " + TRAINED.replace(
    "pictograms", "images"
).replace("0:40", "0:18").replace("60:80", "18:24")
TRAIN_LONGER = TRAIN.replace("--epochs 1", "--epochs 2") + " --out stopped"
LOCK = '{"station": "elsewhere", "station_id": "0", "pid": 1, "process": "1", "since": "now"}\n'
POLICY = "--stimuli pictograms --classes cat,dog,frog --number 3 --out blends"


def in_left(text: str) -> str:
    """Return a command, or a file, of the study folder that somebody withdrew from."""
    return re.sub(r"(?<![-\w])logs(?=/| |$)", "left", text)


@dataclass(frozen=True)
class Kind:
    """A kind of file: where it is in the study, and which commands read it."""

    name: str
    file: str
    commands: tuple[str, ...]
    # commands that take what a power cut left, make the file anew, or need no more than its name
    mended: tuple[str, ...] = ()
    columns: frozenset[str] = frozenset()  # that a table needs; all where none are named
    checks: str = ""  # what Python's own readers can say of it: json, yaml, csv, zip or numbers


def _in_data(who: str, kind: str) -> str:
    return f"logs/data/{PATTERN.format(who, kind)}"


# How a command ends on files that are as they should be, where not with 0.
EXPECTED: dict[str, int] = {RESUME: 1, in_left(RESUME): 1, in_left(WITHDRAW_LEFT): 1}

KINDS = (
    Kind("protocol", "study.yaml", ("elicit validate study.yaml",
         "elicit " + " ".join(SIMULATE) + " ideal --logs new",
         "elicit plan study.yaml --target pse=0.3 --block s --observer ideal --most 6 "
         "--processes 1 --out planned"), checks="yaml"),
    Kind("manifest", "set.csv", ("elicit validate pinned.yaml",
         "elicit simulate pinned.yaml --participants 1 --observer ideal --logs new"),
         checks="csv"),
    Kind("log", _in_data(FIRST, "data.csv"), (*READERS_OF_LOGS, REPLAY),
         mended=(*READERS_OF_LOGS, REPLAY), checks="csv"),
    Kind("events", _in_data(FIRST, "events.csv"), (REPLAY,), mended=(REPLAY,), checks="csv"),
    Kind("log of a stopped session", _in_data(LEFT, "data.csv"), (RESUME, *READERS_OF_LOGS[:2]),
         mended=(RESUME, *READERS_OF_LOGS[:2]), checks="csv"),
    Kind("pages", _in_data(LEFT, "pages.csv"), (RESUME,), mended=(RESUME,), checks="csv"),
    Kind("sidecar", _in_data(FIRST, "session.json"), (STATUS, NEW_SESSION, WITHDRAW, REPLAY,
         READERS_OF_LOGS[2]), mended=(WITHDRAW, NEW_SESSION), checks="json"),
    Kind("sidecar of a stopped session", _in_data(LEFT, "session.json"), (STATUS, RESUME,
         NEW_SESSION), checks="json"),
    Kind("end file", _in_data(FIRST, "end.json"), (STATUS, NEW_SESSION, WITHDRAW,
         READERS_OF_LOGS[1]), mended=(WITHDRAW, NEW_SESSION, READERS_OF_LOGS[1]), checks="json"),
    Kind("lock", in_left(_in_data(LEFT, "running.json")), (in_left(STATUS), in_left(RESUME),
         in_left(WITHDRAW_LEFT)), mended=(in_left(STATUS),)),
    Kind("claim", "logs/allocation/pilot_simulated-000001_*", READERS_OF_SESSIONS,
         mended=(WITHDRAW, RESUME),
         checks="json"),
    Kind("finished places", "logs/allocation/finished.json", (STATUS, NEW_SESSION),
         mended=(STATUS, NEW_SESSION)),
    Kind("withdrawn", "left/withdrawn.csv", (in_left(STATUS), in_left(WITHDRAW)),
         mended=(in_left(WITHDRAW),), checks="csv"),
    Kind("kept protocol", "logs/protocols/*.yaml", (RESUME, NEW_SESSION),
         mended=(RESUME, NEW_SESSION)),
    Kind("description", "logs/dataset_description.json", (STATUS, NEW_SESSION),
         mended=(STATUS, NEW_SESSION)),
    Kind("observer settings", "observer.yaml", ("elicit " + " ".join(SIMULATE)
         + " psychometric --observer-settings observer.yaml --logs new",), checks="yaml"),
    Kind("policy", "policy.json", (f"learn blend --policy policy.json {POLICY}",
         TABLE_2), checks="json"),
    Kind("policy of pairs", "pairs.json", (f"learn blend --policy pairs.json {POLICY}",),
         checks="json"),
    Kind("exclusions", "exclusions.csv",
         ("learn relabel logs --out labels2 --include-simulated --exclude exclusions.csv",
          "learn report logs --out report.html --include-simulated --exclude exclusions.csv"),
         columns=frozenset({"participant"}), checks="csv"),
    Kind("criteria", "criteria.yaml",
         ("learn qc logs --out qc --include-simulated --criteria criteria.yaml",), checks="yaml"),
    Kind("labels", "labels/labels.npz", (TRAIN, TABLE_1), checks="zip"),
    Kind("settings", "settings.yaml", (TRAIN + " --config settings.yaml",
         TABLE_1 + " --config settings.yaml"), checks="yaml"),
    Kind("image ids", "ids.txt", (TRAIN.replace("60:80", "ids.txt"),
         "elicit stimuli hse1 --source pictograms --exclude ids.txt --out made.csv "
         "--pairs-per-combination 1"), checks="numbers"),
    Kind("run record", "run/run.json", (TRAIN + " --out run",), checks="json"),
    Kind("run result", "run/result.json", (TRAIN + " --out run",), checks="json"),
    Kind("run metrics", "stopped/metrics.csv", (TRAIN_LONGER,), mended=(TRAIN_LONGER,)),
    Kind("checkpoint", "stopped/checkpoint.pt", (TRAIN_LONGER,), checks="zip"),
    Kind("table's run", "runs/*/result.json", (TABLE_1,), checks="json"),
    Kind("holdout scores", "runs/*/holdout.csv", (TABLE_1,), checks="csv"),
)  # fmt: skip


def make_study(folder: Path) -> None:
    """Make a study with every kind of file."""
    from stimuli.manifest.write import describe, write_manifest
    from stimuli.processes.mixup import MixupProcess
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
        {
            "name": "a",
            "paradigm": "discriminate",
            "lambda_grid": grid,
            "adaptive": {"target": "pse", "trials": 3, "prior": {"pse_sd": 0.2}},
        },
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
    write_manifest(folder / "set.csv", describe(batches, MixupProcess(source), tuple(grid)))
    pinned = shared | blocks[0] | {"manifest": str(folder / "set.csv")}
    write_yaml(folder / "pinned.yaml", study | {"blocks": [pinned]})
    for who in ("ideal", "leaver", "random"):
        run("elicit " + " ".join(SIMULATE) + f" {who} --logs logs", folder)
    run("elicit simulate study.yaml --participants 2 --observer hmix --logs logs", folder)
    shutil.copytree(folder / "logs", folder / "left")
    run("elicit withdraw random0001 --logs left --yes", folder)
    _keep_finished(folder / "logs")
    lock = in_left(_in_data(LEFT, "running.json"))
    (folder / lock).write_text(LOCK, encoding="utf-8")
    run("learn relabel logs --out labels --include-simulated --paradigms infer", folder)
    run("learn fit-policy logs --policy global --out policy.json --include-simulated", folder)
    run("learn qc logs --out first --include-simulated", folder)
    shutil.copy(folder / "first" / "exclusions.csv", folder / "exclusions.csv")
    shutil.copy(folder / "first" / "criteria.yaml", folder / "criteria.yaml")
    run("learn fit-policy logs --policy per_pair --out pairs.json --include-simulated", folder)
    write_yaml(folder / "observer.yaml", {"pse": {"cat-dog": 0.4, "default": 0.5}, "slope": 12})
    write_yaml(folder / "settings.yaml", {"lr": 0.1, "momentum": 0.9, "batch_size": 32})
    (folder / "ids.txt").write_text("".join(f"{k}\n" for k in range(60, 80)), encoding="utf-8")
    for name in ("cat", "dog", "frog"):
        (folder / "images" / name).mkdir(parents=True)
        for k in range(8):
            picture = Image.fromarray(source.image(source.image_id(name, k)))
            picture.save(folder / "images" / name / f"{k}.png")
    run(TRAIN + " --out run", folder)
    run(TABLE_1, folder)
    with mock.patch("learn.runs.folder.RunFolder.save_result", side_effect=KeyboardInterrupt):
        attempt(f"{TRAIN_LONGER} --checkpoint-every 0", folder)


def _keep_finished(logs: Path) -> None:
    """Have the study folder keep what it knows of finished sessions, as a large one does."""
    (claim,) = (logs / "allocation").glob("pilot_simulated-000000_*.json")
    stem = PATTERN.format(FIRST, "end.json").removesuffix("_end.json")
    (logs / "allocation" / "finished.json").write_text(
        json.dumps({claim.name: stem}) + "\n", encoding="utf-8"
    )


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


def attempt(command: str, folder: Path, interrupt_at: int | None = None) -> Ended:
    """Run a command in this process, in a folder, and return how it ended.

    Args:
        command: with its arguments.
        folder: where it runs.
        interrupt_at: the call of a function at which Ctrl-C comes, counted from its start.
    """
    name, *words = command.split()
    if name == "elicit":
        from elicit.__main__ import main as begin
    else:
        from learn.__main__ import main as begin
    os.chdir(folder)
    sys.argv = [name, *words]
    said = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code: int | None = None
        try:
            if interrupt_at is not None:
                interrupt(interrupt_at)
            begin()
        except SystemExit as ended:
            sys.setprofile(None)
            code = ended.code if isinstance(ended.code, int) else 1
        except BaseException:
            sys.setprofile(None)
            traceback.print_exc()
    said.flush()
    assert isinstance(said.buffer, io.BytesIO)
    return Ended(code, said.buffer.getvalue().decode("utf-8", errors="replace"))


Damage = Callable[[bytes, np.random.Generator], bytes]
VALUES: tuple[object, ...] = (
    *(None, True, False, [], {}, [[]], "", "x", "010", "1:30", "no", "NaN", "[/x]", "[red]"),
    *(-1, 0, 1, 2, 0.5, 1e400, -1e400, float("nan"), 10**18, 10**30, 1.5, "=1+1", "\u200b", "\0"),
    *("a" * 100_000, ["x"], {"x": 1}, "2000-01-01", "../../x", "\N{ARABIC LETTER ALEF}"),
    *("\ud800", "CON", "a" * 5000 + "/", [{}], [None], {"": {}}, 2**63, -(10**30), 1e-320),
)


def _places(content: Any) -> list[tuple[Any, Any]]:
    """Return each container within `content` with each of its keys."""
    places: list[tuple[Any, Any]] = []
    waiting = [content]
    while waiting:
        at = waiting.pop()
        keys = list(at) if isinstance(at, dict) else range(len(at)) if isinstance(at, list) else ()
        places += [(at, key) for key in keys]
        waiting += [at[key] for key in keys]
    return places


def _load(content: bytes) -> Any:
    return json.loads(content) if _is_json(content) else yaml.safe_load(content)


def _dump(tree: Any, as_in: bytes) -> bytes:
    text = json.dumps(tree) if _is_json(as_in) else yaml.safe_dump(tree, sort_keys=False)
    return text.encode("utf-8", "surrogatepass")


def _is_json(content: bytes) -> bool:
    return content.lstrip()[:1] in b"{["


def damage_tree(content: bytes, rng: np.random.Generator) -> bytes:
    """Change, drop or rename one value of a JSON or YAML file."""
    tree = _load(content)
    found = _places(tree)
    if not found:
        return b""
    container, key = found[int(rng.integers(len(found)))]
    match int(rng.integers(4)):
        case 0:
            del container[key]
        case 1 if isinstance(container, dict):
            container[f"{key}x"] = container.pop(key)
        case _:
            container[key] = VALUES[int(rng.integers(len(VALUES)))]
    return _dump(tree, content)


def damage_cell(content: bytes, rng: np.random.Generator) -> bytes:
    """Change one cell of a CSV file."""
    lines = content.decode().split("\n")
    at = int(rng.integers(max(1, len(lines) - 1)))
    cells = lines[at].split(",")
    value = VALUES[int(rng.integers(len(VALUES)))]
    cells[int(rng.integers(len(cells)))] = "" if value is None else str(value)
    lines[at] = ",".join(cells)
    return "\n".join(lines).encode("utf-8", "surrogatepass")


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
    b"{}",
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b'{"participant": "P1", "session": "x"}',
    b"\x89PNG\r\n\x1a\n" + bytes(100),
    b"a;b;c\n1;2;3\n",
)


def is_broken(kind: Kind, before: bytes, after: bytes) -> bool:
    """Return whether Python's own readers say that a file is none of its kind any more."""
    match kind.checks:
        case "json":
            return not isinstance(_read_or_none(json.loads, after), dict)
        case "yaml":
            return not isinstance(_read_or_none(yaml.safe_load, after), dict)
        case "csv":
            needed = kind.columns or _columns_of(before)
            return not needed <= (_read_or_none(_columns_of, after) or set())
        case "zip":
            return _read_or_none(_is_whole_archive, after) is not True
        case "numbers":
            return _read_or_none(_count_numbers, after) is None
    return False


def _read_or_none(read: Callable[[bytes], Any], content: bytes) -> Any:
    try:
        return read(content)
    except (ValueError, RecursionError, yaml.YAMLError, csv.Error, zipfile.BadZipFile, OSError):
        return None
    except (EOFError, NotImplementedError, zlib.error, struct.error, KeyError, IndexError):
        return None  # zipfile's own


def _columns_of(content: bytes) -> set[str]:
    text = content.decode("utf-8-sig")
    for _ in csv.reader(io.StringIO(text, newline=""), strict=True):
        pass
    return set(next(csv.reader([text.split("\n")[0].rstrip("\r")]), []))


def _is_whole_archive(content: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.testzip() is None


def _count_numbers(content: bytes) -> int:
    return len([int(line) for line in content.decode("utf-8-sig").splitlines() if line.strip()])


def damaged(kind: Kind, content: bytes, rng: np.random.Generator) -> bytes:
    """Return damaged bytes."""
    binary = kind.file.endswith((".npz", ".pt"))
    ways: list[Damage] = [damage_bytes, damage_slice, damage_tail]
    if not binary:
        is_table = kind.file.endswith((".csv", ".txt"))
        ways += [damage_cell if is_table else damage_tree] * 6
    if rng.random() < 0.15:
        return BROKEN[int(rng.integers(len(BROKEN)))]
    return ways[int(rng.integers(len(ways)))](content, rng)


@dataclass(frozen=True)
class Case:
    """A damaged file, and the command that reads it."""

    kind: Kind
    path: Path  # in the study's folder
    content: bytes
    command: str
    interrupt_at: int | None = None  # the call of a function at which Ctrl-C comes


def draw_case(base: Path, kind: Kind, rng: np.random.Generator) -> Case:
    """Return a random case of a kind."""
    found = sorted(base.glob(kind.file))
    path = found[int(rng.integers(len(found)))]
    new = damaged(kind, path.read_bytes(), rng)
    command = kind.commands[int(rng.integers(len(kind.commands)))]
    return Case(kind, path.relative_to(base), new, command)


def check_commands(base: Path, kinds: Sequence[Kind], at: Path) -> None:
    """See that each command ends well on the files as they are, so that a fault is damage's.

    Raises:
        RuntimeError: one does not.
    """
    for command in dict.fromkeys(command for kind in kinds for command in kind.commands):
        kind = next(kind for kind in kinds if command in kind.commands)
        path = sorted(base.glob(kind.file))[0]
        case = Case(kind, path.relative_to(base), path.read_bytes(), command)
        ended = run_case(base, case, at)
        if ended is None or ended.code != EXPECTED.get(command, 0):
            raise RuntimeError(f"{command}: {ended}")


def every_case(base: Path, kind: Kind) -> Iterator[Case]:
    """Yield each key of a file with each of VALUES, and each of BROKEN; the commands in turn."""
    path = sorted(base.glob(kind.file))[0]
    content = path.read_bytes()
    changed = list(BROKEN)
    if kind.checks in {"json", "yaml"}:
        for at in range(len(_places(_load(content)))):
            for value in VALUES:
                tree = _load(content)
                container, key = _places(tree)[at]
                container[key] = value
                changed.append(_dump(tree, content))
    for new, command in zip(changed, cycle(kind.commands), strict=False):
        yield Case(kind, path.relative_to(base), new, command)


def try_case(base: Path, case: Case, at: Path) -> str | None:
    """Run a case's command in a process of its own; return what is wrong with how it ended."""
    before = (base / case.path).read_bytes()
    ended = run_case(base, case, at)
    name = case.path.name
    said = f"{name}: {case.command}"
    if ended is None:
        return f"{said}: takes over {HANGS_AFTER_S} s, or dies"
    if ended.code is None or "Traceback (most recent" in ended.said:
        return f"{said}: {ended.said.strip().splitlines()[-1]:.300}\n{ended.said:.6000}"
    if ended.code not in {0, STOPPED} and not ended.said.strip():
        return f"{said}: ends with {ended.code} and says nothing of {case.content[:40]!r}"
    named = name in "".join(ended.said.split())  # a table may break its lines anywhere
    passes = case.command in case.kind.mended or named
    if ended.code == 0 and not passes and is_broken(case.kind, before, case.content):
        return f"{said}: ends with 0 and says nothing of {case.content[:40]!r}"
    return None


def run_case(base: Path, case: Case, at: Path) -> Ended | None:
    """Run a case's command in a process of its own; None where it hangs or dies."""
    shutil.copytree(base, at)
    for text in ("study.yaml", "pinned.yaml"):
        path = at / text
        path.write_text(path.read_text(encoding="utf-8").replace(str(base), str(at)), "utf-8")
    (at / case.path).write_bytes(case.content)
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(case.command, at, there, case.interrupt_at))
    process.start()
    there.close()
    try:
        ended = here.recv() if here.poll(LOST_AFTER_S) else None
    except EOFError:  # killed by its own limit
        ended = None
    process.kill()
    process.join()
    shutil.rmtree(at, ignore_errors=True)
    return ended


def _child(command: str, folder: Path, to: Connection, interrupt_at: int | None) -> None:
    warnings.simplefilter("default")
    used = sum(os.times()[:2])
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(used) + HANGS_AFTER_S,) * 2)
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        os.environ.pop(name, None)
    with open(os.devnull, encoding="utf-8") as nothing:
        sys.stdin = nothing
        try:
            to.send(attempt(command, folder, interrupt_at))
        except BaseException:
            to.send(Ended(None, traceback.format_exc()))


def interrupt(at: int) -> None:
    """Have Ctrl-C come at a call of a function of Python, counted from now."""
    left = at

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal left
        if event == "call":
            left -= 1
            if left == 0:
                sys.setprofile(None)
                signal.raise_signal(signal.SIGINT)

    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.setprofile(count)


def interrupts(
    base: Path, kinds: Sequence[Kind], cases: int, seed: int
) -> Iterator[tuple[int, Case]]:
    """Yield cases of undamaged files: each command in turn, interrupted at a random moment."""
    rng = np.random.default_rng(seed)
    commands = [(kind, command) for kind in kinds for command in kind.commands]
    for number in range(cases):
        kind, command = commands[number % len(commands)]
        path = sorted(base.glob(kind.file))[0]
        at = round(10 ** rng.uniform(0, MOST_CALLS_LOG10))
        yield number, Case(kind, path.relative_to(base), path.read_bytes(), command, at)


def try_interrupt(base: Path, case: Case, at: Path) -> str | None:
    """Interrupt a case's command; return what is wrong with how it ended."""
    ended = run_case(base, case, at)
    said = f"call {case.interrupt_at}: {case.command}"
    if ended is None:
        return f"{said}: takes over {HANGS_AFTER_S} s, or dies"
    if "Exception ignored" in ended.said or ended.code in {0, EXPECTED.get(case.command)}:
        return None  # it came where Python lets nothing through, or after the end
    told = [line for line in ended.said.splitlines() if line.endswith(": stopped")]
    if ended.code != STOPPED or len(told) != 1 or "Traceback" in ended.said:
        return f"{said}: ends with {ended.code}: {ended.said[-300:]!r}\n{ended.said:.6000}"
    return None


def main() -> None:
    """Damage files until enough cases were tried; print the faults, and how many."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--cases", type=int, default=1000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--kinds", default="", help="names of kinds, with commas; all where empty")
    options.add_argument("--first", type=int, default=0, help="number of the first case")
    options.add_argument("--step", type=int, default=1, help="of --every, each how-manieth case")
    options.add_argument("--whole", action="store_true", help="print whole tracebacks")
    options.add_argument("--every", action="store_true", help="each key with each value in turn")
    options.add_argument("--interrupts", action="store_true", help="Ctrl-C at random moments")
    chosen = options.parse_args()
    wanted = [part for part in chosen.kinds.split(",") if part]
    kinds = [kind for kind in KINDS if not wanted or kind.name in wanted]
    count: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        base = Path(name, "base")
        base.mkdir()
        make_study(base)
        check_commands(base, kinds, Path(name, "as it is"))
        cases: Iterable[tuple[int, Case]]
        if chosen.every:
            cases = enumerate(case for kind in kinds for case in every_case(base, kind))
            cases = islice(cases, chosen.first, None, chosen.step)
        elif chosen.interrupts:
            cases = interrupts(base, kinds, chosen.cases, chosen.seed)
        else:
            numbers = range(chosen.first, chosen.first + chosen.cases)
            rng = np.random.default_rng
            cases = (
                (k, draw_case(base, kinds[k % len(kinds)], rng([chosen.seed, k]))) for k in numbers
            )
        for number, case in cases:
            judge = try_interrupt if chosen.interrupts else try_case
            wrong = judge(base, case, Path(name, f"case{number}"))
            count[case.kind.name] += 1
            if wrong is not None:
                count["faults"] += 1
                shown = wrong if chosen.whole else wrong.splitlines()[0]
                print(f"case {number}, {case.kind.name}: {shown}", flush=True)
    os.chdir("/")
    faults = count.pop("faults", 0)
    for what, tried in sorted(count.items()):
        print(f"{what}: {tried}")
    print(f"{faults} faults in {sum(count.values())} cases")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
