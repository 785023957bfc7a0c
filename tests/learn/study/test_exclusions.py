"""A list of exclusions that is none is told, whatever it holds."""

from pathlib import Path

import pandas as pd
import pytest

from elicit.errors import ElicitError
from learn.study.exclusions import read_exclusions

STUDY = pd.DataFrame({"participant": ["P01"], "paradigm": ["infer"]})


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"\xef\xbb\xbf", b"a,b\n", b"\x00\x00", b"a;b\n1;2\n"]
)
def test_a_file_without_the_column_participant_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "exclusions.csv").write_bytes(content)
    with pytest.raises(ElicitError, match=r"exclusions\.csv.*list of exclusions"):
        read_exclusions(tmp_path / "exclusions.csv", STUDY)
