"""Tells from a test's code whether it is slow, and whether it needs the shared data.

A test is slow if it starts a process, a window or torch.distributed, or if it simulates or plans
whole studies. That is looked for in the test, in its fixtures, and in whatever of the tests' own
code they call. A test that takes about a second in another way says so itself: pytest.mark.slow.
"""

from __future__ import annotations

import inspect
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest

from elicit.screen.virtual_display import virtual_screen
from tests.helpers.forks import start_fork
from tests.helpers.simulated_studies import simulate_study

SHARED_DATA = Path(__file__).parents[3] / "shared" / "data"
SLOW = (subprocess, subprocess.run, subprocess.Popen, start_fork, virtual_screen, simulate_study)
SLOW_ROOMS = ("elicit.planning.", "elicit.commands.plan")


def mark(item: pytest.Item) -> None:
    """Give a test the markers that its code asks for."""
    if not isinstance(item, pytest.Function):
        return
    fixtures = item._fixtureinfo.name2fixturedefs.values()
    functions = [item.function, *(each.func for several in fixtures for each in several)]
    for name in frozenset[str]().union(*map(_markers, functions)):
        item.add_marker(name)


@cache
def _markers(function: Callable[..., object]) -> frozenset[str]:
    used = reached(function)
    if any(isinstance(value, Path) and value.is_relative_to(SHARED_DATA) for value in used):
        return frozenset({"data"})  # which may be unpacked by a process, once
    return frozenset({"slow"} if any(map(_is_slow, used)) else ())


def reached(function: object) -> list[object]:
    """Return every global that a function uses, itself or by other functions of the tests."""
    found: dict[int, object] = {}
    waiting = [function]
    while waiting:
        value = waiting.pop()
        if id(value) not in found:
            found[id(value)] = value
            waiting += _used_by(_plain(value))
    return list(found.values())


def _is_slow(value: object) -> bool:
    room = getattr(value, "__module__", None) or getattr(value, "__name__", "")
    return any(value is each for each in SLOW) or str(room).startswith(SLOW_ROOMS)


def _plain(value: Any) -> object:
    """Return the function inside its decorators: given, contextmanager, cache."""
    hypothesis = getattr(value, "hypothesis", None)
    value = getattr(hypothesis, "inner_test", value)
    return inspect.unwrap(value) if callable(value) else value


def _used_by(value: object) -> tuple[object, ...]:
    if not str(getattr(value, "__module__", "")).startswith("tests."):
        return ()
    if isinstance(value, type):
        return _members(value)
    return _globals(value) if isinstance(value, FunctionType) else ()


def _members(kind: type) -> tuple[object, ...]:
    bases = [base for base in kind.__mro__ if base.__module__.startswith("tests.")]
    members = [member for base in bases for member in vars(base).values()]
    return tuple(getattr(member, "fget", getattr(member, "__func__", member)) for member in members)


@cache
def _globals(function: FunctionType) -> tuple[object, ...]:
    names = set(_names(function.__code__))
    there = function.__globals__
    used = [there[name] for name in names if name in there]
    modules = [each for each in used if isinstance(each, ModuleType)]
    of_tests = [vars(each) for each in modules if each.__name__.startswith("tests.")]
    return (*used, *(each[name] for each in of_tests for name in names if name in each))


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
