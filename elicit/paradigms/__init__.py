"""How a question is put: one pure state machine a file, all with one contract."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from elicit.paradigms.categorize import Categorize
from elicit.paradigms.construct import Construct
from elicit.paradigms.discriminate import Discriminate
from elicit.paradigms.infer import Infer
from elicit.paradigms.select_shuffled import SelectShuffled
from elicit.trial import Event, Response, Trial


class State(Protocol):
    """Where a trial stands: what is on screen, and whether it is answered."""

    @property
    def trial(self) -> Trial:
        """The question."""

    @property
    def done(self) -> bool:
        """Whether the participant has confirmed an answer."""

    def step(self, event: Event) -> State:
        """Return the state after `event`."""

    def response(self) -> Response:
        """Return the answer of a trial that is done."""


# To add a paradigm: write its module, name it here, and lay it out in layout/trials.py.
PARADIGMS: dict[str, Callable[[Trial], State]] = {
    "construct": Construct.start,
    "select_shuffled": SelectShuffled.start,
    "infer": Infer.start,
    "discriminate": Discriminate.start,
    "categorize": Categorize.start,
}
