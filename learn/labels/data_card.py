"""The data card of a labelled set: what it is, from whom, how made, whose images."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import yaml

from learn.labels.blend import BlendSpec
from learn.labels.labelled_set import LabelledDataset
from learn.labels.types import TYPES
from learn.policies.policy import Policy
from learn.study.exclusions import Exclusion
from learn.study.selection import Selection, SelectionOptions

# What may be done with the endpoint images is their makers' to say.
_ENDPOINTS = {
    "pictograms": "drawn by the code of this project, under the project's own terms",
    "cifar10": (
        "CIFAR-10's test images (Krizhevsky 2009), ids in its order. Its authors collected them "
        "from the web and state no licence: cite them, and look into the rights before you "
        "publish the images themselves"
    ),
    "frames": (
        "the end frames of a folder of continua of the lab's own; add here what made the frames, "
        "whose images they are and under which licence"
    ),
    "folder": "a folder of the lab's own; add here whose images they are and under which licence",
}


_FORMULAS = {
    "mixup": "each a mix of two endpoint images, `lambda_f * image_i + (1 - lambda_f) * image_j`,",
    "cutmix": (
        "each endpoint image i with a rectangle of endpoint image j of about 1 - lambda_f of its "
        "area (CutMix), `box` in pixels,"
    ),
    "frames": (
        "each the frame at lambda_f of a continuum from endpoint image i (lambda_f 1) to endpoint "
        "image j (lambda_f 0), made outside this project,"
    ),
}


def data_card(
    chosen: Selection, made: LabelledDataset, choice: SelectionOptions, min_judgements: int = 1
) -> str:
    """Return the card as Markdown: counts, options and sources; no pseudonyms, paths or dates."""
    return _card(
        made,
        [*_judgements(made), "## From whom", "", *_from_whom(chosen, made)],
        [*_how_made(chosen, choice), *_policy(made)],
        _describe_verification(made),
    )


def blend_card(made: LabelledDataset, spec: BlendSpec) -> str:
    """Return the card of new blends that a policy labelled, as Markdown; no paths or dates."""
    drawn = (
        f"each equally often from {', '.join(f'{each:g}' for each in spec.lambdas)}"
        if spec.alpha is None
        else f"from Beta({spec.alpha:g}, {spec.alpha:g})"
    )
    how = [
        f"- endpoints: every two of {len(spec.classes or made.classes)} classes equally often, "
        "no pair of images twice",
        f"- images left out as excluded: {len(spec.exclude)}",
        f"- lambda_f: {drawn}",
        f"- seed: {spec.seed}",
        *_policy(made),
    ]
    nobody = "Nobody judged these images: their labels say what a policy, fitted elsewhere, expects"
    return _card(made, ["## From whom", "", f"{nobody} people to see."], how, None)


def _card(
    made: LabelledDataset, whom: Sequence[str], how: Sequence[str], checked: str | None
) -> str:
    return "\n".join(
        [
            *_header(made),
            "# Labelled mixed images",
            "",
            f"{len(made.percepts)} images, {_FORMULAS[made.process]} with soft labels over "
            f"{len(made.classes)} classes ({', '.join(made.classes)}). "
            "`labels.csv` and `labels.parquet` have a row an image. `labels.parquet` and "
            "`labels.npz` also have the images as a screen shows them, and these types of label:",
            "",
            *(f"- `{name}`: {TYPES[name].formula}" for name in made.labels),
            "",
            "A class may have a name that pandas takes for a blank, such as NA: read the CSV with "
            '`pandas.read_csv("labels.csv", keep_default_na=False, na_values=[""])`.',
            "",
            *whom,
            "",
            "## How made",
            "",
            *how,
            "",
            "## The endpoint images",
            "",
            f"{made.endpoints} images; {_ENDPOINTS.get(made.source, made.source)}.",
            *([] if checked is None else [checked]),
            "",
        ]
    )


def _header(made: LabelledDataset) -> Iterable[str]:
    """Yield the YAML that Hugging Face reads: what the set is, and which files a loader takes."""
    tables = {"blends": "labels.parquet"}
    if made.judgements is not None:
        tables["judgements"] = "judgements.parquet"
    configs = [{"config_name": name, "data_files": file} for name, file in tables.items()]
    about = {
        "pretty_name": "Labelled mixed images",
        "task_categories": ["image-classification"],
        "tags": [made.process, "soft-labels", "human-perception"],
        "size_categories": [_size_category(len(made.percepts))],
        "configs": configs,
    }
    yield "---"
    yield yaml.safe_dump(about, sort_keys=False).rstrip()
    yield "---"
    yield ""


def _size_category(rows: int) -> str:
    """Return Hugging Face's name for a number of rows, such as 1K<n<10K."""
    limits = {"1K": 1_000, "10K": 10_000, "100K": 100_000, "1M": 1_000_000}
    below = ""
    for name, limit in limits.items():
        if rows < limit:
            return f"{below}n<{name}"
        below = f"{name}<"
    return "n>1M"


def _judgements(made: LabelledDataset) -> Iterable[str]:
    if made.judgement_labels is not None:
        yield (
            "`judgements.csv`, `judgements.parquet` and the npz's `judgement_...` have every "
            "answer: the row of its image, its participant by a number that holds only here, "
            "whether it was a repeat, the class called the most probable and the alternative with "
            "their probabilities, the classes excluded and those offered; and, but for the CSV, "
            "the label of the answer."
        )
        yield ""
    elif made.judgements is not None:
        yield (
            "`judgements.csv`, `judgements.parquet` and the npz's `judgement_...` have every "
            "judgement: the row of its image, its participant by a number that holds only here, "
            "whether it was a repeat, lambda_g, and omega where it was asked."
        )
        yield ""


def _from_whom(chosen: Selection, made: LabelledDataset) -> Iterable[str]:
    used = chosen.used
    who = "simulated participants: programs, not people" if chosen.all_simulated else "participants"
    yield (
        f"{len(used)} judgements by {used['participant'].nunique()} {who}. By paradigm: "
        + ", ".join(
            f"{len(rows)} {paradigm} ({rows['participant'].nunique()})"
            for paradigm, rows in used.groupby("paradigm", sort=True)
        )
        + "."
    )
    n = made.percepts["n"]
    yield f"Judgements an image: {n.min()} to {n.max()}, mean {n.mean():.2f}."


def _how_made(chosen: Selection, choice: SelectionOptions) -> Iterable[str]:
    paradigms = "all" if choice.paradigms is None else ", ".join(sorted(choice.paradigms))
    yield f"- paradigms: {paradigms}; Construct and Select-Shuffled count as lambda_g = 0.5"
    yield f"- repeats: {'in' if choice.repeats else 'out'}"
    yield f"- simulated judgements beside people's: {'in' if choice.include_simulated else 'out'}"
    yield f"- judgements an image, at least: {choice.min_judgements}"
    for reason, number in chosen.left_out.items():
        if number:
            yield f"- left out, {reason}: {number} judgements"
    reasons = sorted(_reasons(choice.exclusions).items())
    if reasons:
        told = ", ".join(f"{why} ({number})" for why, number in reasons)
        yield f"- reasons to exclude participants, and how many had each: {told}"


def _policy(made: LabelledDataset) -> Iterable[str]:
    if made.policy is not None:
        yield f"- policy: {policy_summary(made.policy)}"
    if "posterior_n" in made.percepts:
        unrated = int((made.percepts["posterior_n"] == 0).sum())
        yield f"- images that nobody was asked lambda_g of, which have the policy's own: {unrated}"


def policy_summary(policy: Policy) -> str:
    """Return what a policy is and was fitted to."""
    told = ", ".join(f"{key.replace('_', ' ')} {n}" for key, n in policy.fitted_to.items())
    look = "" if policy.appearance is None else f", looking at {len(policy.appearance.features)}"
    features = "" if not look else f"{look} features of the endpoints"
    return f"{policy.name}{features}" + (f", fitted to {told}" if told else "")


def _reasons(exclusions: Iterable[Exclusion]) -> Counter[str]:
    hold = [each for each in exclusions if each.exclude == "yes"]
    once = {(each.participant, each.paradigm, each.criterion or each.reason) for each in hold}
    return Counter(f"{why or 'a reason not given'} in {paradigm}" for _, paradigm, why in once)


def _describe_verification(made: LabelledDataset) -> str:
    if not made.unverified:
        return "Each was checked, to the pixel, to be the one that was shown."
    if made.unverified == made.endpoints:
        return "What was shown was not recorded, so they could not be checked against it."
    return (
        f"{made.unverified} of them could not be checked against what was shown, which was not "
        "recorded; the others were, to the pixel."
    )
