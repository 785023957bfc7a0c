"""Pages around the trials, as pure states."""

from __future__ import annotations

from dataclasses import dataclass, replace

from elicit.trial import Choose, Confirm, Event, Focus, Jump, Slide, Step


@dataclass(frozen=True)
class Page:
    """A page to read: what it says, and whether it was read."""

    title: str
    text: str
    hint: str
    done: bool = False

    def step(self, event: Event) -> Page:
        """Return the page after `event`; only Confirm turns it."""
        match event:
            case Confirm():
                return replace(self, done=True)
            case Step() | Jump() | Focus() | Choose() | Slide():
                return self


@dataclass(frozen=True)
class LeavePage(Page):
    """The question whether to stop the session, which Escape brings; Q stops it."""
