"""A set on disk: what is written comes back, and nothing wrong comes through."""

import csv
import hashlib
import io
import os
import re
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stimuli.errors import StimulusError
from stimuli.manifest.read import read_manifest
from stimuli.manifest.rows import COLUMNS, MIXUP_COLUMNS, ManifestRow
from stimuli.manifest.write import check_source, describe, verify_images, write_manifest
from stimuli.mixing import digest, fingerprint, mix
from stimuli.processes.mixup import MixupProcess
from stimuli.sets.build import SetItem, build_batches
from stimuli.sources.endpoints import Pictograms
from tests.stimuli.helpers.noise_images import Noise

GRID = (0.0, 0.25, 0.5, 1.0)
FIVE = (0.1, 0.25, 0.5, 0.75, 0.9)
ABC = Noise(("a", "b", "c"), each=4)
UNWRITABLE = "\0" if sys.version_info < (3, 11) else ""  # what the csv module cannot write


def a_set(lambdas: tuple[float, ...] | None) -> tuple[ManifestRow, ...]:
    batches = build_batches(ABC, per_combination=4, batch_size=5, seed=0, lambdas=lambdas)
    return describe(batches, MixupProcess(ABC), GRID if lambdas is None else None)


def written(folder: Path, rows: list[list[str]], header: tuple[str, ...] = COLUMNS) -> Path:
    path = folder / "set.csv"
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows([header, *rows])
    path.write_bytes(text.getvalue().encode())
    return path


def cells(lambdas: tuple[float, ...] | None = FIVE) -> list[list[str]]:
    return [list(row.cells) for row in a_set(lambdas)]


@pytest.mark.parametrize("lambdas", [FIVE, None])
def test_a_set_comes_back_as_it_was(tmp_path: Path, lambdas: tuple[float, ...] | None) -> None:
    batches = build_batches(ABC, per_combination=4, batch_size=5, seed=0, lambdas=lambdas)
    grid = GRID if lambdas is None else None
    sha256 = write_manifest(tmp_path / "set.csv", describe(batches, MixupProcess(ABC), grid))
    manifest = read_manifest(tmp_path / "set.csv")
    assert (manifest.batches, manifest.grid) == (batches, grid)
    assert manifest.rows == describe(batches, MixupProcess(ABC), grid)
    assert sha256 == manifest.sha256
    assert sha256 == hashlib.sha256((tmp_path / "set.csv").read_bytes()).hexdigest()
    verify_images(manifest, MixupProcess(ABC))


# as sources name their classes: in one Unicode form
names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1).map(
    lambda name: unicodedata.normalize("NFC", name)
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(names, min_size=2, max_size=3, unique=True),
    st.lists(st.floats(0, 1), min_size=1, max_size=4, unique=True),
    st.booleans(),
)
def test_any_class_name_and_any_coefficient_comes_back(
    tmp_path: Path, classes: list[str], lambdas: list[float], grid: bool
) -> None:
    source = Noise(tuple(sorted(classes)), each=3)
    mixes = tuple(sorted(lambdas)) if grid and len(lambdas) > 1 else None
    batches = build_batches(
        source,
        per_combination=3,
        batch_size=4,
        seed=0,
        lambdas=None if mixes is not None else tuple(lambdas),
    )
    path = tmp_path / "set.csv"
    path.unlink(missing_ok=True)
    write_manifest(path, describe(batches, MixupProcess(source), mixes))
    assert (read_manifest(path).batches, read_manifest(path).grid) == (batches, mixes)


@pytest.mark.parametrize("lambdas", [FIVE, None])
def test_every_row_says_which_blend_it_is(lambdas: tuple[float, ...] | None) -> None:
    for row in a_set(lambdas):
        image_i, image_j = ABC.image(row.image_i), ABC.image(row.image_j)
        assert (row.fingerprint_i, row.fingerprint_j) == (
            fingerprint(image_i),
            fingerprint(image_j),
        )
        blend = mix(image_i, image_j, row.lambda_f)
        assert row.blend_sha256 == hashlib.sha256(b"2x2x3:" + blend.tobytes()).hexdigest()
        assert row.blend_sha256 == digest(blend)
        assert (row.source, row.image_size) == ("folder", 2)


def test_a_pair_with_a_grid_has_a_row_a_mix() -> None:
    rows = a_set(None)
    assert len(rows) == 12 * len(GRID)
    assert [row.lambda_f for row in rows[:4]] == list(GRID)
    assert len({row.pair for row in rows[:4]}) == 1


def test_a_fingerprint_is_the_beginning_of_the_digest() -> None:
    image = ABC.image(0)
    assert len(digest(image)) == 64
    assert digest(image).startswith(fingerprint(image))


def test_the_same_set_makes_the_same_bytes_as_ever(tmp_path: Path) -> None:
    one, other = SetItem(3, 5, "cat", "dog", 0.25), SetItem(13, 15, "cat", "dog", 0.5)
    sha256 = write_manifest(
        tmp_path / "set.csv", describe(((one, other),), MixupProcess(Pictograms()))
    )
    content = (tmp_path / "set.csv").read_bytes()
    assert content.startswith(b"batch,item,class_i,image_i,class_j,image_j,lambda_f,blend_sha256,")
    assert content.count(b"\r\n") == content.count(b"\n") == 3
    assert sha256 == "855b32885951e86710c9b21ba0dbbdebf3be42be0cbeafb14fb4e73acef382c7"


def test_a_file_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "set.csv"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(StimulusError, match=r"set\.csv: exists already and is not overwritten"):
        write_manifest(path, a_set(FIVE))
    assert path.read_text(encoding="utf-8") == "mine"


def test_a_file_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(StimulusError, match=r"set\.csv: cannot be written: No such file"):
        write_manifest(tmp_path / "none" / "set.csv", a_set(FIVE))


def test_a_full_disk_leaves_no_half_of_a_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StimulusError, match="cannot be written: No space left on device"):
        write_manifest(tmp_path / "set.csv", a_set(FIVE))
    assert list(tmp_path.iterdir()) == []


def test_a_class_whose_name_is_not_text_is_one_line(tmp_path: Path) -> None:
    source = Noise(("a", "b\udcff"), each=1)
    batches = build_batches(source, per_combination=1, batch_size=1, seed=0, lambdas=(0.5,))
    with pytest.raises(StimulusError, match="a class name is not valid text"):
        write_manifest(tmp_path / "set.csv", describe(batches, MixupProcess(source)))
    assert list(tmp_path.iterdir()) == []


def test_items_without_a_mix_need_a_grid() -> None:
    with pytest.raises(ValueError, match="needs a grid"):
        describe(((SetItem(0, 4, "a", "b", None),),), MixupProcess(ABC))


@pytest.mark.parametrize(
    ("column", "cell", "told"),
    [
        ("batch", "-1", "batch: must be a whole number from 0; got '-1'"),
        ("batch", "01", "batch: must be a whole number from 0; got '01'"),
        ("item", "", "item: must be a whole number from 0; got ''"),
        ("item", "٣", "item: must be a whole number from 0; got '٣'"),
        ("item", "1" * 19, f"item: must be a whole number from 0; got '{'1' * 19}'"),
        ("class_i", "", "class_i: must be a name; got ''"),
        ("image_i", "7.0", "image_i: must be a whole number from 0 to 99999999; got '7.0'"),
        ("image_j", "x", "image_j: must be a whole number from 0 to 99999999; got 'x'"),
        ("lambda_f", "1.1", "lambda_f: must be a number from 0 to 1; got '1.1'"),
        ("lambda_f", "nan", "lambda_f: must be a number from 0 to 1; got 'nan'"),
        ("lambda_f", "-0.5", "lambda_f: must be a number from 0 to 1; got '-0.5'"),
        ("lambda_f", "0,5", "lambda_f: must be a number from 0 to 1; got '0,5'"),
        ("blend_sha256", "AB", "blend_sha256: must be 64 hexadecimal digits in lower case; "
                               "got 'AB'"),
        ("fingerprint_i", "5E16", "fingerprint_i: must be 16 hexadecimal digits in lower case; "
                                  "got '5E16'"),
        ("fingerprint_j", "", "fingerprint_j: must be 16 hexadecimal digits in lower case; "
                              "got ''"),
        ("source", "", "source: must be a name; got ''"),
        ("image_size", "0", "image_size: must be a whole number from 1 to 4096; got '0'"),
        ("image_size", "3", "image_size: must be 2, as in the row before; got '3'"),
        ("source", "cifar10", "source: must be 'folder', as in the row before; got 'cifar10'"),
        ("batch", "2", "batch: must be 0 or 1 (numbered from 0, in order); got '2'"),
        ("batch", "1", "item: must be 0 (numbered from 0, in order); got '1'"),
        ("item", "2", "item: must be 0 or 1 (numbered from 0, in order); got '2'"),
        ("class_j", "Z", "class_j: must be alphabetically behind class_i, "),
        ("fingerprint_i", "0" * 16, "fingerprint_i: must be "),
    ],
)  # fmt: skip
def test_a_wrong_cell_is_told_with_its_line_and_column(
    tmp_path: Path, column: str, cell: str, told: str
) -> None:
    rows, at = cells(), 1
    if column == "fingerprint_i":  # of an image that was there before
        i = COLUMNS.index("image_i")
        at = next(n for n, row in enumerate(rows) if row[i] in {before[i] for before in rows[:n]})
    rows[at][COLUMNS.index(column)] = cell
    path = written(tmp_path, rows)
    with pytest.raises(StimulusError, match="^" + re.escape(f"{path}:{at + 2}: {told}")) as line:
        read_manifest(path)
    assert "\n" not in str(line.value)


def test_the_first_row_is_item_0_of_batch_0(tmp_path: Path) -> None:
    for at, column in enumerate(("batch", "item")):
        rows = cells()
        rows[0][at] = "1"
        with pytest.raises(StimulusError, match=rf":2: {column}: must be 0 \(numbered from 0"):
            read_manifest(written(tmp_path, rows))


def test_mixes_of_a_grid_increase_and_are_of_one_pair(tmp_path: Path) -> None:
    rows = cells(None)
    rows[1], rows[2] = rows[2], rows[1]
    with pytest.raises(StimulusError, match=r":4: lambda_f: must be above the row before, 0\.5; "):
        read_manifest(written(tmp_path, rows))
    rows = cells(None)
    rows[1][COLUMNS.index("image_j")] = "0"
    with pytest.raises(StimulusError, match=r":3: image_j: must be \d+, as in the row before; "):
        read_manifest(written(tmp_path, rows))


def test_every_pair_has_the_same_grid(tmp_path: Path) -> None:
    rows = cells(None)
    rows[7][COLUMNS.index("lambda_f")] = "0.75"
    told = r":9: lambda_f: must be \[0.0, 0.25, 0.5, 1.0\], as in the first item; got \[0.0, 0.25, "
    with pytest.raises(StimulusError, match=told):
        read_manifest(written(tmp_path, rows))
    with pytest.raises(StimulusError, match=r":8: lambda_f: must be .*; got \[0.0, 0.25, 0.5\]"):
        read_manifest(written(tmp_path, cells(None)[:7]))
    single = cells()
    single[1][COLUMNS.index("item")] = "0"
    two = cells()[1]
    two[COLUMNS.index("lambda_f")] = "1.0"
    rows = [cells()[0], cells()[1], two]
    with pytest.raises(StimulusError, match="lambda_f: must be one value an item, as in the first"):
        read_manifest(written(tmp_path, rows))


@pytest.mark.parametrize("lambdas", [FIVE, None])
def test_no_batch_shows_the_same_twice(tmp_path: Path, lambdas: tuple[float, ...] | None) -> None:
    rows = cells(lambdas)
    an_item = 1 if lambdas else len(GRID)
    again = [["0", "1", *row[2:]] for row in rows[:an_item]]
    told = "image_j: must be a blend that is not item 0 of batch 0 again; got "
    with pytest.raises(StimulusError, match=told):
        read_manifest(written(tmp_path, rows[:an_item] + again))


def test_a_pair_may_come_in_two_batches_and_at_two_mixes(tmp_path: Path) -> None:
    one, *_ = cells()
    other = [*one]
    other[1], other[COLUMNS.index("lambda_f")] = "1", "0.123"
    elsewhere = ["1", "0", *one[2:]]
    assert [
        len(batch) for batch in read_manifest(written(tmp_path, [one, other, elsewhere])).batches
    ] == [
        2,
        1,
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", ":1: the columns of a stimulus manifest must be batch,item,"),
        (b"batch,item\r\n", ":1: the columns of a stimulus manifest must be batch,item,"),
        (b"batch;item\r\n", ":1: not a stimulus manifest: its cells are separated by semicolons, "),
        (b"batch\titem\r\n", ":1: not a stimulus manifest: its cells are separated by tabs, "),
        ((",".join(COLUMNS) + "\r\n").encode(), ": must hold at least one row, got none"),
        ((",".join(COLUMNS) + "\r\n0,0,a\r\n").encode(), ":2: 14 cells expected, got 3"),
        ((",".join(MIXUP_COLUMNS) + "\r\n0,0,a\r\n").encode(), ":2: 12 cells expected, got 3"),
        ((",".join(COLUMNS) + "\r\n\r\n,,,").encode(), ": must hold at least one row, got none"),
        ((",".join(MIXUP_COLUMNS) + "\r\n\r\n0").encode(), ":2: 12 cells expected, got 0"),
        ((",".join(COLUMNS) + '\r\n0,0,"a').encode(), ":2: not a stimulus manifest: "),
        (b"\xff\xfe", ": not a stimulus manifest: is saved as UTF-16, and must be UTF-8; "),
    ],
)
def test_a_file_that_is_something_else_is_one_line(
    tmp_path: Path, content: bytes, told: str
) -> None:
    path = tmp_path / "set.csv"
    path.write_bytes(content)
    with pytest.raises(StimulusError, match="^" + re.escape(f"{path}{told}")) as line:
        read_manifest(path)
    assert "\n" not in str(line.value)


def test_a_manifest_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(StimulusError, match=r"none\.csv: cannot be read: No such file"):
        read_manifest(tmp_path / "none.csv")


def test_a_mark_or_other_line_ends_that_a_spreadsheet_leaves_do_no_harm(tmp_path: Path) -> None:
    path = written(tmp_path, cells())
    kept = read_manifest(path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\r\n", b"\n"))
    assert read_manifest(path).rows == kept.rows
    path.write_bytes(path.read_bytes() + b",,,,,,,,\n,,,\n")
    assert read_manifest(path).rows == kept.rows


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_a_cell_changed_to_anything_is_one_line_or_another_set(
    tmp_path: Path, data: st.DataObject
) -> None:
    rows = cells(data.draw(st.sampled_from([FIVE, None])))
    row = data.draw(st.sampled_from(rows))
    row[data.draw(st.integers(0, len(COLUMNS) - 1))] = data.draw(
        st.text(st.characters(codec="utf-8", exclude_characters=UNWRITABLE), max_size=20)
        | st.integers().map(str)
    )
    path = written(tmp_path, rows)
    told = str(path)
    try:
        verify_images(read_manifest(path), MixupProcess(ABC))
    except StimulusError as error:
        told = str(error)
    assert "\n" not in told
    assert told.startswith(str(path))


@pytest.mark.parametrize("cut", [1, 5, 40, 200])
def test_a_torn_file_is_told(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "set.csv"
    write_manifest(path, a_set(None))
    path.write_bytes(path.read_bytes()[: -cut - 2])
    with pytest.raises(StimulusError, match=r"set.csv:\d+: "):
        read_manifest(path)


def test_other_pixels_are_found_by_the_first_row_that_shows_them(tmp_path: Path) -> None:
    path = tmp_path / "set.csv"
    write_manifest(path, a_set(FIVE))
    manifest = read_manifest(path)
    source = Noise(ABC.classes, each=4)
    at, row = 2, manifest.rows[2]
    source.changed = {row.image_j}
    first = next(n for n, r in enumerate(manifest.rows) if row.image_j in {r.image_i, r.image_j})
    told = rf"set.csv:{first + 2}: fingerprint_[ij]: the set was made with [0-9a-f]{{16}}, these "
    with pytest.raises(StimulusError, match=told) as line:
        verify_images(manifest, MixupProcess(source))
    assert first <= at
    assert "use the images it was made from, or make a new set from these" in str(line.value)


def test_another_hash_of_a_blend_is_found(tmp_path: Path) -> None:
    rows = cells(None)
    rows[6][COLUMNS.index("blend_sha256")] = "0" * 64
    manifest = read_manifest(written(tmp_path, rows))
    with pytest.raises(StimulusError, match=r":8: blend_sha256: the set was made with 0{64}, "):
        verify_images(manifest, MixupProcess(ABC))


def test_one_batch_can_be_verified_alone(tmp_path: Path) -> None:
    write_manifest(tmp_path / "set.csv", a_set(FIVE))
    manifest = read_manifest(tmp_path / "set.csv")
    images = [
        {image for item in batch for image in (item.image_i, item.image_j)}
        for batch in manifest.batches
    ]
    only_in_0 = images[0] - images[1]
    source = Noise(ABC.classes, each=4)
    source.changed = {min(only_in_0)}
    verify_images(manifest, MixupProcess(source), batch=1)
    with pytest.raises(StimulusError, match="fingerprint_"):
        verify_images(manifest, MixupProcess(source), batch=0)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (Pictograms(), "set.csv: is a set of folder images of 2 pixels; got pictograms images of 32"
         " pixels; give the source it was made from"),
        (Noise(("a", "b", "d"), each=4),
         "class_[ij]: the set was made with 'c', these images give 'd'"),
        (Noise(("a", "b", "c"), each=5), "class_[ij]: the set was made with '[bc]', these images "),
        (Noise(("a", "b"), each=4), "image_[ij]: folder: image id must be 0 to 7, got "),
    ],
)  # fmt: skip
def test_a_source_with_other_images_is_refused_before_a_pixel_is_read(
    tmp_path: Path, source: Noise, told: str
) -> None:
    write_manifest(tmp_path / "set.csv", a_set(FIVE))
    with pytest.raises(StimulusError, match=told) as line:
        check_source(read_manifest(tmp_path / "set.csv"), MixupProcess(source))
    assert "\n" not in str(line.value)
