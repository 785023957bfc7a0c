"""The command `learn`: what people's labels change in a model."""

from __future__ import annotations

from typing import NoReturn

from elicit.errors import make_app, run_and_tell
from learn.commands import (
    benchmark,
    blend,
    endpoint_features,
    policy,
    pse,
    relabel,
    report,
    study,
    tables,
    train,
)
from stimuli.errors import StimulusError

app = make_app("learn", "What people saw in mixed images, as labels for a model.")

# To add a command: write its file in commands, name it here, in the order of the help.
for command in (
    *(relabel, study, report, pse, policy, benchmark, blend, endpoint_features, train, tables),
):
    command.register(app)


def run_app() -> NoReturn:
    """Run the command; a person's mistake is one line."""
    run_and_tell(app, "learn", StimulusError)
