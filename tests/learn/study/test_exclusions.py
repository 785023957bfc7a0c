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


def test_rows_of_commas_at_the_end_are_skipped_as_blank_ones_are(tmp_path: Path) -> None:
    path = tmp_path / "exclusions.csv"
    path.write_text("participant,paradigm,exclude\nP01,,\n,,\n,,\n", encoding="utf-8")
    assert [each.participant for each in read_exclusions(path, STUDY)] == ["P01"]


def test_a_quote_that_is_not_closed_is_told_and_swallows_no_line(tmp_path: Path) -> None:
    path = tmp_path / "exclusions.csv"
    path.write_text('reason,participant\n"asleep,P01\nsick,P01\n', encoding="utf-8")
    with pytest.raises(ElicitError, match=r"exclusions\.csv: cannot be read as a list"):
        read_exclusions(path, STUDY)
    path.write_text('reason,participant\n"asleep, twice",P01\n', encoding="utf-8")
    assert [each.reason for each in read_exclusions(path, STUDY)] == ["asleep, twice"]
