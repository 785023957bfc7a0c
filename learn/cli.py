"""The command `learn`: what people's labels change in a model."""

from __future__ import annotations

from typing import Annotated, NoReturn

import typer

from elicit.errors import read_version, run_and_tell
from learn.commands import (
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

app = typer.Typer(
    help="What people saw in mixed images, as labels for a model.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"learn {read_version()}")
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
    """What people saw in mixed images, as labels for a model."""


# To add a command: write its file in commands, name it here, in the order of the help.
for command in (relabel, study, report, pse, policy, blend, endpoint_features, train, tables):
    command.register(app)


def run_app() -> NoReturn:
    """Run the command; a person's mistake is one line."""
    run_and_tell(app, "learn", StimulusError)
