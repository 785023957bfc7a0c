"""Which process on this computer is which, beyond its number, that others get after it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def identity(pid: int) -> str | None:
    """Return when process `pid` began, which no other process of that number shares.

    None where no process has the number.
    """
    if sys.platform == "win32":
        return _windows(pid)
    if sys.platform.startswith("linux"):
        return _linux(pid)
    done = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    return done.stdout.strip() or None


def this() -> tuple[int, str]:
    """Return number and identity of this process."""
    pid = os.getpid()
    return pid, identity(pid) or ""


def name_numbering() -> str:
    """Return which processes this one knows by number: those of its computer, or container.

    Two processes with the same text, if it is not blank, mean the same process by a number.
    """
    try:
        return f"{_boot()}-{os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:
        return ""


def _linux(pid: int) -> str | None:
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = status.rpartition(")")[2].split()  # the name before it may hold anything
    if fields[0] in {"Z", "X"}:
        return None  # ended, and not yet cleared away
    return f"{_boot()}-{fields[19]}"  # start in clock ticks since the computer started


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")[:8]
    except OSError:
        return ""


def _windows(pid: int) -> str | None:
    if sys.platform != "win32":
        raise AssertionError("of Windows only")
    import ctypes

    query, still_active = 0x1000, 259
    kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel.OpenProcess.restype = ctypes.c_void_p
    handle = kernel.OpenProcess(query, False, pid)
    if not handle:
        return None
    times = [ctypes.c_uint64() for _ in range(4)]
    code = ctypes.c_uint32()
    try:
        kernel.GetExitCodeProcess(ctypes.c_void_p(handle), ctypes.byref(code))
        kernel.GetProcessTimes(ctypes.c_void_p(handle), *(ctypes.byref(time) for time in times))
    finally:
        kernel.CloseHandle(ctypes.c_void_p(handle))
    return str(times[0].value) if code.value == still_active else None
