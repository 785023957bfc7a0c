"""Pages as they come, and after what can be done on them."""

from __future__ import annotations

from elicit.pages import AnyPage, Booklet, Consent, Page
from elicit.questions import Choice, Choices, FreeText, Number, Scale, Slider, StatementGrid
from elicit.trial import Choose, Confirm, Digit, Focus, Jump, Scroll, Step, Write


def touch(page: AnyPage) -> list[AnyPage]:
    """Return a page untouched, touched and refused."""
    match page:
        case Consent():
            return [page, page.step(Confirm()), page.step(Jump(1))]
        case Choice() | Scale() | Slider():
            return [page, page.step(Step(1)), page.step(Confirm())]
        case Choices() | StatementGrid():
            last = page.step(Jump(1)).step(Step(1)).step(Focus(99)).step(Choose(1))
            return [page, last, page.step(Scroll(99)), page.step(Confirm())]
        case Number():
            return [page, page.step(Digit(9)).step(Digit(9)), page.step(Confirm())]
        case FreeText():
            return [page, page.step(Write("word " * 300)), page.step(Write("W" * 900))]
        case Page() | Booklet():
            return [page]
