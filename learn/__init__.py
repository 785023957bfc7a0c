"""What the labels that people gave change in a model.

The names that other code imports are looked up when they are first used, so that `import learn`
needs no torch: `HumanMixUp`, `HumanCutMix`, `LabelledBlends`, `hard_labels`, `load_policy`,
`load_checkpoint`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from learn.human_cutmix import HumanCutMix
    from learn.human_mixup import HumanMixUp
    from learn.labelled_blends import LabelledBlends, hard_labels
    from learn.policies.file import load_policy
    from learn.runs.trained import load_checkpoint

__all__ = [
    "HumanCutMix",
    "HumanMixUp",
    "LabelledBlends",
    "hard_labels",
    "load_checkpoint",
    "load_policy",
]

_HOMES = {
    "HumanCutMix": "learn.human_cutmix",
    "HumanMixUp": "learn.human_mixup",
    "LabelledBlends": "learn.labelled_blends",
    "hard_labels": "learn.labelled_blends",
    "load_checkpoint": "learn.runs.trained",
    "load_policy": "learn.policies.file",
}


def __getattr__(name: str) -> Any:
    """Return a public name from the module that it is at home in."""
    if name not in _HOMES:
        raise AttributeError(f"module 'learn' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
