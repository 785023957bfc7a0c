"""What the tests of `learn` share."""

from pathlib import Path

import pytest

from learn.hmix.import_study import import_hmix
from tests.conftest import SHARED_DATA


@pytest.fixture(scope="session")
def h_mix_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published H-Mix as a study folder."""
    published = SHARED_DATA / "h-mix"
    if not published.is_dir():
        pytest.skip(f"{published} is missing, so there is no H-Mix to import")
    out = tmp_path_factory.mktemp("h-mix") / "study"
    import_hmix(published, out)
    return out
