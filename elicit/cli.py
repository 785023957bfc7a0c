"""The command `elicit`: lab sessions, and what belongs to them."""

from __future__ import annotations

from typing import NoReturn

from elicit.commands import (
    calibrate,
    check,
    plan,
    replay,
    run,
    simulate,
    status,
    stimuli,
    validate,
    withdraw,
)
from elicit.errors import make_app, run_and_tell
from stimuli.errors import StimulusError

app = make_app("elicit", "Run and simulate lab sessions in which people judge mixed images.")

# To add a command: write its file in commands, name it here.
for command in (
    run, simulate, plan, stimuli, validate, calibrate, check, status, withdraw, replay
):  # fmt: skip
    command.register(app)


def run_app() -> NoReturn:
    """Run the command; a person's mistake is one line."""
    run_and_tell(app, "elicit", StimulusError)
