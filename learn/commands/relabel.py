"""The command `learn relabel`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from elicit.errors import ElicitError
from learn.commands import summaries
from learn.commands.options import (
    Exclude,
    Features,
    Logs,
    OlderVotes,
    Process,
    Simulated,
    Votes,
    help_with_label_types,
    read_named_arrays,
)
from learn.console import say, say_files
from learn.labels import data_card as card
from learn.labels import folder
from learn.labels import relabel as relabelling
from learn.labels.from_policy import PolicyPrior
from learn.labels.types import JUDGED_TYPES, TYPES, read_name
from learn.policies import file as policy_file
from learn.study import exclusions, table
from learn.study import selection as percepts

# What --weighting took before --label named the types themselves.
_OLDER = {
    "plain": ("average",),
    "smoothed": ("average_omega",),
    "hmix": ("average_hmix",),
    "normalised": ("average_weighted",),
    "mixup-omega": ("mixup_omega",),
    "policy": ("policy",),
    "empirical-bayes": ("empirical_bayes", "empirical_bayes_omega"),
}


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("relabel", help=help_with_label_types(relabel, JUDGED_TYPES))(relabel)


def relabel(
    logs: Logs,
    out: Annotated[
        Path,
        typer.Option(help="The folder to write to. Older labels in it are replaced."),
    ] = Path("labels"),
    stimuli: Annotated[
        str | None,
        typer.Option(
            help="Where the endpoint images are: pictograms, cifar10, or a folder: of class "
            "folders, or with CIFAR-10 in it. Needed where the study's images came from a folder."
        ),
    ] = None,
    repeats: Annotated[
        bool, typer.Option("--repeats/--no-repeats", help="Count answers to repeated trials.")
    ] = True,
    paradigms: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Count only this paradigm; may be given again."),
    ] = None,
    process: Process = None,
    exclude: Exclude = None,
    min_judgements: Annotated[
        int, typer.Option(min=1, metavar="N", help="Leave out images with fewer judgements.")
    ] = 1,
    label: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TYPE",
            help="A label type to make, of those above; may be given again. [default: average, "
            "average_omega; of Categorize: categorical, categorical_dirichlet]",
        ),
    ] = None,
    weighting: Annotated[list[str] | None, typer.Option(hidden=True)] = None,
    per_participant: Annotated[
        bool, typer.Option("--per-participant", help="Write every judgement too.")
    ] = False,
    policy: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The policy behind the label types that need one, as `learn fit-policy` writes "
            "it. [default: pooled, fitted to these judgements]",
        ),
    ] = None,
    votes: Votes = None,
    older_votes: OlderVotes = None,
    features: Features = None,
    include_simulated: Simulated = None,
) -> None:
    """Turn a study's judgements into a labelled set of mixed images.

    Pools all judgements of an image, repeats included and practice not, and writes:

    **labels.csv**, **labels.parquet**, a row an image: its endpoints and *lambda_f*, the number of
    judgements, the mean and spread of *lambda_g*, the mean confidence *omega*, and the mean
    *lambda_g* weighted by it. With --label policy also *policy_lambda_g*; with empirical_bayes also
    *posterior_lambda_g*, its standard deviation, its *omega* and the raters behind it.

    **labels.npz**, the same rows for training: the images as they were on screen, their *omega*,
    and the soft labels *mixup* and those of each --label:

    (label types)

    **judgements.csv**, **judgements.parquet**, with --per-participant: a row a judgement.

    **README.md**, a data card: what it is, from whom, how made, whose images.

    Answers of Categorize count where --paradigms categorize says so, or where nothing else is
    there. They give a label over all classes for each image and each answer, and every answer is
    written.

    Construct and Select-Shuffled answers count as *lambda_g* = 0.5 at the *lambda_f* chosen. Every
    endpoint image is checked against the fingerprint logged when it was shown. The same logs always
    give the same bytes.

    To try it: `learn relabel logs`
    """
    rows = table.read_study(logs)
    choice = percepts.SelectionOptions(
        include_simulated=include_simulated,
        repeats=repeats,
        paradigms=tuple(paradigms) if paradigms else None,
        process=process,
        exclusions=() if exclude is None else tuple(exclusions.read_exclusions(exclude, rows)),
        min_judgements=min_judgements,
    )
    chosen = percepts.select(rows, choice)
    types = _types(label or [], weighting or [])
    made = relabelling.relabel(
        chosen.used,
        stimuli,
        types=types,
        per_participant=per_participant,
        prior=_prior(types or (), policy, votes, features),
    )
    files = folder.save(made, out, card.data_card(chosen, made, choice))
    say(summaries.label_table(chosen, made))
    for remark in summaries.remarks(chosen, made):
        say(remark, bold=True)
    say_files(files)


def _types(label: list[str], weighting: list[str]) -> tuple[str, ...] | None:
    """Return the label types to make; the older option says what it is called now.

    None where no type is named.

    Raises:
        ElicitError: there is no such type, or `learn relabel` does not make it.
    """
    older: list[str] = []
    for name in weighting:
        if name not in _OLDER:
            raise ElicitError(f"--weighting: is --label now, and has no {name!r}; see --help")
        older += _OLDER[name]
    if older:
        say(f"--weighting is --label now: {' '.join(f'--label {each}' for each in older)}")
    named = [read_name(name, "--label", JUDGED_TYPES) for name in label]
    return tuple(dict.fromkeys([*named, *older])) or None


def _prior(
    types: Sequence[str], policy: Path | None, votes: list[str] | None, features: list[str] | None
) -> PolicyPrior:
    """Return what was said of the policy, if some label needs one."""
    given = {"--policy": policy, "--votes": votes, "--features": features}
    surplus = [option for option, value in given.items() if value]
    if surplus and not any(TYPES[name].policy for name in types):
        of_policy = " or ".join(f"--label {each.name}" for each in TYPES.values() if each.policy)
        raise ElicitError(
            f"{surplus[0]}: must be left out, as no label asked for needs a policy; or ask for "
            f"one: {of_policy}"
        )
    return PolicyPrior(
        None if policy is None else policy_file.load_policy(policy),
        read_named_arrays("--votes", votes),
        read_named_arrays("--features", features),
    )
