"""The commands `learn strengths` and `learn embed`: arrays with a row for each endpoint image."""

from __future__ import annotations

import importlib
import io
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from elicit.errors import ElicitError
from learn.arrays import Numbers
from learn.commands.options import Features, OlderVotes, Votes, need_torch, read_named_arrays
from learn.console import say, say_files
from learn.embedding.images import count_images, read_images, read_training_images
from learn.files import put
from learn.policies import file as policy_file
from learn.policies.image_aware import measure_endpoints, strengths
from stimuli.limits import MAX_EPOCHS, MAX_SEEDS
from stimuli.sources.endpoints import open_source

Stimuli = Annotated[
    str,
    typer.Option(
        "--stimuli",
        "--source",  # its older name
        metavar="SPEC",
        help="pictograms, cifar10, or a folder: of class folders, or with CIFAR-10 in it.",
    ),
]
Number = Annotated[
    int | None,
    typer.Option(metavar="N", help="How many images, from id 0 on: for pictograms."),
]
ImageSize = Annotated[int, typer.Option(help="Side in pixels; CIFAR-10: 32.")]


def register(app: typer.Typer) -> None:
    """Add both commands to `app`."""
    app.command("strengths")(make_strengths)
    app.command("embed")(make_embedding)


def make_strengths(
    policy: Annotated[Path, typer.Argument(metavar="POLICY", help="An image-aware policy's JSON.")],
    stimuli: Stimuli = "cifar10",
    votes: Votes = None,
    older_votes: OlderVotes = None,
    features: Features = None,
    number: Number = None,
    image_size: ImageSize = 32,
    out: Annotated[Path, typer.Option(help="The .npy to write. An older one is replaced.")] = Path(
        "strengths.npy"
    ),
) -> None:
    """Write each endpoint image's strengths under an image-aware policy, for training.

    A .npy of (images, 2) float32, a row an image id: *dominance*, logits added to the shift for
    the image as endpoint i and taken off for j; *clarity*, logarithm of a factor of the slope. In
    training, `HumanMixUp` takes the rows of a batch with *strengths_getter*. Give the --votes and
    --features that the policy was fitted with.

    To try it: `learn strengths policy.json --stimuli cifar10 --out strengths.npy`
    """
    read = policy_file.load_policy(policy)
    if read.appearance is None:
        raise ElicitError(
            f"{policy}: must be an image_aware policy, got {read.name}, which looks at no images; "
            "make one with: learn fit-policy LOGS --policy image_aware --stimuli SPEC"
        )
    images = open_source(stimuli, image_size)
    read.index(images.classes)  # tells of a class that the policy has not seen
    ids = np.arange(count_images(images, number))
    looks = measure_endpoints(
        images, ids, read_named_arrays("--votes", votes), read_named_arrays("--features", features)
    )
    _write(strengths(read, looks), out)


def make_embedding(
    stimuli: Stimuli = "cifar10",
    training: Annotated[
        str | None,
        typer.Option(
            metavar="FOLDER",
            help="Train on these instead: class folders, or a folder with CIFAR-10 in it.",
        ),
    ] = None,
    number: Number = None,
    image_size: ImageSize = 32,
    epochs: Annotated[
        int, typer.Option(min=1, max=MAX_EPOCHS, help="Passes over the training images.")
    ] = 7,
    networks: Annotated[
        int,
        typer.Option(min=1, max=MAX_SEEDS, help="How many to train; every second one with mixup."),
    ] = 2,
    seed: Annotated[int, typer.Option(min=0, help="Another embedding for each.")] = 0,
    out: Annotated[Path, typer.Option(help="The .npy to write. An older one is replaced.")] = Path(
        "embedding.npy"
    ),
) -> None:
    """Train small networks and write what they see in each endpoint image, for policies.

    A .npy of (images, columns) float32, a row an image id, for the --features of the other
    commands: how sure the networks are of the image's class, alone and in blends with others, and
    the principal components of their inner activations. They know nothing of what people answered.

    They train on other images than those embedded: for CIFAR-10 on its 50,000 training images, for
    pictograms on later drawings, without near-duplicates of those embedded. For a folder give other
    images with --training; without it they train on the folder's own. The command prints which.

    To try it: `learn embed --stimuli cifar10 --out embedding.npy`, a quarter of an hour on two
    cores, then `learn compare-policies logs --stimuli cifar10 --features net=embedding.npy`
    """
    need_torch()
    opened = open_source(stimuli, image_size)
    embedded = read_images(opened, number)
    chosen = read_training_images(stimuli, opened, embedded, training)
    say(f"training on {chosen.what}")
    found = importlib.import_module("learn.embedding.embed").embed(
        (chosen.images, chosen.labels),
        (embedded.images, embedded.labels),
        len(opened.classes),
        seed=seed,
        epochs=epochs,
        networks=networks,
        tell=say,
    )
    say(f"{found.shape[1]} features of {embedded.what}")
    _write(found, out)


def _write(values: Numbers, out: Path) -> None:
    content = io.BytesIO()
    np.save(content, values.astype(np.float32), allow_pickle=False)
    say_files(put({out: content.getvalue()}))
