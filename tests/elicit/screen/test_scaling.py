"""What Windows is set to enlarge, on a Windows that is simulated."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from elicit.screen.scaling import (
    DESKTOPHORZRES,
    HORZRES,
    LOGPIXELSX,
    WindowsScaling,
    measure_scaling,
    read_scaling,
)


def windows(dpi: int | None, own_px: int, seen_px: int, system_dpi: int = 96) -> Any:
    """Return the libraries of a Windows; `dpi` is None before Windows 10."""
    numbers = {DESKTOPHORZRES: own_px, HORZRES: seen_px, LOGPIXELSX: system_dpi}
    user = SimpleNamespace(GetDC=lambda _: 7, ReleaseDC=lambda *_: 1)
    if dpi is not None:
        user.GetDpiForWindow = lambda _: dpi
    return SimpleNamespace(
        user32=user, gdi32=SimpleNamespace(GetDeviceCaps=lambda _, index: numbers[index])
    )


@pytest.mark.parametrize(
    ("libraries", "scaling"),
    [
        (windows(96, 1920, 1920), WindowsScaling(100)),
        (windows(144, 1920, 1920), WindowsScaling(150)),
        (windows(192, 3840, 3840), WindowsScaling(200)),
        (windows(96, 1920, 1280), WindowsScaling(150, enlarges_window=True)),
        (windows(None, 1920, 1920, 144), WindowsScaling(150)),
        (windows(0, 1920, 1920, 120), WindowsScaling(125)),  # of a window that is gone
    ],
)
def test_the_scale_is_read_and_whether_the_window_is_enlarged(
    libraries: Any, scaling: WindowsScaling
) -> None:
    assert measure_scaling(libraries, 1) == scaling


def test_a_session_is_told_of_a_scale_and_of_nothing_where_there_is_none() -> None:
    assert WindowsScaling(100).describe() is None
    assert "150 %" in str(WindowsScaling(150).describe())
    assert "set Scale to 100 %" in str(WindowsScaling(150, enlarges_window=True).describe())


def test_other_systems_have_no_such_scale() -> None:
    assert read_scaling(object()) is None
