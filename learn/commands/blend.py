"""The command `learn blend`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from elicit.errors import ElicitError
from learn.commands.options import Features, OlderVotes, Votes, read_named_arrays
from learn.console import say, say_files
from learn.labels import data_card as card
from learn.labels import folder
from learn.labels.blend import HSE2_GRID, BlendSpec, blend
from learn.labels.from_policy import PolicyPrior
from learn.policies import file as policy_file
from stimuli.sets.excluded_ids import read_ids
from stimuli.sets.parsing import parse_names, parse_numbers
from stimuli.sources.endpoints import open_source


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("blend")(make_blends)


def make_blends(
    number: Annotated[int, typer.Option(metavar="N", help="How many blends to make.")],
    policy: Annotated[
        Path, typer.Option(metavar="FILE", help="The policy, as `learn fit-policy` writes it.")
    ],
    stimuli: Annotated[
        str,
        typer.Option(
            "--stimuli",
            "--source",  # its older name
            metavar="SPEC",
            help="pictograms, cifar10, or a folder: of class folders, or with CIFAR-10 in it.",
        ),
    ] = "cifar10",
    exclude: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Images never to use, such as a holdout: a .npy file of ids, or text with one "
            "id a line.",
        ),
    ] = None,
    classes: Annotated[
        str | None,
        typer.Option(metavar="A,B,C", help="Classes of the source; all of them if not given."),
    ] = None,
    lambdas: Annotated[
        str | None,
        typer.Option(
            metavar="L,L",
            help="Mixing coefficients, each equally often.",
            show_default=",".join(f"{each:g}" for each in HSE2_GRID),
        ),
    ] = None,
    alpha: Annotated[
        float | None,
        typer.Option(
            metavar="A",
            help="Draw each lambda_f from Beta(A, A) instead, as mixup does; 1 is uniform.",
        ),
    ] = None,
    process: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="mixup, or cutmix: image j in a rectangle of about 1 - lambda_f of the area. The "
            "policy must be of the same process.",
        ),
    ] = "mixup",
    votes: Votes = None,
    older_votes: OlderVotes = None,
    features: Features = None,
    image_size: Annotated[int, typer.Option(min=1, help="Side in pixels; CIFAR-10: 32.")] = 32,
    seed: Annotated[int, typer.Option(help="Other blends for each.")] = 0,
    out: Annotated[
        Path, typer.Option(help="The folder to write to. Older labels in it are replaced.")
    ] = Path("blends"),
) -> None:
    """Make new blends, labelled with what a policy predicts that people would see.

    Every pair of classes gets equally many blends, give or take one; the images of a class come
    equally often, no pair of images twice, and none that --exclude names. Writes the files that
    `learn relabel`
    writes: **labels.csv**, **labels.parquet**, **labels.npz** with the images and the soft labels
    *mixup* (lambda_f) and *policy* (lambda_g), and **README.md**, a data card. Nobody judged these
    images, so *n* is 0. The same options always give the same bytes.

    To try it: `learn blend --stimuli pictograms --number 450 --policy policy.json`
    """
    if lambdas is not None and alpha is not None:
        raise ElicitError("--lambdas, --alpha: one of the two, got both; leave one out")
    prior = PolicyPrior(
        policy_file.load_policy(policy),
        read_named_arrays("--votes", votes),
        read_named_arrays("--features", features),
    )
    spec = BlendSpec(
        number,
        seed,
        HSE2_GRID if lambdas is None else parse_numbers("--lambdas", lambdas),
        alpha,
        None if classes is None else parse_names(classes),
        frozenset() if exclude is None else read_ids(exclude),
        process,
    )
    try:
        made = blend(open_source(stimuli, image_size), spec, prior)
        files = folder.save(made, out, card.blend_card(made, spec))
    except MemoryError as error:
        raise ElicitError(
            f"--number: {number} blends do not fit into memory; make several folders, each with "
            "a --seed of its own"
        ) from error
    say(f"{len(made.percepts)} blends of {made.endpoints} endpoint images.")
    say_files(files)
