"""What a lab PC's disk and clock are said to mean."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from elicit.preflight import computer
from elicit.session.provenance import read_versions

NOW = datetime(2026, 5, 4, 9, 30, tzinfo=timezone(timedelta(hours=2)))


def test_writing_is_timed_row_by_row_and_leaves_nothing(tmp_path: Path) -> None:
    taken = computer.measure_write_times(tmp_path / "logs")
    assert len(taken) == 100
    assert min(taken) > 0
    assert list((tmp_path / "logs").iterdir()) == []


def test_a_folder_that_cannot_be_made_must_be_mended(tmp_path: Path) -> None:
    (tmp_path / "logs").touch()
    with pytest.raises(OSError, match="exists") as caught:
        computer.measure_write_times(tmp_path / "logs")
    found = computer.report_unwritable(tmp_path / "logs", caught.value)
    assert found.verdict == "fix"
    assert str(tmp_path / "logs") in found.measured


def test_a_local_folders_clock_is_this_computers(tmp_path: Path) -> None:
    assert abs(computer.measure_folder_clock(tmp_path)) < 5
    assert list(tmp_path.iterdir()) == []


def test_a_slow_disk_needs_attention() -> None:
    assert computer.check_write_latency([0.004] * 100).verdict == "ok"
    slow = computer.check_write_latency([0.004] * 90 + [0.3] * 10)
    assert slow.verdict == "attention"
    assert "median 4.0 ms" in slow.measured


def test_a_full_disk_must_be_mended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert computer.check_disk_space(tmp_path).what == "disk space"
    monkeypatch.setattr(computer, "LOW_FREE_BYTES", 1e18)
    assert computer.check_disk_space(tmp_path).verdict == "attention"
    monkeypatch.setattr(computer, "MIN_FREE_BYTES", 1e18)
    assert computer.check_disk_space(tmp_path).verdict == "fix"


@pytest.mark.parametrize(
    ("now", "apart_s", "wall_s", "verdict"),
    [
        (NOW, 0.2, 20.0, "ok"),
        (NOW, None, 20.4, "ok"),
        (NOW, 3600.0, 20.0, "attention"),
        (NOW, -61.0, 20.0, "attention"),
        (NOW, 0.0, 3620.0, "attention"),
        (NOW, 0.0, -5.0, "attention"),
        (NOW.replace(year=1970), 0.0, 20.0, "fix"),
    ],
)
def test_clocks_that_disagree_are_told(
    now: datetime, apart_s: float | None, wall_s: float, verdict: str
) -> None:
    found = computer.check_clock(now, apart_s, wall_s, 20.0)
    assert found.verdict == verdict
    assert "UTC+2 h" in found.measured
    assert bool(found.advice) == (verdict != "ok")


def test_a_package_that_is_missing_must_be_mended() -> None:
    found = read_versions()
    assert computer.check_versions(found | {"psychopy": "2026.2.5"}).measured.startswith("python ")
    lacking = computer.check_versions(found | {"psychopy": "missing"})
    assert lacking.verdict == "fix"
    assert "lab extra" in lacking.advice
