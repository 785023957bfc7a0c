"""`elicit plan`, from its options to its tables, files and mistakes."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image
from typer.testing import CliRunner, Result

from elicit.cli import app
from elicit.errors import ElicitError
from stimuli.errors import StimulusError
from tests.elicit.helpers.commands import elicit
from tests.elicit.helpers.factories import block, study, write_protocol

LONG = "a-class-whose-name-is-as-long-as-names-of-classes-get"
Plan = Callable[..., Result]


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """Runs the command on a protocol, its files below the test's folder."""

    def run(*options: str, blocks: tuple[dict[str, Any], ...] = (), **changes: Any) -> Result:
        path = write_protocol(tmp_path, study(*blocks, **changes))
        out = [] if "--out" in options else ["--out", str(tmp_path / "out")]
        return CliRunner().invoke(app, ["plan", str(path), "--processes", "1", *out, *options])

    return run


def refused(result: Result) -> str:
    """Return the one line that tells a mistake."""
    assert isinstance(result.exception, ElicitError | StimulusError), result.output
    line = str(result.exception)
    assert "\n" not in line
    return line


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_it_tells_the_number_needed_and_writes_plot_and_numbers(plan: Plan, tmp_path: Path) -> None:
    result = plan("--target", "pse=0.1", "--observer", "psychometric", "--most", "15")
    assert result.exception is None
    needed = re.search(r"construct, pse=0.1: (\d+) participants, ([\d.]+) judgements a class pair",
                       result.output)  # fmt: skip
    assert needed is not None
    assert re.search(r"median duration of a session: [\d.]+ minutes with pages", result.output)
    name = tmp_path / "out" / "pilot_construct_pse_per_pair"
    table = rows(name.with_suffix(".csv"))
    (its,) = [row for row in table if row["needed"] == "true"]
    assert its["participants"] == needed[1]
    assert float(its["error_worst"]) <= 0.1
    assert float(its["judgements_a_class_pair"]) == pytest.approx(float(needed[2]), abs=0.05)
    with Image.open(name.with_suffix(".png")) as picture:
        assert min(picture.size) > 500
    assert name.with_suffix(".svg").read_text(encoding="utf-8").lstrip().startswith("<?xml")


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(
    plan: Plan, tmp_path: Path
) -> None:
    for folder, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        options = "--target", "pse=0.2", "--most", "10", "--seed", seed
        assert plan(*options, "--out", str(tmp_path / folder)).exception is None
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert [Path(name).suffix for name in names] == [".csv", ".png", ".svg"]
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
        assert (tmp_path / "a" / name).read_bytes() != (tmp_path / "c" / name).read_bytes()


CALIBRATE = "--calibrate", "--observer", "psychometric", "--studies", "20", "--participants", "3"


def test_calibration_says_of_every_interval_how_often_it_holds(plan: Plan, tmp_path: Path) -> None:
    blocks = (
        block("construct", classes=["cat", "dog"]),
        block("infer", classes=["cat", "dog"], per_combination=6, lambdas=[0.1, 0.5, 0.9]),
    )
    contents = []
    for folder in ("a", "b"):
        result = plan(*CALIBRATE, "--out", str(tmp_path / folder), blocks=blocks)
        assert result.exception is None
        contents.append((tmp_path / folder / "pilot_calibration.csv").read_bytes())
    assert contents[0] == contents[1]
    table = rows(tmp_path / "a" / "pilot_calibration.csv")
    assert {each["what"] for each in table} == {
        "mean lambda_f called 50/50",
        "slope k",
        "midpoint x0",
    }
    for each in table:
        assert float(each["covered_low"]) <= float(each["covered"]) <= float(each["covered_high"])
        assert int(each["studies"]) + int(each["missing"]) == 20
    assert "Covered below .90:" in result.output


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ((), "must be given a --target, or --calibrate, and not both"),
        (("--calibrate", "--target", "pse=0.1"), "a --target, or --calibrate, and not both"),
        (("--calibrate", "--studies", "19"), "--studies: must be from 20 to 2000, got 19"),
        (("--calibrate", "--studies", "2001"), "--studies: must be from 20 to 2000, got 2001"),
        (("--calibrate", "--participants", "1"), "--participants: must be from 2 to 500, got 1"),
    ],
)
def test_calibration_beyond_its_limits_is_refused(
    plan: Plan, options: tuple[str, ...], told: str
) -> None:
    assert told in refused(plan(*options))


@pytest.mark.slow
def test_every_paradigm_is_planned_and_each_target_asked(plan: Plan, tmp_path: Path) -> None:
    blocks = (
        block("construct"),
        block("select_shuffled"),
        block("infer", per_combination=4, batch_size=12, lambdas=[0.1, 0.3, 0.7, 0.9]),
        block("discriminate", adaptive={"target": "pse", "trials": 3}),
    )
    targets = "--target", "pse=0.3", "--target", "beats-mixup=0.9"
    settings = tmp_path / "settings.yaml"
    settings.write_text(yaml.safe_dump({"slope": 20.0}), encoding="utf-8")
    observer = "--observer", "psychometric", "--observer-settings", str(settings)
    result = plan(*targets, *observer, "--most", "12", blocks=blocks)
    assert result.exception is None
    for name in ("construct", "selectshuffled", "infer", "discriminate"):
        assert re.search(rf"^{name}, pse=0.3: \d+ participants", result.output, re.MULTILINE)
    assert re.search(r"^infer, beats-mixup=0.9: \d+ participants", result.output, re.MULTILINE)
    assert result.output.count("does not ask how much of a class is seen; use an infer block") == 3
    (power,) = (tmp_path / "out").glob("*_infer_beats_mixup.csv")
    columns = set(rows(power)[0])
    assert {"per_pair", "per_pair_low", "global", "global_gain", "reached"} <= columns


def test_long_names_of_classes_fit_into_table_and_plot(plan: Plan, tmp_path: Path) -> None:
    for number in range(2):
        folder = tmp_path / "images" / f"{LONG}-{number}"
        folder.mkdir(parents=True)
        for k in range(3):
            Image.new("RGB", (32, 32), (k * 60, 80, number * 99)).save(folder / f"{k}.png")
    its = block("construct")
    del its["classes"]
    stimuli = {"source": str(tmp_path / "images")}
    options = "--target", "pse=0.2", "--observer", "psychometric", "--most", "40"
    result = plan(*options, blocks=(its,), stimuli=stimuli)
    assert result.exception is None
    assert max(len(line) for line in result.output.splitlines() if "─" in line) <= 100


def test_a_target_that_nothing_reaches_is_told_with_the_best_that_is_reached(
    plan: Plan, tmp_path: Path
) -> None:
    result = plan("--target", "pse=0.001", "--observer", "psychometric", "--most", "6")
    assert re.fullmatch(
        r"--target pse=0.001: block construct: no number of participants up to 6 reaches it; at "
        r"best the PSE of \w+-\w+, the worst, is known to ±0\.\d+, at 6; ask for less, or raise "
        r"--most",
        refused(result),
    )
    assert "error:" in result.output  # the table is there all the same
    assert (tmp_path / "out" / "pilot_construct_pse_per_pair.png").exists()


@pytest.mark.slow
def test_power_that_nothing_reaches_is_told_with_the_best_that_is_reached(plan: Plan) -> None:
    its = block("infer", per_combination=4, batch_size=12)
    result = plan(
        "--target", "beats-mixup=0.9", "--observer", "ideal", "--most", "4", blocks=(its,)
    )
    assert "no number of participants up to 4 reaches it; at best power is 0.00, at" in refused(
        result
    )


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--target", "pse=9"), r"--target: pse must be half the width .* below 0.5, got 9"),
        (
            ("--target", "pse=0.1", "--target", "pse=0.2"),
            r"--target: pse must be given once, got it 2",
        ),
        (
            ("--target", "power=0.9"),
            r"--target: must be pse=ERROR, omega=ERROR or beats-mixup",
        ),
        (("--target", "beats-mixup=0.9"), r"block construct: construct does not ask how much"),
        (("--target", "pse=0.1", "--most", "1"), r"--most: must be from 2 to 5000, got 1"),
        (("--target", "pse=0.1", "--seed", "-1"), r"--seed: must be 0 or more, got -1"),
        (
            ("--target", "pse=0.1", "--per", "class"),
            r"--per: must be pair, image or all, got 'class'",
        ),
        (
            ("--target", "pse=0.1", "--policy", "x"),
            r"--policy: must be per_pair or global, got 'x'",
        ),
        (("--target", "pse=0.1", "--observer", "me"), r"--observer: must be .*hmix.*, got 'me'"),
        (("--target", "pse=0.1", "--block", "x"), r"--block: must be one of construct, got 'x'"),
        (("--target", "pse=0.1", "--stimuli", "nowhere"), r"nowhere"),
    ],
)
def test_a_mistake_is_one_line(plan: Plan, options: tuple[str, ...], told: str) -> None:
    assert re.search(told, refused(plan(*options)))


def test_an_observer_that_cannot_answer_the_protocol_is_refused(plan: Plan, tmp_path: Path) -> None:
    for name in ("zebra", "yak"):
        (tmp_path / "images" / name).mkdir(parents=True)
        for k in range(3):
            Image.new("RGB", (32, 32), (k * 60, 80, 99)).save(
                tmp_path / "images" / name / f"{k}.png"
            )
    its = block("construct")
    del its["classes"]
    result = plan(
        "--target", "pse=0.1", blocks=(its,), stimuli={"source": str(tmp_path / "images")}
    )
    assert re.search(
        r"observer hmix: cannot answer .*nobody in H-Mix saw yak, zebra", refused(result)
    )


def test_settings_that_the_observer_does_not_take_are_refused_with_their_file(
    plan: Plan, tmp_path: Path
) -> None:
    settings = tmp_path / "settings.yaml"
    settings.write_text("slop: 3\n", encoding="utf-8")
    options = "--observer", "psychometric", "--observer-settings", str(settings)
    told = refused(plan("--target", "pse=0.1", *options))
    assert re.search(r"settings.yaml: observer psychometric: slop: no such setting; it takes", told)


def test_a_protocol_that_its_images_cannot_serve_is_refused_with_its_line(plan: Plan) -> None:
    told = refused(plan("--target", "pse=0.1", blocks=(block("construct", repeats=[7]),)))
    assert re.search(r"pilot.yaml:\d+: .*repeats: must be positions from 1 to 3", told)


def test_a_folder_that_cannot_be_made_is_told_before_anything_is_simulated(
    plan: Plan, tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    told = refused(plan("--target", "pse=0.1", "--out", str(tmp_path / "taken" / "below")))
    assert re.search(r"--out: .*below: cannot be made: Not a directory", told)


def test_the_command_ends_with_one_line_and_no_traceback_where_there_is_a_mistake(
    tmp_path: Path,
) -> None:
    path = str(write_protocol(tmp_path, study()))
    done = elicit(tmp_path, "plan", path, "--target", "pse=two")
    assert done.code == 1
    assert done.said.startswith("elicit: --target: must be pse=ERROR, omega=ERROR or beats")
    assert done.said.count("\n") == 1
