"""Broken YAML of every kind is told with file and line; none of it is a traceback."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from elicit.errors import ProtocolError
from elicit.protocol import yaml_document as located
from elicit.protocol.study_protocol import load
from elicit.protocol.yaml_faults import MAX_FAULTS
from elicit.protocol.yaml_faults import UNCHECKED as REST_UNCHECKED
from tests.elicit.helpers.factories import PROTOCOLS, block, study
from tests.helpers.examples import examples

DEMO = (PROTOCOLS / "demo.yaml").read_text(encoding="utf-8")
GOOD = """\
name: pilot
title: A pilot
seed: 1
stimuli:
  source: pictograms
blocks:
  - name: first
    paradigm: construct
    title: Look
    instructions: Look at it.
    prompt: How much {left}?
    per_combination: 1
    batch_size: 3
    lambda_grid: [0.0, 0.5, 1.0]
    starts: [0.5]
"""
UNCHECKED = f"; {REST_UNCHECKED}"
MISTAKEN = (
    GOOD.replace("1.0]", "1.5]").replace("batch_size: 3", "batch_size: 0")
    + """\
  - name: second
    paradigm: infer
    title: Look
    instructions: Look at it.
    prompt: How much?
    per_combination: 1
    batch_size: 3
    lambdas: [0.25, -1]
    practice: x
"""
)


def said_of(folder: Path, text: str | bytes) -> list[str]:
    """Return what is said of a file's content, each line after the file's name; [] if it loads."""
    path = folder / "pilot.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text)
    try:
        load(path)
    except ProtocolError as error:
        lines = str(error).splitlines()
        assert lines
        assert all(line.startswith(f"{path}:") for line in lines), lines
        return [line.removeprefix(f"{path}:") for line in lines]
    return []


def assert_located(folder: Path, text: str | bytes) -> None:
    """Check that each mistake of a file's content has a line that the file has."""
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    last = len(re.split(rb"\r\n|\r|\n", raw))
    for said in said_of(folder, text):
        found = re.fullmatch(r"(\d+): (\S.*)", said)
        assert found is not None, said
        assert 1 <= int(found[1]) <= last, said


def test_the_example_of_these_tests_is_good(tmp_path: Path) -> None:
    assert said_of(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[0.0, 0.5, 1.0]", "[0.0, 0.6, 0.4]",
         "14: blocks.0.construct.lambda_grid: must be at least two increasing values, "
         "got [0.0, 0.6, 0.4]"),
        ("[0.0, 0.5, 1.0]", "\n      - 0.0\n      - 0.5\n      - 1.5",
         "17: blocks.0.construct.lambda_grid.2: must be at most 1, got 1.5"),
        ("starts: [0.5]", "starts: [0.4]",
         "15: blocks.0.construct.starts: must be values of lambda_grid [0.0, 0.5, 1.0], "
         "at least one, got [0.4]"),
        ("paradigm: construct", "paradigm: constuct",
         "8: blocks.0.paradigm: must be one of construct, select_shuffled, infer, "
         "discriminate, categorize, got 'constuct'; did you mean construct?"),
        ("    paradigm: construct\n", "", "7: blocks.0.paradigm: is needed and not given"),
        ("    batch_size: 3\n", "",
         "7: blocks.0.construct.batch_size: is needed and not given, as there is no manifest"),
        ("    title: Look\n", "", "7: blocks.0.construct.title: is needed and not given"),
        ("seed: 1\n", "", "1: seed: is needed and not given"),
        ("  source: pictograms", "  sorce: pictograms",
         "5: stimuli.sorce: unknown key; did you mean source?; allowed: source, image_size, "
         "process, side_px, side_deg"),
        ("seed: 1", "seed: yes",
         "3: seed: must be a whole number, got yes, which YAML reads as true"),
        ("seed: 1", "seed: 010",
         "3: seed: must be in plain digits; got 010, which YAML reads as 8; write 10 or 8"),
        ("seed: 1", "seed: 1:30",
         "3: seed: must be in plain digits; got 1:30, which YAML reads as 90; write 90"),
        ("seed: 1", "seed: 1_000",
         "3: seed: must be in plain digits; got 1_000, which YAML reads as 1000; write 1000"),
        ("seed: 1", "seed: 0x10",
         "3: seed: must be in plain digits; got 0x10, which YAML reads as 16; write 16"),
        ("[0.0, 0.5, 1.0]", "[0.0, 0.5, 01]",
         "14: blocks.0.lambda_grid.2: must be in plain digits; got 01, which YAML reads as 1; "
         "write 1"),
        ("title: A pilot", "title: 1:30",
         "2: title: must be text, got 1:30, which YAML reads as 90; write '1:30' in quotes"),
        ("title: A pilot", "title: On",
         "2: title: must be text, got On, which YAML reads as true; write 'On' in quotes"),
        ("title: A pilot", "title: no",
         "2: title: must be text, got no, which YAML reads as false; write 'no' in quotes"),
        ("title: A pilot", "title: 2024-05-01",
         "2: title: must be text, got 2024-05-01; text like this needs quotes"),
        ("title: A pilot", "title:",
         "2: title: must be text, got nothing"),
        ("title: A pilot", "title: 2023-13-45",
         "2: title: is no valid timestamp, got '2023-13-45'; text needs quotes"),
        ("title: A pilot", "title: !!bool maybe",
         "2: title: is no valid bool, got 'maybe'; text needs quotes"),
        ("title: A pilot", "title: !!python/name:os.system x",
         "2: title: unknown tag !!python/name:os.system; remove it"),
        ("title: A pilot", 'title: "\\ud83d"',
         "2: title: holds half a character, such as \\ud83d; write it whole"),
        ("seed: 1\n", "seed: 1\nseed: 2\n", "4: seed: is here twice, first in line 3"),
        ("    title: Look\n", "    title: Look\n    title: There\n",
         "10: blocks.0.title: is here twice, first in line 9"),
        ("seed: 1\n", "seed: 1\n3: x\n",
         "4: a key must be text, got 3; text like this needs quotes"),
        ("    title: Look\n", "    title: Look\n    no: x\n",
         "10: blocks.0: a key must be text, got no, which YAML reads as false; write it in quotes"),
        ("seed: 1\n", "seed: 1\n? [a, b]\n: x\n", "4: a key must be text, got a list"),
        ("seed: 1\n", "seed: 1\n? {a: b}\n: x\n", "4: a key must be text, got a mapping"),
        ("seed: 1\n", "seed: 1\n<<: [1]\n", "4: <<: must be a mapping, got a single value"),
        ("[0.0, 0.5, 1.0]", "&x [*x]",
         "14: blocks.0.lambda_grid.0: an anchored value cannot hold itself"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in GOOD
    assert said in said_of(tmp_path, GOOD.replace(old, new, 1))


def test_a_file_with_two_faults_and_four_mistakes_is_told_all_six(tmp_path: Path) -> None:
    broken = MISTAKEN.replace("A pilot", "*A* pilot").replace("title: Look\n", "title: 'L'ook\n")
    assert broken.count("'L'ook") == 2
    told = said_of(tmp_path, broken.replace("title: 'L'ook", "title: Look", 1))
    assert [line.partition(": ")[0] for line in told] == ["2", "13", "14", "18", "23", "24"]
    assert told[0].startswith("2: not valid YAML: text that begins with * or & needs quotes")
    assert told[1] == "13: blocks.0.construct.batch_size: must be at least 1, got 0"
    assert told[2] == "14: blocks.0.construct.lambda_grid.2: must be at most 1, got 1.5"
    assert told[3].startswith("18: not valid YAML: text follows a closing quote or brace")
    assert told[4] == "23: blocks.1.infer.lambdas.1: must be at least 0, got -1"
    assert told[5].startswith("24: blocks.1.infer.practice: must be a whole number")


FAULTS = ("*A* b", "a: b", "[1, 2", "'x' y", "{a: b?}", '"open', "%a", "\tx", "'open", "]", "{a: 1")


def test_after_a_fault_nothing_is_told_but_what_is_told_without_it(tmp_path: Path) -> None:
    known, lines = set(said_of(tmp_path, MISTAKEN)), MISTAKEN.splitlines()
    assert len(known) == 4
    read_on = 0
    for k, (first, second) in enumerate((a, b) for a in range(24) for b in range(a + 1, 24, 11)):
        broken = [*lines]
        for line, fault in ((first, FAULTS[k % 11]), (second, FAULTS[k // 11 % 11])):
            broken[line] = f"{lines[line].partition(':')[0]}: {fault}"
        told = said_of(tmp_path, "\n".join(broken))
        faults = [line for line in told if "not valid YAML" in line]
        assert set(told) - set(faults) <= known, broken
        assert faults, broken
        assert {int(line.partition(":")[0]) for line in faults} <= {*range(first + 1, 26)}, broken
        if not faults[-1].endswith(UNCHECKED):
            read_on += 1
            assert len(faults) == 2, broken
    assert read_on > 10


def test_a_file_with_very_many_faults_is_read_no_further(tmp_path: Path) -> None:
    text = GOOD + "".join(f"key{k}: *A* b\n" for k in range(MAX_FAULTS + 5))
    told = said_of(tmp_path, text)
    assert len(told) == MAX_FAULTS
    assert told[-1].endswith(UNCHECKED)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.replace("    title", "\ttitle"), "9: not valid YAML: this is a tab; write "
         "spaces instead, also between a key and its value" + UNCHECKED),
        (GOOD.replace("title: A pilot", "title:\tA pilot"), "2: not valid YAML: this is a tab; "
         "write spaces instead, also between a key and its value"),
        (GOOD.replace("{left}?", "{left}?\nready: {title: Ready?, text: Go on}"),
         "12: not valid YAML: text with a question mark inside {} or [] needs quotes; write "
         "'Ready?'" + UNCHECKED),
        (GOOD.replace("title: A pilot", "title: *A* pilot"), "2: not valid YAML: text that begins "
         "with * or & needs quotes; write '*text*'"),
        (GOOD.replace("title: A pilot", "title: 'A' pilot"), "2: not valid YAML: text follows a "
         "closing quote or brace, or a line is not indented as those before it; put quotes around "
         "the whole text, and double a ' in it"),
        (GOOD.replace("    title", "     title"),
         "9: not valid YAML: mapping values are not allowed here; check the indentation; text "
         "with a colon needs quotes" + UNCHECKED),
        (GOOD.replace("    title", "   title"),
         "9: not valid YAML: expected <block end>, but found "
         "'<block mapping start>' while parsing a block collection, which begins in line 7; "
         "check the indentation of this line and of those before it" + UNCHECKED),
        (GOOD.replace("title: A", "title: 'A"),
         "15: not valid YAML: found unexpected end of stream "
         "while scanning a quoted scalar, which begins in line 2; close the quote"),
        (GOOD.replace("1.0]", "1.0"), "15: not valid YAML: expected ',' or ']', but got ':' "
         "while parsing a flow sequence, which begins in line 14; close the bracket, or put a "
         "comma between the items"),
        (GOOD.replace("seed: 1", "seed 1"), "4: not valid YAML: could not find expected ':' "
         "while scanning a simple key, which begins in line 3; a line must be 'key: value', "
         "'- item' or indented text" + UNCHECKED),
        (GOOD.replace("Look at it", "Look: at it"), "10: not valid YAML: mapping values are not "
         "allowed here; check the indentation; text with a colon needs quotes"),
        (GOOD.replace("A pilot", "*gone"), "2: not valid YAML: found undefined alias 'gone'; "
         "write the anchor, &name, before its first use"),
        (GOOD.replace("A pilot", "%a"), "2: not valid YAML: found character '%' that cannot start "
         "any token; put the text in quotes"),
        (GOOD + "---\nname: b\n", "16: not valid YAML: found another document; keep one, "
         "without --- between" + UNCHECKED),
        (GOOD.replace("pilot", "pi\x07lot"), "1: not valid YAML: the character U+0007 cannot be in "
         "it; delete it"),
        (GOOD.replace("pilot", "pi\x00lot"), "1: not valid YAML: the character U+0000 cannot be in "
         "it; delete it"),
        (GOOD.replace("A pilot", "Größe").encode("latin-1"),
         "2: not valid YAML: must be saved as UTF-8, got the byte 0xf6"),
        (GOOD.encode("utf-16"), "1: not valid YAML: must be saved as UTF-8, got UTF-16"),
        ("", "1: must be a mapping of keys such as name, stimuli, blocks; got nothing"),
        ("# only a note\n", "1: must be a mapping of keys such as name, stimuli, blocks; "
         "got nothing"),
        ("- name: pilot\n", "1: must be a mapping of keys such as name, stimuli, blocks; "
         "got a list"),
        ("[" * 3000, "1: not valid YAML: nested too deeply"),
        ("a: " + "{b: " * 3000, "1: not valid YAML: nested too deeply"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_yaml_is_one_line_with_its_place(
    tmp_path: Path, text: str | bytes, said: str
) -> None:
    assert said_of(tmp_path, text) == [said]


def test_all_mistakes_come_at_once_in_the_files_order(tmp_path: Path) -> None:
    text = (
        GOOD.replace("seed: 1", "seed: -1\nsead: 2")
        .replace("paradigm: construct", "paradigm: constrict")
        .replace("starts: [0.5]", "strats: [0.5, 7]\n    batch_size: 4")
    )
    assert said_of(tmp_path, text) == [
        "3: seed: must be at least 0, got -1",
        "4: sead: unknown key; did you mean seed?",
        "9: blocks.0.paradigm: must be one of construct, select_shuffled, infer, "
        "discriminate, categorize, got 'constrict'; did you mean construct?",
        "16: blocks.0.construct.strats: unknown key; did you mean starts?",
        "16: blocks.0.construct.starts.1: must be at most 1, got 7",
        "17: blocks.0.batch_size: is here twice, first in line 14",
    ]


def test_a_key_that_a_protocol_does_not_say_itself_is_refused(tmp_path: Path) -> None:
    assert said_of(tmp_path, GOOD + f"sha256: {'0' * 64}\n") == [
        "16: sha256: unknown key; remove it"
    ]


def test_anchors_and_merges_are_read_and_told_where_they_are_written(tmp_path: Path) -> None:
    second = "  - {<<: *base, name: second, batch_size: %s}\n"
    text = GOOD.replace("  - name", "  - &base\n    name") + second
    assert said_of(tmp_path, text % "2") == []
    assert said_of(tmp_path, text % "0") == [
        "17: blocks.1.construct.batch_size: must be at least 1, got 0"
    ]
    broken = (text % "2").replace("per_combination: 1", "per_combination: 0")
    assert [said.split(":")[0] for said in said_of(tmp_path, broken)] == ["13", "13"]


def test_a_windows_file_with_a_byte_order_mark_counts_lines_alike(tmp_path: Path) -> None:
    text = "\ufeff" + GOOD.replace("seed: 1", "seed: x").replace("\n", "\r\n")
    assert said_of(tmp_path, text)[0].startswith("3: seed: ")
    assert said_of(tmp_path, text.replace("seed: x", "seed: 1")) == []


def test_characters_that_yaml_takes_for_line_ends_do_not_shift_the_lines(tmp_path: Path) -> None:
    text = GOOD.replace("A pilot", '"a\u2028b\x85c\u2029d"').replace("seed: 1", "seed: x")
    assert said_of(tmp_path, text)[0].startswith("3: seed: ")


def test_values_too_long_to_read_are_told_shortened(tmp_path: Path) -> None:
    long = said_of(tmp_path, GOOD.replace("seed: 1", f"seed: {'x' * 5000}"))
    assert len(long[0]) < 200
    laughs = "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + "".join(
        f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n"
        for a, b in zip("abcdefghij", "bcdefghijk", strict=True)
    )
    assert all(len(said) < 500 for said in said_of(tmp_path, laughs + GOOD))


def test_a_document_knows_the_line_of_every_key(tmp_path: Path) -> None:
    path = tmp_path / "pilot.yaml"
    path.write_text(GOOD, encoding="utf-8")
    document = located.read(path)
    assert document.line(["seed"]) == 3
    assert document.line(["stimuli", "source"]) == 5
    assert document.line(["blocks", 0, "construct", "starts", 0]) == 15
    assert document.line(["blocks", 0, "missing"]) == 7


fragments = st.sampled_from(
    ["\t", ":", ": ", "'", '"', "[", "]", "{", "}", "&a", "*a", "!x", "!!int ", "%", "@", "`", "|",
     ">", "---\n", "...\n", "- ", "? ", "#", "\x00", "\x85", "\u2028", "\ufeff", "é", "\ud800",
     "\n", "\r", "  ", "<<: ", "~", "0x", "1e999", ".nan", "=", "2023-13-45", "\\", "null", ","]
)  # fmt: skip
unlimited = settings(
    deadline=None,
    max_examples=examples(150),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@given(st.text(max_size=80) | st.lists(fragments, max_size=20).map("".join))
@example("<<: 1")
@example("a: =\n=: b")
@example("'a\nb': 1")
@unlimited
def test_any_text_at_all_is_located(tmp_path: Path, text: str) -> None:
    assert_located(tmp_path, text)


@given(st.binary(max_size=80))
@unlimited
def test_any_bytes_at_all_are_located(tmp_path: Path, raw: bytes) -> None:
    assert_located(tmp_path, raw)


@given(st.lists(st.tuples(st.integers(0, len(DEMO)), st.integers(0, 12), fragments), min_size=1,
                max_size=3))  # fmt: skip
@unlimited
def test_a_protocol_with_slips_of_the_keyboard_is_located(
    tmp_path: Path, slips: list[tuple[int, int, str]]
) -> None:
    text = DEMO
    for at, deleted, typed in slips:
        text = text[:at] + typed + text[at + deleted :]
    assert_located(tmp_path, text)


@given(st.data())
@unlimited
def test_a_protocol_with_its_lines_moved_about_is_located(
    tmp_path: Path, data: st.DataObject
) -> None:
    lines = DEMO.splitlines()
    places = st.integers(0, len(lines) - 1)
    line = lines.pop(data.draw(places.map(lambda k: k % len(lines))))
    indent = data.draw(st.sampled_from(["", " ", "  ", "\t", "    "]))
    for at in data.draw(st.lists(places, max_size=2)):
        lines.insert(at, indent + line)
    assert_located(tmp_path, "\n".join(lines))


values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner,
                                                                max_size=3),
    max_leaves=5,
)  # fmt: skip


@given(st.sampled_from(["construct", "select_shuffled", "infer"]), st.data(), values)
@unlimited
def test_a_protocol_with_any_value_at_any_key_is_located(
    tmp_path: Path, paradigm: str, data: st.DataObject, value: Any
) -> None:
    content = study(block(paradigm), wording={}, key_repeat={"rate_hz": 10})
    place = data.draw(st.sampled_from([content, content["blocks"][0], content["stimuli"],
                                       content["key_repeat"], content["wording"]]))  # fmt: skip
    place[data.draw(st.sampled_from([*place, "seed", "starts", "more", ""]))] = value
    assert_located(tmp_path, yaml.safe_dump(content, allow_unicode=True))
