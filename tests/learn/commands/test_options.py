"""A group of options is one parameter to who writes a command, and many to who types it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer
from typer.testing import CliRunner

from learn.commands.options import expand_option_groups


@dataclass(frozen=True)
class Room:
    """Where somebody sits."""

    door: Annotated[str, typer.Option(help="Which door.")] = "left"
    lamps: Annotated[int, typer.Option(min=1)] = 2


@expand_option_groups
def sit(
    name: str = "P01",
    *,
    room: Room,
    loud: Annotated[bool, typer.Option("--loud")] = False,
) -> None:
    """Sit down."""
    print(name, room, loud)


def ran(*words: str) -> str:
    app = typer.Typer()
    app.command()(sit)
    return CliRunner().invoke(app, words).output


def test_each_option_of_a_group_is_typed_by_its_own_name() -> None:
    assert ran() == "P01 Room(door='left', lamps=2) False\n"
    assert ran("--lamps", "3", "--loud", "--name", "P02") == (
        "P02 Room(door='left', lamps=3) True\n"
    )


def test_options_stand_in_the_help_where_their_group_stands_in_the_command() -> None:
    told = ran("--help")
    places = [told.index(option) for option in ("--name", "--door", "--lamps", "--loud")]
    assert places == sorted(places)
    assert "Which door." in told
    assert "Sit down." in told


def test_what_an_option_may_be_holds_in_a_group_too() -> None:
    assert "Invalid value for '--lamps'" in ran("--lamps", "0")
