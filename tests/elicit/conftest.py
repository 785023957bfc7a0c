"""What the tests of `elicit` share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.elicit.helpers.small_disks import mount_disk


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 256 kB."""
    with mount_disk(tmp_path / "disk", "256k") as place:
        yield place
