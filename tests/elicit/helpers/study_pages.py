"""Pages as they come, and after what can be done on them."""

from __future__ import annotations

from elicit.pages import AnyPage, Booklet, Choice, Consent, FreeText, Page, Scale
from elicit.trial import Confirm, Jump, Step, Write


def touch(page: AnyPage) -> list[AnyPage]:
    """Return a page untouched, touched and refused."""
    match page:
        case Consent():
            return [page, page.step(Confirm()), page.step(Jump(1))]
        case Choice() | Scale():
            return [page, page.step(Step(1))]
        case FreeText():
            return [page, page.step(Write("word " * 300)), page.step(Write("W" * 900))]
        case Page() | Booklet():
            return [page]
