"""Files that are whole and on disk when a call returns, on local disks, NFS and SMB alike."""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from uuid import uuid4

from stimuli import windows_files
from stimuli.files import read_text
from stimuli.windows_files import check_name, while_open_elsewhere

TEMPORARY = ".tmp-"  # how files begin that are no part of the study
_HALF = re.compile(r"\\u[dD][89a-fA-F]")  # of a character in two parts
ABANDONED_DRAFT_S = 600  # after which no process is writing a draft any more; it takes one far less


def utc_now() -> str:
    """Return the time now, UTC, ISO 8601."""
    return time_of_day(datetime.now(timezone.utc))


def time_of_day(at: datetime) -> str:
    """Return a time, UTC, as every file has it: ISO 8601, to the millisecond."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def write_new(path: Path, text: str, *, durable: bool = True) -> None:
    """Make a file that was not there; others see all of it or nothing.

    Args:
        path: where.
        text: all of it.
        durable: whether to wait until it is on disk; a power cut may take it else.

    Raises:
        FileExistsError: it is there already, or somebody was faster.
        OSError: it cannot be written; nothing is left of it.
    """
    check_name(path)
    with _draft_of(path) as draft:
        _write(draft, text.encode(), durable=durable)
        _name(draft, path)
    if durable:
        sync_folder(path.parent)


def replace(path: Path, content: str | bytes, *, durable: bool = True) -> None:
    """Write a file anew; others see the old one or the new one, never half of either.

    Args:
        path: where.
        content: all of it; text is written in UTF-8.
        durable: whether to wait until it is on disk; a power cut may damage it else.

    Raises:
        OSError: it cannot be written; the old one stays.
    """
    check_name(path)
    with _draft_of(path) as draft:
        _write(draft, content if isinstance(content, bytes) else content.encode(), durable=durable)
        replace_by(draft, path)
    if durable:
        sync_folder(path.parent)


def replace_by(draft: Path, path: Path) -> None:
    """Give a finished draft its name, in the place of what has it; on Windows once nobody reads it.

    Raises:
        OSError: it cannot be done; both stay as they were.
    """
    while_open_elsewhere(path, lambda: draft.replace(path))


def delete(path: Path) -> None:
    """Delete a file, if it is there; on Windows once no other program has it open.

    Raises:
        OSError: it cannot be deleted.
    """
    while_open_elsewhere(path, lambda: path.unlink(missing_ok=True))


def parse_json(text: str) -> Any:
    """Return what a JSON text says.

    Raises:
        ValueError: it is not JSON, is nested too deeply to be anybody's data, or has half a
            character, which no file can hold.
    """
    try:
        content = json.loads(text)
        if _HALF.search(text):
            json.dumps(content, ensure_ascii=False).encode()
    except RecursionError as error:
        raise ValueError("lists or objects are nested too deeply") from error
    except UnicodeEncodeError as error:
        raise ValueError("a text has half a character") from error
    return content


def read_json(path: Path) -> dict[str, Any]:
    """Return a JSON file's content; empty where there is none to read."""
    try:
        return load_json(path)
    except (OSError, ValueError):
        return {}


def load_json(path: Path) -> dict[str, Any]:
    """Return a JSON file's content.

    Raises:
        OSError: it is not there, or cannot be read now.
        ValueError: it is damaged: torn, blank, or no JSON object.
    """
    content = parse_json(read_text(path))
    if not isinstance(content, dict):
        raise ValueError(f"must be a JSON object, got {type(content).__name__}")  # noqa: TRY004
    return content


def sync_everything() -> None:
    """Wait until whatever was written is on disk, where the system can be asked to."""
    if hasattr(os, "sync"):
        os.sync()


def sync_folder(folder: Path) -> None:
    """Wait until a folder's list of files is on disk, where the system can be asked to."""
    if windows_files.WINDOWS:
        return
    with suppress(OSError):  # some network folders refuse it
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def try_out(folder: Path, size: int) -> None:
    """Write `size` bytes into a folder for real, and take them away again.

    Raises:
        OSError: they cannot be written.
    """
    with scratch(folder) as path:
        _write(path, bytes(size))


def now_in(folder: Path) -> float:
    """Return the time now by the clock of the computer that keeps `folder`, seconds since 1970.

    Where nothing can be written there, this computer's clock is all there is.
    """
    try:
        return clock_of(folder)
    except OSError:
        return datetime.now(timezone.utc).timestamp()


def clock_of(folder: Path) -> float:
    """Return the time now by the clock of the computer that keeps `folder`, seconds since 1970.

    Computers of a lab tell different times; ages of files are told by the one that dates them.

    Raises:
        OSError: the folder cannot be written.
    """
    with scratch(folder) as path:
        path.write_bytes(b"now")
        return path.stat().st_mtime


@contextmanager
def scratch(folder: Path) -> Iterator[Path]:
    """Give the path of a file to try something out with, which is no part of the study."""
    draft = _draft(folder)
    try:
        yield draft
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def list_drafts(*folders: Path) -> list[Path]:
    """Return the files in some folders that are no part of the study.

    Raises:
        OSError: a folder that is there cannot be read.
    """
    found = []
    for folder in folders:
        with suppress(FileNotFoundError):
            names = os.listdir(folder)
            found += [folder / name for name in sorted(names) if name.startswith(TEMPORARY)]
    return found


def delete_abandoned_drafts(*folders: Path) -> None:
    """Delete what processes that were killed were writing, where that can be done.

    A process that runs is done with a draft in far less than ABANDONED_DRAFT_S.

    Raises:
        OSError: a folder cannot be read.
    """
    for folder in folders:
        drafts = list_drafts(folder)
        now = now_in(folder) if drafts else 0.0
        for path in drafts:
            with suppress(OSError):  # gone meanwhile, or it can be deleted next time
                if now - path.stat().st_mtime > ABANDONED_DRAFT_S:
                    path.unlink()


def _draft(folder: Path) -> Path:
    return folder / f"{TEMPORARY}{uuid4().hex}"


@contextmanager
def _draft_of(path: Path) -> Iterator[Path]:
    """Give the path of a draft, which is gone afterwards; an error names the file itself."""
    draft = _draft(path.parent)
    try:
        yield draft
    except OSError as error:
        error.filename = str(path)
        raise
    finally:
        with suppress(OSError):  # it is deleted later, as one of a process that was killed
            draft.unlink(missing_ok=True)


def _write(path: Path, content: bytes, *, durable: bool = True) -> None:
    with while_open_elsewhere(path, lambda: path.open("xb", buffering=0)) as file:
        if file.write(content) != len(content):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if durable:
            os.fsync(file.fileno())


def _name(draft: Path, path: Path) -> None:
    """Give a finished draft its name, unless another file has it."""
    try:
        if windows_files.WINDOWS:
            while_open_elsewhere(path, lambda: draft.rename(path))  # which replaces nothing there
        else:
            os.link(draft, path)
    except FileExistsError:
        if draft.exists() and draft.stat().st_nlink > 1:
            return  # the network lost the answer to our own request
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
    except OSError:  # no such links in this folder, as on SMB
        content = draft.read_bytes()
        try:
            _write(path, content)
        except FileExistsError:
            raise
        except OSError:  # a full disk leaves no empty file behind
            path.unlink(missing_ok=True)
            raise
