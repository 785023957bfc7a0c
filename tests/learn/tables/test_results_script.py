"""The script that makes the published results again gives commands that exist."""

from pathlib import Path

import pytest
import typer

pytest.importorskip("torch")

from learn.cli import app
from learn.results.make_results import list_steps


def test_every_command_of_the_script_is_one_with_these_options() -> None:
    commands = typer.main.get_command(app)
    steps = list(list_steps(Path("data"), Path("work"), Path("out"), ["--jobs", "2"]))
    names = [step.words[0] for step in steps]
    assert names[:2] == ["import-hmix", "fit-policy"]
    assert names[-3:] == ["table1", "table2", "table3"]
    for step in steps:
        command = commands.commands[step.words[0]]  # type: ignore[attr-defined]
        context = typer.Context(command)
        left = command.make_parser(context).parse_args(list(step.words[1:]))[1]
        assert not left, step.words


def test_a_step_uses_what_an_earlier_one_makes() -> None:
    steps = list(list_steps(Path("data"), Path("work"), Path("out")))
    made: list[str] = []
    for step in steps:
        for word in step.words[1:]:
            place = word.rpartition("=")[2]
            given = place.startswith("work") and place != "work/runs"
            new = str(step.makes).startswith(place)
            assert not given or new or any(each.startswith(place) for each in made), word
        made.append(str(step.makes))
