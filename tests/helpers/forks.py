"""Processes that are forked from one that has imported what they need, and so start at once.

A process that opens a window spends more on imports than on what a test asks of it. `start_fork`
is for tests that do not ask how a program starts. The process it gives has its own folder,
environment and standard streams, gets signals, and ends as any other.

Run as a module with the names of modules, this is the process that imports and forks.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from select import select
from typing import IO, Any, TypeAlias

ROOT = Path(__file__).parents[2]
MAX_REQUEST_BYTES = 2**17


class ForkedProcess:
    """A process that is forked from another, with the methods of `subprocess.Popen`."""

    def __init__(self, streams: Sequence[IO[str]], ending: IO[bytes]) -> None:
        """Wait for the process to be there.

        Args:
            streams: the ends of its standard streams here: input, output, errors.
            ending: gives its id, a line, and when it has ended its exit code, a line.

        Raises:
            ChildProcessError: what forks it is gone.
        """
        self.stdin, self.stdout, self.stderr = streams
        self._ending = ending
        self.returncode: int | Any = None  # as in subprocess
        pid = ending.readline()
        if not pid:
            raise ChildProcessError("the process that forks is gone: see what it wrote above")
        self.pid = int(pid)

    def __enter__(self) -> ForkedProcess:
        return self

    def __exit__(self, *_: object) -> None:
        for stream in (self.stdin, self.stdout, self.stderr):
            with suppress(BrokenPipeError):
                stream.close()
        self.wait()

    def poll(self) -> int | None:
        """Return its exit code, or None while it runs."""
        if self.returncode is None and select([self._ending], [], [], 0)[0]:
            self._read_code()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end and return its exit code.

        Raises:
            subprocess.TimeoutExpired: it runs longer than `timeout` seconds.
        """
        if self.returncode is None:
            if not select([self._ending], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0.0)
            self._read_code()
        return int(self.returncode)

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Close its input, read its output and errors to their ends, and wait for it.

        Raises:
            subprocess.TimeoutExpired: one of the three takes longer than `timeout` seconds.
        """
        self.stdin.close()
        found = ["", ""]

        def read(index: int, stream: IO[str]) -> None:
            found[index] = stream.read()

        readers = [
            threading.Thread(target=read, args=each, daemon=True)
            for each in enumerate((self.stdout, self.stderr))
        ]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join(timeout)
            if reader.is_alive():
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0.0)
        self.stdout.close()
        self.stderr.close()
        self.wait(timeout)
        return found[0], found[1]

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it has not ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def _read_code(self) -> None:
        self.returncode = int(self._ending.readline())
        self._ending.close()


RunningProcess: TypeAlias = "ForkedProcess | subprocess.Popen[str]"


def start_fork(
    preload: tuple[str, ...],
    code: str,
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> RunningProcess:
    """Start a process that runs some code, as `python -c` does; its streams are pipes.

    Off Linux it is a process like any other.

    Args:
        preload: modules that are imported already.
        code: what it runs.
        arguments: what `sys.argv` holds after "-c".
        environment: all its environment variables; those of the tests where None.
        folder: where it runs, if not where the tests run.
    """
    environment = dict(os.environ if environment is None else environment)
    folder = folder or Path.cwd()
    if sys.platform != "linux":
        return subprocess.Popen(
            [sys.executable, "-c", code, *arguments],
            cwd=folder, env=environment, encoding="utf-8",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
    sys.audit("tests.fork", code)
    request = _Request(code, list(arguments), environment, str(folder))
    (its_input, stdin), *outputs = os.pipe(), os.pipe(), os.pipe(), os.pipe()
    theirs = [its_input, *(write for _, write in outputs)]
    message = json.dumps(vars(request)).encode()
    assert len(message) <= MAX_REQUEST_BYTES
    try:
        socket.send_fds(_forker(preload), [message], theirs)
    finally:
        for end in theirs:
            os.close(end)
    (stdout, stderr, ending) = (read for read, _ in outputs)
    streams = [
        os.fdopen(stdin, "w", encoding="utf-8"),
        *(os.fdopen(end, encoding="utf-8") for end in (stdout, stderr)),
    ]
    return ForkedProcess(streams, os.fdopen(ending, "rb", buffering=0))


@dataclass(frozen=True)
class _Request:
    code: str
    arguments: list[str]
    environment: dict[str, str]
    folder: str


@cache
def _forker(preload: tuple[str, ...]) -> socket.socket:
    """Start the process that imports `preload`; return the socket that it reads requests from."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    forker = subprocess.Popen(
        [sys.executable, "-m", __name__, str(theirs.fileno()), *preload],
        cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, pass_fds=[theirs.fileno()],
    )  # fmt: skip
    theirs.close()

    def end() -> None:
        ours.close()
        forker.kill()
        forker.wait()

    atexit.register(end)
    return ours


def _next_request(channel: socket.socket) -> _Request:
    """Fork a process for each request; return only in these, with what is asked of each.

    A keeper between says its id and waits for its end.
    """
    while True:
        message, theirs, _, _ = socket.recv_fds(channel, MAX_REQUEST_BYTES, 4)
        if not message:
            sys.exit()
        if os.fork() == 0:
            break
        for end in theirs:
            os.close(end)
    channel.close()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # which nohup has its programs ignore
    *streams, ending = theirs
    if child := os.fork():
        for end in streams:
            os.close(end)
        os.write(ending, b"%d\n" % child)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        os.write(ending, b"%d\n" % code)
        os._exit(0)
    os.close(ending)
    for number, end in enumerate(streams):
        os.dup2(end, number)
        os.close(end)
    return _Request(**json.loads(message))


def _end_keepers(*_: object) -> None:
    """Take what keepers that have ended leave behind: who waits for all sees the time they took."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _serve(channel: int, *preload: str) -> None:
    for name in preload:
        import_module(name)
    heard = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the tests and for these
    signal.signal(signal.SIGCHLD, _end_keepers)
    requests = socket.socket(fileno=channel)
    requests.settimeout(None)  # PsychoPy gives every new socket one
    asked = _next_request(requests)
    signal.signal(signal.SIGINT, heard)
    os.chdir(asked.folder)
    os.environ.clear()
    os.environ.update(asked.environment)
    sys.argv = ["-c", *asked.arguments]
    sys.stdin, sys.stdout, sys.stderr = (
        os.fdopen(0, encoding="utf-8", closefd=False),
        os.fdopen(1, "w", encoding="utf-8", closefd=False),
        os.fdopen(2, "w", 1, encoding="utf-8", errors="backslashreplace", closefd=False),
    )
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(asked.code, "<string>", "exec"), names)


if __name__ == "__main__":
    _serve(int(sys.argv[1]), *sys.argv[2:])
