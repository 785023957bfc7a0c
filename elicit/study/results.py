"""What is left in a study folder of a participant who withdrew: results that `learn` wrote there.

Results are not deleted, as each holds others' answers too, and an exclusion list may be edited by
hand. They are named, each with the command that makes it anew.
"""

from __future__ import annotations

import mmap
import os
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from elicit.log.data_folder import is_session_file

_REPORT = "learn report {logs} --out {path}"
# What each command of `learn` calls what it writes, and how it is given again.
MADE_BY: tuple[tuple[str, str], ...] = (
    (r"(exclusions|scores|results)\.csv|criteria\.yaml", "learn qc {logs} --out {folder}"),
    (r".+\.html", _REPORT),
    (r"points\.csv|own_points\.csv", "learn pse {logs} --out {folder}"),
    (
        r"(labels|judgements)\.(csv|parquet|npz)|README\.md|croissant\.json",
        "learn relabel {logs} --out {folder}",
    ),
    (r"policies\.csv", "learn compare-policies {logs} --out {folder}"),
    (r".*policy.*\.json", "learn fit-policy {logs} --out {path}"),
    (r"(run|result)\.json|metrics\.csv|checkpoint.*\.pt", "learn train, on labels made anew"),
    (r"(table\d|.+_runs|.+_differences)\.(csv|md)", "learn table1 or table2, on labels made anew"),
)
MAX_LISTED = 6  # files of a folder
_BESIDE_PAGE = ("_numbers", "_figures")  # the folders beside a report's page end in these
_OWN = frozenset({"README.md", "dataset_description.json", "withdrawn.csv", "withdrawn_torn.txt"})


@dataclass(frozen=True)
class Result:
    """Files that one command wrote into one folder."""

    command: str  # that makes them anew; blank where not known
    folder: Path
    files: tuple[Path, ...]
    naming: tuple[Path, ...]  # those of them that have the participant's id in them

    def describe(self, participant: str) -> str:
        """Return where they are and what to do, in one line."""
        named = f"{_list(self.naming)} {'names' if len(self.naming) == 1 else 'name'} {participant}"
        if not self.command:
            return f"{self.folder}: {named}; see what it is, and delete it or that part of it"
        words = f"; {named}" if self.naming else ""
        return (
            f"{self.folder}: {_list(self.files)}: may count {participant}'s answers{words}; make "
            f"anew, with the options you gave: {self.command}"
        )


def _list(files: Sequence[Path]) -> str:
    more = f" and {len(files) - MAX_LISTED} more" if len(files) > MAX_LISTED else ""
    return ", ".join(path.name for path in files[:MAX_LISTED]) + more


def find_results(folder: Path, participant: str) -> list[Result]:
    """Return what may hold something of a participant whose own files are deleted.

    That is every file with the participant's id in it, and all that `learn` wrote into the study
    folder, sorted by folder.

    Args:
        folder: of the study.
        participant: whose id.

    Raises:
        OSError: a folder cannot be read.
    """
    found: dict[tuple[Path, str], list[Path]] = defaultdict(list)
    naming = set()
    own = re.escape(participant.encode())
    anywhere = re.compile(
        rb"(?<![A-Za-z0-9])(?<![0-9eE][.+-])" + own + rb"(?![A-Za-z0-9]|[.+-][0-9])"
    )
    first_cell = re.compile(rb"^" + own + rb",", re.MULTILINE)
    for path, beside in _list_files(folder):
        inner = path.relative_to(folder)
        of_session = inner.parts[0] == "data" and is_session_file(path.name)
        names = holds(path, first_cell if of_session else anywhere)
        apart = inner.parts[0] in {"data", "allocation"}
        command = "" if apart else _command(folder, path, beside)
        if names or f"subject-{participant}_" in path.name:
            naming.add(path)
        if command or path in naming:
            found[path.parent, command].append(path)
    return [
        Result(command, place, tuple(files), tuple(path for path in files if path in naming))
        for (place, command), files in sorted(found.items())
    ]


def _list_files(folder: Path) -> Iterator[tuple[Path, Collection[str]]]:
    """Return every file but a study's own, each with the names of all in its folder."""

    def fail(error: OSError) -> None:
        raise error

    for place, folders, names in os.walk(folder, onerror=fail):
        folders.sort()
        beside = {*folders, *names}
        own = _OWN if Path(place) == folder else frozenset()
        yield from ((Path(place, name), beside) for name in sorted(names) if name not in own)


def holds(path: Path, pattern: re.Pattern[bytes]) -> bool:
    """Whether a file has text of a pattern in it; one that cannot be read may have."""
    try:
        if not path.is_file() or path.stat().st_size == 0:  # a pipe is not opened
            return False
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
            return pattern.search(text) is not None
    except FileNotFoundError:  # it is gone, or has another name by now
        return False
    except OSError:
        return True


def _command(folder: Path, path: Path, beside: Collection[str]) -> str:
    """Return the command that makes a file of a study folder anew; blank where not known."""
    if path.parent != folder and path.parent.name.endswith(_BESIDE_PAGE):
        page = path.parent.name.rpartition("_")[0]
        return _REPORT.format(logs=folder, path=path.parent.with_name(f"{page}.html"))
    for pattern, command in MADE_BY:
        if re.fullmatch(pattern, path.name) and _is_result(path.name, beside):
            return command.format(logs=folder, folder=path.parent, path=path)
    return ""


def _is_result(name: str, beside: Collection[str]) -> bool:
    """Whether a file that many programs write is one of `learn`, by what lies beside it."""
    if name in {"README.md", "croissant.json"}:
        return "labels.npz" in beside
    if name.endswith(".html"):
        return f"{name.removesuffix('.html')}{_BESIDE_PAGE[0]}" in beside
    return True
