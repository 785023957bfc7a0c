"""The command `learn relabel`."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from elicit.errors import ElicitError
from learn.commands import summaries as told
from learn.commands.options import Exclude, Features, Labels, Logs, Simulated, named_arrays
from learn.console import say, say_files
from learn.labels import data_card as card
from learn.labels import labelled_set as labelled
from learn.labels import relabel as relabelling
from learn.labels.from_policy import Prior
from learn.policies import file as policy_file
from learn.study import exclusions, table
from learn.study import selection as percepts


class Weighting(str, Enum):
    """The ways of making labels of judgements; `learn.relabel.WEIGHTINGS` says how."""

    plain = "plain"
    smoothed = "smoothed"
    hmix = "hmix"
    normalised = "normalised"
    mixup_omega = "mixup-omega"
    policy = "policy"
    empirical_bayes = "empirical-bayes"


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("relabel")(relabel)


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
    exclude: Exclude = None,
    min_judgements: Annotated[
        int, typer.Option(min=1, metavar="N", help="Leave out images with fewer judgements.")
    ] = 1,
    weighting: Annotated[
        list[Weighting] | None,
        typer.Option(
            metavar="WAY",
            help="Make labels this way: plain, smoothed, hmix, normalised, mixup-omega, policy or "
            "empirical-bayes; may be given again. [default: plain, smoothed]",
        ),
    ] = None,
    per_participant: Annotated[
        bool, typer.Option("--per-participant", help="Write every judgement too.")
    ] = False,
    policy: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The policy behind policy and empirical-bayes, as `learn fit-policy` writes it. "
            "[default: pooled, fitted to these judgements]",
        ),
    ] = None,
    labels: Labels = None,
    features: Features = None,
    include_simulated: Simulated = None,
) -> None:
    """Turn a study's judgements into a labelled set of mixed images.

    Pools all judgements of an image, repeats included and practice not, and writes:

    **labels.csv**, **labels.parquet**, a row an image: its endpoints and *lambda_f*, the number of
    judgements, the mean and spread of *lambda_g*, the mean confidence *omega*, and the mean
    *lambda_g* weighted by it. With --weighting policy, *policy_lambda_g*; with empirical-bayes also
    *posterior_lambda_g*, its standard deviation, its *omega* and the raters behind it.

    **labels.npz**, the same rows for training: the images as they were on screen, and the soft
    labels *mixup* (lambda_f) and those of each --weighting. plain: *average* (mean lambda_g).
    smoothed: *average_omega* (that, towards uniform where people were unsure). hmix:
    *average_hmix* (mean of omega * lambda_g). normalised: *average_weighted* (that divided by the
    mean of omega). mixup-omega: *mixup_omega* (mixup, smoothed as average_omega is). policy:
    *policy* (what a policy says of the pair at lambda_f). empirical-bayes: *empirical_bayes* (the
    policy's, moved by the image's raters as far as they earn it) and *empirical_bayes_omega*
    (that, smoothed by how uncertain it is).

    **judgements.csv**, **judgements.parquet**, with --per-participant: a row a judgement.

    **README.md**, a data card: what it is, from whom, how made, whose images.

    Construct and Select-Shuffled answers count as *lambda_g* = 0.5 at the *lambda_f* chosen. Every
    endpoint image is checked against the fingerprint logged when it was shown. The same logs always
    give the same bytes.

    To try it: `learn relabel logs`
    """
    rows = table.read(logs)
    choice = percepts.Choice(
        include_simulated=include_simulated,
        repeats=repeats,
        paradigms=tuple(paradigms) if paradigms else None,
        exclusions=() if exclude is None else tuple(exclusions.read(exclude, rows)),
        min_judgements=min_judgements,
    )
    chosen = percepts.select(rows, choice)
    ways = relabelling.USUAL if not weighting else tuple(each.value for each in weighting)
    made = relabelling.relabel(
        chosen.used,
        stimuli,
        weightings=ways,
        per_participant=per_participant,
        prior=_prior(ways, policy, labels, features),
    )
    files = labelled.save(made, out, card.data_card(chosen, made, choice))
    say(told.summary(chosen, made))
    for remark in told.remarks(chosen, made):
        say(remark, bold=True)
    say_files(files)


def _prior(
    ways: Sequence[str], policy: Path | None, labels: list[str] | None, features: list[str] | None
) -> Prior:
    """Return what was said of the policy, if some label needs one."""
    given = {"--policy": policy, "--labels": labels, "--features": features}
    surplus = [option for option, value in given.items() if value]
    if surplus and not set(ways) & set(relabelling.BY_POLICY):
        raise ElicitError(
            f"{surplus[0]}: must be left out, as no label asked for needs a policy; "
            f"or ask for one: --weighting {' or --weighting '.join(relabelling.BY_POLICY)}"
        )
    return Prior(
        None if policy is None else policy_file.load(policy),
        named_arrays("--labels", labels),
        named_arrays("--features", features),
    )
