"""Endpoint images from a folder that holds one folder of image files for each class."""

import os
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from stimuli.errors import SkippedImagesWarning, StimulusError
from stimuli.sources.indexed import IndexedSource, same_form
from stimuli.system_files import is_of_system

EXTENSIONS = ("png", "jpg", "jpeg", "bmp", "gif", "webp", "tif", "tiff", "ppm")  # always read
# Read where this computer's Pillow can, with its plug-ins; counted in a warning where it cannot.
OTHER_EXTENSIONS = (
    *("apng", "avif", "dib", "heic", "heif", "j2k", "jfif", "jp2", "jpe", "jxl", "pbm", "pcx"),
    *("pgm", "pnm", "qoi", "tga"),
)
_GREY = (128, 128, 128, 255)  # shows behind pixels that let light through


class Folder(IndexedSource):
    """Image files of any size, one folder a class; an id is an index into `files`.

    A class is a folder right inside `path` and is called what the folder is called; its images
    are found at any depth in it. Passed over is what operating systems and storage devices leave
    behind (`stimuli.system_files`), and what is no regular file, such as a pipe. Images of a kind
    that Pillow cannot read here are counted in a SkippedImagesWarning. Files stand in the order of
    (class, path inside the class with forward slashes) by code point, so that ids are the same on
    every system, for as long as no file is added, removed or renamed.

    Attributes:
        files: (N,) the image files.
        labels: (N,) int64, index into `classes`.
    """

    def __init__(self, path: Path, image_size: int = 32) -> None:
        """List the images; each is read when it is first asked for.

        Raises:
            StimulusError: no such folder, fewer than two classes, or a class without an image.
        """
        try:
            listed = _list(path)
        except OSError as error:
            place = error.filename or path
            raise StimulusError(f"{place}: cannot be read: {error.strerror}") from error
        self.files = tuple(file for files in listed.values() for file in files)
        labels = np.repeat(np.arange(len(listed)), [len(files) for files in listed.values()])
        super().__init__("folder", image_size, tuple(listed), labels)
        self._decoded: dict[int, NDArray[np.uint8]] = {}

    def image(self, image_id: int) -> NDArray[np.uint8]:
        """Return the image's pixels, (image_size, image_size, 3) uint8.

        Made by `load_image` once, then kept in memory.
        """
        if image_id not in self._decoded:
            file = self.files[self._checked(image_id)]
            self._decoded[image_id] = load_image(file, self.image_size)
        return self._decoded[image_id].copy()


def load_image(path: Path, image_size: int) -> NDArray[np.uint8]:
    """Return an image file as a square of 8-bit colour.

    The first frame is turned the way its EXIF orientation says and becomes RGB: 16-bit greys are
    divided by 257, transparent pixels laid over mid grey (128), colour profiles left aside. The
    largest square at its centre is cut out (an odd pixel is lost at the right or bottom) and, if
    it is not of that size already, scaled to `image_size` with Pillow's Lanczos filter.

    Args:
        path: a file of one of EXTENSIONS.
        image_size: side in pixels, at least 1.

    Returns:
        (image_size, image_size, 3) uint8.

    Raises:
        StimulusError: the file is not an image, is broken, or its greys have no known range.
    """
    try:
        with Image.open(path) as file:
            rgb = _to_rgb(ImageOps.exif_transpose(file))
        side = min(rgb.size)
        left, top = (rgb.width - side) // 2, (rgb.height - side) // 2
        square = rgb.crop((left, top, left + side, top + side))
        return np.array(square.resize((image_size, image_size), Image.Resampling.LANCZOS))
    except Exception as error:  # a broken file raises nearly anything, SyntaxError included
        reason = " ".join(str(error).split()) or type(error).__name__
        raise StimulusError(f"{path}: not an image that can be shown: {reason}") from error


def measure_image(path: Path) -> tuple[int, int] | None:
    """Return the width and height of an image file, px, by its head alone; None of any other."""
    try:
        with Image.open(path) as file:
            return int(file.width), int(file.height)
    except Exception:  # a broken file raises nearly anything
        return None


def _list(path: Path) -> dict[str, list[Path]]:
    """Return each class's image files, both in order."""
    if not path.is_dir():
        raise StimulusError(f"{path}: must be a folder that holds one folder a class")
    entries = [entry for entry in path.iterdir() if not is_of_system(entry.name)]
    folders = [entry.name for entry in entries if entry.is_dir()]
    names: dict[str, str] = {}  # of folders, by the class's name in one Unicode form
    for folder in sorted(folders, key=same_form):
        if same_form(folder) in names:
            raise StimulusError(
                f"{path}: must hold one folder for a class, got two for {same_form(folder)}, whose "
                "names are the same letters in two Unicode forms; put their images into one"
            )
        names[same_form(folder)] = folder
    _check_capitals(path, names.values())
    skipped: Counter[str] = Counter()
    listed = {name: _images_in(path / folder, skipped) for name, folder in names.items()}
    if skipped:
        kinds = ", ".join(f"{number} .{kind}" for kind, number in sorted(skipped.items()))
        warnings.warn(
            f"{path}: left out {kinds}, which this computer cannot read; "
            "save them as png, or install the Pillow plug-in for them",
            SkippedImagesWarning,
            stacklevel=3,
        )
    if len(listed) < 2:
        came = ", ".join(listed) or "none"
        raise StimulusError(f"{path}: must hold at least two class folders, got {came}")
    for name, files in listed.items():
        if not files:
            allowed = ", ".join(EXTENSIONS)
            raise StimulusError(f"{path / names[name]}: class folder without an image ({allowed})")
    return listed


def _check_capitals(path: Path, folders: Iterable[str]) -> None:
    """Refuse folders of two classes that are one on Windows and macOS.

    Raises:
        StimulusError: there are such.
    """
    before: dict[str, str] = {}
    for folder in folders:
        other = before.setdefault(same_form(folder).casefold(), folder)
        if other != folder:
            raise StimulusError(
                f"{path}: class folders must differ in more than capitals, which Windows and macOS "
                f"take for the same, got {other} and {folder}; rename one, or put their images "
                "into one"
            )


def _images_in(folder: Path, skipped: Counter[str]) -> list[Path]:
    """Return the images at any depth in a class's folder; add to `skipped` the unreadable kinds."""
    found = []
    for path in _files_in(folder):
        kind = path.suffix.lower().removeprefix(".")
        if kind in EXTENSIONS or (kind in OTHER_EXTENSIONS and kind in _readable_kinds()):
            found.append(path)
        elif kind in OTHER_EXTENSIONS:
            skipped[kind] += 1
    return sorted(found, key=lambda file: file.relative_to(folder).as_posix())


def _files_in(folder: Path) -> Iterator[Path]:
    """Yield every regular file at any depth that a person put there."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if is_of_system(entry.name):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from _files_in(Path(entry.path))
            elif entry.is_file():
                yield Path(entry.path)


@cache
def _readable_kinds() -> frozenset[str]:
    """Return the file name extensions that Pillow reads here, without their dot."""
    Image.init()
    known = Image.registered_extensions().items()
    return frozenset(extension[1:] for extension, kind in known if kind in Image.OPEN)


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode == "F":
        raise ValueError("its greys are floating point; save it with 8 or 16 bits")
    if image.mode.startswith("I"):  # "I;16" and kin; older versions of Pillow: "I"
        return _from_16_bit(np.asarray(image, dtype=np.int64))
    if image.has_transparency_data:
        opaque = Image.new("RGBA", image.size, _GREY)
        return Image.alpha_composite(opaque, image.convert("RGBA")).convert("RGB")
    return image.convert("RGB")


def _from_16_bit(grey: NDArray[np.int64]) -> Image.Image:
    if grey.min() < 0 or grey.max() > 65535:
        raise ValueError("its greys go beyond 16 bits; save it with 8 or 16 bits")
    return Image.fromarray(np.rint(grey / 257).astype(np.uint8)).convert("RGB")
