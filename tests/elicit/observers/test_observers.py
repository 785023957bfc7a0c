"""Every observer answers every paradigm by keys, the same each time it is asked."""

from pathlib import Path
from typing import Any

import pytest

from elicit.errors import ElicitError
from elicit.observers import OBSERVERS, explain_unusable, observer
from elicit.observers.hmix_parameters import load_parameters
from elicit.pages import Booklet, Consent, LeavePage, Page
from elicit.paradigms import PARADIGMS
from elicit.questions import Choice, FreeText, Scale
from elicit.screen.keys import meaning
from elicit.trial import Trial
from stimuli.sources.pictograms import CLASSES
from tests.elicit.helpers.factories import as_number, block, load_protocol, study
from tests.elicit.helpers.observed_trials import TRIALS, answer_in_time

STAYING = [name for name in OBSERVERS if name != "leaver"]


def session(paradigm: str, n: int = 12) -> list[Trial]:
    """Return the trials of a short session."""
    return [TRIALS[paradigm](number=k, total=n, mirrored=k % 3 == 0) for k in range(n)]


@pytest.mark.parametrize("paradigm", PARADIGMS)
@pytest.mark.parametrize("name", STAYING)
def test_every_observer_answers_every_paradigm(name: str, paradigm: str) -> None:
    one = observer(name, [7, 1])
    for trial in session(paradigm):
        response, seconds, _ = answer_in_time(one, trial)
        assert 0 <= as_number(response) <= 1
        assert response.lambda_f in trial.lambdas
        assert 0 < seconds < 3600


@pytest.mark.parametrize("paradigm", PARADIGMS)
@pytest.mark.parametrize("name", STAYING)
def test_the_same_participant_answers_alike_whatever_came_before(name: str, paradigm: str) -> None:
    trials = session(paradigm)
    one, other = observer(name, [7, 1]), observer(name, [7, 1])
    forwards = [answer_in_time(one, trial) for trial in trials]
    backwards = [answer_in_time(other, trial) for trial in reversed(trials)]
    assert forwards == backwards[::-1]


@pytest.mark.parametrize("name", ["psychometric", "hmix", "random", "autopilot"])
def test_another_participant_and_another_visit_are_answered_otherwise(name: str) -> None:
    trials = session("infer")

    def answers(seed: list[int], visit: int = 1) -> list[Any]:
        one = observer(name, seed, session=visit)
        return [answer_in_time(one, trial)[0] for trial in trials]

    assert answers([7, 1]) != answers([7, 2])
    assert answers([7, 1]) != answers([8, 1])
    assert answers([7, 1]) != answers([7, 1], visit=2)


@pytest.mark.parametrize("name", ["autopilot", "ideal", "psychometric", "hmix", "random", "same"])
def test_nobody_who_waits_answers_before_an_answer_counts(name: str) -> None:
    one = observer(name, [3])
    _, seconds, _ = answer_in_time(one, TRIALS["infer"](earliest_s=30.0))
    assert seconds > 30.0


PAGES = [
    Page("Title", "Text", "Hint"),
    Page("Rest", "Text", "Hint", earliest_s=60.0),
    LeavePage("Leave?", "Text", ""),
    Booklet((Page("One", "Text", "Hint"), Page("Two", "Text", "Hint"))),
    Consent.start("Title", "Text", ("one", "two", "three")),
    Choice("Title", "Which?", ("a", "b", "c"), right=2),
    Choice("Title", "Which?", ("a", "b", "c")),
    Choice("Title", "Which of many?", tuple("abcdefghijklmno"), right=12),
    Scale("Title", "How much?", 1, 10),
    FreeText("Title", "What?"),
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: type(page).__name__)
@pytest.mark.parametrize("name", STAYING)
def test_everybody_gets_past_every_page(name: str, page: Any) -> None:
    one, seconds = observer(name, [3]), 0.0
    for _ in range(40):
        act = one(page)
        assert act is not None
        seconds += act.after_s
        page = page.step(meaning(act.key, page, columns=4))
        if page.done:
            break
    assert page.done
    assert not getattr(page, "declined", False)
    if isinstance(page, Choice):
        assert page.right in (None, page.chosen)
    if isinstance(page, Page):
        assert seconds > page.earliest_s


def test_an_unknown_observer_is_told_which_there_are() -> None:
    with pytest.raises(ElicitError, match=r"^observer: must be one of autopilot, .*, got 'hmx'$"):
        observer("hmx", [1])


@pytest.mark.parametrize("name", [name for name in OBSERVERS if name != "psychometric"])
def test_a_setting_that_there_is_not_is_told_in_one_line(name: str) -> None:
    with pytest.raises(ElicitError, match=rf"^observer {name}: .*pse") as told:
        observer(name, [1], {"pse": 0.5})
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"slop": 5}, "slop: no such setting; it takes: pse, slope, lapse_rate"),
        ({"slope": 0}, "slope: must be above 0, got 0"),
        ({"pse": 1.5}, "pse: must be at most 1, got 1.5"),
        ({"pse": {"cat-dog": "high"}}, "pse.cat-dog: must be a number, got 'high'"),
        ({"lapse_rate": float("nan")}, "lapse_rate.*finite.*got nan"),
        ({"confidence": [0.5]}, "confidence"),
    ],
)
def test_a_psychometric_setting_that_cannot_be_is_told(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(ElicitError, match=f"^observer psychometric: {told}"):
        observer("psychometric", [1], settings)


def test_every_observer_can_answer_the_demonstration(tmp_path: Path) -> None:
    asked = load_protocol(
        tmp_path, study(block("construct", classes=None), block("infer", classes=None))
    )
    assert [explain_unusable(name, asked, CLASSES) for name in OBSERVERS] == [None] * len(OBSERVERS)
    assert set(CLASSES) == set(load_parameters().classes)


def test_hmix_says_which_classes_nobody_saw(tmp_path: Path) -> None:
    asked = load_protocol(tmp_path, study(block("infer", classes=["cat", "dog", "axolotl"])))
    why = explain_unusable("hmix", asked)
    assert why is not None
    assert why.startswith(
        "observer hmix: cannot answer blocks.0 of protocol pilot: nobody in H-Mix saw axolotl, "
        "only airplane"
    )
    assert "\n" not in why
    assert explain_unusable("psychometric", asked) is None


def test_classes_of_the_source_count_where_a_block_names_none(tmp_path: Path) -> None:
    asked = load_protocol(tmp_path, study(block("infer", classes=None)))
    assert explain_unusable("hmix", asked) is None
    assert "cup" in (explain_unusable("hmix", asked, ["cup", "cat"]) or "")


def test_a_pair_that_the_study_does_not_show_is_told(tmp_path: Path) -> None:
    asked = load_protocol(tmp_path, study(block("infer")))
    right = {"pse": {"dog-cat": 0.4, "default": 0.5}}
    assert explain_unusable("psychometric", asked, settings=right) is None
    wrong = explain_unusable("psychometric", asked, settings={"pse": {"cat-dgo": 0.4}})
    assert wrong == (
        "observer psychometric: pse: protocol pilot shows no class pair 'cat-dgo'; name one such "
        "as 'cat-dog', or default"
    )


def test_an_unknown_observer_cannot_be_asked_about_a_protocol(tmp_path: Path) -> None:
    with pytest.raises(ElicitError, match=r"^observer: must be one of"):
        explain_unusable("nobody", load_protocol(tmp_path, study()))
