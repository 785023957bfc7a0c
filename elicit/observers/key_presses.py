"""The keys for an intended answer: one function for each paradigm.

Each function returns all keys from the trial's current state to its end, so it can be called again
after each of them. Nothing here is fitted to people: H-Mix's web pages recorded no keys, and some
participants answered with the mouse. The keys are therefore the fewest that do it; the time comes
from `Intent.rt_s`.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from elicit.observers.actions import Intent
from elicit.paradigms import State
from elicit.paradigms.categorize import SHARES, AnswerPart, Categorize
from elicit.paradigms.construct import Construct
from elicit.paradigms.discriminate import Discriminate
from elicit.paradigms.infer import CONFIDENCE, MIXING, Infer
from elicit.paradigms.select_shuffled import SelectShuffled
from elicit.screen.keys import LARGE_STEP, meaning
from elicit.trial import SLIDER_END, SLIDER_MIDDLE, Leave, Scroll, Write

Keys = tuple[str, ...]


def list_keys(state: State, intent: Intent) -> Keys:
    """Return the keys that answer a trial as intended, from where it stands.

    Raises:
        ValueError: a paradigm without a function here, or an intent that lacks what it needs.
    """
    match state:
        case Construct():
            return construct_keys(state, intent)
        case SelectShuffled():
            return select_shuffled_keys(state, intent)
        case Infer():
            return infer_keys(state, intent)
        case Discriminate():
            return discriminate_keys(state, intent)
        case Categorize():
            return categorize_keys(state, intent)
    raise ValueError(f"{state.trial.paradigm}: elicit.observers.key_presses has no function for it")


def construct_keys(state: Construct, intent: Intent) -> Keys:
    """Step to the mix meant, and confirm; the right arrow moves towards the class there."""
    away = _pick_of(intent) - state.index
    towards_i, towards_j = ("right", "left") if state.trial.mirrored else ("left", "right")
    return (towards_i if away > 0 else towards_j,) * abs(away) + ("enter",)


def select_shuffled_keys(state: SelectShuffled, intent: Intent) -> Keys:
    """Move the frame to the mix meant, along the row or from its nearer end, pick, confirm."""
    pick = _pick_of(intent)
    confirms = ("enter",) if state.picked == pick else ("enter", "enter")
    if state.highlight == pick:
        return confirms
    last = len(state.trial.lambdas) - 1
    ways = [("home", *("right",) * pick), ("end", *("left",) * (last - pick))]
    if state.highlight is not None:
        away = pick - state.highlight
        ways.insert(0, ("right" if away > 0 else "left",) * abs(away))
    return (*min(ways, key=len), *confirms)


def infer_keys(state: Infer, intent: Intent) -> Keys:
    """Place the slider in focus, then the other one, and go on."""
    if intent.lambda_g is None or intent.omega is None:
        raise ValueError("infer needs lambda_g and omega")
    to_the_right = intent.lambda_g if state.trial.mirrored else 1 - intent.lambda_g
    wanted = (round(SLIDER_END * to_the_right), round(SLIDER_END * intent.omega))
    found: Keys = ()
    focus = state.focus
    for slider in (focus, CONFIDENCE if focus == MIXING else MIXING):
        if state.positions[slider] != wanted[slider]:
            found += () if slider == focus else ("tab",)
            found += _slider_keys(state.positions[slider], wanted[slider])
            focus = slider
    return (*found, "enter")


def discriminate_keys(state: Discriminate, intent: Intent) -> Keys:
    """Name the class that it looks more like, by the arrow to its side."""
    if intent.lambda_g is None:
        raise ValueError("discriminate needs lambda_g")
    return ("right",) if (intent.lambda_g > 0.5) == bool(state.trial.mirrored) else ("left",)


def categorize_keys(state: Categorize, intent: Intent) -> Keys:
    """Choose a class and type its probability, twice; exclude classes; go on."""
    if intent.named is None:
        raise ValueError("categorize needs classes named")
    classes = state.trial.class_order
    wanted = replace(
        state,
        first=classes.index(intent.named.first),
        other=classes.index(intent.named.other) if intent.named.other else state.none,
        shares=(_percent(intent.named.first_share), _percent(intent.named.other_share)),
        excluded=frozenset(classes.index(each) for each in intent.named.excluded),
    )
    found: list[str] = []
    while not state.done:
        found.append(_categorize_key(state, wanted))
        event = meaning(found[-1], state, columns=1)
        assert not isinstance(event, Leave | Write | Scroll | None)
        state = state.step(event)
    return tuple(found)


def _percent(share: float | None) -> int | None:
    return None if share is None else round(SLIDER_END * share)


def _categorize_key(state: Categorize, wanted: Categorize) -> str:
    """Return the next key on the way to the answer that `wanted` has.

    A class that another part still has cannot be chosen: that part comes first.
    """
    match state.focus:
        case AnswerPart.FIRST:
            way = _way_to(state, None if state.first == wanted.first else wanted.first)
        case AnswerPart.OTHER:
            stays = wanted.other in {state.other, state.first}
            way = _way_to(state, None if stays else wanted.other)
        case AnswerPart.EXCLUDED:
            wrong = (state.excluded ^ wanted.excluded) - {state.first, state.other}
            way = _way_to(state, min(wrong, default=None))
        case part:
            number = SHARES.index(part)
            way = _typing_key(state, state.shares[number], wanted.shares[number])
    if way is not None:
        return way
    parts = ("first", "other", "shares", "excluded")
    is_whole = all(getattr(state, name) == getattr(wanted, name) for name in parts)
    return "enter" if is_whole else "tab"


def _way_to(state: Categorize, place: int | None) -> str | None:
    """Return the key that leads to a class, or that chooses it; None where there is none."""
    if place is None or place == state.at:
        return None if place is None else "space"
    last = state.none - (state.focus is not AnswerPart.OTHER)
    if state.at is None:
        return "home" if place <= last - place else "end"
    steps = {"home": place + 1, "end": last - place + 1}
    steps["right" if place > state.at else "left"] = abs(place - state.at)
    return min(steps, key=lambda key: steps[key])


def _typing_key(state: Categorize, share: int | None, wanted: int | None) -> str | None:
    """Return the key that leads to a number; None where it is there."""
    if share == wanted or wanted is None:
        return None
    typed = str(share) if state.typing and share else ""
    return str(wanted)[len(typed)] if str(wanted).startswith(typed) else "backspace"


def _pick_of(intent: Intent) -> int:
    if intent.pick is None:
        raise ValueError("a mix to pick is needed")
    return intent.pick


@cache
def _slider_keys(position: int | None, wanted: int) -> Keys:
    """Return the fewest keys that bring a slider to `wanted`; None: it was never touched."""
    if position is None and wanted == SLIDER_MIDDLE:
        return ("right", "left")  # so that it counts as placed
    start = SLIDER_MIDDLE if position is None else position
    ways = [
        (*jump, *_step_keys(wanted - begin - large * LARGE_STEP, large))
        for jump, begin in (((), start), (("home",), 0), (("end",), SLIDER_END))
        for large in range(-SLIDER_END // LARGE_STEP, SLIDER_END // LARGE_STEP + 1)
        if 0 <= begin + large * LARGE_STEP <= SLIDER_END
    ]
    return min(ways, key=len)


def _step_keys(small: int, large: int) -> Keys:
    far = ("shift+right" if large > 0 else "shift+left",) * abs(large)
    return far + ("right" if small > 0 else "left",) * abs(small)
