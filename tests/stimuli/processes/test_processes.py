"""Every process, by its name."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from elicit.commands.stimuli import ProcessKind
from stimuli.errors import StimulusError
from stimuli.manifest.read import read_manifest
from stimuli.manifest.write import describe, verify_images, write_manifest
from stimuli.mixing import ProcessName, digest, mix
from stimuli.processes import PROCESSES, make_process
from stimuli.processes.process import Process
from stimuli.sets.build import SetItem, build_batches
from stimuli.sources.endpoints import Pictograms, open_source
from tests.stimuli.helpers.morphs import write_frames

GRID = (0.0, 0.25, 0.5, 0.75, 1.0)


def open_process(name: ProcessName, folder: Path, seed: int = 1) -> Process:
    """Return a process of pictograms, or of morphs between them."""
    if name != "frames":
        return make_process(name, Pictograms(), seed)
    frames = folder if folder.exists() else write_frames(folder)
    return make_process(name, open_source(str(frames), 32, "frames"), seed)


def test_every_name_that_a_protocol_may_give_is_a_process() -> None:
    assert tuple(PROCESSES) == get_args(ProcessName) == tuple(each.value for each in ProcessKind)


def test_mixup_is_the_one_mix() -> None:
    source = Pictograms()
    made = make_process("mixup", source, 3).mix((3, 5), 0.3)
    assert (made == mix(source.image(3), source.image(5), 0.3)).all()


@pytest.mark.parametrize("name", PROCESSES)
def test_a_manifest_has_the_hash_of_every_image_and_comes_back_as_it_was(
    name: ProcessName, tmp_path: Path
) -> None:
    process = open_process(name, tmp_path / "faces")
    batches = build_batches(
        process.source, per_combination=2, batch_size=9, seed=0, classes=("cat", "dog")
    )
    rows = describe(batches, process, GRID)
    write_manifest(tmp_path / "set.csv", rows)
    manifest = read_manifest(tmp_path / "set.csv")
    assert manifest.rows == rows
    assert len(rows) == 10
    for row in rows:
        assert row.blend_sha256 == digest(process.mix(row.pair.images, row.lambda_f))
        assert (row.process, row.box is None) == (name, name != "cutmix")
    verify_images(manifest, process)


@pytest.mark.parametrize("name", PROCESSES)
def test_a_set_of_one_process_is_refused_for_another(name: ProcessName, tmp_path: Path) -> None:
    process = open_process(name, tmp_path / "faces")
    image_i, image_j = 0, 1  # the end frames of one continuum; an airplane and a car
    ends = process.source.class_of(image_i), process.source.class_of(image_j)
    batches = ((SetItem(image_i, image_j, *ends, 0.25),),)
    write_manifest(tmp_path / "set.csv", describe(batches, process))
    other = open_process("cutmix" if name == "mixup" else "mixup", tmp_path / "faces")
    with pytest.raises(StimulusError, match=f"images made by {name}, got the process"):
        verify_images(read_manifest(tmp_path / "set.csv"), other)


def test_a_set_of_another_seed_is_told_by_the_rectangle(tmp_path: Path) -> None:
    batches = ((SetItem(3, 5, "cat", "dog", 0.9),),)
    rows = describe(batches, open_process("cutmix", tmp_path, 1))
    write_manifest(tmp_path / "set.csv", rows)
    with pytest.raises(StimulusError, match=r"set\.csv:2: box: the set was made with .* seed"):
        verify_images(read_manifest(tmp_path / "set.csv"), open_process("cutmix", tmp_path, 2))


def test_frames_need_a_folder_of_them() -> None:
    with pytest.raises(StimulusError, match="process: frames needs a folder of frames, got picto"):
        make_process("frames", Pictograms(), 1)
