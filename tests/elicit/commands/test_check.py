"""`elicit check`: what a lab PC is told before its first session."""

from __future__ import annotations

import json
import os
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from elicit.commands.check import save_report
from elicit.pages import Page
from elicit.preflight import timing
from elicit.preflight.station_check import CheckOptions, Report
from elicit.protocol import yaml_document as located
from elicit.protocol.study_protocol import load
from elicit.screen.virtual_display import virtual_screen
from tests.elicit.helpers.commands import elicit
from tests.elicit.helpers.factories import PROTOCOLS, block, study, write_protocol
from tests.elicit.helpers.virtual_lab import PATIENCE_S, lab_pc, needs_a_virtual_screen
from tests.elicit.helpers.window_start import start_in_window
from tests.helpers.commands import RUNS

FEW = 20  # exposures
DEMO = PROTOCOLS / "demo.yaml"
EVERYTHING = [
    "versions", "images", "fonts", "window", "image size", "refresh rate", "dropped frames",
    "key to flip", "keyboard", "disk space", "write latency", "clock",
]  # fmt: skip


def kept(logs: Path) -> dict[str, Any]:
    """Return the one report in a study folder."""
    (path,) = (logs / "checks").iterdir()
    report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return report


def verdicts(report: dict[str, Any]) -> dict[str, str]:
    return {finding["what"]: finding["verdict"] for finding in report["findings"]}


@needs_a_virtual_screen
def test_a_virtual_screen_is_ready_and_claims_no_refresh_rate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")  # so that the table has a line for each finding
    logs = tmp_path / "logs"
    with lab_pc("1280x720") as pc:
        pc.start("check", DEMO, "--logs", logs, "--seconds", "1", "--no-person", fresh=True)
        code, out, err = pc.finish()
    assert (code, err) == (0, "")
    assert "cannot be measured" in " ".join(out.split())
    report = kept(logs)
    assert [finding["what"] for finding in report["findings"]] == EVERYTHING
    assert set(verdicts(report).values()) == {"ok", "attention"}
    assert verdicts(report)["refresh rate"] == verdicts(report)["keyboard"] == "attention"
    assert report["protocol"] == "demo"
    numbers = report["numbers"]
    assert numbers["flips_synchronised"] is False
    assert numbers["key_to_flip_s"]["number"] >= 40
    assert numbers["write_s"]["number"] == 100
    assert numbers["screen"]["size_px"] == [1280, 720]
    assert [path.name for path in logs.iterdir()] == ["checks"]


@needs_a_virtual_screen
def test_exposures_are_measured_where_the_protocol_has_some(tmp_path: Path) -> None:
    timed = block("infer", exposure_s=0.03, fixation_s=0.5)
    path, logs = write_protocol(tmp_path, study(timed)), tmp_path / "logs"
    assert timing.MEASURED_EXPOSURES == 200  # as --help says; here fewer, which are soon measured
    with virtual_screen("1024x600") as display:
        checked = start_in_window(
            f"from elicit.preflight import timing; timing.MEASURED_EXPOSURES = {FEW}\n"
            + RUNS["elicit"],
            *("check", str(path), "--logs", str(logs), "--seconds", "0.2", "--no-person"),
            environment={**os.environ, "DISPLAY": display},
        )
        _, err = checked.communicate(timeout=PATIENCE_S)
    assert (checked.returncode, err) == (0, "")
    report = kept(logs)
    found = {finding["what"]: finding for finding in report["findings"]}
    assert found["durations"]["measured"] == (
        "blocks.0.exposure_s: 0.03 s is 1.80 frames at 60 Hz and becomes 2, 33.3 ms"
    )
    assert f" of {FEW} lasted 2 frames (33.3 ms); " in found["exposures"]["measured"]
    assert found["exposures"]["verdict"] == "attention"  # no screen keeps the time here
    numbers = report["numbers"]["exposure_s"]
    assert (numbers["asked"], numbers["number"]) == (0.03, FEW)
    assert numbers["median"] > 0.01


@needs_a_virtual_screen
def test_the_keys_that_a_person_presses_are_counted(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    with lab_pc() as pc:
        pc.start("check", DEMO, "--logs", logs, "--seconds", "0.2", "--person")
        text = "Please press the right arrow key 5 times. Then press Space."
        pc.wait_for_page(Page("Keyboard", text, "Escape: stop this check"))
        pc.press("Right", "Right", "Right", "Right", "Right", "space", every_s=0.05)
        code, _, err = pc.finish()
    assert (code, err) == (0, "")
    assert verdicts(kept(logs))["keyboard"] == "ok"
    assert kept(logs)["numbers"]["keys_heard"] == ["right"] * 5 + ["space"]


@needs_a_virtual_screen
def test_escape_stops_the_check_and_is_no_clean_bill(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    with lab_pc() as pc:
        pc.start("check", DEMO, "--logs", logs, "--seconds", "0.2", "--person")
        text = "Please press the right arrow key 5 times. Then press Space."
        pc.wait_for_page(Page("Keyboard", text, "Escape: stop this check"))
        pc.press("Escape")
        code, _, err = pc.finish()
    assert code == 1
    assert err == "elicit: not ready for a session; fix: window\n"
    assert "stopped at the screen" in str(kept(logs)["findings"])


def test_a_computer_without_a_screen_is_told_what_else_is_fine(tmp_path: Path) -> None:
    ended = elicit(tmp_path, "check", str(DEMO), "--logs", str(tmp_path / "logs"))
    assert ended.code == 1
    assert ended.said == "elicit: not ready for a session; fix: window\n"
    report = kept(tmp_path / "logs")
    assert "DISPLAY is not set" in str(report["findings"])
    found = verdicts(report)
    assert found["window"] == "fix"
    assert {found[what] for what in ("images", "fonts", "disk space", "clock")} == {"ok"}


@pytest.mark.parametrize(
    ("content", "what", "said"),
    [
        (study(stimuli={"source": "no/such/folder"}), "images", "there is no such folder"),
        (study(block("infer", repeats=[4])), "images", "blocks.0.repeats: must be positions"),
        (study(title="Look \U00013000"), "fonts", "no font of this computer has every letter"),
    ],
)
def test_a_protocol_that_cannot_run_here_is_told(
    tmp_path: Path, content: dict[str, Any], what: str, said: str
) -> None:
    path = write_protocol(tmp_path, content)
    ended = elicit(tmp_path, "check", str(path), "--logs", str(tmp_path / "logs"))
    assert ended.code == 1
    findings = {each["what"]: each for each in kept(tmp_path / "logs")["findings"]}
    assert findings[what]["verdict"] == "fix"
    assert said in findings[what]["measured"]


def test_a_study_folder_that_cannot_be_written_is_told_and_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file\n", encoding="utf-8")
    ended = elicit(tmp_path, "check", str(DEMO), "--logs", str(tmp_path / "logs"))
    assert ended.code == 1
    assert ended.said == "elicit: not ready for a session; fix: window, study folder\n"
    assert "saved to" not in ended.shown


def test_two_checks_in_one_second_are_both_kept(tmp_path: Path) -> None:
    document = located.read(DEMO)
    wanted = CheckOptions(load(DEMO), document, "pictograms", tmp_path, 0, None, 1.0, False)
    now = datetime(2026, 5, 4, 9, 30, tzinfo=timezone.utc)
    paths = [save_report(Report(), wanted, now) for _ in range(3)]
    assert len(set(paths)) == 3
    assert {str(path) for path in paths} == {str(p) for p in (tmp_path / "checks").iterdir()}


def test_a_mistake_on_the_command_line_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    ended = elicit(tmp_path, "check", str(DEMO), "--windowed", "big", "--logs", "logs")
    assert (ended.code, ended.shown) == (1, "")
    assert ended.said.startswith("elicit: --windowed: must be WIDTHxHEIGHT")
    assert not (Path(os.curdir) / "logs" / "checks").exists()
