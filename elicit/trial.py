"""The nouns of a session: trials, what a participant does, and what they answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from elicit.timing import UNTIMED, Timing
from stimuli.mixing import Pair

PLACEHOLDER = re.compile(r"\{(\w+)\}")
ROUNDING = 1e-9  # of a difference between two shares


@dataclass(frozen=True)
class Trial:
    """One question about one pair."""

    number: int  # from 0 within a session
    total: int  # trials in the session
    block: str
    paradigm: str
    prompt: str
    pair: Pair
    lambdas: tuple[float, ...]  # the mixes that can be on screen, in the order shown
    start: int | None = None  # Construct: index into lambdas of the mix shown first
    mirrored: bool | None = None  # class i on the right; None where no side has a class
    practice: bool = False
    practice_round: int | None = None  # from 1, as practice can be repeated; None where it counts
    counted: tuple[int, int] | None = None  # trials that count: before this one, and of the session
    feedback_within: float | None = None  # practice: how near an answer is right; None: not told
    repeat: bool = False
    names: tuple[str, str] | None = None  # what classes i and j are called on screen
    fingerprints: tuple[str, str] = ("", "")  # of the pixels of images i and j: what was shown
    confidence_of: str | None = None  # Infer: whose confidence is asked, self or others
    earliest_s: float = 0.0  # from the flip that shows the image; no earlier act answers it
    timing: Timing = UNTIMED
    missed_before: int = 0  # how often its deadline passed without an answer
    class_order: tuple[str, ...] = ()  # Categorize: the classes offered, as they stand on screen
    class_labels: tuple[str, ...] = ()  # what these are called there

    @property
    def progress(self) -> tuple[int, int]:
        """How many trials that count came before, and how many the session has."""
        return self.counted or (self.number, self.total)

    @property
    def draw_number(self) -> int:
        """What simulated answers are drawn by; practice changes that of no other trial."""
        return self.total + self.number if self.practice else self.progress[0]

    @property
    def left(self) -> str:
        """The class on the left, or named first where no side has a class."""
        return self._names()[1 if self.mirrored else 0]

    @property
    def right(self) -> str:
        """The class on the right, or named second where no side has a class."""
        return self._names()[0 if self.mirrored else 1]

    def _names(self) -> tuple[str, str]:
        return self.names or self.pair.classes


@dataclass(frozen=True)
class Step:
    """An arrow key: `delta` places to the right, or down; negative to the left, or up."""

    delta: int


@dataclass(frozen=True)
class Jump:
    """Home (-1) or End (+1): to the left end, or to the right end."""

    end: int


@dataclass(frozen=True)
class Focus:
    """Tab (+1) or Shift-Tab (-1): to the next or the previous control."""

    delta: int


IN_FOCUS = -1  # what Choose names the one by that the keys are at


@dataclass(frozen=True)
class Choose:
    """The pointer on one of the images or classes shown; or Space, on the one IN_FOCUS."""

    index: int


@dataclass(frozen=True)
class Slide:
    """The pointer on a slider: which one, counted from the top, and its place from 0 to 100."""

    slider: int
    position: int


@dataclass(frozen=True)
class Digit:
    """A number key: the next digit of a number, so that 7 and then 0 are 70."""

    digit: int


@dataclass(frozen=True)
class Confirm:
    """Enter or Space, or the pointer on the button."""


@dataclass(frozen=True)
class Erase:
    """Backspace in a field."""


Event: TypeAlias = Step | Jump | Focus | Choose | Slide | Digit | Erase | Confirm


@dataclass(frozen=True)
class Write:
    """Text typed into a field."""

    text: str


@dataclass(frozen=True)
class Scroll:
    """The wheel, or an arrow beside a long list: to look at the part of it that has this row."""

    to: int


PageEvent: TypeAlias = Event | Write | Scroll


@dataclass(frozen=True)
class Leave:
    """Escape: the participant wants to stop the session."""


@dataclass(frozen=True)
class Closed:
    """The window was closed from outside."""


def spell_number(typed: str, digit: int, low: int, high: int) -> tuple[str, int | None]:
    """Return the digits typed so far and the number that they spell, after one more digit.

    A digit that leads above `high` begins a new number.

    Args:
        typed: the digits before it.
        digit: the new one, 0 to 9.
        low: smallest number.
        high: largest number.

    Returns:
        The digits, and their number; None where it is not from `low` to `high`.
    """
    for text in (typed + str(digit), str(digit)):
        if int(text) <= high:
            return text, int(text) if int(text) >= low else None
    return "", None


def step_in_grid(at: int | None, delta: int, last: int) -> int:
    """Return the place in a grid that an arrow key leads to; its edges are walls.

    Args:
        at: the place before, from 0, row by row; None before the first key, which leads to 0.
        delta: places ahead; as many as a row has, for the arrows up and down.
        last: place of the grid.
    """
    if at is None:
        return 0
    if 0 <= at + delta <= last:
        return at + delta
    # Down from above the gap of an unfilled last row: to the last place.
    rows_below = last // abs(delta) - at // abs(delta)
    return last if delta > 1 and rows_below > 0 else at


SLIDER_END, SLIDER_MIDDLE = 100, 50  # places on a slider, whose left end is 0
FOCUS_LOST, FOCUS_REGAINED = "focus lost", "focus regained"
FOCUS = frozenset({FOCUS_LOST, FOCUS_REGAINED})  # causes: the keyboard went to another window


@dataclass(frozen=True)
class Timed:
    """What was done, and when."""

    event: PageEvent | Leave | Closed | None  # None: a key that means nothing here
    at: float  # seconds on the view's clock
    cause: str  # the key, or the pointer's act, behind the event


@dataclass(frozen=True)
class NamedClasses:
    """The classes seen in an image, of all that are offered; shares are in [0, 1]."""

    first: str  # the most probable
    first_share: float
    other: str = ""  # the alternative; blank: none
    other_share: float | None = None
    excluded: tuple[str, ...] = ()  # those definitely not in the image, in the order on screen


@dataclass(frozen=True)
class Response:
    """One answer: the image mixed at lambda_f looked like lambda_g, with confidence omega.

    Where a class is named instead, chose_i says which, or `named` where all were offered; lambda_g
    is then None.
    """

    lambda_f: float  # share of image i in the image judged
    lambda_g: float | None  # share of class i seen in it; None where a class was named
    omega: float | None  # confidence in [0, 1]; None where not asked
    steps: int  # acts that moved something
    position: int | None = None  # the mixing slider's raw place, 0 (left) to 100 (right)
    confidence_position: int | None = None
    position_touched: bool | None = None
    confidence_touched: bool | None = None
    chose_i: bool | None = None  # whether class i was named, not class j; None where a share is
    named: NamedClasses | None = None


def is_near(share: float, target: float, within: float) -> bool:
    """Return whether a share is within a distance of its target, in [0, 1]; ends included."""
    return abs(share - target) <= within + ROUNDING


def fill_text(text: str, **values: object) -> str:
    """Return a text with values in the place of its placeholders; others stay as they are."""
    return PLACEHOLDER.sub(lambda found: str(values.get(found[1], found[0])), text)


@dataclass(frozen=True)
class Wording:
    """The words on a trial's screen that are the same in every trial."""

    # A protocol may replace them: its reader refuses other keys, and reads the text below each.
    __pydantic_config__: ClassVar[dict[str, object]] = {
        "extra": "forbid",
        "use_attribute_docstrings": True,
    }

    construct_hint: str = (
        "Change the mix with {sideways_keys}; hold a key to go faster. Press {space_key} or "
        "{enter_key} to choose the picture."
    )
    """Below a Construct trial."""
    select_hint: str = (
        "Move the frame with {arrow_keys} and press {enter_key} to pick a picture, or click one."
    )
    """Below a Select-Shuffled trial."""
    select_confirm_hint: str = "Press {enter_key} again to confirm, or keep looking."
    """The same, after an image is picked."""
    infer_hint: str = (
        "Move the slider with {sideways_keys} (Shift: larger steps), or type a number from 0 to "
        "100. {tab_key}: the other slider."
    )
    """Below an Infer trial."""
    infer_untouched_hint: str = "Please set both sliders first."
    """The same, if a slider has not been moved yet."""
    discriminate_hint: str = (
        "Press {left_key} or {right_key}, or click a name. Your first answer counts."
    )
    """Below a Discriminate trial."""
    first_class: str = "Most probable"
    """Before the class that is called the most probable, in a Categorize trial."""
    other_class: str = "Alternative"
    """Before the alternative to it."""
    excluded_classes: str = "Definitely not there"
    """Before the number of classes that are definitely not in the picture."""
    no_alternative: str = "no alternative"
    """Among the classes, for nothing but the most probable one."""
    first_class_hint: str = (
        "Choose the most probable class with {arrow_keys} and {space_key}, or click it."
    )
    """Below a Categorize trial, for the most probable class."""
    share_hint: str = (
        "Type its probability, 0 to 100, or set it with {sideways_keys}. {enter_key}: go on."
    )
    """The same, for a probability."""
    other_class_hint: str = (
        "Choose an alternative, or none, with {arrow_keys} and {space_key}, or click it."
    )
    """The same, for the alternative."""
    excluded_classes_hint: str = (
        "Mark every class that is definitely not in the picture: {space_key} or a click. "
        "{enter_key}: go on."
    )
    """The same, for the classes that are not in the picture."""
    class_missing_hint: str = "Please choose a class first, with {space_key} or a click."
    """The same, after Enter without a class."""
    share_missing_hint: str = "Please give a probability first, from 0 to 100."
    """The same, after Enter without a probability."""
    above_100_hint: str = "A probability is at most 100. Please change it."
    """The same, after Enter with one above 100."""
    above_first_hint: str = (
        "The alternative is more probable than the first class. Change it, or press {enter_key} "
        "if it is as you mean."
    )
    """The same, the first time that the alternative has the higher probability."""
    too_early_hint: str = "Please look a little longer before you answer."
    """Instead of these, once an answer came before `earliest_s`."""
    practice_label: str = "Practice"
    """In the corner of a practice trial."""
    whole: str = "100% {name}"
    """Ends of the mixing slider; may contain `{name}`."""
    half: str = "50/50 {left} and {right}"
    """Middle of the mixing slider; may contain `{left}` and `{right}`."""
    confidence_question: str = "How confident are you?"
    """Above the confidence slider, where `confidence_of` is self."""
    confidence_of_others_question: str = "How confident would these 100 people be?"
    """The same, where it is others."""
    confidence_low: str = "0%"
    """Its left end."""
    confidence_middle: str = "50%"
    """Its middle."""
    confidence_high: str = "100%"
    """Its right end."""
    confirm: str = "This one"
    """Button that confirms an image."""
    proceed: str = "Continue"
    """Button that continues."""
    previous: str = "Back"
    """Button that goes back to the previous page."""
    stop: str = "Stop the session"
    """Button that stops the session, on the page that Escape opens."""
    keep_going: str = "Keep going"
    """Button that goes on with the session, on the same page."""
    try_again: str = "Try again"
    """Button that tries to save an answer again."""
    page_hint: str = "Press {space_key} or {enter_key} to continue."
    """Below a single page."""
    first_page_hint: str = "Press {right_key}, {space_key} or {enter_key} for the next page."
    """Below the first of several pages."""
    pages_hint: str = (
        "Press {right_key}, {space_key} or {enter_key} for the next page, {left_key} for the "
        "previous one."
    )
    """Below the pages in between."""
    last_page_hint: str = (
        "Press {space_key} or {enter_key} to continue, {left_key} for the previous page."
    )
    """Below the last of several pages."""
    wait_hint: str = "You can continue in {seconds} s."
    """Below a break that is not over; may contain `{seconds}`."""
    progress: str = "{done} of {total} questions answered"
    """On a break; may contain `{done}` and `{total}`."""
    consent_hint: str = (
        "Move with {vertical_keys}, tick a box with {space_key}, continue with {enter_key}."
    )
    """Below the consent page."""
    consent_missing_hint: str = "Please tick every box to continue."
    """The same, if a box is not ticked."""
    decline: str = "I do not want to take part"
    """Button on the consent page."""
    decline_title: str = "Not taking part?"
    """Title of the page that asks again."""
    decline_question: str = "Do you want to leave without taking part? You can still go back."
    """Question of that page."""
    decline_leave: str = "Yes, leave without taking part"
    """Its first option."""
    decline_back: str = "No, go back"
    """Its second option."""
    choice_hint: str = "Choose with {vertical_keys} or a number key. Press {enter_key} to continue."
    """Below a question with options."""
    scale_hint: str = (
        "Choose with {sideways_keys} or type the number. Press {enter_key} to continue."
    )
    """Below a question with a scale."""
    choices_hint: str = (
        "Move with {vertical_keys}, tick with {space_key}: several are possible. {enter_key}: "
        "continue."
    )
    """Below a question with several choices."""
    number_hint: str = "Type a whole number from {low} to {high}. Press {enter_key} to continue."
    """Below a question with a number; may contain `{low}` and `{high}`."""
    number_range_hint: str = "Please type a whole number from {low} to {high}."
    """The same, after Enter without such a number; may contain `{low}` and `{high}`."""
    grid_hint: str = "Move with {arrow_keys} or type numbers. Press {enter_key} to continue."
    """Below a grid of statements."""
    slider_hint: str = (
        "Move the marker with {sideways_keys} (Shift: larger steps), type 0 to 100, or click the "
        "line."
    )
    """Below a question with a slider."""
    unanswered_hint: str = "Please answer the question first."
    """Below a question, after Enter without an answer."""
    unanswered_rows_hint: str = "Please answer every line first."
    """The same, on a grid of statements."""
    optional_note: str = "(optional; Backspace clears an answer)"
    """Below a question that may be left open."""
    erase: str = "Delete"
    """Button that deletes the last digit of a number."""
    text_hint: str = "Type your answer. Shift+Enter starts a new line. Press Enter to continue."
    """Below a question with a text field."""
    declined_title: str = "Thank you"
    """Title of the last page after consent is declined."""
    declined_text: str = "You have chosen not to take part. Nothing more will be recorded. Goodbye!"
    """Text of that page."""
    care_title: str = "Please take your time"
    """Title of the page that comes after answers that were too fast (`too_fast`)."""
    care_text: str = (
        "Your last answers came very fast. Please look at each picture, and answer what you see."
    )
    """Text of that page."""
    feedback_right_title: str = "Right"
    """Title of the page after a practice trial with `feedback`, if the answer is right."""
    feedback_wrong_title: str = "Not right"
    """The same, if it is not."""
    feedback_missed_title: str = "Too late"
    """The same, if there was no answer in time."""
    feedback_text: str = "This picture is {share_left}% {left} and {share_right}% {right}."
    """Text of that page; may contain `{share_left}`, `{left}`, `{share_right}` and `{right}`."""
    practice_end_title: str = "Now it counts"
    """Title of the page after the practice trials of a block."""
    practice_end_text: str = "That was the practice. From now on, your answers count."
    """Text of that page."""
    practice_begin: str = "Begin"
    """Its first option, chosen at first: the trials that count."""
    practice_again: str = "Practise once more"
    """Its second option."""
    back_title: str = "Welcome back"
    """Title of the first page of a resumed session."""
    back_text: str = "The session continues where you left off."
    """Text of that page."""
    unwritable_title: str = "Please call the experimenter"
    """Title of the page shown if an answer cannot be saved."""
    unwritable_text: str = (
        "The last answer could not be saved yet: {reason}. Nothing is lost. Once the problem is "
        "solved, press {space_key} to save the answer."
    )
    """Text of that page; may contain `{reason}`."""
    saving_hint: str = "Saving ..."
    """Below that page, while the answer is being saved."""
    unsaved_again_text: str = (
        "Try {number} to save the last answer failed as well: {reason}. Nothing is lost. Once the "
        "problem is solved, press {space_key} to try again."
    )
    """Text of that page after a further try; may contain `{number}` and `{reason}`."""
    saved_title: str = "The answer is saved"
    """Title of the page shown once it could be saved."""
    saved_text: str = "Try {number} worked: the last answer is saved, and the session can continue."
    """Text of that page; may contain `{number}`."""
    leave_title: str = "Stop the session?"
    """Title of the page that Escape opens."""
    leave_text: str = (
        "All your answers so far are saved. Press Q to stop the session, or {space_key} to keep "
        "going."
    )
    """Text of that page."""
    leave_unsaved_text: str = (
        "The last answer could not be saved: {reason}. If you stop now, you will be asked this "
        "question again when the session is resumed. Press Q to stop the session, or {space_key} "
        "to try to save the answer again."
    )
    """The same, if the last answer is not saved; may contain `{reason}`."""
    wrong_answer: str = "{question}\n“{answer}” is not right."
    """On the page after a wrong answer of the check; may contain `{question}` and `{answer}`."""
    left_key: str = "Left Arrow"
    """Name of a key, where `{left_key}` stands in a text. The same for the keys that follow."""
    right_key: str = "Right Arrow"
    """Where `{right_key}` stands."""
    up_key: str = "Up Arrow"
    """Where `{up_key}` stands."""
    down_key: str = "Down Arrow"
    """Where `{down_key}` stands."""
    home_key: str = "Home"
    """Where `{home_key}` stands."""
    end_key: str = "End"
    """Where `{end_key}` stands."""
    space_key: str = "Space"
    """Where `{space_key}` stands."""
    enter_key: str = "Enter"
    """Where `{enter_key}` stands."""
    tab_key: str = "Tab"
    """Where `{tab_key}` stands."""
    escape_key: str = "Escape"
    """Where `{escape_key}` stands."""
    arrow_keys: str = "the arrow keys"
    """Where `{arrow_keys}` stands, if the protocol adds none for them."""
    sideways_keys: str = "the left and right arrow keys"
    """Where `{sideways_keys}` stands, if the protocol adds none for them."""
    vertical_keys: str = "the up and down arrow keys"
    """Where `{vertical_keys}` stands, if the protocol adds none for them."""
    end_title: str = "Thank you!"
    """Title of the closing page, if the protocol has none."""
    end_text: str = (
        "That was the last question. Please tell the experimenter that you have finished."
    )
    """Text of that page."""
