"""H-Mix's fourth interface: the classes that people see in a mix, with a share of each."""

from __future__ import annotations

import json
from typing import Any

from elicit.log.rows import join_classes
from stimuli.sets.hmix import Cells
from stimuli.sources.cifar10 import CLASSES

FILE = "hmix_categorical_soft_labels.csv"
NEEDED = ("response", "filename", "mixtureCoeff")
_FIRST, _SECOND, _IMPOSSIBLE = "mostProb", "secondProb", "improbClassSelect"


def read_pair(cells: Cells) -> str:
    """Return the pair of endpoints as H-Mix's other tables have it in class_pair.

    Raises:
        ValueError: the picture's name and the column of lambda_f disagree.
    """
    lambda_f, _, pair = cells["filename"].removeprefix("mixed_").partition("_")
    if float(lambda_f) != float(cells["mixtureCoeff"]):
        raise ValueError(f"filename and mixtureCoeff must agree, got {cells['filename']!r}")
    return pair


def read_answer(cells: Cells) -> dict[str, Any]:
    """Return the columns of a trial row that the answer decides, as published.

    Some answers have a share without an alternative, name one class twice, or name a class that
    they exclude. The order in which a participant saw the classes was not recorded: class_order has
    them as CIFAR-10 does.
    """
    answer = json.loads(cells["response"])
    second = answer["classSelect2"].removeprefix(_SECOND).lower()
    return {
        "lambda_f": float(cells["mixtureCoeff"]),
        "chosen_1": answer["classSelect"].removeprefix(_FIRST).lower(),
        "share_1": _read_share(answer["prob"]),
        "chosen_2": "" if second == "no" else second,
        "share_2": None if answer["prob2"] == "" else _read_share(answer["prob2"]),
        "excluded": join_classes(sorted(_list_impossible(answer))),
        "class_order": join_classes(CLASSES),
    }


def _read_share(percent: str) -> float:
    share = float(percent) / 100
    if not 0 <= share <= 1:
        raise ValueError(f"a probability must be 0 to 100 %, got {percent!r}")
    return share


def _list_impossible(answer: dict[str, str]) -> list[str]:
    named = (key.removeprefix(_IMPOSSIBLE) for key in answer if key.startswith(_IMPOSSIBLE))
    return [name.lower() for name in named]
