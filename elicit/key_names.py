"""What keys are called on screen: by the names that a study gives them, or by its own keys."""

from __future__ import annotations

from collections.abc import Mapping

from elicit.trial import PLACEHOLDER, Wording, fill_text

SEVERAL = {
    "arrow_keys": ("left", "right", "up", "down"),
    "sideways_keys": ("left", "right"),
    "vertical_keys": ("up", "down"),
}
ONE = ("left", "right", "up", "down", "home", "end", "space", "enter", "tab", "escape")
PLACEHOLDERS = frozenset({*SEVERAL, *(f"{key}_key" for key in ONE)})
SIGNS = {
    "minus": "-",
    "equal": "=",
    "bracketleft": "[",
    "bracketright": "]",
    "semicolon": ";",
    "apostrophe": "'",
    "backslash": "\\",
    "comma": ",",
    "period": ".",
    "slash": "/",
    "pageup": "Page Up",
    "pagedown": "Page Down",
}


def name_keys(wording: Wording, own: Mapping[str, str]) -> dict[str, str]:
    """Return what each placeholder of a key stands for.

    Args:
        wording: names the keys that every keyboard has.
        own: the keys that a study adds, such as {"f": "left"}; these are named instead.
    """
    added: dict[str, list[str]] = {}
    for key, meaning in own.items():
        added.setdefault(meaning, []).append(_own_name(key))
    single = {
        key: " / ".join(added[key]) if key in added else getattr(wording, f"{key}_key")
        for key in ONE
    }
    several = {
        placeholder: " / ".join(single[key] for key in keys)
        if added.keys() & set(keys)
        else getattr(wording, placeholder)
        for placeholder, keys in SEVERAL.items()
    }
    return {f"{key}_key": name for key, name in single.items()} | several


def fill_key_names(text: str, names: Mapping[str, str]) -> str:
    """Return a text with the names of keys in the place of its placeholders."""
    return fill_text(text, **names) if "_key" in text else text


def find_key_placeholders(text: str) -> list[str]:
    """Return the names of the placeholders in a text that look like those of keys."""
    return [name for name in PLACEHOLDER.findall(text) if name.endswith(("_key", "_keys"))]


def _own_name(key: str) -> str:
    plain = key.removeprefix("num_")
    return SIGNS.get(plain, plain.upper() if len(plain) < 4 else plain.capitalize())
