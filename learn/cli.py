"""The command `learn`: what people's labels change in a model."""

from __future__ import annotations

from importlib import import_module
from typing import NoReturn

import typer

from elicit.errors import run_and_tell
from stimuli.errors import StimulusError

# To add a command: write its module, name it here, in the order of the help. Those that train work
# where only torch is installed; the others need what reads logs and draws reports.
STUDY = (
    *("relabel", "study", "report", "pse"),
    *("policy", "blend", "endpoint_features"),
)
TRAINING = ("train", "tables")
MAY_BE_MISSING = ("pydantic", "pydantic_core", "pyarrow", "scipy", "yaml", "matplotlib")

app = typer.Typer(
    help="What people saw in mixed images, as labels for a model.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)


@app.callback()
def main() -> None:
    """What people saw in mixed images, as labels for a model."""


def register_all(to: typer.Typer) -> None:
    """Add every command to `to`; those whose packages are missing are named at the help's end."""
    left_out = []
    for name in (*STUDY, *TRAINING):
        try:
            import_module(f"learn.commands.{name}").register(to)
        except ModuleNotFoundError as error:
            missing = (error.name or "").split(".")[0]
            if name in TRAINING or missing not in MAY_BE_MISSING:
                raise
            left_out.append(missing)
    if left_out:
        to.info.epilog = (
            f"The commands for logs, policies and reports need {left_out[0]}, which is not "
            "installed here."
        )


register_all(app)


def run_app() -> NoReturn:
    """Run the command; a person's mistake is one line."""
    run_and_tell(app, "learn", StimulusError)
