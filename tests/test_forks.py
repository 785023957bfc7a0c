"""Forked processes are as others are: what tests of windows and trainings rely on."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.helpers.forks import start_fork

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is forked"),
]
PRELOAD = ("json",)


def test_a_fork_has_its_own_arguments_environment_folder_and_streams(tmp_path: Path) -> None:
    code = """
import os, sys
assert "json" in sys.modules
print(sys.argv, dict(os.environ), os.getcwd(), input())
print("ä", file=sys.stderr)
sys.exit(3)
"""
    process = start_fork(PRELOAD, code, "a", "b", environment={"X": "1"}, folder=tmp_path)
    assert process.stdin is not None
    process.stdin.write("hello\n")
    shown, said = process.communicate()
    assert (process.returncode, said) == (3, "ä\n")
    assert shown == f"['-c', 'a', 'b'] {{'X': '1'}} {tmp_path} hello\n"


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_fork_gets_signals_as_a_process_that_is_started(by: signal.Signals) -> None:
    process = start_fork(PRELOAD, "print('here', flush=True); import time; time.sleep(60)")
    assert process.stdout is not None
    assert process.stdout.readline() == "here\n"
    assert process.poll() is None
    process.send_signal(by)
    _, said = process.communicate(timeout=30)
    assert process.returncode == -by
    assert said.endswith("KeyboardInterrupt\n") is (by == signal.SIGINT)


def test_an_error_in_a_fork_is_told_and_harms_no_other() -> None:
    failing, waiting = start_fork(PRELOAD, "1 / 0"), start_fork(PRELOAD, "print(input())")
    assert failing.communicate()[1].endswith("ZeroDivisionError: division by zero\n")
    assert failing.returncode == 1
    assert waiting.stdin is not None
    waiting.stdin.write("still here\n")
    assert waiting.communicate() == ("still here\n", "")
    assert waiting.returncode == 0


def test_forks_start_after_a_pause_though_sockets_have_little_patience(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "impatient.py").write_text(
        "import socket\nsocket.setdefaulttimeout(0.05)\n", encoding="utf-8"
    )
    path = os.pathsep.join([str(tmp_path), *os.environ.get("PYTHONPATH", "").split(os.pathsep)])
    monkeypatch.setenv("PYTHONPATH", path)
    for pause_s in (0.0, 0.3):
        time.sleep(pause_s)
        process = start_fork(("impatient",), "print('here')")
        assert process.communicate() == ("here\n", "")
