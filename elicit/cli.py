"""The command `elicit`: sessions in the lab."""

from __future__ import annotations

from typing import NoReturn

import typer

from elicit.commands import (
    check,
    plan,
    replay,
    run,
    schema,
    simulate,
    status,
    stimuli,
    validate,
    withdraw,
)
from elicit.errors import run_and_tell
from stimuli.errors import StimulusError

app = typer.Typer(
    help="Sessions in the lab: what people see in mixed images, every answer on disk.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)


@app.callback()
def main() -> None:
    """Sessions in the lab: what people see in mixed images, every answer on disk."""


# To add a command: write its file in commands, name it here.
for command in (run, simulate, plan, stimuli, validate, schema, check, status, withdraw, replay):
    command.register(app)


def run_app() -> NoReturn:
    """Run the command; a person's mistake is one line."""
    run_and_tell(app, "elicit", StimulusError)
