"""Pages that come between trials: welcome back, stop, call the experimenter, care, practice."""

from __future__ import annotations

from elicit.log.rows import TrialRow
from elicit.pages import Example, LeavePage, Page
from elicit.questions import Choice
from elicit.trial import Trial, Wording, fill_text, is_near

CARE_S = 1.0  # before the page that asks for care can be turned
LONGEST_REASON = (
    "another program moved or replaced the file"  # of the reasons why nothing can be written
)


def back_page(words: Wording) -> Page:
    """Return the first page of a resumed session."""
    return Page(words.back_title, words.back_text, words.page_hint)


def unwritable_page(words: Wording, reason: str, tries: int = 1, *, saving: bool = False) -> Page:
    """Return the page that is shown while rows cannot be written.

    Args:
        words: the study's.
        reason: why they cannot.
        tries: how often it was tried.
        saving: whether it is being tried now.
    """
    said = words.unwritable_text if tries == 1 else words.unsaved_again_text
    text = fill_text(said, number=tries, reason=reason)
    hint = words.saving_hint if saving else ""
    return Page(words.unwritable_title, text, hint, button=words.try_again)


def success_page(words: Wording, tries: int) -> Page:
    """Return the page that says that rows are written after all, by which try."""
    text = fill_text(words.saved_text, number=tries)
    return Page(words.saved_title, text, words.page_hint)


def leave_page(words: Wording) -> LeavePage:
    """Return the page that asks whether to stop; every answer is saved."""
    return LeavePage(words.leave_title, words.leave_text, "", button=words.keep_going)


def leave_unsaved_page(words: Wording, reason: str) -> LeavePage:
    """Return the page that asks whether to stop; the last answer is not saved."""
    text = fill_text(words.leave_unsaved_text, reason=reason)
    return LeavePage(words.leave_title, text, "", button=words.keep_going)


def care_page(words: Wording) -> Page:
    """Return the page that asks for care, after answers that were too fast."""
    return Page(words.care_title, words.care_text, words.page_hint, earliest_s=CARE_S)


def practice_end_page(words: Wording) -> Choice:
    """Return the page after a block's practice: on to the trials that count, or once more."""
    options = words.practice_begin, words.practice_again
    return Choice(words.practice_end_title, words.practice_end_text, options, chosen=0)


def feedback_page(trial: Trial, row: TrialRow, words: Wording) -> Page:
    """Return the page that says whether the answer to a practice trial was right.

    Right is the class with the larger share, where a class was named; else an answer that is as
    near to the mixing coefficient as the trial's feedback_within says.

    Args:
        trial: what was asked.
        row: what was answered.
        words: the study's.
    """
    lambda_f = trial.lambdas[trial.start or 0] if row.lambda_f is None else row.lambda_f
    if row.missed:
        title = words.feedback_missed_title
    elif _is_right(trial, lambda_f, row.lambda_g, row.chose_i):
        title = words.feedback_right_title
    else:
        title = words.feedback_wrong_title
    return _explain_picture(trial, lambda_f, title, words)


def _is_right(trial: Trial, lambda_f: float, lambda_g: float | None, chose_i: bool | None) -> bool:
    if lambda_g is None:
        return chose_i == (lambda_f > 0.5)
    return is_near(lambda_g, lambda_f, trial.feedback_within or 0.0)


def _explain_picture(trial: Trial, lambda_f: float, title: str, words: Wording) -> Page:
    """Return a page with one mix of a trial, and what it is of."""
    share_i = round(100 * lambda_f)
    shares = (100 - share_i, share_i) if trial.mirrored else (share_i, 100 - share_i)
    text = fill_text(
        words.feedback_text,
        share_left=shares[0],
        left=trial.left,
        share_right=shares[1],
        right=trial.right,
    )
    return Page(title, text, words.page_hint, (Example(*trial.pair.images, lambda_f),))


def make_longest_feedback(trial: Trial, words: Wording) -> Page:
    """Return the page after a practice trial with its longest texts."""
    titles = words.feedback_right_title, words.feedback_wrong_title, words.feedback_missed_title
    return max(
        (_explain_picture(trial, each, max(titles, key=len), words) for each in trial.lambdas),
        key=lambda page: len(page.text),
    )


def list_interruption_pages(words: Wording) -> dict[str, Page]:
    """Return all of these pages with their longest texts, by the key of the text in `wording`."""
    return {
        "back_text": back_page(words),
        "unwritable_text": unwritable_page(words, LONGEST_REASON),
        "unsaved_again_text": unwritable_page(words, LONGEST_REASON, 99, saving=True),
        "saved_text": success_page(words, 99),
        "leave_text": leave_page(words),
        "leave_unsaved_text": leave_unsaved_page(words, LONGEST_REASON),
        "care_text": care_page(words),
    }
