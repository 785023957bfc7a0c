"""The rows of Tables 1, 2 and 3: what each trains on, and which runs it takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from elicit.errors import ElicitError
from learn.labels.types import TYPES
from learn.policies import file as policy_file
from learn.runs.run import run_name
from learn.sweeps.jobs import Job
from learn.tables.statistics import PRINTED
from learn.training.data import Inputs
from learn.training.measures import MEASURES, Measure
from learn.training.percepts import PERCEPT_MEASURES
from learn.training.settings import MIXING_PROCESSES, TrainingSettings, check_values

# What the poster prints: measure -> mean, spread (it does not say of what).
PaperValues = Mapping[str, tuple[str, str]]


def _values(ce: str, fgsm: str, calibration: str) -> PaperValues:
    cells = {"ce": ce, "fgsm_ce": fgsm, "calibration": calibration}
    return {name: (cell.split()[0], cell.split()[1]) for name, cell in cells.items()}


PAPER_1: dict[str, PaperValues] = {
    "none": _values("2.02 0.12", "13.12 2.65", "0.28 0.011"),
    "random": _values("2.11 0.13", "12.81 2.84", "0.24 0.014"),
    "uniform": _values("2.16 0.14", "12.71 2.79", "0.25 0.012"),
    "mixup": _values("1.65 0.11", "10.62 2.44", "0.23 0.005"),
    "average": _values("1.78 0.12", "11.69 2.90", "0.24 0.009"),
    "average_omega": _values("1.48 0.06", "8.89 1.59", "0.19 0.001"),
}
PAPER_2: dict[str, PaperValues] = {
    "mixup": _values("1.15 0.08", "7.46 2.40", "0.10 0.01"),
    "per_pair": _values("1.16 0.08", "7.32 2.27", "0.10 0.01"),  # "human fits"
}

# Two rows that differ in one thing: what people's lambda_g does where labels are as smooth, what
# it does that each label is smoothed by its own confidence, and that its own raters gave it; that
# people call another class larger than mixup does; that the label shows how people differ.
CONTROLS = (
    {"average_omega", "mixup_omega"},
    {"average_smoothed", "mixup_smoothed"},
    {"average_omega", "average_smoothed"},
    {"average_omega", "empirical_bayes_omega"},
    {"average_omega", "average_omega_permuted"},
    {"average_omega", "average_omega_centred"},
    {"average", "average_kept_class"},
    {"average", "participants"},
    {"average", "empirical_bayes"},
)


@dataclass(frozen=True)
class TableRow:
    """One row: the runs that differ in their seed only."""

    name: str  # in CSV files and run folders' names
    title: str
    settings: TrainingSettings  # seed 0
    inputs: Inputs
    strengths: Path | None = None
    paper: PaperValues | None = None  # None: the paper has no such row
    control: str = ""  # a row that it is compared with, from which it differs in one thing


@dataclass(frozen=True)
class TableSpec:
    """What a table compares."""

    number: int  # 1 or 2, as in the paper; 3: percepts
    rows: tuple[TableRow, ...]
    seeds: tuple[int, ...]

    @property
    def has_paper(self) -> bool:
        """Whether the paper has this table."""
        return self.number < 3

    @property
    def measures(self) -> Mapping[str, Measure]:
        """Every measure of its runs, by name."""
        return MEASURES if self.number < 3 else {**PERCEPT_MEASURES, **MEASURES}

    @property
    def told(self) -> tuple[str, ...]:
        """The measures that are compared in words; what is outside a pair is nobody's aim."""
        return tuple(name for name in self.printed if name != "percept_outside")

    @property
    def printed(self) -> tuple[str, ...]:
        """The measures that a page shows, the paper's first."""
        return PRINTED[self.number]

    @property
    def comparisons(self) -> list[tuple[TableRow, TableRow]]:
        """Which row is compared with which earlier one: no blends, mixup's labels, a control."""
        return [
            (row, other)
            for place, row in enumerate(self.rows)
            for other in self.rows[:place]
            if other.name in ("none", *MIXING_PROCESSES, row.control)
            or {row.name, other.name} in CONTROLS
        ]


def table_1(
    types: Iterable[str],
    more: Iterable[tuple[str, Path, str]],
    made: TrainingSettings,
    inputs: Inputs,
    seeds: Sequence[int],
) -> TableSpec:
    """Return Table 1: blends under each label type.

    Args:
        types: of `learn.labels.types.TYPES`.
        more: name, labels.npz and label type of further rows, whose blends are of another file.
        made: settings of every run; its type and seed do not count.
        inputs: files and images; labels is what the types are read from.
        seeds: of each row's runs.

    Raises:
        ElicitError: full mixup is asked for, a row that is there twice, or cannot be read as one.
    """
    _refuse_mixup(made, 1)
    rows = [
        TableRow(name, TYPES[name].title, replace(made, type=name, seed=0), inputs,
            paper=PAPER_1.get(name))
        for name in dict.fromkeys(types)
    ]  # fmt: skip
    for name, path, of in more:
        others = replace(inputs, labels=path)
        rows.append(TableRow(name, f"+ {name}", replace(made, type=of, seed=0), others))
    return _check_names(TableSpec(1, tuple(rows), tuple(seeds)), "--more")


def table_2(
    policies: Iterable[tuple[str, Path]],
    strengths: Mapping[str, Path],
    made: TrainingSettings,
    inputs: Inputs,
    seeds: Sequence[int],
) -> TableSpec:
    """Return Table 2: full mixup, or CutMix, under its own labels and under each label policy.

    Args:
        policies: name and file of each.
        strengths: of each image-aware policy, by its name, the .npy of `learn strengths`.
        made: settings of every run, mixup_alpha above 0; its policy and seed do not count.
        inputs: files and images.
        seeds: of each row's runs.

    Raises:
        ElicitError: mixup_alpha is 0, a policy that cannot be read or is of another process, or a
            name that is there twice.
    """
    if not made.mixup_alpha:
        raise ElicitError("--mixup-alpha: must be above 0 in Table 2, which is about full mixup")
    plain = replace(made, type="none", policy="", seed=0)
    paper = PAPER_2 if made.process == "mixup" else {}  # it has no other
    rows = [TableRow(made.process, made.process, plain, inputs, None, paper.get("mixup"))]
    given = dict(strengths)
    for name, path in policies:
        fitted = policy_file.load_policy(path)
        fitted.check_process(made.process, str(path))
        strong = given.pop(name, None)
        if fitted.appearance is not None and strong is None:
            raise ElicitError(
                f"{path}: looks at images; give --strengths {name}=FILE.npy, which learn strengths "
                "makes"
            )
        made_row = replace(plain, policy=str(path))
        rows.append(TableRow(name, name, made_row, inputs, strong, paper.get(fitted.name)))
    if given:
        raise ElicitError(f"--strengths: no --policy is called {next(iter(given))}")
    return _check_names(TableSpec(2, tuple(rows), tuple(seeds)), "--policy")


def table_3(
    types: Iterable[str],
    heavier: Sequence[float],
    mixed: TableSpec | None,
    made: TrainingSettings,
    inputs: Inputs,
    seeds: Sequence[int],
) -> TableSpec:
    """Return Table 3: what networks see in held-out blends, beside people.

    Args:
        types: of `learn.labels.types.TYPES`.
        heavier: weights of the blends' loss; each type with blends has a row more for each.
        mixed: Table 2, whose rows are added as *full_mixup* and *full_NAME*; None: none are.
        made: settings of every run of blends; its type and seed do not count.
        inputs: files and images; with a fold of blends that is held out.
        seeds: of each row's runs.

    Raises:
        ElicitError: full mixup is asked for in `made`, a weight that is not allowed, or a row
            that is there twice.
    """
    _refuse_mixup(made, 3)
    for weight in heavier:
        check_values({"blend_weight": weight}, lambda _: "--heavier")
    weighted = [(name, weight) for name in dict.fromkeys(types) for weight in (None, *heavier)]
    rows = [
        _weight_row(name, weight, made, inputs)
        for name, weight in weighted
        if weight is None or name != "none"
    ]
    for place, row in enumerate(() if mixed is None else mixed.rows):
        own = place == 0
        process = row.settings.process
        title = f"full {process}" + ("" if own else f", {row.title}")
        control = "" if own else f"full_{process}"
        rows.append(
            replace(row, name=f"full_{row.name}", title=title, control=control, inputs=inputs,
                paper=None)
        )  # fmt: skip
    return _check_names(TableSpec(3, tuple(rows), tuple(seeds)), "--policy")


def _weight_row(
    name: str, weight: float | None, made: TrainingSettings, inputs: Inputs
) -> TableRow:
    """Return a label type's row, with the settings' weight of blends or another one."""
    settings = replace(made, type=name, seed=0)
    if weight is None:
        return TableRow(name, TYPES[name].title, settings, inputs)
    title = f"{TYPES[name].title}, weight {weight:g}"
    heavy = replace(settings, blend_weight=weight)
    return TableRow(f"{name}_{weight:g}", title, heavy, inputs, control=name)


def _refuse_mixup(made: TrainingSettings, number: int) -> None:
    if made.mixup_alpha:
        raise ElicitError(
            f"--config: mixup_alpha: must be 0 in Table {number}, whose blends are made before "
            "training; learn table2 is for full mixup"
        )


def jobs(table: TableSpec, runs: Path) -> list[Job]:
    """Return a table's runs, all rows of a seed before the next, so that half a table has pairs."""
    return [
        Job(row.name, replace(row.settings, seed=seed), row.inputs, folder(row, seed, runs),
            row.strengths)
        for seed in table.seeds
        for row in table.rows
    ]  # fmt: skip


def folder(row: TableRow, seed: int, runs: Path) -> Path:
    """Return a run's folder: `one_run.run_name`, with a row's own name where it has one."""
    made = replace(row.settings, seed=seed)
    if made.policy:
        made = replace(made, policy=f"{row.name}.json")
    elif not made.mixup_alpha and (made.blend_weight == 1 or not row.control):
        made = replace(made, type=row.name)
    return runs / run_name(made, row.inputs.blend_fold)


def _check_names(table: TableSpec, option: str) -> TableSpec:
    names = [row.name for row in table.rows]
    before: dict[str, str] = {}  # on Windows and macOS a run's folder is found in any capitals
    for name in names:
        if name.casefold() in before:
            raise ElicitError(
                f"{option}: {name}: there is a row of that name already, "
                f"{before[name.casefold()]}; choose another that differs in more than capitals"
            )
        before[name.casefold()] = name
    return table
