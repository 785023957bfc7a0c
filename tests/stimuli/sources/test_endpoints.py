"""Where endpoint images come from, as a person names it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stimuli.errors import StimulusError
from stimuli.sources import pictograms
from stimuli.sources.cifar10 import Cifar10
from stimuli.sources.endpoints import EndpointSource, Pictograms, open_source
from stimuli.sources.folder import Folder
from tests.stimuli.helpers.cifar_files import some_images, write_binary, write_python


def write_class_folders(parent: Path) -> Path:
    for number, name in enumerate(("apple", "pear")):
        (parent / name).mkdir(parents=True)
        Image.fromarray(some_images(1, seed=number)[0]).save(parent / name / "a.png")
    return parent


def test_the_pictograms_need_no_folder() -> None:
    source = open_source("pictograms")
    assert (source.name, source.image_size) == ("pictograms", 32)
    assert source.classes == pictograms.CLASSES


def test_a_pictogram_s_id_tells_its_class_and_instance() -> None:
    source = Pictograms()
    for index, name in enumerate(source.classes):
        assert source.image_id(name, 7) == 70 + index
        assert source.class_of(70 + index) == name


@pytest.mark.parametrize("image_size", [32, 96])
def test_a_pictogram_is_the_drawing_its_id_stands_for(image_size: int) -> None:
    image = Pictograms(image_size).image(43)
    assert image.shape == (image_size, image_size, 3)
    assert np.array_equal(image, pictograms.draw("cat", 4, image_size))


def test_there_are_as_many_pictograms_as_you_like() -> None:
    source: EndpointSource = Pictograms()
    assert source.count("cat") is None
    assert source.image(source.image_id("cat", 10**6)).any()


def test_a_pictogram_class_that_was_never_drawn_is_refused() -> None:
    with pytest.raises(StimulusError, match=r"one of airplane, .*, truck; got 'lion'"):
        Pictograms().count("lion")


def test_pictogram_ids_and_instances_begin_at_zero() -> None:
    with pytest.raises(StimulusError, match="image id must be 0 or more, got -1"):
        Pictograms().image(-1)
    with pytest.raises(StimulusError, match="instances are numbered from 0, got -1"):
        Pictograms().image_id("cat", -1)


def test_a_size_no_pictogram_can_have_is_told_before_the_session() -> None:
    with pytest.raises(StimulusError, match="size must be"):
        open_source("pictograms", image_size=0)


@pytest.mark.parametrize("write", [write_python, write_binary])
def test_a_folder_that_holds_cifar10_is_cifar10(write: Callable[..., Path], tmp_path: Path) -> None:
    folder = write(tmp_path, some_images(2), [1, 2])
    assert isinstance(open_source(str(tmp_path)), Cifar10)
    assert isinstance(open_source(str(folder)), Cifar10)


def test_cifar10_from_a_folder_keeps_its_one_size(tmp_path: Path) -> None:
    write_binary(tmp_path, some_images(2), [1, 2])
    with pytest.raises(StimulusError, match="cifar10: image_size must be 32, got 64"):
        open_source(str(tmp_path), image_size=64)


def test_any_other_folder_holds_a_folder_a_class(tmp_path: Path) -> None:
    source = open_source(str(write_class_folders(tmp_path)), image_size=48)
    assert isinstance(source, Folder)
    assert (source.name, source.image_size, source.classes) == ("folder", 48, ("apple", "pear"))


def test_a_folder_named_like_a_source_is_reached_with_a_dot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_class_folders(tmp_path / "pictograms")
    monkeypatch.chdir(tmp_path)
    assert open_source("pictograms").name == "pictograms"
    assert open_source("./pictograms").name == "folder"


def test_a_home_folder_may_be_written_with_a_tilde(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    write_class_folders(tmp_path / "fruit")
    assert open_source("~/fruit").name == "folder"


@pytest.mark.parametrize("spec", ["nowhere", "", "Pictograms", "cifar100"])
def test_a_source_that_is_nowhere_is_answered_with_what_is_allowed(
    spec: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = f"must be pictograms, cifar10 or a folder of images; got '{spec}', and there is no such"
    with pytest.raises(StimulusError, match=told):
        open_source(spec)


def test_a_file_is_no_source(tmp_path: Path) -> None:
    (tmp_path / "cat.png").write_bytes(b"")
    with pytest.raises(
        StimulusError, match=r"a folder of images; got '.*cat\.png', which is a file"
    ):
        open_source(str(tmp_path / "cat.png"))


def test_cifar10_is_found_where_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_python(tmp_path, some_images(2), [1, 2])
    monkeypatch.setenv("ELICIT_CIFAR10", str(tmp_path))
    source = open_source("cifar10")
    assert (source.name, source.class_of(1)) == ("cifar10", "bird")


def test_every_source_gives_back_the_class_it_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ELICIT_CIFAR10", str(tmp_path / "cifar"))
    write_binary(tmp_path / "cifar", some_images(10), list(range(10)))
    for spec in ("pictograms", "cifar10", str(write_class_folders(tmp_path / "fruit"))):
        source = open_source(spec)
        for name in source.classes:
            image_id = source.image_id(name, 0)
            assert source.class_of(image_id) == name
            image = source.image(image_id)
            assert image.shape == (32, 32, 3)
            assert image.dtype == np.uint8
