"""How many examples of a property Hypothesis tries."""

from hypothesis import settings

FAST = 20  # where slow tests are left out; tests/conftest.py loads the profile


def examples(count: int) -> int:
    """Return `count`, and in the fast profile no more than that has."""
    return min(count, FAST) if settings().max_examples == FAST else count
