"""Which computer this is: an id of its own, as two computers may have one name.

The id is made once and kept in the user's state folder. A disk image that was copied to another
computer takes the file with it; so the file states the network cards beside the id, and a computer
that has none of them makes an id of its own.
"""

from __future__ import annotations

import json
import os
import platform
import re
import sys
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from elicit.log import files as disk
from stimuli.windows_files import make_folder

FOLDER = "human-mixup"  # in the user's state folder
NO_HOST = "HUMAN_MIXUP_NO_HOST"  # environment variable: set by --no-host, for every process below
NO_HOST_HELP = (
    "Write neither this computer's name nor the folders of paths into any file: a part of a random "
    "id stands for the name, a file's own name for its path."
)
_FOLDERS = re.compile(r"(?:[A-Za-z]:[\\/]|(?<![\w.])(?:\.\.)?[/\\])(?:[^:'\"\n]*[/\\])?")


@dataclass(frozen=True)
class Station:
    """A computer that sessions run on."""

    name: str  # others may have it, too
    id: str  # nobody else has it

    def record(self) -> dict[str, str]:
        """Return what a file states of it."""
        return {"station": self.name, "station_id": self.id}

    def is_that_of(self, record: Mapping[str, Any]) -> bool:
        """Whether a file states this computer; one that states no id may mean another."""
        return record.get("station_id") == self.id


def hide_host(wanted: bool) -> None:
    """Have this process and those that it starts leave the host out of what they write."""
    if wanted:
        os.environ[NO_HOST] = "1"


def hides_host() -> bool:
    """Whether this computer's name and its folders are left out of files."""
    return os.environ.get(NO_HOST, "").lower() not in {"", "0", "false", "no"}


def hide_paths(text: str) -> str:
    """Return a text without the folders of its paths, where the host is to be left out.

    A path that leads from the folder at hand downwards stays: it tells nothing of the computer.
    """
    return _FOLDERS.sub("", text) if hides_host() else text


def this_station() -> Station:
    """Return this computer; where its id cannot be kept, one that no other process has.

    Where the host is to be left out, a part of the id is its name.
    """
    station = _known_station(platform.node())
    return replace(station, name=f"station-{station.id[:8]}") if hides_host() else station


@cache
def _known_station(name: str) -> Station:
    try:
        return Station(name, _read_or_make_id(_name_file("station", name), network_cards()))
    except (OSError, RuntimeError):  # RuntimeError: the user has no home folder
        return Station(name, uuid.uuid4().hex)


def find_state_file(kind: str) -> Path:
    """Return where this computer keeps a file of a kind, such as its screens.

    Raises:
        RuntimeError: the user has no home folder.
    """
    return _name_file(kind, platform.node())


def state_folder() -> Path:
    """Return where programs keep what they need again, for this user alone.

    Raises:
        RuntimeError: the user has no home folder.
    """
    if sys.platform == "win32":
        kept = os.environ.get("LOCALAPPDATA")
        return Path(kept or Path.home() / "AppData" / "Local") / FOLDER
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / FOLDER
    kept = os.environ.get("XDG_STATE_HOME", "")
    return (Path(kept) if Path(kept).is_absolute() else Path.home() / ".local" / "state") / FOLDER


def network_cards() -> list[str]:
    """Return the hardware addresses of this computer's network cards; empty where not known."""
    found = []
    for card in sorted(Path("/sys/class/net").glob("*/device")):
        try:
            found.append(card.with_name("address").read_text(encoding="ascii").strip())
        except OSError:
            continue
    if not found:
        address = uuid.getnode()
        is_random = bool(address >> 40 & 1)  # such as no card has
        found = [] if is_random else [f"{address:012x}"]
    return found


def _read_or_make_id(path: Path, cards: list[str]) -> str:
    """Return the id that a file keeps; it is made where there is none for these cards.

    Raises:
        OSError: it can be neither read nor kept.
    """
    kept = disk.read_json(path)
    if _is_of(kept, cards):
        return str(kept["id"])
    made = uuid.uuid4().hex
    text = json.dumps({"id": made, "network_cards": cards}) + "\n"
    make_folder(path.parent)
    try:
        disk.write_new(path, text)
    except FileExistsError:  # another process was faster, or it is another computer's, or damaged
        kept = disk.read_json(path)
        if _is_of(kept, cards):
            return str(kept["id"])
        disk.replace(path, text)
    return made


def _is_of(kept: Mapping[str, Any], cards: list[str]) -> bool:
    """Whether a file keeps the id of the computer with these network cards."""
    theirs = kept.get("network_cards")
    if not isinstance(kept.get("id"), str) or not isinstance(theirs, list):
        return False
    return not theirs or not cards or bool(set(theirs) & set(cards))


def _name_file(kind: str, name: str) -> Path:
    """Return where a computer keeps a file: computers may share a home folder, so by their name.

    Raises:
        RuntimeError: the user has no home folder.
    """
    return state_folder() / f"{kind}-{re.sub('[^A-Za-z0-9.-]+', '-', name)[:64]}.json"
