"""A set's hashes are compared with the pixels: no session shows other images than the set's."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from elicit.design import build as design
from elicit.errors import ProtocolError
from elicit.protocol.study_protocol import StudyProtocol, load
from stimuli.manifest.write import describe, write_manifest
from stimuli.processes.mixup import MixupProcess
from stimuli.sets.build import build_batches
from stimuli.sources.endpoints import open_source
from tests.elicit.helpers.commands import elicit
from tests.elicit.helpers.factories import GRID, block, study, write_protocol

EACH = 6  # images a class
OTHERS = (
    r"blocks\.0(\.manifest)?: .*set\.csv:\d+: fingerprint_[ij]: the set was made with "
    r"[0-9a-f]{16}, these images give [0-9a-f]{16}; use the images it was made from, or make a "
    r"new set from these"
)


def images(folder: Path, seed: int, changed: tuple[str, int] | None = None) -> Path:
    """Make a folder of noise: two classes, EACH images; one of them is unlike where told."""
    for number, name in enumerate(("cat", "dog")):
        (folder / name).mkdir(parents=True)
        for k in range(EACH):
            rng = np.random.default_rng([seed + ((name, k) == changed), number, k])
            pixels = rng.integers(0, 256, (32, 32, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{k}.png")
    return folder


@pytest.fixture
def made_from(tmp_path: Path) -> Path:
    """The folder that the set was made from."""
    return images(tmp_path / "a", seed=1)


@pytest.fixture
def protocol(tmp_path: Path, made_from: Path) -> Path:
    """A protocol whose set is pinned by a manifest: three batches of two pairs."""
    source = open_source(str(made_from), 32)
    batches = build_batches(source, per_combination=EACH, batch_size=2, seed=0, lambdas=None)
    write_manifest(tmp_path / "set.csv", describe(batches, MixupProcess(source), GRID))
    pinned = block("construct", manifest=str(tmp_path / "set.csv"), practice=1)
    for key in ("per_combination", "batch_size", "classes"):
        del pinned[key]
    return write_protocol(tmp_path, study(pinned, stimuli={"source": str(made_from)}))


@pytest.mark.parametrize("name", ["validate", "simulate", "run"])
def test_a_command_refuses_images_that_the_set_was_not_made_from(
    name: str,
    protocol: Path,
    tmp_path: Path,
) -> None:
    images(tmp_path / "b", seed=7)
    logs = () if name == "validate" else ("--logs", tmp_path / "logs")
    more = {
        "simulate": ("--participants", "1", "--observer", "ideal"),
        "run": ("--participant", "P01", "--session", "1"),
    }.get(name, ())
    given = (name, protocol, *logs, *more, "--stimuli")
    ended = elicit(tmp_path, *given, tmp_path / "b")
    assert ended.code == 1
    assert len(ended.said.splitlines()) == 1
    assert re.search(OTHERS, ended.said)
    assert not list((tmp_path / "logs").glob("data/*_data.csv"))
    assert not list((tmp_path / "logs").glob("allocation/*"))


def design_of(asked: StudyProtocol, folder: Path, allocation: int) -> design.SessionPlan:
    return design.build(asked, open_source(str(folder), 32), "P01", 1, allocation)


def test_one_changed_pixel_stops_only_the_sessions_that_would_show_it(
    protocol: Path, made_from: Path, tmp_path: Path
) -> None:
    asked = load(protocol)
    source = open_source(str(made_from), 32)
    shown = {
        place: {
            image
            for trial in design_of(asked, made_from, place).trials
            for image in (trial.pair.image_i, trial.pair.image_j)
        }
        for place in range(3)
    }
    changed = min(shown[0] - shown[1])
    assert source.class_of(changed) in {"cat", "dog"}
    name, number = ("cat", changed) if changed < EACH else ("dog", changed - EACH)
    images(tmp_path / "b", seed=1, changed=(name, number))
    for place, ids in shown.items():
        if changed in ids:
            with pytest.raises(ProtocolError, match=OTHERS):
                design_of(asked, tmp_path / "b", place)
    assert design_of(asked, tmp_path / "b", 1) == design_of(asked, made_from, 1)


def test_a_session_does_not_go_on_with_other_pixels_than_it_began_with(
    made_from: Path,
    tmp_path: Path,
) -> None:
    dealt = block("construct", classes=["cat", "dog"], per_combination=EACH, batch_size=EACH)
    path, logs = write_protocol(tmp_path, study(dealt)), tmp_path / "logs"
    leaver = ("--observer", "leaver")
    here = ("--logs", logs, "--stimuli")
    elicit(tmp_path, "simulate", path, "--participants", "1", *leaver, *here, made_from)
    images(tmp_path / "b", seed=7)
    resume = ("--participant", "leaver0001", "--session", "1", "--resume")
    ended = elicit(tmp_path, "run", path, *resume, *here, tmp_path / "b")
    assert ended.code == 1
    assert re.search(
        r"_data\.csv: trial 0: fingerprint_i: was answered on image [0-9a-f]{16}, the images "
        r"now give [0-9a-f]{16}; use the images that the session began with",
        ended.said,
    )
