"""Runs the commands `elicit` and `learn`: inside the tests' own process, or in one of their own.

A process of its own takes a second or more to import what a command needs. Most tests ask what a
command says and writes, which is the same inside the tests' process: tests/test_commands.py holds
the two beside each other.
"""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn
from unittest import mock

import pytest

RUNS = {
    name: f"from {name}.cli import run_app; run_app()"
    for name in ("elicit", "learn")
}  # fmt: skip
OWN_MODULES = r"(elicit|learn|stimuli)(\..*)?\Z"
NEEDS_A_PROCESS = ("psychopy", "pyglet")  # a window leaves state that no test can take back


@dataclass(frozen=True)
class CommandResult:
    """How a command ended, and what it printed."""

    code: int
    said: str  # on stderr
    shown: str  # on stdout


def run_here(
    name: str,
    arguments: tuple[str, ...],
    environment: Mapping[str, str] = os.environ,
    folder: Path | None = None,
    encoding: str = "utf-8",
) -> CommandResult:
    """Run a command inside this process, with no terminal; leave the process as it was.

    Args:
        name: `elicit` or `learn`.
        arguments: what is typed after the name.
        environment: all environment variables that the command sees.
        folder: where it runs, if not where the tests run.
        encoding: of its output, such as a console of Windows has.

    Raises:
        Exception: where the command would end with a traceback.
    """
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding=encoding) for _ in range(2))
    window = {module for module in NEEDS_A_PROCESS if module in sys.modules}
    run_app = _app(name)
    with ExitStack() as held:
        held.enter_context(unchanged_process())
        os.chdir(folder or Path.cwd())
        held.enter_context(mock.patch.dict(os.environ, dict(environment), clear=True))
        held.enter_context(mock.patch.object(sys, "argv", [name, *arguments]))
        nothing = held.enter_context(open(os.devnull, encoding="utf-8"))
        held.enter_context(mock.patch.object(sys, "stdin", nothing))
        held.enter_context(redirect_stdout(out))
        held.enter_context(redirect_stderr(err))
        held.enter_context(warnings.catch_warnings())
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", category=EncodingWarning)  # of others
        warnings.filterwarnings("error", category=EncodingWarning, module=OWN_MODULES)
        with pytest.raises(SystemExit, match=r"^\d+$") as ended:
            run_app()
    loaded = {module for module in NEEDS_A_PROCESS if module in sys.modules} - window
    assert not loaded, f"{name} {arguments[0]} loads {loaded}: run it in a process of its own"
    return CommandResult(int(str(ended.value)), _text(err), _text(out))


def run_apart(
    name: str,
    arguments: tuple[str, ...],
    environment: Mapping[str, str],
    stdin: int = subprocess.DEVNULL,
) -> CommandResult:
    """Run a command in a process of its own, as a shell does.

    Args:
        name: `elicit` or `learn`.
        arguments: what is typed after the name.
        environment: all environment variables that the command sees.
        stdin: a file descriptor to read from, such as a terminal's.
    """
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", RUNS[name], *arguments],
        env=dict(environment),
        stdin=stdin,
        start_new_session=True,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return CommandResult(done.returncode, done.stderr, done.stdout)


@contextmanager
def unchanged_process() -> Iterator[None]:
    """Take back what a command changes in its process: signals, umask, folder, threads, figures."""
    handlers = {each: signal.getsignal(each) for each in signal.valid_signals()}
    folder, mask = Path.cwd(), os.umask(0o077)
    os.umask(mask)
    with ExitStack() as held:
        if (torch := sys.modules.get("torch")) is not None:
            held.callback(torch.set_num_threads, torch.get_num_threads())
            exact = torch.are_deterministic_algorithms_enabled()
            held.callback(torch.use_deterministic_algorithms, exact)
        if (matplotlib := sys.modules.get("matplotlib")) is not None:
            held.enter_context(matplotlib.rc_context())
        try:
            yield
        finally:
            for number, handler in handlers.items():
                if signal.getsignal(number) is not handler:
                    signal.signal(number, handler)
            os.chdir(folder)
            os.umask(mask)


def _app(name: str) -> Callable[[], NoReturn]:
    if name == "elicit":
        from elicit.cli import run_app
    else:
        from learn.cli import run_app

        if find_spec("torch"):
            import_module("torch")  # now, so that what a command sets in it can be taken back
    return run_app


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    # click takes ASCII for a terminal that is not set up, and gives it UTF-8
    return buffer.getvalue().decode("utf-8" if stream.encoding == "ascii" else stream.encoding)
