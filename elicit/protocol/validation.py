"""What pydantic finds wrong in a document: line, key, what is allowed and what came."""

from __future__ import annotations

import copy
import re
import reprlib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import ValidationError

from elicit.characters import describe_invisible, describe_unusual, remove_invisible
from elicit.protocol.base import Model
from elicit.protocol.blocks import UNFIT_KEYS
from elicit.protocol.json_schema import keys_at
from elicit.protocol.partial import PartialDocument
from elicit.protocol.yaml_document import Document
from elicit.protocol.yaml_nodes import Problem, SourcePosition, Trail, join_keys
from elicit.validation_messages import describe_misread, describe_wrong_value

Checked = TypeVar("Checked", bound=Model)

UNKNOWN = {"extra_forbidden", "unexpected_keyword_argument"}
DELETE = "must not hold characters that nobody sees; delete"
NEEDED = "is needed and not given"
FEW = 10  # keys that one line can list
ROUNDS = 3  # in which misspelt names are put right, to find the mistakes behind them
LONG = 400  # characters of a message

_shown = reprlib.Repr()
_shown.maxlevel, _shown.maxstring, _shown.maxother = 2, 60, 60


@dataclass(frozen=True)
class Mistake:
    """One mistake, and the name that was probably meant."""

    trail: Trail
    text: str
    meant: str | None = None
    misnamed: bool = False  # the key itself is wrong, not its value


def examine(
    document: Document, model: type[Checked], schema: dict[str, Any]
) -> tuple[Checked, list[Problem]]:
    """Return the model that a document holds, and every mistake in it.

    Args:
        document: the file read.
        model: what it must be.
        schema: the model's JSON Schema; keys of the model that it lacks are refused.

    Returns:
        The model, and the mistakes with their lines: key, what is allowed, what came. Where there
        are some, the model may lack values; to read one of these raises WrongValueError.
    """
    content, root, misread = copy.deepcopy((document.content, document.root, document.misread))
    problems = list(document.problems)
    read_otherwise = {id(place): problem for place, problem in misread}
    content = _read_characters(content, root, (), problems, {})
    parsed = replace(document.parsed, content=content, root=root)
    document = replace(document, parsed=parsed)
    for key in sorted(content.keys() & model.model_fields.keys() - schema["properties"].keys()):
        problems.append(
            Problem(document.line([key]), f"{join_keys([key])}: unknown key; remove it")
        )
        del content[key]
        read_otherwise.pop(id(document.place([key])), None)
    for last in range(ROUNDS - 1, -1, -1):
        checked, wrong, found = _validate(model, document, schema)
        problems += [_problem(document, mistake) for mistake in found]
        for mistake in found:  # which says itself what YAML made of the value
            read_otherwise.pop(id(document.place(mistake.trail)), None)
        if not last or True not in [_put_right(document, mistake) for mistake in found]:
            break
    problems += read_otherwise.values()
    if checked is not None:
        return checked, problems
    partial = PartialDocument(model, document.content, wrong)
    for trail, message in partial.broken:
        problems.append(_problem(document, _place(message, trail, document, schema)))
    return partial.model, problems


def _read_characters(
    value: Any,
    position: SourcePosition,
    trail: Trail,
    problems: list[Problem],
    seen: dict[int, Any],
) -> Any:
    """Return a value without invisible characters, its keys in one Unicode form.

    Args:
        value: what a document holds at a place.
        position: of the value; gets the keys' new forms.
        trail: of the value.
        problems: takes a line for each text with invisible characters, and each key that is there
            twice in two forms.
        seen: by id, lists and mappings that were read already: YAML's aliases name one more than
            once, and a small file can name one a billion times.
    """
    if id(value) in seen:
        return seen[id(value)]
    if isinstance(value, str):
        found = describe_invisible(value)
        if found:
            problems.append(Problem(position.line, f"{join_keys(trail)}: {DELETE} {found}"))
        return remove_invisible(value)
    if isinstance(value, list):
        seen[id(value)] = [
            _read_characters(each, position.inside[k], (*trail, k), problems, seen)
            for k, each in enumerate(value)
        ]
        return seen[id(value)]
    if not isinstance(value, dict):
        return value
    read: dict[str, Any] = {}
    seen[id(value)] = read
    for key, each in value.items():
        place = position.inside[key]
        plain = unicodedata.normalize("NFC", remove_invisible(key))
        found = describe_invisible(key)
        if found:
            text = f"{join_keys((*trail, plain))}: as a key {DELETE} {found}"
            problems.append(Problem(place.line, text))
        if plain in read:
            first = position.inside[plain].line
            text = f"is here twice, in two Unicode forms, first in line {first}"
            problems.append(Problem(place.line, f"{join_keys((*trail, plain))}: {text}"))
            continue
        position.inside[plain] = place
        read[plain] = _read_characters(each, place, (*trail, plain), problems, seen)
    return read


def _validate(
    model: type[Checked], document: Document, schema: dict[str, Any]
) -> tuple[Checked | None, list[Trail], list[Mistake]]:
    """Return the model, or where it has mistakes and what they are."""
    try:
        return model.model_validate(document.content), [], []
    except ValidationError as error:
        wrong = [each["loc"] for each in error.errors(include_url=False)]
        return None, wrong, list(_mistakes(error, document, schema))


def find_position(message: str, trail: Trail, known: SourcePosition) -> tuple[Trail, str]:
    """Return a mistake's place and text, where the text begins with a key inside the place.

    Args:
        message: such as "starts: must be values of lambda_grid".
        trail: the place that the message was about.
        known: the places inside of it.
    """
    found = re.match(r"([A-Za-z_]\w*|\d+)(?:: |\.)", message)
    if found is None:
        return trail, message
    part = int(found[1]) if found[1].isdigit() else found[1]
    if part not in known.inside:
        return trail, message
    return find_position(message[found.end() :], (*trail, part), known.inside[part])


def _problem(document: Document, mistake: Mistake) -> Problem:
    text = mistake.text if len(mistake.text) <= LONG else f"{mistake.text[:LONG]}..."
    text = " ".join(text.splitlines())
    where = f"{join_keys(mistake.trail)}: " if mistake.trail else ""
    return Problem(document.line(mistake.trail), f"{where}{text}")


def _mistakes(
    error: ValidationError, document: Document, schema: dict[str, Any]
) -> Iterator[Mistake]:
    found = [_mistake(problem, document, schema) for problem in error.errors(include_url=False)]
    meant = {(*mistake.trail[:-1], mistake.meant) for mistake in found if mistake.misnamed}
    for mistake in found:  # a key that is there under another name is not missing too
        if not (mistake.text == NEEDED and mistake.trail in meant):
            yield mistake


def _mistake(problem: Any, document: Document, schema: dict[str, Any]) -> Mistake:
    trail: Trail = tuple(part for part in problem["loc"] if part != "[key]")
    kind: str = problem["type"]
    if kind in UNKNOWN:
        return _unknown(trail, keys_at(schema, trail[:-1]))
    if kind.startswith("missing"):
        return Mistake(trail, NEEDED)
    if kind.startswith("union_tag"):
        return _alternative(trail, problem)
    message = describe_wrong_value(problem)
    if kind == "value_error":  # ours: it says itself what came
        return _place(message, trail, document, schema)
    written = document.place(trail).text
    if written:
        return Mistake(trail, f"{message}, {_describe_misread(written, problem['input'], kind)}")
    came = _got(problem["input"], text=kind == "string_type")
    unusual = describe_unusual(problem["input"]) if kind == "string_pattern_mismatch" else ""
    return Mistake(trail, f"{message}, got {came}{f': {unusual}' if unusual else ''}")


def _place(message: str, trail: Trail, document: Document, schema: dict[str, Any]) -> Mistake:
    """Return a mistake whose message may begin with a key inside its place."""
    named, _, said = message.partition(": ")
    if named in keys_at(schema, trail):
        return Mistake((*trail, named), said)
    return Mistake(*find_position(message, trail, document.place(trail)))


def _unknown(trail: Trail, allowed: list[str]) -> Mistake:
    unfit = UNFIT_KEYS.get((str(trail[-2]), str(trail[-1]))) if len(trail) > 1 else None
    if unfit is not None:
        return Mistake(trail, unfit)
    meant = _nearest(str(trail[-1]), allowed)
    said = ["unknown key"]
    said.append("remove it or correct its name" if meant is None else f"did you mean {meant}?")
    if 0 < len(allowed) <= FEW:
        said.append(f"allowed: {', '.join(allowed)}")
    return Mistake(trail, "; ".join(said), meant, misnamed=True)


def _alternative(trail: Trail, problem: Any) -> Mistake:
    context = problem["ctx"]
    trail = (*trail, context["discriminator"].strip("'"))
    if problem["type"] == "union_tag_not_found":
        return Mistake(trail, NEEDED)
    allowed = re.findall(r"'([^']*)'", context["expected_tags"])
    meant = _nearest(context["tag"], allowed)
    text = f"must be one of {', '.join(allowed)}, got {_got(context['tag'])}"
    return Mistake(trail, text if meant is None else f"{text}; did you mean {meant}?", meant)


def _nearest(name: str, allowed: list[str]) -> str | None:
    return next(iter(get_close_matches(name, allowed, n=1)), None)


def _got(value: Any, *, text: bool = False) -> str:
    """Return a value as a file would have it; `text` is whether it should have been text."""
    match value:
        case None:
            return "nothing"
        case bool():
            shown = str(value).lower()
        case date():
            shown = value.isoformat()
        case dict():
            return "a mapping"
        case list() if text:
            return "a list"
        case _:
            shown = _shown.repr(value)
    return f"{shown}; text like this needs quotes" if text else shown


def _describe_misread(written: str, value: Any, kind: str) -> str:
    if kind == "string_type":
        read = str(value).lower()
        return f"got {written}, which YAML reads as {read}; write '{written}' in quotes"
    return describe_misread(written, value)


def _put_right(document: Document, mistake: Mistake) -> bool:
    """Put the name that was meant into the document, if there is one; return whether."""
    *outer, key = mistake.trail or ("",)
    holder: Any = document.content
    for part in outer:  # the name of an alternative is no key of the file
        inside = dict(enumerate(holder)) if isinstance(holder, list) else holder
        holder = inside.get(part, holder)
    place = document.place(tuple(outer))
    if mistake.meant is None or not isinstance(holder, dict):
        return False
    if not mistake.misnamed:
        holder[key] = mistake.meant
    elif key in holder and mistake.meant not in holder:
        holder[mistake.meant] = holder.pop(key)
        place.inside[mistake.meant] = place.inside[key]
    else:
        return False
    return True
