"""The command `elicit`: lab sessions, and what belongs to them."""

from __future__ import annotations

from typing import Annotated, NoReturn

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
from elicit.errors import read_version, run_and_tell
from stimuli.errors import StimulusError

app = typer.Typer(
    help="Run and simulate lab sessions in which people judge mixed images.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"elicit {read_version()}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and stop."
        ),
    ] = False,
) -> None:
    """Run and simulate lab sessions in which people judge mixed images."""


# To add a command: write its file in commands, name it here.
for command in (run, simulate, plan, stimuli, validate, schema, check, status, withdraw, replay):
    command.register(app)


def run_app() -> NoReturn:
    """Run the command; a person's mistake is one line."""
    run_and_tell(app, "elicit", StimulusError)
