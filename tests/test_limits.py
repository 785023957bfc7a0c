"""Numbers that no study needs are refused at once, each by a limit that the message states."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from elicit.design import build as design
from elicit.errors import ElicitError, ProtocolError
from elicit.fields import MAX_COUNT, MAX_SEED, MAX_TEXT_CHARS
from elicit.log.columns import cell_checker
from elicit.log.rows import TrialRow
from elicit.protocol import load
from elicit.protocol.base import (
    MAX_BLOCKS,
    MAX_ENTRIES,
    MAX_LINE_CHARS,
    MAX_TRIALS_OF_CURVE,
)
from elicit.protocol.yaml_document import MAX_LINES, MAX_PROTOCOL_BYTES
from learn.labels import blend
from learn.training import split
from stimuli.errors import StimulusError
from stimuli.limits import (
    MAX_IMAGE_ID,
    MAX_IMAGE_SIDE,
    MAX_PER_COMBINATION,
    MAX_SET_ITEMS,
)
from stimuli.manifest.rows import COLUMNS, ManifestRow, WrongCell, parse
from stimuli.sets import build
from stimuli.sets.excluded_ids import read_ids
from stimuli.sources.endpoints import Pictograms
from tests.elicit.helpers.commands import elicit
from tests.elicit.helpers.factories import block, study, write_protocol

PAGE = {"title": "Page", "text": "Text"}
ADAPTIVE = {"target": "pse", "trials": 1}


def of_block(key: str, paradigm: str = "construct") -> Callable[[Any], dict[str, Any]]:
    return lambda value: study(block(paradigm, **{key: value}))


LARGEST: dict[str, tuple[Any, Callable[[Any], dict[str, Any]]]] = {
    "seed": (MAX_SEED, lambda value: study(seed=value)),
    "per_combination": (MAX_PER_COMBINATION, of_block("per_combination")),
    "batch_size": (MAX_PER_COMBINATION, of_block("batch_size")),
    "practice": (MAX_ENTRIES, of_block("practice")),
    "repeats.0": (MAX_PER_COMBINATION, lambda value: study(block("construct", repeats=[value]))),
    "times": (MAX_TRIALS_OF_CURVE, of_block("times", "discriminate")),
    "trials": (
        MAX_TRIALS_OF_CURVE,
        lambda value: study(block("discriminate", adaptive=ADAPTIVE | {"trials": value})),
    ),
    "image_size": (
        MAX_IMAGE_SIDE,
        lambda value: study(stimuli={"source": "pictograms", "image_size": value}),
    ),
    "every": (
        MAX_PER_COMBINATION,
        lambda value: study(block("construct", rest={"every": value, "page": PAGE})),
    ),
}
LISTS: dict[str, tuple[int, Callable[[int], dict[str, Any]]]] = {
    "repeats": (MAX_ENTRIES, lambda n: study(block("construct", repeats=[1] * n))),
    "blocks": (
        MAX_BLOCKS,
        lambda n: study(*(block("construct", f"block{k}") for k in range(n))),
    ),
    "instructions": (MAX_ENTRIES, lambda n: study(instructions=[PAGE] * n)),
    "lambda_grid": (
        MAX_ENTRIES + 1,
        lambda n: study(block("construct", lambda_grid=np.linspace(0, 1, n).tolist(), starts=[0])),
    ),
    "lambdas": (
        MAX_ENTRIES + 1,
        lambda n: study(block("infer", lambdas=np.linspace(0, 1, n).tolist())),
    ),
}


@pytest.mark.parametrize("key", LARGEST)
def test_a_number_of_a_protocol_is_taken_up_to_its_limit(key: str, tmp_path: Path) -> None:
    most, made = LARGEST[key]
    load(write_protocol(tmp_path, made(most)))
    for beyond in (most + 1, 10**9, 10**30):
        if beyond > most:
            told = rf"{key}: must be at most {most}, got {beyond}"
            with pytest.raises(ProtocolError, match=told):
                load(write_protocol(tmp_path, made(beyond)))


@pytest.mark.parametrize("key", LISTS)
def test_a_list_of_a_protocol_is_taken_up_to_its_limit(key: str, tmp_path: Path) -> None:
    most, made = LISTS[key]
    load(write_protocol(tmp_path, made(most)))
    with pytest.raises(ProtocolError, match=rf"{key}: must have at most {most} entries"):
        load(write_protocol(tmp_path, made(most + 1)))


@pytest.mark.parametrize("key", ["title", "prompt", "instructions"])
def test_a_text_of_a_protocol_is_taken_up_to_its_limit(key: str, tmp_path: Path) -> None:
    load(write_protocol(tmp_path, of_block(key)("x" * MAX_TEXT_CHARS)))
    with pytest.raises(ProtocolError, match=rf"{key}: must have at most {MAX_TEXT_CHARS} char"):
        load(write_protocol(tmp_path, of_block(key)("x" * (MAX_TEXT_CHARS + 1))))


@pytest.mark.parametrize(
    "content",
    [
        study(block("construct", per_combination=1_000_000_000)),
        study(block("discriminate", adaptive=ADAPTIVE | {"trials": 1_000_000})),
        study(block("discriminate", times=MAX_TRIALS_OF_CURVE)),
        study(block("construct", per_combination=MAX_PER_COMBINATION, classes=None)),
    ],
)
def test_a_study_that_nobody_could_answer_is_refused_at_once(
    content: dict[str, Any], tmp_path: Path
) -> None:
    began = time.perf_counter()
    ended = elicit(tmp_path, "validate", write_protocol(tmp_path, content))
    assert ended.code == 1
    assert "must " in ended.said
    assert len(ended.said.splitlines()) == 1
    assert time.perf_counter() - began < 5


def test_a_set_has_items_up_to_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    settings: dict[str, Any] = {"batch_size": 10, "seed": 1, "classes": ("cat", "dog", "frog")}
    monkeypatch.setattr(build, "MAX_SET_ITEMS", 30)
    assert sum(map(len, build.build_batches(Pictograms(), per_combination=10, **settings))) == 30
    with pytest.raises(StimulusError, match="per_combination: must make at most 30 items, got 11"):
        build.build_batches(Pictograms(), per_combination=11, **settings)
    assert MAX_SET_ITEMS > MAX_PER_COMBINATION


@pytest.mark.parametrize("excess", [0, 1])
def test_a_block_has_trials_up_to_the_limit(
    excess: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = load(write_protocol(tmp_path, study(block("construct"))))
    monkeypatch.setattr(design, "MAX_BLOCK_TRIALS", 3 - excess)
    if not excess:
        assert len(design.build(asked, Pictograms(), "P01", 1, 0).trials) == 3
        return
    with pytest.raises(ProtocolError, match=r"blocks\.0: must have at most 2 trials a session, g"):
        design.build(asked, Pictograms(), "P01", 1, 0)


@pytest.mark.parametrize(
    ("column", "most"),
    [
        ("image_i", MAX_IMAGE_ID),
        ("image_j", MAX_IMAGE_ID),
        ("image_size", MAX_IMAGE_SIDE),
        ("session", MAX_COUNT),
        ("batch", MAX_COUNT),
        ("trial", MAX_COUNT),
        ("allocation", MAX_COUNT),
        ("steps", MAX_COUNT),
    ],
)
def test_a_number_of_a_log_is_taken_up_to_its_limit(column: str, most: int) -> None:
    check: TypeAdapter[list[Any]] = cell_checker(TrialRow, column)
    assert check.validate_python([str(most)]) == [most]
    for beyond in (most + 1, 2_000_000_000, 10**30):
        with pytest.raises(ValidationError, match=f"less than or equal to {most}|parse"):
            check.validate_python([str(beyond)])


@pytest.mark.parametrize("beyond", [MAX_IMAGE_ID + 1, 2_000_000_000])
def test_an_id_is_taken_up_to_its_limit(beyond: int, tmp_path: Path) -> None:
    text, array = tmp_path / "ids.txt", tmp_path / "ids.npy"
    for number, fits in ((MAX_IMAGE_ID, True), (beyond, False)):
        text.write_text(f"1\n{number}\n", encoding="utf-8")
        np.save(array, np.array([1, number]))
        for path in (text, array):
            if fits:
                assert read_ids(path) == {1, number}
            else:
                with pytest.raises(StimulusError, match=f"at most {MAX_IMAGE_ID}, got {beyond}"):
                    read_ids(path)
    row = ManifestRow(0, 0, "a", 1, "b", MAX_IMAGE_ID, 0.5, "0" * 64, "0" * 16, "0" * 16, "x", 32)
    cells = list(row.cells)
    assert parse(cells) == row
    cells[COLUMNS.index("image_j")] = str(beyond)
    assert parse(cells) == WrongCell("image_j", f"a whole number from 0 to {MAX_IMAGE_ID}")


def test_images_that_are_drawn_have_ids_up_to_a_limit() -> None:
    used = np.array([0, 1])
    with pytest.raises(ElicitError, match=r"image ids: must be at most 1000000 for pictograms"):
        split.split(Pictograms(), f"0:{split.MAX_DRAWN + 1}", None, used)
    with pytest.raises(ElicitError, match=rf"--train: image ids must be at most {MAX_IMAGE_ID}"):
        split.split(Pictograms(), f"0:{MAX_IMAGE_ID + 2}", None, used)


def test_an_image_has_a_side_up_to_the_limit() -> None:
    with pytest.raises(StimulusError, match=f"image_size must be at most {MAX_IMAGE_SIDE} pixels"):
        Pictograms(MAX_IMAGE_SIDE + 1)


@pytest.mark.parametrize(
    ("number", "told"), [(0, "at least 1"), (MAX_SET_ITEMS + 1, f"at most {MAX_SET_ITEMS}")]
)
def test_blends_are_made_up_to_the_limit(number: int, told: str) -> None:
    with pytest.raises(ElicitError, match=f"--number: must be {told}, got {number}"):
        blend._check(blend.BlendSpec(number))
    blend._check(blend.BlendSpec(MAX_SET_ITEMS))


@pytest.mark.parametrize("key", ["source", "font", "manifest"])
def test_a_name_that_no_file_can_have_is_told_in_one_line(key: str, tmp_path: Path) -> None:
    for length, told in ((MAX_LINE_CHARS, "x"), (MAX_LINE_CHARS + 1, "at most 1000 characters")):
        value = "x" * length
        content = {
            "source": study(stimuli={"source": value}),
            "font": study(font=value),
            "manifest": study(
                block("construct", manifest=value, classes=None, per_combination=None)
                | {"batch_size": None}
            ),
        }[key]
        ended = elicit(tmp_path, "validate", write_protocol(tmp_path, content))
        assert ended.code == 1
        assert len(ended.said.splitlines()) == 1
        assert told in ended.said


def test_a_protocol_has_bytes_up_to_the_limit_and_its_mistakes_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "pilot.yaml"
    path.write_text("x: [" + "010," * (MAX_LINES + 5) + "]\n", encoding="utf-8")
    with pytest.raises(ProtocolError) as caught:  # noqa: PT011
        load(path)
    lines = str(caught.value).splitlines()
    assert len(lines) == MAX_LINES + 1
    assert lines[-1] == f"{path}: and 11 more mistakes"
    path.write_bytes(b"#" * (MAX_PROTOCOL_BYTES + 1))
    with pytest.raises(ProtocolError, match="cannot be read: must have at most 262,144 bytes"):
        load(path)
