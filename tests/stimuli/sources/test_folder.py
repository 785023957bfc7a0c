"""Endpoint images from a researcher's own folders: how they are listed and made square."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from stimuli.errors import SkippedImagesWarning, StimulusError
from stimuli.sets.build import build_batches
from stimuli.sources.folder import EXTENSIONS, Folder, load_image

Pixels = NDArray[np.uint8]
RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def plain(colour: tuple[int, int, int] = RED, size: tuple[int, int] = (8, 8)) -> Image.Image:
    return Image.new("RGB", size, colour)


def thirds(width: int = 90, height: int = 30) -> Image.Image:
    """A red, a green and a blue third, side by side (or one above the other)."""
    pixels = np.zeros((height, width, 3), dtype=np.uint8)
    along = 1 if width > height else 0
    for part, colour in zip(np.array_split(pixels, 3, axis=along), (RED, GREEN, BLUE), strict=True):
        part[:] = colour
    return Image.fromarray(pixels)


def write(parent: Path, *files: str) -> Path:
    for file in files:
        (parent / file).parent.mkdir(parents=True, exist_ok=True)
        plain().save(parent / file)
    return parent


def loaded(image: Image.Image, path: Path, size: int = 8, **options: Any) -> Pixels:
    image.save(path, **options)
    return load_image(path, size)


def test_ids_follow_class_then_path(tmp_path: Path) -> None:
    source = Folder(write(tmp_path, "b/2.png", "b/10.png", "a/z.png", "a/deep/er/y.png"))
    relative = [file.relative_to(tmp_path).as_posix() for file in source.files]
    assert relative == ["a/deep/er/y.png", "a/z.png", "b/10.png", "b/2.png"]
    assert [source.class_of(n) for n in range(4)] == ["a", "a", "b", "b"]
    assert (source.count("b"), source.image_id("b", 1)) == (2, 3)


def test_two_classes_that_are_one_on_windows_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "cat/1.png", "Cat/1.png", "dog/1.png")
    if len(list(tmp_path.iterdir())) == 2:
        pytest.skip("this disk takes them for one")
    with pytest.raises(StimulusError, match=r"differ in more than capitals, .* got Cat and cat"):
        Folder(tmp_path)


def test_a_folder_inside_a_class_sorts_by_its_path_with_slashes(tmp_path: Path) -> None:
    source = Folder(write(tmp_path, "a/x.png", "a/x/1.png", "a/x-1.png", "b/1.png"))
    relative = [file.relative_to(tmp_path).as_posix() for file in source.files]
    assert relative[:3] == sorted(relative[:3]) == ["a/x-1.png", "a/x.png", "a/x/1.png"]


def test_what_is_hidden_or_no_image_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path, "a/1.png", "b/1.png", ".c/1.png", "a/.2.png", "a/.deep/3.png", "loose.png")
    (tmp_path / "a" / "notes.txt").write_text("which to keep", encoding="utf-8")
    (tmp_path / "a" / "png").write_text("no dot", encoding="utf-8")
    source = Folder(tmp_path)
    assert source.classes == ("a", "b")
    assert len(source.files) == 2


LITTER = (
    *("._1.png", ".DS_Store", "Thumbs.db", "THUMBS.DB", "desktop.ini", "ehthumbs.db", "Icon\r"),
    *("@eaDir/1.png", "@EADIR/SYNO_THUMB.jpg", "__MACOSX/1.png", "$RECYCLE.BIN/1.png"),
    *("System Volume Information/1.png", "#recycle/1.png", "lost+found/1.png", ".git/1.png"),
)


@pytest.mark.parametrize("litter", LITTER)
def test_what_other_systems_leave_is_no_class_no_image_and_no_error(
    litter: str, tmp_path: Path
) -> None:
    write(tmp_path, "a/1.png", "a/deep/2.png", "b/1.png")
    clean = Folder(tmp_path)
    for place in ("", "a", "a/deep", "a/deep/er", "b"):
        left = tmp_path / place / litter
        left.parent.mkdir(parents=True, exist_ok=True)
        left.write_bytes(b"no image")
    source = Folder(tmp_path)
    assert (source.classes, source.files) == (clean.classes, clean.files)


@pytest.mark.parametrize("name", ["phone.jfif", "scan.TGA", "map.pgm", "old.pcx"])
def test_other_kinds_of_image_are_read_where_pillow_can(name: str, tmp_path: Path) -> None:
    write(tmp_path, "a/1.png", "b/1.png")
    plain().save(tmp_path / "a" / name, format="jpeg" if name.endswith("jfif") else None)
    source = Folder(tmp_path, image_size=8)
    assert [path.name for path in source.files[:2]] == sorted(["1.png", name])
    assert source.image(1).shape == (8, 8, 3)


def test_kinds_of_image_that_cannot_be_read_are_counted_in_one_warning(tmp_path: Path) -> None:
    write(tmp_path, "a/1.png", "b/1.png")
    for name in ("a/2.jxl", "a/deep/3.JXL", "b/4.heic"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"of no known kind")
    told = r": left out 1 \.heic, 2 \.jxl, which this computer cannot read; save them as png, or "
    with pytest.warns(SkippedImagesWarning, match=told) as warned:
        source = Folder(tmp_path)
    assert len(warned) == 1
    assert [path.name for path in source.files] == ["1.png", "1.png"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes in folders here")
def test_a_pipe_that_is_called_an_image_is_never_opened(tmp_path: Path) -> None:
    write(tmp_path, "a/1.png", "b/1.png")
    os.mkfifo(tmp_path / "a" / "2.png")
    assert [path.name for path in Folder(tmp_path).files] == ["1.png", "1.png"]


def test_a_part_of_a_class_that_cannot_be_listed_is_told_and_not_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "a/1.png", "a/deep/2.png", "b/1.png")
    listed = os.scandir

    def refuse(path: Any) -> Any:
        if Path(path).name == "deep":
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(StimulusError, match=r"deep: cannot be read: Permission denied"):
        Folder(tmp_path)


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_every_allowed_extension_is_read_in_either_case(extension: str, tmp_path: Path) -> None:
    write(tmp_path, f"a/1.{extension}", f"b/1.{extension.upper()}")
    source = Folder(tmp_path, image_size=8)
    for image_id in (0, 1):
        assert abs(source.image(image_id).astype(int) - RED).max() <= 2  # jpeg and webp lose a bit


def test_class_names_may_be_any_text(tmp_path: Path) -> None:
    names = ("Ähre im Wind", "猫", "a" * 120)
    source = Folder(write(tmp_path, *(f"{name}/1.png" for name in names)))
    assert source.classes == tuple(sorted(names))


def test_a_class_has_one_name_however_its_folder_spells_it(tmp_path: Path) -> None:
    composed, apart = "B\u00e4r", "Ba\u0308r"
    source = Folder(write(tmp_path, f"{apart}/1.png", "Hund/1.png"), 8)
    assert source.classes == (composed, "Hund")
    assert source.image_id(composed, 0) == source.image_id(apart, 0) == 0
    assert build_batches(
        source, per_combination=1, batch_size=1, seed=1, classes=(apart, "Hund")
    ) == build_batches(source, per_combination=1, batch_size=1, seed=1)
    write(tmp_path, f"{composed}/1.png")
    with pytest.raises(StimulusError, match=rf"got two for {composed}, whose names are the same"):
        Folder(tmp_path, 8)


def test_an_image_is_read_from_disk_once(tmp_path: Path) -> None:
    source = Folder(write(tmp_path, "a/1.png", "b/1.png"))
    first = source.image(0)
    source.files[0].unlink()
    assert np.array_equal(source.image(0), first)


def test_changing_an_image_leaves_the_source_as_it_was(tmp_path: Path) -> None:
    source = Folder(write(tmp_path, "a/1.png", "b/1.png"))
    source.image(0)[:] = 9
    assert (source.image(0) == RED).all()


def test_an_image_of_the_right_size_keeps_every_pixel(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    assert np.array_equal(loaded(Image.fromarray(pixels), tmp_path / "a.png", size=32), pixels)


@pytest.mark.parametrize("size", [(90, 30), (30, 90)])
def test_the_square_at_the_centre_is_shown(size: tuple[int, int], tmp_path: Path) -> None:
    assert (loaded(thirds(*size), tmp_path / "a.png") == GREEN).all()


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 40))
def test_an_image_of_any_size_becomes_a_square(
    tmp_path_factory: pytest.TempPathFactory, width: int, height: int, size: int
) -> None:
    path = tmp_path_factory.mktemp("sizes") / "a.png"
    image = loaded(plain(size=(width, height)), path, size)
    assert image.shape == (size, size, 3)
    assert image.dtype == np.uint8
    assert (image == RED).all()


def test_a_photo_is_turned_the_way_the_camera_was_held(tmp_path: Path) -> None:
    image = Image.new("RGB", (8, 8), BLUE)
    image.paste(RED, (0, 0, 8, 4))  # red above blue
    exif = Image.Exif()
    exif[0x0112] = 6  # show it turned a quarter clockwise
    turned = loaded(image, tmp_path / "a.png", exif=exif)
    assert (turned[:, 4:] == RED).all()
    assert (turned[:, :4] == BLUE).all()


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_what_lets_light_through_lies_over_mid_grey(mode: str, tmp_path: Path) -> None:
    clear = Image.new("RGBA", (8, 8), (255, 255, 255, 0)).convert(mode)
    assert (loaded(clear, tmp_path / "clear.png") == 128).all()
    half = Image.new("RGBA", (8, 8), (255, 255, 255, 128)).convert(mode)
    assert abs(loaded(half, tmp_path / "half.png").astype(int) - 192).max() <= 1


def test_a_transparent_palette_colour_lies_over_mid_grey(tmp_path: Path) -> None:
    palette = Image.new("P", (8, 8), 0)
    palette.putpalette([255, 0, 0, 0, 255, 0])
    palette.paste(1, (4, 0, 8, 8))
    for name in ("a.png", "a.gif"):
        image = loaded(palette, tmp_path / name, transparency=0)
        assert (image[:, :4] == 128).all()
        assert (image[:, 4:] == GREEN).all()


def test_a_palette_s_colours_are_shown(tmp_path: Path) -> None:
    assert (loaded(plain(BLUE).convert("P"), tmp_path / "a.png") == BLUE).all()


@pytest.mark.parametrize(("mode", "name"), [("L", "a.png"), ("1", "a.png"), ("CMYK", "a.tif")])
def test_white_is_white_in_every_mode(mode: str, name: str, tmp_path: Path) -> None:
    white = Image.new("RGB", (8, 8), (255, 255, 255)).convert(mode)
    assert (loaded(white, tmp_path / name) == 255).all()


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
@pytest.mark.parametrize("grey", [0, 1, 128, 254, 255])
def test_16_bit_greys_become_their_8_bit_likes(grey: int, name: str, tmp_path: Path) -> None:
    deep = Image.fromarray(np.full((8, 8), grey * 257, dtype=np.uint16))
    assert (loaded(deep, tmp_path / name) == grey).all()


@pytest.mark.parametrize(("dtype", "told"), [(np.float32, "floating point"), (np.int32, "beyond")])
def test_greys_without_a_known_range_are_refused(
    dtype: type[np.generic], told: str, tmp_path: Path
) -> None:
    with pytest.raises(StimulusError, match=rf"a\.tif: not an image that can be shown: .*{told}"):
        loaded(Image.fromarray(np.full((8, 8), 70_000, dtype=dtype)), tmp_path / "a.tif")


def test_the_first_picture_of_a_moving_one_is_shown(tmp_path: Path) -> None:
    image = loaded(plain(RED), tmp_path / "a.gif", save_all=True, append_images=[plain(BLUE)])
    assert (image == RED).all()


@pytest.mark.parametrize("kept", [0, 30, 500])
@pytest.mark.parametrize("extension", EXTENSIONS)
def test_a_broken_image_is_named_when_it_is_shown(
    kept: int, extension: str, tmp_path: Path
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    write(tmp_path, "a/1.png", "b/1.png")
    broken = tmp_path / "a" / f"0.{extension}"
    Image.fromarray(noise).save(broken)
    broken.write_bytes(broken.read_bytes()[:kept])
    source = Folder(tmp_path)
    with pytest.raises(StimulusError, match=rf"0\.{extension}: not an image that can be") as told:
        source.image(0)
    assert "\n" not in str(told.value)
    assert source.image(1).any()


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StimulusError, match="nowhere: must be a folder that holds one folder a"):
        Folder(tmp_path / "nowhere")


@pytest.mark.parametrize(("files", "came"), [((), "none"), (("a/1.png",), "a")])
def test_one_class_is_no_choice(files: tuple[str, ...], came: str, tmp_path: Path) -> None:
    with pytest.raises(StimulusError, match=f"at least two class folders, got {came}$"):
        Folder(write(tmp_path, *files))


def test_a_class_without_an_image_is_named(tmp_path: Path) -> None:
    write(tmp_path, "a/1.png", "b/1.png")
    (tmp_path / "c").mkdir()
    with pytest.raises(StimulusError, match=r"c: class folder without an image \(png, jpg, .*ppm"):
        Folder(tmp_path)


def test_a_size_below_one_pixel_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StimulusError, match="image_size must be at least 1 pixel, got 0"):
        Folder(write(tmp_path, "a/1.png", "b/1.png"), image_size=0)


@pytest.mark.parametrize("image_id", [-1, 2])
def test_an_image_that_is_not_there_is_refused(image_id: int, tmp_path: Path) -> None:
    with pytest.raises(StimulusError, match=f"folder: image id must be 0 to 1, got {image_id}"):
        Folder(write(tmp_path, "a/1.png", "b/1.png")).image(image_id)
