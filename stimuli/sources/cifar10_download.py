"""CIFAR-10 from the user's cache folder, downloaded into it the first time."""

import importlib
import importlib.util
import os
import sys
import tempfile
import warnings
from pathlib import Path

from stimuli.errors import StimulusError
from stimuli.sources.cifar10 import FOLDERS, find_cifar10
from stimuli.windows_files import make_folder

_WAYS_ON = (
    f"point --stimuli to a folder that holds {FOLDERS[0]} or {FOLDERS[1]}, "
    "or use --stimuli pictograms"
)


def fetch_cifar10() -> Path:
    """Return a folder that holds CIFAR-10.

    Looked for in the folder that the environment variable ELICIT_CIFAR10 names, if it is set;
    else in the user's cache folder, where torchvision, if installed, downloads it to.

    Raises:
        StimulusError: ELICIT_CIFAR10 names another folder, torchvision is missing, or the
            download failed.
    """
    named = os.environ.get("ELICIT_CIFAR10")
    if named:
        folder = Path(named).expanduser()
        if find_cifar10(folder) is None:
            raise StimulusError(
                f"ELICIT_CIFAR10: must be a folder that holds {FOLDERS[0]} or {FOLDERS[1]}, "
                f"got {named!r}; unset it, or {_WAYS_ON}"
            )
        return folder
    cache = cache_folder()
    if find_cifar10(cache) is None:
        _download(cache)
    return cache


def cache_folder() -> Path:
    """Return where this system keeps a user's downloads: a folder named human-mixup."""
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        parent = Path(local) if local else Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        parent = Path.home() / "Library" / "Caches"
    else:
        xdg = os.environ.get("XDG_CACHE_HOME")
        parent = Path(xdg) if xdg else Path.home() / ".cache"
    return parent / "human-mixup"


def _download(cache: Path) -> None:
    if importlib.util.find_spec("torchvision") is None:
        raise StimulusError(
            f"cifar10: not in {cache}, and only torchvision, which the learn extra installs, can "
            f"download it; install that, {_WAYS_ON}"
        )
    print(f"cifar10: downloading about 170 MB to {cache}", file=sys.stderr, flush=True)
    try:
        _fetch(cache)
    except Exception as error:  # no network, bad checksum, full disk, a torch that cannot load
        reason = " ".join(str(error).split()) or type(error).__name__
        raise StimulusError(
            f"cifar10: not in {cache}, and the download failed ({reason}); "
            f"try again with a network, {_WAYS_ON}"
        ) from error


def _fetch(cache: Path) -> None:
    """Let torchvision download, verify and unpack, then move the whole folder into the cache.

    It works in a folder of its own, so what an interrupted download leaves is never found.
    """
    make_folder(cache)
    datasets = importlib.import_module("torchvision.datasets")
    with tempfile.TemporaryDirectory(prefix="unfinished-", dir=cache) as unfinished:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its unpickling makes new versions of numpy warn
            datasets.CIFAR10(root=unfinished, train=False, download=True)
        (Path(unfinished) / FOLDERS[0]).replace(cache / FOLDERS[0])
