"""What training needs loads on a machine that has torch and little else."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MISSING = ("pydantic", "psychopy", "pyarrow")
LIGHT = [
    "learn.policies.policy",
    "learn.policies.file",
    "learn.policies.features",
    "learn.policies.image_aware",
]
ON_TORCH = ["learn.policies.lookup", "learn.human_mixup"]


def loading(modules: list[str], then: str = "") -> subprocess.CompletedProcess[str]:
    """Import modules in a fresh interpreter in which the MISSING cannot be imported."""
    code = [f"import sys; sys.modules.update(dict.fromkeys({MISSING}))"]
    code += [f"import {module}" for module in modules]
    return subprocess.run(
        [sys.executable, "-c", "\n".join([*code, then])],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_policies_and_features_load_without_the_lab_s_packages() -> None:
    done = loading(LIGHT)
    assert (done.returncode, done.stderr) == (0, "")


def test_human_mixup_loads_and_reads_a_policy_without_the_lab_s_packages(tmp_path: Path) -> None:
    pytest.importorskip("torchvision")
    then = (
        "from pathlib import Path; import torch; from learn.policies.policy import mixup\n"
        f"path = Path({str(tmp_path / 'policy.json')!r})\n"
        "learn.policies.file.save(mixup(('cat', 'dog')), path)\n"
        "human = learn.human_mixup.HumanMixUp(path, num_classes=2)\n"
        "print(*human(torch.rand(2, 3, 4, 4), torch.tensor([0, 1]))[1].shape)"
    )
    done = loading([*LIGHT, *ON_TORCH], then)
    assert (done.returncode, done.stdout) == (0, "2 2\n"), done.stderr


def test_the_guard_bites_where_a_module_does_need_them() -> None:
    done = loading(["learn.study.table"])
    assert done.returncode == 1
    assert "import of py" in done.stderr


@pytest.mark.parametrize("command", ["train", "table1", "embed"])
def test_training_without_torch_says_what_to_install(command: str) -> None:
    code = (
        "import sys, importlib.util as util; find = util.find_spec\n"
        "util.find_spec = lambda name, *more: None if name == 'torch' else find(name, *more)\n"
        f"sys.argv = ['learn', {command!r}, '--source', 'pictograms']\n"
        "from learn.cli import run_app; run_app()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "torch: not installed, and training needs it" in done.stderr
    assert "Traceback" not in done.stderr
