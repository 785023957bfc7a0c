"""What the tests of several rooms share."""

import gc
import getpass
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path
from statistics import mean
from typing import Any

import pytest
from hypothesis import settings

from tests.helpers import markers
from tests.helpers.examples import FAST
from tests.helpers.markers import SHARED_DATA

__all__ = ["SHARED_DATA"]


QUICK_PROGRAMS = {
    "fc-list",
    "git",
    "ldconfig",  # ctypes looks for a library so, while something is imported
    "lscpu",
    "uname",
}  # a test that starts one of these is not slow for that
# Python reads it when it starts: the processes of `pytest -n` warn of text files opened without an
# encoding, which Windows reads in another one.
WARN_OF_ENCODING = "PYTHONWARNDEFAULTENCODING"
_started: list[str] = []  # programs that the test that runs has started
# How many seconds each file's tests take, where some; MEASURE_SECONDS=1 in the environment of
# pytest measures those that run, and writes them here.
SECONDS = Path(__file__).with_name("seconds.json")
_seconds = defaultdict[str, float](float)  # of the tests that have run, by file


def pytest_configure(config: pytest.Config) -> None:
    """Try fewer examples of each property where slow tests are left out."""
    settings.register_profile("whole", deadline=None)  # a busy machine is no failure
    settings.register_profile("fast", max_examples=FAST, deadline=None)
    settings.load_profile("fast" if "not slow" in config.option.markexpr else "whole")
    if hasattr(config, "workerinput"):
        os.environ.pop(WARN_OF_ENCODING, None)  # read by now, and no matter of programs under test
    elif getattr(config.option, "numprocesses", None):
        os.environ.setdefault(WARN_OF_ENCODING, "1")
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # processes have the other cores
        config.option.loadscopereorder = False  # keep the order of `_order_files`
    sys.addaudithook(_note_process)
    BaseProcess.start = _noted_start  # type: ignore[method-assign,assignment]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """Return what `-n auto` means: half as many again as there are cores, for many tests wait."""
    return None if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ else -(-3 * _cores() // 2)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests that are slow and those that need the shared data."""
    for item in items:
        markers.mark(item)
    if hasattr(config, "workerinput"):
        _order_files(items)


def pytest_collection_finish() -> None:
    """Let Python look for garbage in what tests make, and not in all that was imported."""
    gc.freeze()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up how long the tests of each file take."""
    _seconds[report.nodeid.partition("::")[0]] += report.duration


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write how long the files took, where that is asked for."""
    if "MEASURE_SECONDS" in os.environ and not hasattr(session.config, "workerinput"):
        known = json.loads(SECONDS.read_text("utf-8")) | _seconds
        long = {name: round(known[name]) for name in known if known[name] >= 2}
        there = {name: long[name] for name in long if (session.config.rootpath / name).is_file()}
        ordered = dict(sorted(there.items(), key=lambda each: (-each[1], each[0])))
        SECONDS.write_text(json.dumps(ordered, indent=1) + "\n", encoding="utf-8")


def _order_files(items: list[pytest.Item]) -> None:
    """Put the files first that take longest, then those with the largest share of slow tests.

    Begun last, one of them would keep everybody waiting.
    """
    slow = defaultdict[str, list[bool]](list)
    for item in items:
        marks = any(map(item.get_closest_marker, ("slow", "data")))
        slow[_file(item)].append(marks)
    weights = {name: mean(marks) for name, marks in slow.items()}
    weights |= json.loads(SECONDS.read_text("utf-8"))
    items.sort(key=lambda item: weights[_file(item)], reverse=True)


def _file(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Fail a test that starts a process and is not marked slow."""
    yield
    if _started and item.get_closest_marker("slow") is None:
        pytest.fail(f"starts {_started[0]}, so it must be marked: @pytest.mark.slow")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Generator[None, None, None]:
    """Forget which programs the tests before have started."""
    _started.clear()
    yield


def _noted_start(process: BaseProcess, start: Callable[..., None] = BaseProcess.start) -> None:
    _started.append(process.name)
    start(process)


def _note_process(event: str, arguments: tuple[Any, ...]) -> None:
    if event in {"os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system", "tests.fork"}:
        _started.append(event)
    elif event == "subprocess.Popen" and Path(str(arguments[0])).name not in QUICK_PROGRAMS:
        _started.append(str(arguments[0]))


@pytest.fixture(scope="session", autouse=True)
def _programs_hear_ctrl_c() -> None:
    """Let programs that tests begin hear Ctrl-C, where a shell began pytest in the background."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def _state_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let the programs under test keep their state in a folder of their own."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_STATE_HOME", "LOCALAPPDATA"):
            patch.setenv(name, str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="session")
def cifar10_folder() -> Path:
    """A folder that holds CIFAR-10's test set (after JPEG), unpacked once and kept between runs."""
    unpacker = SHARED_DATA / "unpack_cifar10.py"
    if not unpacker.is_file():
        pytest.skip(f"{unpacker} is missing, so there is no CIFAR-10 to read")
    kept = Path(tempfile.gettempdir(), f"human-mixup-tests-{getpass.getuser()}", "cifar10")
    if not (kept / "cifar-10-batches-bin" / "test_batch.bin").is_file():
        kept.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent) as unfinished:
            subprocess.run([sys.executable, os.fspath(unpacker), unfinished], check=True)
            new = Path(unfinished, "cifar-10-batches-bin")
            for training in new.glob("data_batch_*.bin"):
                training.unlink()
            if not (kept / new.name).exists():  # tests that run beside these may have been faster
                new.replace(kept / new.name)
    return kept


@pytest.fixture(scope="session")
def h_mix_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published H-Mix as a study folder."""
    published = SHARED_DATA / "h-mix"
    if not published.is_dir():
        pytest.skip(f"{published} is missing, so there is no H-Mix to import")
    from learn.hmix.import_study import import_hmix  # with all of pandas, which few tests need

    out = tmp_path_factory.mktemp("h-mix") / "study"
    import_hmix(published, out)
    return out
