"""The nouns of a session: pairs, trials, what a participant does, and what they answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Pair:
    """Two endpoint images; coefficients are always the share of image i."""

    image_i: int
    image_j: int
    class_i: str
    class_j: str
    fingerprint_i: str = ""  # of the pixels of image i, so that a log says what was shown
    fingerprint_j: str = ""


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
    repeat: bool = False
    names: tuple[str, str] | None = None  # what classes i and j are called on screen
    earliest_s: float = 0.0  # from the flip that shows the trial; no earlier act answers it

    @property
    def left(self) -> str:
        """The class on the left, or named first where no side has a class."""
        return self._names()[1 if self.mirrored else 0]

    @property
    def right(self) -> str:
        """The class on the right, or named second where no side has a class."""
        return self._names()[0 if self.mirrored else 1]

    def _names(self) -> tuple[str, str]:
        return self.names or (self.pair.class_i, self.pair.class_j)


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


@dataclass(frozen=True)
class Choose:
    """The pointer on one of the images shown."""

    index: int


@dataclass(frozen=True)
class Slide:
    """The pointer on a slider: which one, counted from the top, and its place from 0 to 100."""

    slider: int
    position: int


@dataclass(frozen=True)
class Confirm:
    """Enter or Space, or the pointer on the button."""


Event: TypeAlias = Step | Jump | Focus | Choose | Slide | Confirm


@dataclass(frozen=True)
class Write:
    """Text typed into a field."""

    text: str


@dataclass(frozen=True)
class Erase:
    """Backspace in a field."""


PageEvent: TypeAlias = Event | Write | Erase


@dataclass(frozen=True)
class Leave:
    """Escape: somebody wants to stop the session."""


@dataclass(frozen=True)
class Closed:
    """The window was closed from outside."""


@dataclass(frozen=True)
class Timed:
    """What was done, and when."""

    event: PageEvent | Leave | Closed | None  # None: a key that means nothing here
    at: float  # seconds on the view's clock
    cause: str  # the key, or the pointer's act, behind the event


@dataclass(frozen=True)
class Response:
    """One answer: the image mixed at lambda_f looked like lambda_g, with confidence omega."""

    lambda_f: float  # share of image i in the image judged
    lambda_g: float  # share of class i seen in it
    omega: float | None  # confidence in [0, 1]; None where not asked
    steps: int  # acts that moved something
    position: int | None = None  # the mixing slider's raw place, 0 (left) to 100 (right)
    confidence_position: int | None = None
    position_touched: bool | None = None
    confidence_touched: bool | None = None


@dataclass(frozen=True)
class Wording:
    """The words on a trial's screen that are the same in every trial."""

    construct_hint: str = (
        "Left and right arrow keys change the mix; hold to go faster. Space or Enter: this one."
    )
    select_hint: str = "Arrow keys move the frame, Enter picks an image. Or click an image."
    select_confirm_hint: str = "Enter again to confirm, or go on looking."
    infer_hint: str = (
        "Arrow keys move the slider, with Shift in larger steps. Tab: the other slider."
    )
    infer_untouched_hint: str = "Please place both sliders."
    discriminate_hint: str = "Left or right arrow key, or a click on a name: that is your answer."
    whole: str = "100% {name}"
    half: str = "50/50 {left} and {right}"
    confidence_question: str = "How confident are you?"
    confidence_low: str = "0%"
    confidence_middle: str = "50%"
    confidence_high: str = "100%"
    confirm: str = "This one"
    proceed: str = "Continue"
    page_hint: str = "Space or Enter: go on"
    pages_hint: str = "Right arrow, Space or Enter: next page. Left arrow: previous page."
    consent_hint: str = "Up and down arrows move, Space ticks a box, Enter goes on."
    consent_missing_hint: str = "To go on, please tick every box."
    decline: str = "I do not want to take part"
    decline_title: str = "Not taking part?"
    decline_question: str = "Do you want to leave without taking part? Nothing is decided yet."
    decline_leave: str = "Yes, leave without taking part"
    decline_back: str = "No, back to the page before"
    choice_hint: str = "Up and down arrows or number keys choose, Enter goes on."
    scale_hint: str = "Left and right arrows or number keys choose, Enter goes on."
    text_hint: str = "Type your answer; Shift and Enter begin a new line. Enter goes on."
    declined_title: str = "Thank you"
    declined_text: str = "You chose not to take part, and nothing was recorded but that. Goodbye!"
    back_title: str = "Welcome back"
    back_text: str = "The session goes on where it stopped."
    unwritable_title: str = "Please call the experimenter"
    unwritable_text: str = (
        "The last answer could not be saved yet: {reason}. Nothing is lost. When this is mended, "
        "press Space to save it and go on."
    )
    leave_title: str = "Stop the session?"
    leave_text: str = (
        "Every answer so far is saved. Press Q to stop the session, or Space to go on with it."
    )
    leave_unsaved_text: str = (
        "The last answer could not be saved: {reason}. If you stop now, it will be asked again "
        "when the session goes on. Press Q to stop the session, or Space to try once more to save "
        "the answer and go on."
    )
    end_title: str = "Thank you!"
    end_text: str = "That was the last question. Please tell the experimenter that you are done."
