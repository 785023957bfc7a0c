"""Characters that nobody sees, or takes for others, in a protocol and in ids."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from elicit.characters import INVISIBLE, describe_invisible, remove_invisible
from elicit.errors import ProtocolError, StudyError
from elicit.protocol.study_protocol import load
from elicit.study.participants import check_participant
from tests.elicit.helpers.factories import block, study

NFC, NFD = "B\u00e4r", "Ba\u0308r"


def mistakes_of(folder: Path, content: dict[str, Any]) -> list[str]:
    """Return the lines that loading a protocol ends with, without the file's name."""
    path = folder / "pilot.yaml"
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
    path.write_text(text, encoding="utf-8")
    try:
        load(path)
    except ProtocolError as error:
        return [line.partition("pilot.yaml:")[2] for line in str(error).splitlines()]
    return []


@pytest.mark.parametrize("letter", sorted(INVISIBLE), ids=lambda letter: f"{ord(letter):04X}")
@pytest.mark.parametrize("key", ["name", "title", "font"])
def test_an_invisible_character_in_a_value_is_named_with_its_place(
    letter: str, key: str, tmp_path: Path
) -> None:
    (line,) = mistakes_of(tmp_path, study() | {key: f"pi{letter}lot"})
    assert f" {key}: must not hold characters that nobody sees; delete U+{ord(letter):04X}" in line
    assert line.endswith("after 'pi'")


def test_an_invisible_character_in_a_key_is_named_once(tmp_path: Path) -> None:
    content = study() | {"ke\u200bys": {"g\u200d": "left"}}
    lines = mistakes_of(tmp_path, content)
    assert [line.split(" ", 1)[1] for line in lines] == [
        "keys: as a key must not hold characters that nobody sees; delete U+200B ZERO WIDTH SPACE "
        "after 'ke'",
        "keys.g: as a key must not hold characters that nobody sees; delete U+200D ZERO WIDTH "
        "JOINER after 'g'",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "می\u200cخواهم",  # Persian
        "क्\u200dष",  # Hindi
        "👩\u200d🔬",
        "نعم\u200f!",  # a mark of direction in Arabic
        "\u2067نعم\u2069 (yes)",
    ],
)
def test_what_a_scripts_spelling_needs_is_no_mistake(text: str, tmp_path: Path) -> None:
    assert mistakes_of(tmp_path, study(title=text)) == []


@given(st.text(st.sampled_from("aб ق" + "".join(sorted(INVISIBLE))), max_size=20))
def test_of_a_text_without_its_invisible_characters_nothing_is_told(text: str) -> None:
    assert describe_invisible(remove_invisible(remove_invisible(text))) == ""


@pytest.mark.parametrize("letter", ["\u0420", "\u0391", "\uff30", "\u0661"])
def test_a_look_alike_in_an_id_is_named(letter: str, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=rf"got '{letter}01': '{letter}' is U\+"):
        check_participant(f"{letter}01")
    (line,) = mistakes_of(tmp_path, study(name=f"{letter}ilot"))
    assert f"got '{letter}ilot': '{letter}' is U+{ord(letter):04X} " in line


def test_two_forms_of_one_name_are_one_class(tmp_path: Path) -> None:
    (line,) = mistakes_of(tmp_path, study(block("construct", classes=[NFC, NFD])))
    assert "blocks.0.construct.classes: must be at least two different classes" in line
    (line,) = mistakes_of(tmp_path, study(class_names={NFC: "a", NFD: "b"}))
    assert f"class_names.{NFC}: is here twice, in two Unicode forms, first in line" in line
    content = study(block("construct", classes=[NFD, "cat"]), class_names={NFD: "bear"})
    assert mistakes_of(tmp_path, content) == []
    asked = load(tmp_path / "pilot.yaml")
    assert asked.blocks[0].classes == (NFC, "cat")
    assert asked.class_names == {NFC: "bear"}
