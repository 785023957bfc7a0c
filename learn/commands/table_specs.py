"""Which rows and seeds a person asks of a table, read from the command line."""

from __future__ import annotations

import re
from pathlib import Path

from elicit.errors import ElicitError
from learn.labels.types import PAPERS, TYPES, label_type

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")


def chosen_types(text: str) -> tuple[list[str], bool]:
    """Return the label types that `--types` names, and whether only those that can be had count.

    Args:
        text: names with commas between; *paper* for the paper's six, *all* for every one there is.

    Raises:
        ElicitError: there is no such type.
    """
    names: list[str] = []
    for name in filter(None, (part.strip() for part in text.split(","))):
        if name == "paper":
            names += PAPERS
        elif name != "all":
            names.append(_type("--types", name))
    whole = "all" in text.replace(" ", "").split(",")
    if not names and not whole:
        raise ElicitError("--types: must name a label type, paper or all; got none")
    return list(dict.fromkeys([*names, *(TYPES if whole else ())])), whole


def chosen_seeds(text: str) -> tuple[int, ...]:
    """Return the seeds that `--seeds` names: how many, from 0, or FIRST:LAST, without the last.

    Raises:
        ElicitError: neither, or none.
    """
    first, colon, last = text.partition(":")
    ends = (first, last) if colon else ("0", first)
    if not all(end.isdigit() for end in ends) or int(ends[0]) >= int(ends[1]):
        raise ElicitError(f"--seeds: must be how many, or FIRST:LAST such as 5:10; got {text!r}")
    return tuple(range(int(ends[0]), int(ends[1])))


def named(option: str, spec: str) -> tuple[str, Path]:
    """Return the name and the file of NAME=FILE; a policy without a name is called as its file.

    Raises:
        ElicitError: not NAME=FILE.
    """
    name, equals, path = spec.partition("=")
    if not equals and option == "--policy":
        name, path = Path(spec).stem, spec
    if not _NAME.fullmatch(name) or not path:
        raise ElicitError(
            f"{option}: must be NAME=FILE, the name of letters, digits, '.', '_', '+' and '-'; got "
            f"{spec!r}"
        )
    return name, Path(path)


def named_labels(spec: str) -> tuple[str, Path, str]:
    """Return the name, the labels.npz and the label type of NAME=FILE:TYPE.

    Raises:
        ElicitError: not NAME=FILE:TYPE, or there is no such type.
    """
    name, path = named("--more", spec)
    file, _, of = str(path).rpartition(":")
    if not file:
        raise ElicitError(
            f"--more: must be NAME=FILE:TYPE, such as beyond=blends/labels.npz:policy; got {spec!r}"
        )
    return name, Path(file), _type("--more", of)


def _type(option: str, name: str) -> str:
    try:
        return label_type(name)
    except ElicitError as error:
        raise ElicitError(str(error).replace("--type:", f"{option}:", 1)) from error
