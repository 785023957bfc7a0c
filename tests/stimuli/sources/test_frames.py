"""Folders of frames: what is shown, and what of them cannot be."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stimuli.errors import StimulusError
from stimuli.mixing import fingerprint
from stimuli.sets.build import build_batches
from stimuli.sets.practice import draw_practice_pairs
from stimuli.sources.endpoints import open_source
from stimuli.sources.frames import FrameFolder
from tests.stimuli.helpers.morphs import write_frames
from tests.test_system_files import litter


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    """Three continua of a cat and a dog, five frames each, 16 pixels."""
    return write_frames(tmp_path / "faces", side=16)


def read_pixels(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Return a frame as the file has it."""
    with Image.open(path) as image:
        return np.array(image)


def test_each_frame_is_shown_as_its_file_has_it(faces: Path) -> None:
    source = FrameFolder(faces, 16)
    for number, continuum in enumerate(source.continua):
        pair = (2 * number, 2 * number + 1)
        for lambda_f in (0, 0.25, 0.5, 0.75, 1):
            pixels = read_pixels(continuum.folder / f"{lambda_f:.2f}.png")
            assert (source.frame(pair, lambda_f) == pixels).all()
            assert (source.frame(pair[::-1], 1 - lambda_f) == pixels).all()
            assert source.fingerprint(pair, lambda_f) == fingerprint(pixels)
        assert (source.image(pair[0]) == read_pixels(continuum.folder / "1.00.png")).all()
        assert [source.class_of(each) for each in pair] == ["cat", "dog"]


def test_a_frame_beside_the_one_asked_for_is_never_taken(faces: Path) -> None:
    source = FrameFolder(faces, 16)
    with pytest.raises(StimulusError, match=r"cat__dog/0000: .* none at 0\.250001; got 0, 0\.25"):
        source.frame((0, 1), 0.250001)
    source.frame((0, 1), 0.1 + 0.15)  # 0.25 but for the last digit


def test_a_pair_is_of_one_continuum(faces: Path) -> None:
    source = FrameFolder(faces, 16)
    with pytest.raises(StimulusError, match="end frames of one continuum"):
        source.frame((0, 3), 0.5)
    (batch,) = build_batches(source, per_combination=3, batch_size=3, seed=0)
    assert sorted(item.images for item in batch) == [(0, 1), (2, 3), (4, 5)]
    taken = [item.pair for item in batch[:2]]
    practice = draw_practice_pairs(source, [("cat", "dog")], 2, 0, taken)
    assert practice == (batch[2].pair,)
    with pytest.raises(StimulusError, match="cat and dog have 3 pairs; 4 asked for"):
        build_batches(source, per_combination=4, batch_size=3, seed=0)


def test_classes_without_a_continuum_are_not_asked_about(faces: Path) -> None:
    shutil.copytree(faces / "cat__dog", faces / "bird__frog")
    source = FrameFolder(faces, 16)
    batches = build_batches(source, per_combination=2, batch_size=9, seed=0)
    assert {item.classes for batch in batches for item in batch} == {
        ("bird", "frog"),
        ("cat", "dog"),
    }
    with pytest.raises(StimulusError, match="classes: must be classes with pairs of images"):
        build_batches(source, per_combination=1, batch_size=9, seed=0, classes=("bird", "cat"))


def test_a_list_names_frames_of_any_name(faces: Path) -> None:
    plain = FrameFolder(faces, 16)
    before = {each: plain.frame((2, 3), each) for each in (0, 0.25, 0.5, 0.75, 1)}
    folder = faces / "cat__dog" / "0001"
    listing = ["file,lambda_f"]
    for number, path in enumerate(sorted(folder.glob("*.png"))):
        listing.append(f"step {number}.png,{path.stem}")
        path.rename(folder / f"step {number}.png")
    (folder / "notes.txt").write_text("made by hand", encoding="utf-8")
    (folder / "frames.csv").write_text("\n".join(listing), encoding="utf-8")
    named = FrameFolder(faces, 16)
    for lambda_f, frame in before.items():
        assert (named.frame((2, 3), lambda_f) == frame).all()


def test_of_frames_that_are_not_square_the_middle_is_shown(tmp_path: Path) -> None:
    folder = tmp_path / "faces" / "cat__dog" / "a"
    folder.mkdir(parents=True)
    pixels = np.random.default_rng(0).integers(0, 256, (12, 20, 3), dtype=np.uint8)
    for name in ("0", "1"):
        Image.fromarray(pixels).save(folder / f"{name}.png")
    shown = FrameFolder(tmp_path / "faces", 12).frame((0, 1), 0)
    assert (shown == pixels[:, 4:16]).all()


def test_what_systems_leave_is_no_frame(faces: Path) -> None:
    litter(faces)
    assert len(FrameFolder(faces, 16).continua) == 3


def test_a_frame_that_changes_while_it_is_in_use_is_told(faces: Path) -> None:
    source = FrameFolder(faces, 16)
    source.fingerprint((0, 1), 0.5)
    source._read.cache_clear()
    shutil.copy(faces / "cat__dog/0001/0.50.png", faces / "cat__dog/0000/0.50.png")
    with pytest.raises(StimulusError, match=r"0000/0\.50\.png: was changed while it was in use"):
        source.frame((0, 1), 0.5)


def _list_frames(folder: Path, *lines: str, header: str = "file,lambda_f") -> None:
    (folder / "cat__dog/0001/frames.csv").write_text("\n".join([header, *lines]), encoding="utf-8")


def _empty(faces: Path) -> None:
    for continuum in (faces / "cat__dog").iterdir():
        shutil.rmtree(continuum)


def _shrink(path: Path) -> None:
    Image.new("RGB", (15, 16)).save(path)


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "no end 0": (
        lambda faces: (faces / "cat__dog/0001/0.00.png").unlink(),
        r"cat__dog/0001: must have a frame at lambda_f 0, all dog; got 0\.25, 0\.5, 0\.75, 1$",
    ),
    "no end 1": (
        lambda faces: (faces / "cat__dog/0001/1.00.png").unlink(),
        r"cat__dog/0001: must have a frame at lambda_f 1, all cat; got 0, 0\.25, 0\.5, 0\.75$",
    ),
    "two sizes": (
        lambda faces: _shrink(faces / "cat__dog/0002/0.50.png"),
        r"cat__dog/0002/0\.50\.png: all frames must have one size, 16x16 pixels, as "
        r".*cat__dog/0000/0\.00\.png has; got 15x16$",
    ),
    "a share twice": (
        lambda faces: shutil.copy(
            faces / "cat__dog/0001/0.50.png", faces / "cat__dog/0001/0.5.png"
        ),
        r"cat__dog/0001/0\.50\.png: lambda_f 0\.5 must be there once in a continuum, got it in "
        r"0\.5\.png too$",
    ),
    "a text file": (
        lambda faces: (faces / "cat__dog/0001/0.50.png").write_text("half", encoding="utf-8"),
        r"cat__dog/0001/0\.50\.png: a frame must be an image, got a file that is none",
    ),
    "another name": (
        lambda faces: (faces / "cat__dog/0001/notes.txt").write_text("x", encoding="utf-8"),
        r"cat__dog/0001/notes\.txt: a frame must be an image named by its lambda_f, from 0\.00",
    ),
    "a share above 1": (
        lambda faces: (faces / "cat__dog/0001/0.50.png").rename(faces / "cat__dog/0001/1.5.png"),
        r"cat__dog/0001/1\.5\.png: a frame must be an image named by its lambda_f",
    ),
    "one class": (
        lambda faces: (faces / "cat__dog").rename(faces / "catdog"),
        r"catdog: the name must be two classes with __ between them, such as cat__dog, got 'catd",
    ),
    "three classes": (
        lambda faces: (faces / "cat__dog").rename(faces / "cat__dog__frog"),
        r"cat__dog__frog: the name must be two classes",
    ),
    "one class twice": (
        lambda faces: (faces / "cat__dog").rename(faces / "cat__cat"),
        r"cat__cat: the name must be two classes",
    ),
    "the other order": (
        lambda faces: (faces / "cat__dog").rename(faces / "dog__cat"),
        r"dog__cat: the classes must be in alphabetical order, cat__dog, got 'dog__cat'; rename",
    ),
    "a frame that is lost": (
        lambda faces: shutil.copy(faces / "cat__dog/0001/0.50.png", faces / "cat__dog/0.50.png"),
        r"cat__dog/0\.50\.png: a frame must be in a continuum's folder",
    ),
    "nothing": (
        lambda faces: shutil.rmtree(faces / "cat__dog"),
        r"faces: must hold a folder for every two classes, such as cat__dog, got no folder$",
    ),
    "no continuum": (
        _empty,
        r"cat__dog: must hold the frames of one continuum each, such as 0001, got no folder$",
    ),
    "a list of lost files": (
        lambda faces: _list_frames(faces, "0.00.png,0", "lost.png,0.5", "1.00.png,1"),
        r"0001/frames\.csv:3: file: must be the name of a file in .*0001, got 'lost\.png'$",
    ),
    "a list of wrong shares": (
        lambda faces: _list_frames(faces, "0.00.png,0", "1.00.png,1.5"),
        r"0001/frames\.csv:3: lambda_f: must be a number from 0 to 1, such as 0\.25, got '1\.5'$",
    ),
    "a list that says a share twice": (
        lambda faces: _list_frames(faces, "0.00.png,0", "0.25.png,0.5", "0.50.png,.5"),
        r"0001/frames\.csv:4: lambda_f: must be a number from 0 to 1, such as 0\.25, got '\.5'$",
    ),
    "a list without a column": (
        lambda faces: _list_frames(faces, "0.00.png,0", header="file,share"),
        r"0001/frames\.csv:1: no column lambda_f; the columns must be file, lambda_f$",
    ),
    "a list outside": (
        lambda faces: _list_frames(faces, "../0000/0.00.png,0"),
        r"0001/frames\.csv:2: file: must be the name of a file",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_one_line_with_folder_and_frame(name: str, faces: Path) -> None:
    spoil, told = BAD[name]
    spoil(faces)
    with pytest.raises(StimulusError, match=told) as caught:
        open_source(str(faces), 16, "frames")
    assert "\n" not in str(caught.value)


def test_another_side_is_told_instead_of_scaling(faces: Path) -> None:
    with pytest.raises(StimulusError, match=r"faces: image_size must be 16, .*; got 32$"):
        open_source(str(faces), 32, "frames")


def test_a_torn_frame_is_told_when_it_is_read(faces: Path) -> None:
    path = faces / "cat__dog/0001/0.50.png"
    path.write_bytes(path.read_bytes()[:200])
    source = FrameFolder(faces, 16)
    with pytest.raises(StimulusError, match=r"0001/0\.50\.png: not an image that can be shown"):
        source.frame((2, 3), 0.5)
