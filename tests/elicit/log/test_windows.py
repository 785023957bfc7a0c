"""What is done otherwise on Windows, where no such machine is at hand: with its calls replaced."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from elicit.log import files as disk
from elicit.log import processes, station
from stimuli import windows_files

RUNS, ENDED = 259, 0  # what Windows tells of a process


class Kernel:
    """Windows' kernel32, as far as `processes` asks it; knows process 7, which began at `began`."""

    def __init__(self, began: int, state: int = RUNS) -> None:
        self.began, self.state, self.opened, self.closed = began, state, 0, 0
        self.OpenProcess = self.Call(self._open)

    class Call:
        """A function whose result has a type."""

        restype: object = None

        def __init__(self, function: Any) -> None:
            self._function = function

        def __call__(self, *arguments: Any) -> Any:
            return self._function(*arguments)

    def _open(self, _rights: int, _inherits: bool, pid: int) -> int:
        self.opened += pid == 7
        return 11 if pid == 7 else 0

    def GetExitCodeProcess(self, _handle: Any, code: Any) -> None:  # noqa: N802
        code._obj.value = self.state

    def GetProcessTimes(self, _handle: Any, began: Any, *_others: Any) -> None:  # noqa: N802
        began._obj.value = self.began

    def CloseHandle(self, _handle: Any) -> None:  # noqa: N802
        self.closed += 1


def on_windows(monkeypatch: pytest.MonkeyPatch, kernel: Kernel) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("os.kill ends a process on Windows")

    monkeypatch.setattr(ctypes, "WinDLL", lambda *_a, **_k: kernel, raising=False)
    monkeypatch.setattr(os, "kill", refuse)
    monkeypatch.setattr(sys, "platform", "win32")


def test_a_process_on_windows_is_told_by_when_it_began_and_never_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kernel = Kernel(began=1234)
    with monkeypatch.context() as patch:
        on_windows(patch, kernel)
        found = [processes.identity(7), processes.identity(8)]
        kernel.began = 5678  # another process got the number
        found.append(processes.identity(7))
        kernel.state = ENDED
        found.append(processes.identity(7))
    assert found == ["1234", None, "5678", None]
    assert kernel.opened == kernel.closed == 3  # no handle stays open


def test_the_state_folder_on_windows_is_the_user_s_own(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sys, "platform", "win32")
        patch.setenv("LOCALAPPDATA", "C:/Users/x/AppData/Local")
        found = station.state_folder()
        patch.delenv("LOCALAPPDATA")
        otherwise = station.state_folder()
    assert found.as_posix() == "C:/Users/x/AppData/Local/human-mixup"
    assert otherwise == Path.home() / "AppData" / "Local" / "human-mixup"


def test_on_windows_no_folder_is_opened_and_a_new_file_gets_its_name_by_a_rename(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError("no folder can be opened on Windows, and links need rights")

    monkeypatch.setattr(windows_files, "WINDOWS", True)
    monkeypatch.setattr(os, "open", refuse)
    monkeypatch.setattr(os, "link", refuse)
    renames = Path.rename

    def rename(draft: Path, target: Path) -> Path:
        if target.exists():  # as Windows refuses it
            raise FileExistsError(17, "exists", str(target))
        return renames(draft, target)

    monkeypatch.setattr(Path, "rename", rename)
    disk.write_new(tmp_path / "a.json", "first")
    with pytest.raises(FileExistsError, match="exists"):
        disk.write_new(tmp_path / "a.json", "second")
    monkeypatch.undo()
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]
    assert (tmp_path / "a.json").read_text(encoding="utf-8") == "first"
