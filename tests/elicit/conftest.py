"""What the tests of `elicit` share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.elicit.disks import mounted


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 256 kB."""
    with mounted(tmp_path / "disk", "256k") as place:
        yield place
