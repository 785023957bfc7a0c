"""Sizes, spaces and colours of every screen: the one place where they are set.

Spaces and controls are multiples of one unit, which grows with the window. Texts have the sizes of
one scale: each is RATIO times the one below it.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

Colour: TypeAlias = tuple[int, int, int]

# -- colours, RGB, 0 to 255

GROUND: Colour = (150, 150, 150)  # neutral grey behind everything
SURFACE: Colour = (190, 190, 190)  # of what can be used: options, sliders, buttons aside
PAPER: Colour = (242, 242, 242)  # of what the keys are at, of fields, of letters on ACCENT
INK: Colour = (16, 16, 16)  # of texts, rims, rings
FAINT: Colour = (40, 40, 40)  # of hints
TRACK: Colour = (68, 68, 68)  # of tracks, and of what cannot be pressed now: 3:1 on GROUND
ACCENT: Colour = (0, 52, 140)  # of what is chosen, done, or pressed next

# -- texts: steps of one scale

TextSize: TypeAlias = Literal[-1, 0, 1, 2, 3]
TITLE: TextSize = 3
QUESTION: TextSize = 2
BODY: TextSize = 1
HINT: TextSize = 0
SMALL: TextSize = -1  # for texts that fit at no other size
SIZES: tuple[TextSize, ...] = (TITLE, QUESTION, BODY, HINT, SMALL)
RATIO = 1.2  # from one size to the next
WINDOW_SHARE = 1 / 40  # of the window's height that a hint's letters have
READABLE_PX = 17  # of a hint, at least: capitals of 16 minutes of arc at 96 dpi from 70 cm
LINE_HEIGHT = 1.3  # in font sizes

# -- spaces and sizes, in units

REFERENCE = (1024, 600)  # window in which a unit has UNIT_PX
UNIT_PX = 4
RIM, RING = 0.5, 1  # lines: around controls, and where the keys are
AROUND_KEYS, AROUND_PICKED = 2, 3  # frames of images: where the keys are, and of the picked one
NEAR, GAP, APART, MARGIN = (
    1,
    2,
    4,
    6,
)  # from what belongs together to the edge
TARGET = 11  # of what the pointer can press: 44 px at 96 dpi
ROUND = 2  # radius of corners
SPARE_ABOVE = 1 / 3  # of the room that a page leaves free, what is above its content
COLUMN = 220  # width of a page
TEXT_COLUMN = 192  # width of its text: about 80 letters
TITLE_LINES, PROMPT_LINES = 13, 13  # height of a title, and of a trial's prompt
HINT_LINE, HINT_LINES = 6, 12  # height of a hint of one line, and of two
QUESTION_LINES = 16  # height of a question of two lines
PROBLEM_LINES = 28  # height of what is wrong with what was typed: four lines
BUTTON, SIDE_BUTTON = 60, 60  # widths
ROW = 12  # height of an option
POINTS_SHARE = 0.62  # of a consent page's room that its points may take
PROGRESS = 2  # height of a page's bar
CAPTION_LINES = 12  # height of what stands below an example: two lines
SCALE_DISC = 14  # side of a number to choose
LINE_LABELS = 12  # height of what stands at the ends of a scale: two lines
GRID_QUESTION_LINES = 9  # height of the question above statements
GRID_HEAD_LINES = 16  # height of ends and numbers above columns
CELLS_SHARE = 0.6  # of the width that the columns may take
COUNTER = 14  # width of what says which part of a long list is shown
DIGITS = 10  # keys below a number's field
FIELD, DIGIT, ERASE = 50, 12, 32  # widths: of a number's field, of the keys below it
CARD_SHAPE = 53.98 / 85.60  # height of a bank card, of its width
CARD_TEXT_SHARE = 1 / 3  # of a page's room that the text above a card may take
BAR = 1  # height of a trial's bar
PRACTICE = 30  # width of what says that a trial is practice
CROSS = 7  # of what is looked at before an image
NAMES = 48  # width beside an image, for a class name
NAME_LINES = 24  # height of a class name
CONFIDENCE_LINE = 7  # height of the question between two sliders
FEW_ROWS = 4  # of a long list that are shown at once, if any window allows
MARK = 6  # side of what is ticked
SLIDER, SLIDER_INSET, TRACK_H, TICK, KNOB = 8, 6, 2, 5, 6  # height, ends, track, ticks, width
SLIDER_NAMES, LONG_NAMES, SLIDER_LABELS = 9, 27, 6  # height below: names, up to; short labels
LABELS = 3  # of a slider: at its ends and its middle
LABEL_LINE: TextSize = HINT  # of labels at the ends of sliders and scales
CLASS_CELL = 33  # width of a class to choose, at least
CLASSES_SHARE = 0.55  # of the room of a trial that the classes may take
ANSWER_ROW = 18  # height of a line of Categorize's answers
ANSWER_LABEL_SHARE, CLASS_SHARE = 0.22, 0.32  # of its width: what is asked, and the class
NUMBER_BOX = 18  # width of a probability
ARROW, ARROW_MARGIN = 8, 3  # side of an arrow, and what can be pressed around it


def grow(window: tuple[int, int]) -> float:
    """Return how many times as large as REFERENCE a window is, by its smaller side."""
    return min(window[0] / REFERENCE[0], window[1] / REFERENCE[1])


def unit_px(window: tuple[int, int]) -> int:
    """Return the unit of all spaces in a window, px."""
    return max(UNIT_PX, round(UNIT_PX * grow(window)))


def font_px(size: TextSize, window: tuple[int, int]) -> int:
    """Return a text's font size in a window, px."""
    hint = max(READABLE_PX, WINDOW_SHARE * REFERENCE[1] * grow(window))
    return round(hint * RATIO**size)
