"""Continua of frames in a folder: which frames each has, and whether they fit together.

A continuum is a folder such as `cat__dog/0007`, with one image file, a frame, for each lambda_f
from 0, class j, to 1, class i. Somebody else made them: a morph, an interpolation, a scene.
"""

import csv
import io
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from stimuli.csv_files import explain_csv, explain_encoding, explain_header, limit_cells
from stimuli.errors import StimulusError
from stimuli.files import MAX_TEXT_BYTES, read_bytes
from stimuli.sources.folder import EXTENSIONS, measure_image
from stimuli.sources.indexed import same_form
from stimuli.system_files import is_of_system

LISTING = "frames.csv"  # in a continuum's folder: names its frames, where their own names do not
LISTING_COLUMNS = ("file", "lambda_f")
SEPARATOR = "__"  # between the two classes in a folder's name
_SHARE = re.compile(r"0(\.\d{1,40})?|1(\.0{1,40})?", re.ASCII)
_DECIMALS = 9  # in which two lambda_f are the same


def round_share(lambda_f: float) -> float:
    """Return a mixing coefficient as frames are found by it: to 9 decimals."""
    return round(float(lambda_f), _DECIMALS) + 0.0  # no -0.0


@dataclass(frozen=True)
class Continuum:
    """The frames between two end frames."""

    folder: Path
    class_i: str  # the alphabetically first
    class_j: str
    frames: Mapping[float, Path]  # by lambda_f, as `round_share` gives it; in increasing order

    @property
    def ends(self) -> tuple[Path, Path]:
        """The frames at lambda_f 1, class i, and at lambda_f 0, class j."""
        return self.frames[1.0], self.frames[0.0]


def list_continua(folder: Path) -> tuple[Continuum, ...]:
    """Return the continua of a folder, in the order of their classes and names.

    Raises:
        StimulusError: one line with folder and frame: there is none, a name is not two classes in
            alphabetical order, an end is missing, or a lambda_f is there twice.
    """
    try:
        found = [
            _read_continuum(each, *classes)
            for classes, pair in _list_class_pairs(folder)
            for each in _list_subfolders(pair, "the frames of one continuum each, such as 0001")
        ]
    except OSError as error:
        place = error.filename or folder
        raise StimulusError(f"{place}: cannot be read: {error.strerror}") from error
    return tuple(found)


def measure_frames(continua: tuple[Continuum, ...]) -> tuple[int, int]:
    """Return the width and height of all frames, px; only the head of each file is read.

    Raises:
        StimulusError: a frame is no image, or has another size than the first one.
    """
    files = [file for each in continua for file in each.frames.values()]
    size = _read_size(files[0])
    for file in files[1:]:
        other = _read_size(file)
        if other != size:
            raise StimulusError(
                f"{file}: all frames must have one size, {size[0]}x{size[1]} pixels, as "
                f"{files[0]} has; got {other[0]}x{other[1]}"
            )
    return size


def _list_class_pairs(folder: Path) -> list[tuple[tuple[str, str], Path]]:
    """Return both classes of each folder in a folder of frames, and the folder; in order."""
    pairs = _list_subfolders(folder, "a folder for every two classes, such as cat__dog")
    return sorted(((_read_classes(each), each) for each in pairs), key=lambda pair: pair[0])


def _list_subfolders(folder: Path, needed: str) -> list[Path]:
    """Return the folders in a folder, by name.

    Raises:
        StimulusError: there is none, or an image stands beside them, where nobody would look.
    """
    found = []
    for name in sorted(os.listdir(folder)):
        path = folder / name
        if is_of_system(name):
            continue
        if path.is_dir():
            found.append(path)
        elif _is_image(name):
            raise StimulusError(
                f"{path}: a frame must be in a continuum's folder, such as cat__dog/0001; move it"
            )
    if not found:
        raise StimulusError(f"{folder}: must hold {needed}, got no folder")
    return found


def _read_classes(folder: Path) -> tuple[str, str]:
    name = same_form(folder.name)
    classes = name.split(SEPARATOR)
    if len(classes) != 2 or not all(each.strip() for each in classes) or len(set(classes)) == 1:
        raise StimulusError(
            f"{folder}: the name must be two classes with {SEPARATOR} between them, such as "
            f"cat{SEPARATOR}dog, got {name!r:.200}"
        )
    class_i, class_j = classes
    if class_j < class_i:
        raise StimulusError(
            f"{folder}: the classes must be in alphabetical order, {class_j}{SEPARATOR}{class_i}, "
            f"got {name!r}; rename the folder, and each frame to 1 - lambda_f: the share of "
            f"{class_j}"
        )
    return class_i, class_j


def _read_continuum(folder: Path, class_i: str, class_j: str) -> Continuum:
    frames: dict[float, Path] = {}
    has_listing = (folder / LISTING).is_file()
    for lambda_f, file in _read_listing(folder) if has_listing else _read_names(folder):
        if lambda_f in frames:
            raise StimulusError(
                f"{file}: lambda_f {lambda_f:g} must be there once in a continuum, got it in "
                f"{frames[lambda_f].name} too"
            )
        frames[lambda_f] = file
    for end, class_name in ((0.0, class_j), (1.0, class_i)):
        if end not in frames:
            raise StimulusError(
                f"{folder}: must have a frame at lambda_f {end:g}, all {class_name}; got "
                f"{list_shares(frames)}"
            )
    return Continuum(folder, class_i, class_j, dict(sorted(frames.items())))


def list_shares(frames: Mapping[float, Path]) -> str:
    """Return the mixing coefficients of some frames in words."""
    return ", ".join(f"{each:g}" for each in sorted(frames)) or "no frame"


def _read_names(folder: Path) -> Iterator[tuple[float, Path]]:
    """Yield lambda_f and file of each frame, by the files' names."""
    for name in sorted(os.listdir(folder)):
        file = folder / name
        if is_of_system(name):
            continue
        if not (_is_image(name) and file.is_file() and _SHARE.fullmatch(file.stem)):
            raise StimulusError(
                f"{file}: a frame must be an image named by its lambda_f, from 0.00.png to "
                f"1.00.png, or be listed in {LISTING}; rename it, or move it elsewhere"
            )
        yield round_share(float(file.stem)), file


def _read_listing(folder: Path) -> Iterator[tuple[float, Path]]:
    """Yield lambda_f and file of each frame that the continuum's list names."""
    path = folder / LISTING
    for line, (name, share) in _read_rows(path):
        file = folder / name
        if not name or os.path.dirname(name) or not file.is_file():
            raise StimulusError(
                f"{path}:{line}: file: must be the name of a file in {folder}, got {name!r:.200}"
            )
        if _SHARE.fullmatch(share) is None:
            raise StimulusError(
                f"{path}:{line}: lambda_f: must be a number from 0 to 1, such as 0.25, "
                f"got {share!r:.200}"
            )
        yield round_share(float(share)), file


def _read_rows(path: Path) -> Iterator[tuple[int, tuple[str, str]]]:
    """Yield the line and the cells of file and lambda_f of each row."""
    content = read_bytes(path, MAX_TEXT_BYTES)
    wrong = explain_encoding(content)
    if wrong:
        raise StimulusError(f"{path}: {wrong}")
    lines = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
    try:
        with limit_cells():
            header = [cell.strip() for cell in next(lines, [])]
            wrong = explain_header(header, LISTING_COLUMNS)
            if wrong:
                raise StimulusError(
                    f"{path}:1: {wrong}; the columns must be {', '.join(LISTING_COLUMNS)}"
                )
            places = [header.index(column) for column in LISTING_COLUMNS]
            for cells in lines:
                if not any(cells):
                    continue
                if len(cells) != len(header):
                    raise StimulusError(
                        f"{path}:{lines.line_num}: {len(header)} cells expected, got {len(cells)}"
                    )
                yield lines.line_num, (cells[places[0]].strip(), cells[places[1]].strip())
    except csv.Error as error:
        raise StimulusError(f"{path}:{lines.line_num}: {explain_csv(error)}") from error


def _is_image(name: str) -> bool:
    return name.lower().rpartition(".")[2] in EXTENSIONS


def _read_size(file: Path) -> tuple[int, int]:
    size = measure_image(file)
    if size is None:
        raise StimulusError(
            f"{file}: a frame must be an image, got a file that is none: save it again as png"
        )
    return size
