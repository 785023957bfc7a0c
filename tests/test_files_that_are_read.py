"""Every file that is read is opened by `stimuli.files`: no pipe, no device, nothing too large."""

from __future__ import annotations

import ast
import io
import os
import shutil
import signal
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from elicit.errors import ElicitError
from elicit.log import files as disk
from elicit.log.columns import read_columns
from elicit.log.reader import read, read_table
from elicit.log.rows import PageRow
from elicit.protocol import load
from learn.labels.file import read_counts
from learn.policies.file import load_policy
from learn.policies.image_aware import read_array
from learn.qc.criteria import read_criteria
from learn.runs.files import read_json
from learn.study.cells import read_batches
from learn.study.exclusions import read_exclusions
from learn.training.settings import read_settings
from stimuli import array_files, files
from stimuli.array_files import read_arrays
from stimuli.errors import StimulusError
from stimuli.manifest.read import read_manifest
from stimuli.sets.excluded_ids import read_ids
from stimuli.sets.hmix import read_rows
from tests.elicit.helpers.commands import elicit
from tests.elicit.helpers.factories import block, study, write_protocol
from tests.helpers.commands import run_here
from tests.test_rooms import modules, syntax_tree

Reader = Callable[[Path], Any]
READERS: dict[str, Reader] = {
    "pilot.yaml": load,
    "log.csv": read,
    "pages.csv": lambda path: read_table(path, PageRow),
    "columns.csv": lambda path: read_columns(path, PageRow, ["item"]),
    "study.csv": lambda path: list(read_batches([path])),
    "sidecar.json": disk.load_json,
    "manifest.csv": read_manifest,
    "ids.txt": read_ids,
    "ids.npy": read_ids,
    "hmix.csv": lambda path: list(read_rows(path, ["subject"])),
    "policy.json": load_policy,
    "counts.npy": lambda path: read_counts(path, np.arange(3), 2),
    "array.npy": read_array,
    "criteria.yaml": read_criteria,
    "run.json": read_json,
    "exclusions.csv": lambda path: read_exclusions(path, None),  # type: ignore[arg-type]
    "settings.yaml": read_settings,
}
REFUSALS = (ElicitError, StimulusError, OSError)
# Calls that read no file of a person's: /proc, the package's own data, a file whose kind was looked
# at, a draft of its own, an image that a listing found to be a regular file, and what was opened.
ALLOWED = {
    *("elicit.log.processes", "elicit.log.station", "elicit.study.results", "elicit.log.writer"),
    *("elicit.observers.hmix_parameters", "learn.qc.criteria", "elicit.log.files"),
    *("stimuli.sources.folder", "stimuli.array_files", "stimuli.files", "learn.runs.folder"),
    *("learn.tables.runs", "learn.commands.study", "elicit.simulation.lab"),
    "learn.runs.holdout_file",  # pd.read_csv of a text that stimuli.files has read
}
OF_PATHS = {"read_text", "read_bytes", "open"}
OF_MODULES = {"np.load", "np.fromfile", "np.loadtxt", "torch.load", "pd.read_csv", "open"}
OWN = {"os.open", "files.read_text", "qc_criteria.read_text"}


@contextmanager
def at_once(seconds: int = 5) -> Iterator[None]:
    """Fail where the block waits."""

    def fail(*_: object) -> None:
        pytest.fail("it waits")

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes with names there")
@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize(("kind", "told"), [("pipe", "is a pipe"), ("device", "is a device")])
def test_a_pipe_or_a_device_is_not_opened(name: str, kind: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    with at_once(), pytest.raises(REFUSALS, match=told):
        READERS[name](path)


@pytest.mark.parametrize("name", READERS)
def test_a_file_past_the_limit_is_refused_by_its_size(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    with path.open("wb") as file:
        file.truncate(files.MAX_ARRAY_BYTES + 1)  # which takes no place on the disk
    with at_once(), pytest.raises(REFUSALS, match=r"must have at most .* bytes"):
        READERS[name](path)


def test_a_file_is_read_up_to_the_limit_and_not_a_byte_further(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_bytes(b"x" * 100)
    assert files.read_bytes(path, 100) == b"x" * 100
    with pytest.raises(OSError, match=r"must have at most 99 bytes \(0 MiB\), got 100"):
        files.read_bytes(path, 99)


COMMANDS = {
    "status": ("elicit", "status", "{logs}"),
    "simulate": ("elicit", "simulate", "{protocol}", "--participants", "2", "--logs", "{logs}"),
    "withdraw": ("elicit", "withdraw", "hmix0001", "--logs", "{logs}", "--yes"),
    "qc": ("learn", "qc", "{logs}"),
}


@pytest.fixture(scope="module")
def study_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a protocol and the study that was simulated of it."""
    folder = tmp_path_factory.mktemp("study")
    path = write_protocol(folder, study(block("construct")))
    made = elicit(folder, "simulate", path, "--participants", "1", "--logs", folder / "logs")
    assert made.code == 0, made.said
    return folder


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no pipes with names there")
@pytest.mark.parametrize("command", COMMANDS)
def test_a_pipe_in_a_study_folder_makes_no_command_wait(
    command: str, study_folder: Path, tmp_path: Path
) -> None:
    places = [
        path.relative_to(study_folder / "logs")
        for path in sorted((study_folder / "logs").rglob("*"))
        if path.is_file()
    ]
    places += [Path("data/subject-P9_session-1_task-pilot_data.csv"), Path("data/other.csv")]
    for number, place in enumerate(places):
        logs = tmp_path / f"logs{number}"
        shutil.copytree(study_folder / "logs", logs)
        (logs / place).unlink(missing_ok=True)
        os.mkfifo(logs / place)
        name, *words = COMMANDS[command]
        protocol = study_folder / "pilot.yaml"
        arguments = [word.format(logs=logs, protocol=protocol) for word in words]
        with at_once(20), suppress(OSError):  # which the command line tells in one line
            ended = run_here(name, tuple(arguments), dict(os.environ))
            assert ended.code in (0, 1), (place, ended.said)


def archive(*shapes: tuple[int, ...], packed: bool = True) -> bytes:
    """Return a .npz whose arrays say that they have some shapes; they hold nothing."""
    content = io.BytesIO()
    kind = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(content, "w", kind) as made:
        for number, shape in enumerate(shapes):
            with made.open(f"array{number}.npy", "w") as file:
                header = {"descr": "|u1", "fortran_order": False, "shape": shape}
                np.lib.format.write_array_header_1_0(file, header)  # type: ignore[no-untyped-call]
    return content.getvalue()


@pytest.mark.parametrize(
    "shapes", [((1 << 40,),), ((1 << 20, 1 << 20, 1 << 20),), ((1 << 30,), (1 << 30,), (1,))]
)
def test_arrays_that_unpack_to_gigabytes_are_refused_before_they_do(
    shapes: tuple[tuple[int, ...], ...], tmp_path: Path
) -> None:
    path = tmp_path / "labels.npz"
    path.write_bytes(archive(*shapes))
    with at_once(), pytest.raises(ValueError, match="its arrays must have at most 2,147,483,648"):
        read_arrays(path)


def test_zeros_that_are_packed_small_are_refused_by_what_they_unpack_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "labels.npz"
    np.savez_compressed(path, a=np.zeros(1 << 20, np.uint8), b=np.zeros(1 << 19, np.uint8))
    sizes = [each.file_size for each in zipfile.ZipFile(path).infolist()]
    monkeypatch.setattr(array_files, "MAX_ARRAY_BYTES", sum(sizes))
    assert isinstance(read_arrays(path), dict)
    monkeypatch.setattr(array_files, "MAX_ARRAY_BYTES", sum(sizes) - 1)
    with pytest.raises(ValueError, match="its arrays must have at most"):
        read_arrays(path)


def reads_a_file(call: ast.Call) -> bool:
    """Return whether a call opens a file to read it."""
    name = ast.unparse(call.func)
    attribute = isinstance(call.func, ast.Attribute) and call.func.attr in OF_PATHS
    if name in OWN or not (attribute or name in OF_MODULES):
        return False
    texts = [ast.unparse(value) for value in call.args]
    return not any(mode in text for text in texts for mode in ("'w", "'x", "'a", "'r+"))


def test_no_module_opens_a_file_to_read_in_another_way() -> None:
    found = {
        f"{name}:{node.lineno}"
        for name, path in modules().items()
        for node in ast.walk(syntax_tree(path))
        if name not in ALLOWED and isinstance(node, ast.Call) and reads_a_file(node)
    }
    assert found == set()


def test_the_guard_bites() -> None:
    call = ast.parse("path.read_text(encoding='utf-8')").body[0]
    assert isinstance(call, ast.Expr)
    assert isinstance(call.value, ast.Call)
    assert reads_a_file(call.value)
