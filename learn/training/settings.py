"""What decides a training run, with the paper group's values where they published them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import yaml

from elicit.errors import ElicitError
from learn.files import MAX_QUOTED_CHARS, parse_yaml
from learn.labels.types import TYPES, read_name
from stimuli.files import read_text
from stimuli.limits import MAX_EPOCHS, MAX_TRAINING_BATCH, MAX_TRAINING_SEED

AUGMENTATIONS = ("none", "once", "always")
MIXING_PROCESSES = ("mixup", "cutmix")
PRECISIONS = ("auto", "float32", "bfloat16", "float16")
MODELS = ("vgg11", "resnet18", "resnet34")


@dataclass(frozen=True)
class TrainingSettings:
    """One run's settings; the defaults are those of the paper group's earlier code (PAPER.md)."""

    type: str = "none"  # label type of the blends that are added, of `learn.labels.types`
    model: str = "vgg11"
    width: float = 1.0  # share of the network's usual channels
    seed: int = 0
    epochs: int = 65
    batch_size: int = 32
    lr: float = 0.1
    lr_drops: tuple[int, ...] = (50, 55)  # epochs before which lr is divided by 10
    momentum: float = 0.9
    weight_decay: float = 1e-4
    clip_norm: float = 1.0  # of the gradient
    blend_weight: float = 1.0  # of a blend's loss; an unmixed image's is 1
    augment: str = "once"  # crops and flips: none, drawn once an image, or always anew
    mixup_alpha: float = 0.0  # above 0: full mixup, lambda_f from Beta(alpha, alpha) an example
    process: str = "mixup"  # of full mixup; cutmix: lambda_f is then the share of the area
    policy: str = ""  # file of the label policy of full mixup; empty: lambda_g = lambda_f
    precision: str = "auto"  # bfloat16 where the hardware has it, else float32
    compile: bool = False  # torch.compile
    evaluate_every: int = 0  # epochs between looks at the holdout; 0: at the end only


# What each setting may be, for a person who got it wrong: a test, and the same in words.
_ALLOWED: dict[str, tuple[Any, str]] = {
    "type": (lambda v: v in TYPES, f"one of {', '.join(TYPES)}"),
    "model": (lambda v: v in MODELS, f"one of {', '.join(MODELS)}"),
    "width": (lambda v: 0 < v <= 8, "above 0, at most 8"),
    "seed": (
        lambda v: 0 <= v <= MAX_TRAINING_SEED,
        f"a whole number from 0 to {MAX_TRAINING_SEED}",
    ),
    "epochs": (lambda v: 1 <= v <= MAX_EPOCHS, f"a whole number from 1 to {MAX_EPOCHS}"),
    "batch_size": (
        lambda v: 2 <= v <= MAX_TRAINING_BATCH,
        f"a whole number from 2 to {MAX_TRAINING_BATCH}",
    ),
    "lr": (lambda v: 0 < v < float("inf"), "above 0"),
    "lr_drops": (lambda v: all(e >= 1 for e in v), "epochs from 1"),
    "momentum": (lambda v: 0 <= v < 1, "from 0, below 1"),
    "weight_decay": (lambda v: 0 <= v < float("inf"), "from 0"),
    "clip_norm": (lambda v: v > 0, "above 0"),
    "blend_weight": (lambda v: 0 < v <= 1000, "above 0, at most 1000"),
    "augment": (lambda v: v in AUGMENTATIONS, f"one of {', '.join(AUGMENTATIONS)}"),
    "mixup_alpha": (lambda v: 0 <= v < float("inf"), "0 (no mixup) or above"),
    "process": (lambda v: v in MIXING_PROCESSES, f"one of {', '.join(MIXING_PROCESSES)}"),
    "policy": (lambda v: True, "the file of a label policy"),
    "precision": (lambda v: v in PRECISIONS, f"one of {', '.join(PRECISIONS)}"),
    "compile": (lambda v: True, "true or false"),
    "evaluate_every": (lambda v: 0 <= v <= MAX_EPOCHS, f"a whole number from 0 to {MAX_EPOCHS}"),
}


def make_settings(given: Mapping[str, Any], place: str = "--") -> TrainingSettings:
    """Return the defaults with `given` instead, every value checked.

    Args:
        given: names of `TrainingSettings` and their values; whole numbers count as floats.
        place: what stands before a name where a value is wrong; "--" for options.

    Raises:
        ElicitError: an unknown name, a value that it cannot have, or two that do not go together.
    """
    made = replace(
        TrainingSettings(),
        **check_values(given, lambda name: f"{place}{_option_name(name, place)}"),
    )
    if made.policy and made.mixup_alpha == 0:
        raise ElicitError(
            f"{place}policy: needs full mixup; give {_option_name('mixup_alpha', place)} too, "
            "such as 1.0"
        )
    if made.process != "mixup" and made.mixup_alpha == 0:
        raise ElicitError(
            f"{place}process: {made.process} mixes every example anew; give "
            f"{_option_name('mixup_alpha', place)} too, such as 1.0"
        )
    return made


def check_values(given: Mapping[str, Any], place: Callable[[str], str]) -> dict[str, Any]:
    """Return settings and their values, each one allowed.

    Args:
        given: names of `TrainingSettings` and their values.
        place: says of a name where it was given.

    Raises:
        ElicitError: an unknown name, or a value that it cannot have.
    """
    good = {}
    for name, value in given.items():
        if name not in _ALLOWED:
            raise ElicitError(
                f"{place(str(name))}: no such setting; there are {', '.join(sorted(_ALLOWED))}"
            )
        good[name] = _check_value(name, value, place(name))
    return good


def read_settings(path: Path) -> dict[str, Any]:
    """Return the settings in a YAML file, as `make_settings` takes them.

    Raises:
        ElicitError: no such file, or no mapping in it; a setting is told with its line.
    """
    try:
        text = read_text(path)
        content = parse_yaml(text)
        node = yaml.compose(text, yaml.SafeLoader)
    except OSError as error:
        raise ElicitError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ElicitError(f"{path}: not YAML: {error}") from error
    if node is None:  # nothing but comments
        return {}
    if not isinstance(content, dict):
        raise ElicitError(
            f"{path}: must be settings and their values, such as epochs: 65, got "
            f"{type(content).__name__}"
        )
    keys = _keys(node)
    return check_values(content, lambda name: f"{path}:{keys.get(name, 1)}: {name}")


def to_dict(made: TrainingSettings) -> dict[str, Any]:
    """Return settings as JSON knows them."""
    return asdict(made) | {"lr_drops": list(made.lr_drops)}


def _keys(node: Any) -> dict[str, int]:
    """Return the line of each key of a YAML mapping, from 1."""
    entries = node.value if isinstance(getattr(node, "value", None), list) else []
    pairs = [entry for entry in entries if isinstance(entry, tuple)]
    return {key.value: key.start_mark.line + 1 for key, _ in pairs}


def _option_name(name: str, place: str) -> str:
    """Return a setting's name as a person gave it: options have hyphens."""
    return name.replace("_", "-") if place == "--" else name


def _check_value(name: str, value: Any, place: str) -> Any:
    kind = {field.name: type(field.default) for field in fields(TrainingSettings)}[name]
    test, words = _ALLOWED[name]
    if name == "type" and isinstance(value, str):
        value = read_name(value, place)
    if kind is float and type(value) is int and abs(value) <= sys.float_info.max:
        value = float(value)
    if kind is tuple and isinstance(value, list | tuple) and all(type(e) is int for e in value):
        value = tuple(value)
    if type(value) is not kind or not test(value):
        shown = f"{value!r:.{MAX_QUOTED_CHARS}}"
        raise ElicitError(f"{place}: must be {words}, got {shown}")
    return value
