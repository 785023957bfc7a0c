"""A disk on which one look-up or one write fails, inside the tests' own process."""

from __future__ import annotations

import builtins
import io
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

CALLS: tuple[tuple[Any, str], ...] = (
    *((os, name) for name in ("stat", "lstat", "open", "scandir", "listdir", "mkdir", "fsync")),
    *((os, name) for name in ("replace", "rename", "link", "unlink", "utime")),
    (io, "open"),
)


@dataclass
class FailingDisk:
    """A folder; the call about it whose turn it is fails."""

    folder: Path
    turn: int  # of the call that fails, from 1
    code: int  # of the error, as errno has it
    calls: int = 0
    failed: str = ""  # the call that failed

    @contextmanager
    def fail(self) -> Iterator[None]:
        """Let the call fail within the `with` block."""
        with ExitStack() as held:
            for module, name in CALLS:
                call = self._wrap(getattr(module, name), name)
                held.enter_context(mock.patch.object(module, name, call))
            held.enter_context(mock.patch.object(builtins, "open", io.open))
            yield

    def _wrap(self, call: Callable[..., Any], name: str) -> Callable[..., Any]:
        def count(*given: Any, **named: Any) -> Any:
            if given and self._is_about_it(given[0]):
                self.calls += 1
                if self.calls == self.turn:
                    self.failed = f"{name} {given[0]}"
                    path = None if isinstance(given[0], int) else given[0]
                    raise OSError(self.code, os.strerror(self.code), path)
            return call(*given, **named)

        return count

    def _is_about_it(self, what: Any) -> bool:
        if isinstance(what, int):  # an open file
            try:
                what = os.readlink(f"/proc/self/fd/{what}")
            except OSError:
                return False
        return str(os.path.abspath(what)).startswith(str(self.folder))
