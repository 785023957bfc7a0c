"""What every paradigm must do, and what must know of every paradigm."""

from typing import get_args

import pytest

from elicit.layout.trials import SCENES, lay_out
from elicit.observers import OBSERVERS, observer
from elicit.pages import LeavePage, Page
from elicit.paradigms import PARADIGMS, State
from elicit.preflight.workload import RT_S
from elicit.protocol.blocks import Block, ConstructBlock
from elicit.screen.keys import meaning
from elicit.trial import Closed, Confirm, Erase, Leave, Scroll, Wording, Write
from tests.elicit.helpers.factories import (
    as_number,
    categorize_trial,
    construct_trial,
    discriminate_trial,
    infer_trial,
    select_trial,
)

TRIALS = {
    trial.paradigm: trial
    for trial in (
        *(construct_trial(), select_trial(), infer_trial(), discriminate_trial()),
        categorize_trial(),
    )
}


def named_in_a_protocol() -> set[str]:
    blocks = get_args(get_args(Block)[0])
    assert ConstructBlock in blocks
    return {get_args(block.model_fields["paradigm"].annotation)[0] for block in blocks}


def test_every_paradigm_a_protocol_may_name_can_run() -> None:
    assert named_in_a_protocol() == set(PARADIGMS)


def test_every_paradigm_is_tested_here() -> None:
    assert set(TRIALS) == set(PARADIGMS)


@pytest.mark.parametrize("paradigm", PARADIGMS)
def test_every_paradigm_and_page_has_a_scene(paradigm: str) -> None:
    state = PARADIGMS[paradigm](TRIALS[paradigm])
    assert {type(state), Page, LeavePage} <= set(SCENES)
    assert lay_out(state, (1024, 600), 32, Wording()).items


@pytest.mark.parametrize("paradigm", PARADIGMS)
def test_a_new_trial_is_not_done_and_knows_its_question(paradigm: str) -> None:
    state = PARADIGMS[paradigm](TRIALS[paradigm])
    assert not state.done
    assert state.trial is TRIALS[paradigm]


@pytest.mark.parametrize("paradigm", PARADIGMS)
def test_every_paradigm_can_be_answered_by_keys_alone(paradigm: str) -> None:
    state: State = PARADIGMS[paradigm](TRIALS[paradigm])
    pilot = observer("autopilot", [1])
    for _ in range(100):
        action = pilot(state)
        assert action is not None
        event = meaning(action.key, state, columns=4)
        assert event is not None
        assert not isinstance(event, Leave | Closed | Write | Erase | Scroll)
        state = state.step(event)
        if state.done:
            break
    response = state.response()
    assert 0 <= as_number(response) <= 1
    assert response.lambda_f in TRIALS[paradigm].lambdas


@pytest.mark.parametrize("paradigm", PARADIGMS)
@pytest.mark.parametrize("name", OBSERVERS)
def test_every_observer_presses_a_key_in_every_paradigm(name: str, paradigm: str) -> None:
    action = observer(name, [1])(PARADIGMS[paradigm](TRIALS[paradigm]))
    assert action is not None
    assert action.after_s > 0


def test_how_long_a_trial_takes_is_known_of_every_paradigm() -> None:
    assert set(RT_S) == set(PARADIGMS)


@pytest.mark.parametrize("paradigm", PARADIGMS)
def test_a_step_leaves_the_state_before_it_as_it_was(paradigm: str) -> None:
    state = PARADIGMS[paradigm](TRIALS[paradigm])
    state.step(Confirm())
    assert state == PARADIGMS[paradigm](TRIALS[paradigm])
