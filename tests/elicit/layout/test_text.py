"""Text as pictures: measured before it is drawn."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elicit.errors import DisplayError
from elicit.layout.fonts import Face, default_face, find_face, runs_right_to_left
from elicit.layout.text import TextTooLongError, Typeset, picture, typeset, typeset_end

SENTENCE = "Which picture would 100 other people call the 50/50 mix of a cat and a dog?"
words = st.text("aijWgÄ.,", min_size=1, max_size=12)
sentences = st.lists(st.lists(words, min_size=1, max_size=8).map(" ".join), min_size=1, max_size=3)


def down(px: int, smallest: int) -> tuple[int, ...]:
    """Return font sizes to try, px, from one to another."""
    return tuple(range(px, smallest - 1, -1))


def ink(text: Typeset, align: str = "centre") -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """Return how much of each pixel is covered, (height, width) uint8."""
    return np.asarray(picture(text, (0, 0, 0), align))[..., 3]


def test_a_text_that_fits_has_the_size_asked_for_on_one_line() -> None:
    text = typeset(SENTENCE, 2000, 100, down(21, 10))
    assert (text.lines, text.px) == ((SENTENCE,), 21)


def test_lines_break_at_spaces() -> None:
    text = typeset(SENTENCE, 300, 200, down(21, 10))
    assert len(text.lines) > 1
    assert " ".join(text.lines) == SENTENCE


def test_letters_shrink_before_a_word_is_broken() -> None:
    text = typeset("W" * 20, 300, 200, down(30, 10))
    assert text.lines == ("W" * 20,)
    assert text.px < 30


def test_a_word_is_broken_where_no_readable_size_fits_it() -> None:
    text = typeset("W" * 60, 300, 200, down(30, 10))
    assert len(text.lines) > 1
    assert "".join(text.lines) == "W" * 60


def test_paragraphs_keep_their_empty_lines() -> None:
    assert typeset("One.\n\nTwo.", 500, 200, down(20, 10)).lines == ("One.", "", "Two.")


def test_a_text_may_be_empty() -> None:
    text = typeset("", 100, 40, down(20, 10))
    assert text.lines == ("",)
    assert not ink(text).any()


@pytest.mark.parametrize(("width", "height"), [(20, 20), (300, 5), (0, 100)])
def test_a_text_that_fits_at_no_readable_size_is_told(width: int, height: int) -> None:
    with pytest.raises(TextTooLongError, match=rf"does not fit {width}x{height} px at 10 px"):
        typeset(SENTENCE, width, height, down(21, 10))


@pytest.mark.parametrize("px", range(11, 40))
def test_the_smallest_readable_size_is_tried_before_giving_up(px: int) -> None:
    at_10 = typeset("A long word", 1000, 100, down(10, 10))
    assert typeset("A long word", at_10.width, at_10.height, down(px, 10)).px == 10


@given(sentences.map("\n".join), st.integers(150, 600), st.booleans(), st.integers(10, 40))
@settings(deadline=None)
def test_a_text_that_just_fits_at_the_smallest_size_is_not_too_long(
    written: str, width: int, bold: bool, px: int
) -> None:
    at_10 = typeset(written, width, 10_000, down(10, 10), bold)
    assert typeset(written, width, at_10.height, down(px, 10), bold).px >= 10


def test_of_a_text_far_too_long_no_line_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("elicit.layout.text._wrap", lambda *_: pytest.fail("a line was tried"))
    with pytest.raises(TextTooLongError, match=r"7600 letters\) does not fit 900x400 px at 14 px"):
        typeset(f"{SENTENCE} " * 100, 900, 400, down(30, 14))


@given(sentences.map("\n".join), st.integers(60, 600), st.integers(20, 300), st.booleans())
@settings(deadline=None)
def test_whatever_is_written_fits_its_box_and_is_all_there(
    written: str, width: int, height: int, bold: bool
) -> None:
    try:
        text = typeset(written, width, height, down(24, 10), bold)
    except TextTooLongError:
        return
    assert text.width <= width
    assert text.height <= height
    assert 10 <= text.px <= 24
    assert "".join("".join(text.lines).split()) == "".join(written.split())


@pytest.mark.parametrize("bold", [False, True])
@pytest.mark.parametrize("letter", ["W", "j", "g", "Å", "f", "/", "Q", "J", "ł"])
@pytest.mark.parametrize("align", ["left", "centre", "right"])
def test_no_letter_is_cut_off(letter: str, bold: bool, align: str) -> None:
    alone = typeset(letter, 200, 200, down(40, 10), bold)
    among = Typeset(("", f"  {letter}  ", ""), 40, bold, alone.width + 80, 3 * alone.height)
    assert ink(alone, align).astype(int).sum() == ink(among).astype(int).sum()


def test_every_line_is_drawn_in_the_colour_asked_for() -> None:
    text = typeset("one\ntwo", 200, 100, down(30, 10))
    pixels = np.asarray(picture(text, (10, 20, 30), "left"))
    assert pixels.shape == (text.height, text.width, 4)
    assert (pixels[..., :3] == (10, 20, 30)).all()
    top, bottom = np.array_split(pixels[..., 3], 2)
    assert top.max() == bottom.max() == 255


@given(st.text(max_size=400), st.sampled_from([(700, 170), (2600, 640)]))
@settings(deadline=None)
def test_the_end_of_whatever_is_typed_fits_its_field_with_the_caret(
    written: str, size: tuple[int, int]
) -> None:
    written = "".join(letter for letter in written if letter == "\n" or letter.isprintable())
    width, height = size
    text = typeset_end(f"{written}_", width, height, 19)
    assert text.width <= width
    assert text.height <= height
    assert text.lines[-1].endswith("_")


def test_of_a_long_text_the_last_lines_are_seen_at_the_same_size() -> None:
    written = "\n".join(f"line {k}" for k in range(100))
    text = typeset_end(written, 700, 170, 19)
    assert text.lines == tuple(f"line {k}" for k in range(94, 100))
    assert text.px == typeset_end("short", 700, 170, 19).px == 19


def test_lines_break_beside_wide_letters_and_not_inside_words_among_them() -> None:
    text = typeset(
        "日本語の文に Psychophysics という語がある。", 220, 200, down(20, 20), face=japanese()
    )
    assert len(text.lines) > 2
    assert any("Psychophysics" in line for line in text.lines)
    assert not any(line.startswith("。") for line in text.lines)


def test_one_wide_letter_leaves_the_words_beside_it_whole() -> None:
    text = typeset(f"{SENTENCE} 猫", 300, 200, down(20, 10), face=japanese())
    assert " ".join(text.lines) == f"{SENTENCE} 猫"


def japanese() -> Face:
    try:
        return find_face(f"日本語の文にという語がある。猫 {SENTENCE} Psychophysics")
    except DisplayError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize(
    ("text", "in_english", "in_arabic"),
    [
        ("A cat", False, False),
        ("قطة", True, True),
        ("قطة or dog?", False, True),
        ("100%", False, True),
        ("", False, True),
    ],
)
def test_a_text_runs_as_its_study_does_unless_all_its_letters_run_the_other_way(
    text: str, in_english: bool, in_arabic: bool
) -> None:
    english = default_face()
    assert runs_right_to_left(text, english) == in_english
    assert runs_right_to_left(text, replace(english, right_to_left=True)) == in_arabic
