"""What is right of a document that has mistakes, so that every rule that it allows still runs.

A part with a mistake becomes a model that lacks the values that are wrong: to read one of them
raises `WrongValueError`, and the rule or check that read it is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from types import UnionType
from typing import (
    Annotated,
    Any,
    Generic,
    NamedTuple,
    TypeAlias,
    TypeVar,
    Union,
    get_args,
    get_origin,
)

from pydantic import TypeAdapter, ValidationError

from elicit.protocol.base import Model, WrongValueError
from elicit.protocol.yaml_nodes import Key, Trail

Found = TypeVar("Found")
Whole = TypeVar("Whole", bound=Model)
Rule: TypeAlias = Callable[[Any], Any]  # raises ValueError where it is broken


class BrokenRule(NamedTuple):
    """A rule across several values that a document breaks."""

    trail: Trail  # of the part that has the rule
    message: str


class _WrongValue:
    """What stands for a value of which nothing is right."""


_WRONG = _WrongValue()


class PartialDocument(Generic[Whole]):
    """The right parts of a document, and the rules that they break."""

    def __init__(self, model: type[Whole], content: Any, wrong: Iterable[Trail]) -> None:
        """Build the right parts.

        Args:
            model: what the document must be.
            content: of the document.
            wrong: where pydantic found mistakes in it.
        """
        self.broken: list[BrokenRule] = []
        self.model: Whole = self._build_model(model, content, list(wrong), ())

    def _build_model(self, kind: type[Model], content: Any, wrong: list[Trail], at: Trail) -> Any:
        if not isinstance(content, dict):
            return _WRONG
        values: dict[str, Any] = {}
        inside = _group_by_key(wrong)
        for name, field in kind.model_fields.items():
            if name in inside:
                value = content.get(name)
                values[name] = self._build(field.annotation, value, inside[name], (*at, name))
            elif name in content:
                values[name] = _read_value(kind, name, content[name])
        wrong_keys = {name for name, value in values.items() if value is _WRONG}
        made = forget(kind.model_construct(**values), wrong_keys)
        return self._apply_rules(made, {*inside}, at)

    def _apply_rules(self, made: Model, nested: set[Key], at: Trail) -> Model:
        """Note the rules that a part breaks; return it without the values that break them.

        Args:
            made: the part.
            nested: keys in whose values something is wrong.
            at: where the part is.
        """
        kind = type(made)
        broken = [BrokenRule(at, text) for text in _find_broken(_list_rules(kind), made)]
        named = {re.split("[:.]", each.message)[0] for each in broken}
        for name in [each for each in made.__dict__ if each in nested]:
            rules = _list_rules_of_field(kind, name)
            texts = _find_broken(rules, getattr(made, name))
            broken += [BrokenRule((*at, name), text) for text in texts]
        self.broken += broken
        return forget(made, named & kind.model_fields.keys())

    def _build(self, annotation: Any, content: Any, wrong: list[Trail], at: Trail) -> Any:
        """Return what is right of a value in which something is wrong."""
        if get_origin(annotation) in {Union, UnionType}:
            kinds = [each for each in get_args(annotation) if each is not type(None)]
            return self._build(kinds[0], content, wrong, at) if len(kinds) == 1 else _WRONG
        if isinstance(annotation, type) and issubclass(annotation, Model):
            return self._build_model(annotation, content, wrong, at)
        if get_origin(annotation) is Annotated:
            return self._build_alternative(annotation, content, wrong, at)
        if get_origin(annotation) is dict and isinstance(content, dict):
            bad = _group_by_key(wrong)
            return {key: value for key, value in content.items() if key not in bad}
        if get_origin(annotation) is tuple and isinstance(content, list):
            return self._build_items(get_args(annotation)[0], content, wrong, at)
        return _WRONG

    def _build_items(self, kind: Any, content: list[Any], wrong: list[Trail], at: Trail) -> Any:
        if not _holds_models(kind):
            return _WRONG
        items = []
        inside = _group_by_key(wrong)
        for index, each in enumerate(content):
            if index in inside:
                items.append(self._build(kind, each, inside[index], (*at, index)))
            else:
                items.append(_adapter(kind).validate_python(each))
        blank = next(_list_models(kind))
        return tuple(_make_blank(blank) if each is _WRONG else each for each in items)

    def _build_alternative(
        self, annotation: Any, content: Any, wrong: list[Trail], at: Trail
    ) -> Any:
        """Return what is right of a value of one of several kinds, which a key of it names."""
        for tag, inside in _group_by_key(wrong).items():
            for kind in _list_models(annotation):
                if tag in _list_tags(kind):
                    return self._build_model(kind, content, inside, (*at, tag))
        return _WRONG


def collect_valid(found: Iterable[Found]) -> Iterator[Found]:
    """Return what a check finds, up to where it reads a value that is wrong."""
    try:
        yield from found
    except WrongValueError:
        return


def list_parts(part: Model, trail: Trail = ()) -> Iterator[tuple[Trail, Model]]:
    """Return a part and all parts in it, each with its place."""
    yield trail, part
    for name, value in part.__dict__.items():
        if isinstance(value, Model):
            yield from list_parts(value, (*trail, name))
        elif isinstance(value, tuple):
            for index, each in enumerate(value):
                if isinstance(each, Model):
                    yield from list_parts(each, (*trail, name, index))


def complete(part: Whole) -> Whole | None:
    """Return a part without the parts in it that lack something; None if it lacks more itself."""
    changes: dict[str, Any] = {}
    for name, field in type(part).model_fields.items():
        if name not in part.__dict__:
            return None
        value = getattr(part, name)
        if isinstance(value, Model):
            changes[name] = complete(value)
            if changes[name] is None and field.is_required():
                return None
            if changes[name] is None:
                changes[name] = field.get_default()
        elif isinstance(value, tuple):
            whole = [complete(each) if isinstance(each, Model) else each for each in value]
            changes[name] = tuple(each for each in whole if each is not None)
    return part.model_copy(update=changes)


def _group_by_key(trails: Iterable[Trail]) -> dict[Key, list[Trail]]:
    """Return where mistakes are, by the first key on the way to them."""
    groups: dict[Key, list[Trail]] = {}
    for trail in trails:
        if trail:
            groups.setdefault(trail[0], []).append(trail[1:])
    return groups


def forget(part: Whole, names: Iterable[str]) -> Whole:
    """Return a part without the values of some keys."""
    without = part.model_copy()
    for name in names:
        without.__dict__.pop(name, None)
    return without


def _make_blank(kind: type[Model]) -> Model:
    """Return a model of which no value is right."""
    return forget(kind.model_construct(), kind.model_fields)


def _list_rules(kind: type[Model]) -> list[Rule]:
    found = kind.__pydantic_decorators__.model_validators.values()
    return [each.func for each in found if each.info.mode == "after"]


def _list_rules_of_field(kind: type[Model], name: str) -> list[Rule]:
    found = kind.__pydantic_decorators__.field_validators.values()
    return [each.func for each in found if each.info.mode == "after" and name in each.info.fields]


def _find_broken(rules: Iterable[Rule], value: Any) -> list[str]:
    """Return what the rules say of a value, without those that read what is wrong in it."""
    broken = []
    for rule in rules:
        try:
            rule(value)
        except WrongValueError:
            continue
        except ValueError as error:
            broken.append(str(error))
    return broken


def _holds_models(annotation: Any) -> bool:
    return next(_list_models(annotation), None) is not None


def _list_models(annotation: Any) -> Iterator[type[Model]]:
    if isinstance(annotation, type) and issubclass(annotation, Model):
        yield annotation
    for each in get_args(annotation):
        yield from _list_models(each)


def _list_tags(kind: type[Model]) -> set[str]:
    """Return the names by which alternatives choose this kind."""
    return {
        each
        for field in kind.model_fields.values()
        for each in get_args(field.annotation)
        if isinstance(each, str)
    }


def _read_value(kind: type[Model], name: str, content: Any) -> Any:
    field = kind.model_fields[name]
    value: Any = field.annotation
    if field.metadata:
        value = Annotated[(value, *field.metadata)]
    try:
        return _adapter(value).validate_python(content)
    except ValidationError:
        return _WRONG


@cache
def _adapter(annotation: Any) -> TypeAdapter[Any]:
    return TypeAdapter(annotation)
