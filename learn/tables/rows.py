"""The rows of Tables 1 and 2: what each trains on, and which runs it takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from elicit.errors import ElicitError
from learn.commands import table_specs as asked
from learn.policies import file as policy_file
from learn.runs.run import name_of
from learn.sweeps.jobs import Job
from learn.tables.paper_values import PAPER_1, PAPER_2, TITLES, Printed
from learn.training.data import Inputs
from learn.training.settings import Settings

# Two rows that differ in one thing: what people's lambda_g does where labels are as smooth, and
# what it does that each label is smoothed by its own confidence.
CONTROLS = (
    {"average_omega", "mixup_omega"},
    {"average_smoothed", "mixup_smoothed"},
    {"average_omega", "average_smoothed"},
    {"average_omega", "empirical_bayes_omega"},
)


@dataclass(frozen=True)
class Row:
    """One row: the runs that differ in their seed only."""

    name: str  # in CSV files and run folders' names
    title: str
    settings: Settings  # seed 0
    inputs: Inputs
    strengths: Path | None = None
    paper: Printed | None = None  # None: the paper has no such row


@dataclass(frozen=True)
class Table:
    """What a table compares."""

    number: int  # 1 or 2, as in the paper
    rows: tuple[Row, ...]
    seeds: tuple[int, ...]

    @property
    def compared(self) -> list[tuple[Row, Row]]:
        """Which row is told against which earlier one: no blends, mixup's labels, a control."""
        return [
            (row, other)
            for place, row in enumerate(self.rows)
            for other in self.rows[:place]
            if other.name in ("none", "mixup") or {row.name, other.name} in CONTROLS
        ]


def table_1(
    types: Iterable[str],
    more: Iterable[str],
    made: Settings,
    inputs: Inputs,
    seeds: Sequence[int],
) -> Table:
    """Return Table 1: blends under each label type.

    Args:
        types: of `learn.label_types.TYPES`.
        more: NAME=FILE:TYPE, further rows, whose blends are those of another labels.npz.
        made: settings of every run; its type and seed do not count.
        inputs: files and images; labels is what the types are read from.
        seeds: of each row's runs.

    Raises:
        ElicitError: full mixup is asked for, a row that is there twice, or cannot be read as one.
    """
    if made.mixup_alpha:
        raise ElicitError(
            "--config: mixup_alpha: must be 0 in Table 1, whose blends are made before training; "
            "learn table2 is for full mixup"
        )
    rows = [
        Row(name, TITLES[name], replace(made, type=name, seed=0), inputs, None, PAPER_1.get(name))
        for name in dict.fromkeys(types)
    ]
    for spec in more:
        name, path, of = asked.named_labels(spec)
        others = replace(inputs, labels=path)
        rows.append(Row(name, f"+ {name}", replace(made, type=of, seed=0), others))
    return _checked(Table(1, tuple(rows), tuple(seeds)), "--more")


def table_2(
    policies: Iterable[str],
    strengths: Iterable[str],
    made: Settings,
    inputs: Inputs,
    seeds: Sequence[int],
) -> Table:
    """Return Table 2: full mixup under mixup's own labels, and under each label policy.

    Args:
        policies: NAME=FILE, or FILE alone, called as the file is.
        strengths: NAME=FILE, the .npy of `learn strengths` of an image-aware policy.
        made: settings of every run, mixup_alpha above 0; its policy and seed do not count.
        inputs: files and images.
        seeds: of each row's runs.

    Raises:
        ElicitError: mixup_alpha is 0, a policy that cannot be read, or a name that is there twice.
    """
    if not made.mixup_alpha:
        raise ElicitError("--mixup-alpha: must be above 0 in Table 2, which is about full mixup")
    plain = replace(made, type="none", policy="", seed=0)
    rows = [Row("mixup", "mixup", plain, inputs, None, PAPER_2["mixup"])]
    given = dict(asked.named("--strengths", spec) for spec in strengths)
    for spec in policies:
        name, path = asked.named("--policy", spec)
        fitted = policy_file.load(path)
        strong = given.pop(name, None)
        if fitted.appearance is not None and strong is None:
            raise ElicitError(
                f"{path}: looks at images; give --strengths {name}=FILE.npy, which learn strengths "
                "makes"
            )
        made_row = replace(plain, policy=str(path))
        rows.append(Row(name, name, made_row, inputs, strong, PAPER_2.get(fitted.name)))
    if given:
        raise ElicitError(f"--strengths: no --policy is called {next(iter(given))}")
    return _checked(Table(2, tuple(rows), tuple(seeds)), "--policy")


def jobs(table: Table, runs: Path) -> list[Job]:
    """Return a table's runs, all rows of a seed before the next, so that half a table has pairs."""
    return [
        Job(row.name, replace(row.settings, seed=seed), row.inputs, folder(row, seed, runs),
            row.strengths)
        for seed in table.seeds
        for row in table.rows
    ]  # fmt: skip


def folder(row: Row, seed: int, runs: Path) -> Path:
    """Return a run's folder: `one_run.name_of`, with a row's own name where it has one."""
    made = replace(row.settings, seed=seed)
    if made.policy:
        made = replace(made, policy=f"{row.name}.json")
    elif not made.mixup_alpha:
        made = replace(made, type=row.name)
    return runs / name_of(made)


def _checked(table: Table, option: str) -> Table:
    names = [row.name for row in table.rows]
    again = next((name for name in names if names.count(name) > 1), None)
    if again is not None:
        raise ElicitError(f"{option}: {again}: a row is called so already; choose another name")
    return table
