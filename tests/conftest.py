"""What the tests of several rooms share."""

import getpass
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from learn.hmix.import_study import import_hmix

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


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
    out = tmp_path_factory.mktemp("h-mix") / "study"
    import_hmix(published, out)
    return out
