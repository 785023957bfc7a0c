"""What differs between systems: every file of text names its encoding, as Windows has another."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_rooms import ROOT, modules, syntax_tree

OPENED_AS_BYTES = {"Image", "os", "tarfile", "archive", "sink"}  # have an `open` of their own
PROGRAMS = {"run", "Popen", "check_output", "check_call", "call"}


def every_file() -> list[Path]:
    """Return every module of the project, and of its tests."""
    return [*modules().values(), *sorted((ROOT / "tests").rglob("*.py"))]


def find_texts_without_encoding(tree: ast.AST) -> Iterator[str]:
    """Return the calls that read or write text, or a program's output, in the system's encoding."""
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        *owners, name = ast.unparse(call.func).split(".")
        named = {each.arg: each.value for each in call.keywords}
        owner = owners[-1].strip("_") if owners else ""
        text = {
            "open": owner not in OPENED_AS_BYTES and not _is_binary(call, 0 if owners else 1),
            "fdopen": not _is_binary(call, 1),
            "TemporaryFile": not _is_binary(call, 0, "w+b"),
            "NamedTemporaryFile": not _is_binary(call, 0, "w+b"),
            "TextIOWrapper": True,
            "read_text": not call.args and owner != "qc_criteria",
            "write_text": len(call.args) < 2,
        }.get(name, name in PROGRAMS and not {"text", "universal_newlines"}.isdisjoint(named))
        if text and "encoding" not in named:
            yield f"{call.lineno}: {ast.unparse(call)[:80]}"


def _is_binary(call: ast.Call, at: int, otherwise: str = "r") -> bool:
    """Return whether a file is opened for bytes: without a buffer, it cannot be for text."""
    named = {each.arg: each.value for each in call.keywords}
    mode = call.args[at] if len(call.args) > at else named.get("mode", ast.Constant(otherwise))
    return (isinstance(mode, ast.Constant) and "b" in str(mode.value)) or "buffering" in named


def test_every_text_is_read_and_written_in_an_encoding_that_is_named() -> None:
    found = {
        f"{path.relative_to(ROOT).as_posix()}:{place}"
        for path in every_file()
        for place in find_texts_without_encoding(syntax_tree(path))
    }
    assert found == set()


@pytest.mark.parametrize(
    "line",
    [
        "open('a')",
        "path.open('w')",
        "path.read_text()",
        "path.write_text('a')",
        "os.fdopen(3)",
        "subprocess.run(['a'], text=True)",
        "tempfile.TemporaryFile('w+')",
    ],
)
def test_a_text_without_an_encoding_is_found(line: str) -> None:
    assert len(list(find_texts_without_encoding(ast.parse(line)))) == 1


def test_pytest_takes_a_text_without_an_encoding_for_an_error(pytestconfig: pytest.Config) -> None:
    filters = pytestconfig.getini("filterwarnings")
    assert filters[-1] == r"error::EncodingWarning:(elicit|learn|stimuli|tests)(\..*)?"
    assert filters[0] == "error"
