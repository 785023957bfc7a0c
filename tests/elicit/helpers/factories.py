"""Trials, events and protocols that several tests put to use."""

from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

from elicit.paradigms.categorize import Categorize
from elicit.paradigms.construct import Construct
from elicit.paradigms.discriminate import Discriminate
from elicit.paradigms.infer import Infer
from elicit.paradigms.select_shuffled import SelectShuffled
from elicit.protocol.study_protocol import StudyProtocol, load
from elicit.trial import (
    Choose,
    Confirm,
    Digit,
    Erase,
    Event,
    Focus,
    Jump,
    Response,
    Slide,
    Step,
    Trial,
)
from stimuli.mixing import Pair

PROTOCOLS = Path(__file__).parents[3] / "protocols"
PAIR = Pair(image_i=3, image_j=5, class_i="cat", class_j="dog")
GRID = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
SHUFFLED = (0.3, 1.0, 0.5, 0.0, 0.9, 0.1, 0.7, 0.2, 0.6, 0.4, 0.8)
OFFERED = ("dog", "ship", "cat", "frog", "horse", "truck", "bird", "deer", "car", "plane")
ROW = 4  # images in a row where a test asks for none in particular

digits = st.integers(0, 9).map(Digit)
steps = st.sampled_from([-10, -ROW, -1, 1, ROW, 10]).map(Step)
jumps = st.sampled_from([-1, 1]).map(Jump)
focuses = st.sampled_from([-1, 1]).map(Focus)
slides = st.builds(Slide, st.integers(0, 1), st.integers(0, 100))
choices = st.integers(0, len(GRID) - 1).map(Choose)


def events(*, confirm: bool = True) -> st.SearchStrategy[list[Event]]:
    """Return anything that a participant can do in a trial, in any order."""
    kinds: list[st.SearchStrategy[Event]] = [
        *(steps, jumps, focuses, slides, choices, digits, st.just(Erase())),
    ]
    if confirm:
        kinds.append(st.just(Confirm()))
    return st.lists(st.one_of(kinds), max_size=40)


def construct_trial(start: int = 1, **changes: Any) -> Trial:
    """Return a Construct trial about a cat and a dog."""
    settings: dict[str, Any] = {"lambdas": GRID, "mirrored": False} | changes
    return _trial("construct", start=start, **settings)


def select_trial(**changes: Any) -> Trial:
    """Return a Select-Shuffled trial about a cat and a dog."""
    return _trial("select_shuffled", **({"lambdas": SHUFFLED} | changes))


def infer_trial(**changes: Any) -> Trial:
    """Return an Infer trial about a cat and a dog."""
    return _trial("infer", **({"lambdas": (0.25,), "mirrored": False} | changes))


def discriminate_trial(**changes: Any) -> Trial:
    """Return a Discriminate trial about a cat and a dog."""
    return _trial("discriminate", **({"lambdas": (0.4,), "mirrored": False} | changes))


def categorize_trial(**changes: Any) -> Trial:
    """Return a Categorize trial about a cat and a dog, which offers ten classes."""
    offered = {"class_order": OFFERED, "class_labels": OFFERED}
    return _trial("categorize", **({"lambdas": (0.4,)} | offered | changes))


def _trial(paradigm: str, **changes: Any) -> Trial:
    settings: dict[str, Any] = {
        "number": 0,
        "total": 1,
        "block": "cats",
        "prompt": "Which one is half a cat?",
        "pair": PAIR,
    }
    return Trial(paradigm=paradigm, **(settings | changes))


def construct(*events: Event, **changes: Any) -> Construct:
    """Return a Construct trial after some events."""
    state = Construct.start(construct_trial(**changes))
    for event in events:
        state = state.step(event)
    return state


def select(*events: Event, **changes: Any) -> SelectShuffled:
    """Return a Select-Shuffled trial after some events."""
    state = SelectShuffled.start(select_trial(**changes))
    for event in events:
        state = state.step(event)
    return state


def infer(*events: Event, **changes: Any) -> Infer:
    """Return an Infer trial after some events."""
    state = Infer.start(infer_trial(**changes))
    for event in events:
        state = state.step(event)
    return state


def discriminate(*events: Event, **changes: Any) -> Discriminate:
    """Return a Discriminate trial after some events."""
    state = Discriminate.start(discriminate_trial(**changes))
    for event in events:
        state = state.step(event)
    return state


def categorize(*events: Event, **changes: Any) -> Categorize:
    """Return a Categorize trial after some events."""
    state = Categorize.start(categorize_trial(**changes))
    for event in events:
        state = state.step(event)
    return state


def block(paradigm: str, name: str | None = None, **changes: Any) -> dict[str, Any]:
    """Return a block of a protocol's YAML: every two of three classes once."""
    settings: dict[str, Any] = {
        "name": name or paradigm.replace("_", ""),
        "paradigm": paradigm,
        "title": "Look",
        "instructions": "Look at the picture.",
        "prompt": "How much {left}, how much {right}?",
        "classes": ["cat", "dog", "frog"],
        "per_combination": 1,
        "batch_size": 3,
    }
    own: dict[str, dict[str, Any]] = {
        "construct": {"lambda_grid": list(GRID), "starts": [0.1, 0.9]},
        "select_shuffled": {"lambda_grid": list(GRID)},
        "infer": {"lambdas": [0.25, 0.75]},
        "discriminate": {"lambda_grid": list(GRID), "times": 1},
        "categorize": {"lambdas": [0.25, 0.75], "prompt": "What would 100 people see?"},
    }
    if "adaptive" in changes:
        own["discriminate"] = {"lambda_grid": list(GRID)}
    return settings | own.get(paradigm, {}) | changes


def study(*blocks: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return a protocol as its YAML holds it; one Construct block where no block is given."""
    return {
        "name": "pilot",
        "title": "A pilot",
        "seed": 1,
        "stimuli": {"source": "pictograms"},
        "blocks": list(blocks) or [block("construct")],
    } | changes


def write_protocol(folder: Path, content: dict[str, Any]) -> Path:
    """Write a protocol into `folder` and return its path."""
    path = folder / "pilot.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return path


def load_protocol(folder: Path, content: dict[str, Any]) -> StudyProtocol:
    """Return a protocol that went the way of a file."""
    return load(write_protocol(folder, content))


def as_number(response: Response) -> float:
    """Return the share that was answered; where a class was named, 1 for class i and 0 for j.

    Where any class may be named, it is the share of the first one.
    """
    if response.named is not None:
        return response.named.first_share
    if response.chose_i is not None:
        return float(response.chose_i)
    assert response.lambda_g is not None
    return response.lambda_g
