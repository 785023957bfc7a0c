"""What other code imports from `learn` is there, and only loads what it needs."""

import importlib

import pytest

import learn


@pytest.mark.parametrize("name", learn.__all__)
def test_a_public_name_is_that_of_its_home(name: str) -> None:
    if name != "load_policy":
        pytest.importorskip("torch")
    assert name in dir(learn)
    found = getattr(learn, name)
    assert found is getattr(importlib.import_module(found.__module__), name)


def test_a_name_that_is_not_public_is_told_as_python_does() -> None:
    with pytest.raises(AttributeError, match="module 'learn' has no attribute 'HumanMixUpp'"):
        learn.HumanMixUpp  # noqa: B018
