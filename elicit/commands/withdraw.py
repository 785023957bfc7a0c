"""`elicit withdraw`: deletes a participant's data."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from elicit.errors import ElicitError
from elicit.study import withdrawals
from elicit.study.participants import check_participant
from elicit.study.results import find_results


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(withdraw)


def withdraw(
    participant: Annotated[str, typer.Argument(help="Pseudonym, such as P07.")],
    logs: Annotated[Path, typer.Option(help="The study folder.")] = Path("logs"),
    yes: Annotated[bool, typer.Option("--yes", help="Delete without asking.")] = False,
) -> None:
    """Delete all data of a participant who withdrew.

    Deletes all their sessions of every protocol in the folder; this cannot be undone. Records the
    withdrawal in **LOGS/withdrawn.csv**: who withdrew, when, and how much was deleted. The id is
    never used again; the places in the counterbalancing order go to other participants.

    Results that `learn` wrote into LOGS, and any other file there that names the participant, are
    listed, each with the command that makes it anew. What it wrote elsewhere is up to you.
    """
    theirs = withdrawals.find_data(logs, check_participant(participant))
    what = f"sessions: {len(theirs.sessions)}, answered trials: {theirs.trials}"
    if not theirs.running and not yes:
        _confirm(f"Delete all data of {participant} in {logs} for good ({what})?", participant)
    withdrawals.withdraw(logs, theirs)
    typer.echo(f"{participant} withdrew; deleted: {what}; recorded in {logs / withdrawals.FILE}")
    left = find_results(logs, participant)
    if left:
        typer.echo(f"Still in {logs}, and not deleted:")
    for each in left:
        typer.echo(each.describe(participant))


def _confirm(question: str, participant: str) -> None:
    """Ask the experimenter to confirm.

    Raises:
        ElicitError: there is no terminal to ask in, or the answer is no.
    """
    if not sys.stdin.isatty():
        raise ElicitError(
            f"--yes: is needed to delete the data of {participant}; there is no terminal to ask in"
        )
    if not typer.confirm(question, default=False):
        raise ElicitError("nothing was deleted")
