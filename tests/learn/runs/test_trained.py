"""A trained network is taken out of its run folder for other code."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from elicit.errors import ElicitError
from learn import load_checkpoint
from learn.runs import run as one_run
from learn.training.data import Inputs
from stimuli.sources.pictograms import CLASSES
from tests.learn.helpers.tiny_runs import draw_pictograms, tiny_settings

INPUTS = Inputs(train="0:20", holdout="60:70")
HERE = one_run.Hardware("cpu", 1, 0.0)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """Return the folder of a run, and its measures."""
    out = tmp_path_factory.mktemp("runs") / "run"
    return out, one_run.run(tiny_settings(), INPUTS, out, HERE)


def test_the_network_says_of_the_holdout_what_the_run_measured(finished: Any) -> None:
    folder, measured = finished
    trained = load_checkpoint(folder)
    assert trained.classes == CLASSES
    assert (trained.epoch, trained.settings.epochs) == (2, 2)
    assert not trained.network.training
    ids = np.arange(60, 70)
    pixels = torch.from_numpy(draw_pictograms(ids)).permute(0, 3, 1, 2).float() / 255
    with torch.no_grad():
        logits = trained.network(pixels)
    loss = torch.nn.functional.cross_entropy(logits, torch.from_numpy(ids % len(CLASSES)))
    assert float(loss) == pytest.approx(measured["ce"], rel=1e-4)


@pytest.mark.parametrize("lacking", ["run.json", "checkpoint.pt"])
def test_a_folder_that_is_no_run_is_told(finished: Any, tmp_path: Path, lacking: str) -> None:
    for name in {"run.json", "checkpoint.pt"} - {lacking}:
        (tmp_path / name).write_bytes((finished[0] / name).read_bytes())
    with pytest.raises(ElicitError, match=f"has no {lacking}; make a run folder with: learn train"):
        load_checkpoint(tmp_path)


def test_a_checkpoint_of_another_network_is_told(finished: Any, tmp_path: Path) -> None:
    record = (finished[0] / "run.json").read_text(encoding="utf-8")
    (tmp_path / "run.json").write_text(record.replace("0.0625", "0.125"), encoding="utf-8")
    (tmp_path / "checkpoint.pt").write_bytes((finished[0] / "checkpoint.pt").read_bytes())
    with pytest.raises(ElicitError, match=r"checkpoint\.pt: is not of the network in run\.json: "):
        load_checkpoint(tmp_path)
    (tmp_path / "checkpoint.pt").write_bytes(b"PK broken")
    with pytest.raises(ElicitError, match=r"checkpoint\.pt: cannot be read as a checkpoint: "):
        load_checkpoint(tmp_path)
