"""What a Slurm job leaves is read without running anything in it."""

import os
import pickle
from pathlib import Path

import pytest

pytest.importorskip("torch")
cloudpickle = pytest.importorskip("cloudpickle")

from learn.sweeps.slurm import make_private, read_result


class Trap:
    """A pickle that makes a file when it is loaded in the ordinary way."""

    def __init__(self, made: Path) -> None:
        self.made = made

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.made),)


@pytest.mark.parametrize("result", [("success", ""), ("error", "Traceback ...\nOSError: gone")])
def test_a_result_that_submitit_stored_is_read(tmp_path: Path, result: tuple[str, str]) -> None:
    (tmp_path / "1_0_result.pkl").write_bytes(cloudpickle.dumps(result))
    assert read_result(tmp_path / "1_0_result.pkl") == result


@pytest.mark.parametrize("dumps", [pickle.dumps, cloudpickle.dumps])
def test_nothing_in_a_result_is_run(tmp_path: Path, dumps: object) -> None:
    assert callable(dumps)
    made, path = tmp_path / "made", tmp_path / "1_0_result.pkl"
    path.write_bytes(dumps(("success", Trap(made))))
    with pytest.raises(ValueError, match=r"1_0_result\.pkl: not a job's result: it asks for posix"):
        read_result(path)
    assert not made.exists()
    pickle.loads(path.read_bytes())
    assert made.exists(), "the trap is set"


@pytest.mark.parametrize(
    "content", [b"", b"\x80", pickle.dumps("success"), pickle.dumps(("success", 3)), b"(" * 10_000]
)
def test_a_result_of_another_form_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "1_0_result.pkl").write_bytes(content)
    with pytest.raises(ValueError, match=r"1_0_result\.pkl: not a job's result: "):
        read_result(tmp_path / "1_0_result.pkl")


@pytest.mark.parametrize("mode", [None, 0o777, 0o775, 0o755, 0o700])
def test_the_folder_from_which_nodes_load_their_jobs_is_nobody_else_s_to_write(
    tmp_path: Path, mode: int | None
) -> None:
    folder = tmp_path / "runs" / "slurm"
    if mode is not None:
        folder.mkdir(parents=True)
        folder.chmod(mode)
    make_private(folder)
    assert folder.stat().st_mode & 0o022 == 0
    assert mode is None or folder.stat().st_mode & 0o755 == mode & 0o755
