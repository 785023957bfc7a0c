"""`elicit validate`: every mistake at once, and what a good protocol asks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.elicit.helpers.commands import Ended, elicit
from tests.elicit.helpers.factories import PROTOCOLS, block, study, write_protocol

LONG = "What do you see in this picture, and what would other people see in it? " * 60


def validate(folder: Path, *arguments: str | Path) -> Ended:
    return elicit(folder, "validate", *map(str, arguments))


def test_every_protocol_that_is_brought_along_is_good(tmp_path: Path) -> None:
    paths = sorted(PROTOCOLS.glob("*.yaml"))
    ended = validate(tmp_path, *paths)
    assert (ended.code, ended.said) == (0, "")
    assert [line for line in ended.shown.splitlines() if not line.startswith(" ")] == [
        f"{path}: valid" for path in paths
    ]


def test_a_good_protocol_is_told_with_what_it_asks(tmp_path: Path) -> None:
    content = study(
        block("construct", batch_size=2, starts=[0.1, 0.9], repeats=[1]),
        block("infer", per_combination=100, batch_size=50, classes=["cat", "dog"], practice=2),
    )
    path = write_protocol(tmp_path, content)
    ended = validate(tmp_path, path)
    assert (ended.code, ended.said) == (0, "")
    assert ended.shown.splitlines() == [
        f"{path}: valid",
        "  pilot: A pilot",
        "  construct (construct): 2 to 3 trials a session; "
        "8 conditions (2 batches, 2 start values, left or right)",
        "  infer (infer): 52 trials a session, 2 of them practice; "
        "4 conditions (2 batches, left or right)",
        "  54 to 55 trials a session, about 8 min at the paper's median response times, "
        "without pages",
        "  stimuli: pictograms is sufficient, 10 classes",
        "  smallest window: 1024x600",
        "  images in a window of 1024x600: 256 px",
        "  images in a window of 1920x1080: 448 px",
    ]


@pytest.mark.parametrize(
    ("stimuli", "small", "large"),
    [
        ({}, 416, 800),
        ({"side_px": 300}, 288, 288),
        ({"side_px": 640}, 416, 640),
    ],
)
def test_the_side_of_images_is_told_as_it_is_drawn(
    stimuli: dict[str, int], small: int, large: int, tmp_path: Path
) -> None:
    content = study(block("construct"), stimuli={"source": "pictograms", **stimuli})
    shown = validate(tmp_path, write_protocol(tmp_path, content)).shown
    assert f"1024x600: {small} px\n  images in a window of 1920x1080: {large} px\n" in shown


def test_a_side_in_degrees_is_told_with_what_it_needs(tmp_path: Path) -> None:
    content = study(block("construct"), stimuli={"source": "pictograms", "side_deg": 4.5})
    shown = validate(tmp_path, write_protocol(tmp_path, content)).shown
    assert "  images: 4.5 degrees or less, on screens measured with elicit calibrate\n" in shown


def test_the_mistakes_of_all_files_come_at_once(tmp_path: Path) -> None:
    good = PROTOCOLS / "demo.yaml"
    (tmp_path / "b").mkdir()
    first = write_protocol(tmp_path, study(seed=-1, sead=3))
    second = write_protocol(
        tmp_path / "b", study(block("construct", lambda_grid=[0.0, 0.6, 0.4], starts=[0.6]))
    )
    ended = validate(tmp_path, first, good, second)
    assert ended.code == 1
    assert ended.shown.startswith(f"{good}: valid\n")
    assert ended.said.splitlines() == [
        f"elicit: {first}:3: seed: must be at least 0, got -1",
        f"elicit: {first}:33: sead: unknown key; did you mean seed?",
        f"elicit: {second}:18: blocks.0.construct.lambda_grid: must be at least two increasing "
        "values, got [0.0, 0.6, 0.4]",
    ]


def test_what_the_images_cannot_serve_is_told_with_its_line(tmp_path: Path) -> None:
    path = write_protocol(
        tmp_path,
        study(
            block("construct", classes=["cat", "unicorn"]),
            block("infer", repeats=[1, 4]),
            block("select_shuffled", classes=["cat", "moose"]),
        ),
    )
    ended = validate(tmp_path, path)
    assert ended.code == 1
    assert [line.removeprefix(f"elicit: {path}:") for line in ended.said.splitlines()] == [
        "12: blocks.0.classes: must be at least two different ones of airplane, automobile, bird, "
        "cat, deer, dog, frog, horse, ship, truck; got cat, unicorn",
        "46: blocks.1.repeats: must be positions from 1 to 3, the items of the smallest batch, "
        "got 4",
        "54: blocks.2.classes: must be at least two different ones of airplane, automobile, bird, "
        "cat, deer, dog, frog, horse, ship, truck; got cat, moose",
    ]


def test_images_that_are_not_there_are_told_with_their_line(tmp_path: Path) -> None:
    path = write_protocol(tmp_path, study(stimuli={"source": "no/such/folder"}))
    ended = validate(tmp_path, path)
    assert ended.code == 1
    assert ended.said.startswith(f"elicit: {path}:5: stimuli.source: must be pictograms, cifar10")
    other = validate(tmp_path, path, "--stimuli", "pictograms")
    assert (other.code, other.said) == (0, "")


def test_cifar10_that_is_not_here_is_not_downloaded(tmp_path: Path) -> None:
    path = write_protocol(tmp_path, study(stimuli={"source": "cifar10"}))
    ended = validate(tmp_path, path)
    assert (ended.code, ended.said) == (0, "")
    assert "cifar10 is not on this computer, so only its classes were checked" in ended.shown
    assert not (tmp_path / "cache").exists()
    sized = write_protocol(tmp_path, study(stimuli={"source": "cifar10", "image_size": 64}))
    assert "image_size must be 32, got 64" in validate(tmp_path, sized).said


def test_text_that_fits_no_window_is_told_with_its_line(tmp_path: Path) -> None:
    path = write_protocol(tmp_path, study(block("infer", instructions=LONG * 3)))
    ended = validate(tmp_path, path)
    assert ended.code == 1
    assert ended.said.startswith(f"elicit: {path}:7: blocks.0: window 1920x1080: ")
    assert len(ended.said.splitlines()) == 1


def test_text_of_a_page_that_comes_unasked_must_fit_too(tmp_path: Path) -> None:
    consent = {"title": "Consent", "text": "Read.", "points": ["I agree."]}
    keys = {
        "back_text",
        "unwritable_text",
        "leave_text",
        "leave_unsaved_text",
        "decline_question",
        "declined_text",
    }
    path = write_protocol(tmp_path, study(consent=consent, wording=dict.fromkeys(keys, LONG * 2)))
    lines = dict(enumerate(path.read_text(encoding="utf-8").splitlines(), 1))
    ended = validate(tmp_path, path)
    assert ended.code == 1
    told = [line.removeprefix(f"elicit: {path}:").split(":", 2) for line in ended.said.splitlines()]
    assert {key for _, key, _ in told} == {f" wording.{key}" for key in keys}
    assert len(told) == len(keys)
    for line, key, said in told:
        assert key.removeprefix(" wording.") in lines[int(line)]
        assert said.startswith(" window 1920x1080: 'What do you see in this picture, and what ")


def test_no_screen_is_needed(tmp_path: Path) -> None:
    code = (
        "import sys\nsys.argv[0] = 'elicit'\nfrom elicit.cli import app\n"
        "app(standalone_mode=False)\n"
        "print('loaded:', *(name for name in ('psychopy', 'pyglet') if name in sys.modules))"
    )
    kept = {name: value for name, value in os.environ.items() if name != "DISPLAY"}
    done = subprocess.run(
        [sys.executable, "-c", code, "validate", str(PROTOCOLS / "demo.yaml")],
        env=kept, cwd=tmp_path, capture_output=True, encoding="utf-8", check=True,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "loaded:"


@pytest.mark.parametrize("content", ["", "name: [", "\t"])
def test_a_file_that_is_no_yaml_is_one_line(tmp_path: Path, content: str) -> None:
    path = tmp_path / "pilot.yaml"
    path.write_text(content, encoding="utf-8")
    ended = validate(tmp_path, path)
    assert (ended.code, ended.shown) == (1, "")
    assert len(ended.said.splitlines()) == 1
    assert ended.said.startswith(f"elicit: {path}:1: ")


def test_where_one_key_answers_the_time_it_takes_is_said_to_be_a_guess(tmp_path: Path) -> None:
    ended = elicit(tmp_path, "validate", str(PROTOCOLS / "discriminate.yaml"))
    assert (
        "adaptive (discriminate): 152 trials a session, 2 of them practice; 2 conditions"
        in ended.shown
    )
    assert "response times, 1.5 s where one key answers, without pages" in ended.shown


REST = {"title": "Rest", "text": "Take a break."}


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (
            study(class_names={"cat": "Katze", "cta": "Katze", "ship": "Schiff"}),
            [
                "class_names.cta: must be one of the classes that are shown, cat, dog, frog; "
                "got 'cta'",
                "class_names.ship: must be one of the classes that are shown, cat, dog, frog; "
                "got 'ship'",
            ],
        ),
        (
            study(block("construct", rest={"every": 3, "page": REST})),
            [
                "blocks.0.rest.every: must be less than 3, the trials of the block that count, "
                "got 3: no break would come"
            ],
        ),
        (
            study(block("discriminate", classes=["cat", "dog"], batch_size=1,
                        rest={"every": 11, "page": REST})),
            [
                "blocks.0.rest.every: must be less than 11, the trials of the block that count, "
                "got 11: no break would come"
            ],
        ),
    ],
)  # fmt: skip
def test_what_no_session_would_show_is_a_mistake_for_validate_and_for_run(
    content: dict[str, Any], lines: list[str], tmp_path: Path
) -> None:
    path = write_protocol(tmp_path, content)
    ended = validate(tmp_path, path)
    assert ended.code == 1
    assert [line.split(": ", 2)[2] for line in ended.said.splitlines()] == lines
    ran = elicit(
        tmp_path, "run", str(path), "--participant", "P01", "--session", "1", "--autopilot"
    )
    assert ran.code == 1
    assert ran.said == ended.said


@pytest.mark.parametrize("every", [1, 2])
def test_a_break_that_comes_is_no_mistake(every: int, tmp_path: Path) -> None:
    rest = {"every": every, "page": REST}
    path = write_protocol(tmp_path, study(block("construct", rest=rest), class_names={"cat": "X"}))
    assert validate(tmp_path, path).code == 0
