"""A file of a hundred thousand brackets is a person's mistake in one line, wherever it is read."""

from pathlib import Path

import pytest

from elicit.errors import ElicitError
from elicit.log.files import parse_json, read_json
from learn.files import parse_yaml
from learn.policies import file as policy_file
from learn.qc import criteria
from learn.runs import files as run_files
from learn.training.settings import read_settings

DEEP = "[" * 100_000


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_json_that_is_nested_too_deeply_is_a_wrong_value(opening: str) -> None:
    with pytest.raises(ValueError, match="nested too deeply"):
        parse_json(opening * 100_000)


@pytest.mark.parametrize("text", [DEEP, "- " * 50_000, "{a: " * 50_000])
def test_yaml_that_is_nested_too_deeply_is_a_wrong_value(text: str) -> None:
    with pytest.raises(ValueError, match="nested too deeply"):
        parse_yaml(text)


@pytest.mark.parametrize(
    "read", [policy_file.load_policy, run_files.read_json, criteria.read_criteria, read_settings]
)
def test_a_reader_tells_the_file(tmp_path: Path, read: object) -> None:
    assert callable(read)
    (tmp_path / "deep").write_text(DEEP, encoding="utf-8")
    with pytest.raises(ElicitError, match=r"deep: .*nested too deeply") as told:
        read(tmp_path / "deep")
    assert "\n" not in str(told.value)


def test_a_session_s_small_files_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "deep").write_text(DEEP, encoding="utf-8")
    assert read_json(tmp_path / "deep") == {}
