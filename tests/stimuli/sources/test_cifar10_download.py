"""CIFAR-10 downloaded once into the user's cache, by the real torchvision from a local server."""

import hashlib
import importlib.util
import sys
import tarfile
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stimuli.errors import StimulusError
from stimuli.sources.cifar10_download import cache_folder, fetch_cifar10
from stimuli.sources.endpoints import open_source
from tests.stimuli.helpers.cifar_files import some_images, write_binary, write_python

IMAGES, LABELS = some_images(4), [3, 5, 3, 9]
needs_torchvision = pytest.mark.skipif(
    importlib.util.find_spec("torchvision") is None, reason="torchvision is not installed"
)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache folder of a user who has nothing yet."""
    for variable in ("HOME", "USERPROFILE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(variable, str(tmp_path / "home"))
    monkeypatch.delenv("ELICIT_CIFAR10", raising=False)
    return cache_folder()


class Server(ThreadingHTTPServer):
    """Serves a folder and counts what it is asked for."""

    requests: list[str]


class Handler(SimpleHTTPRequestHandler):
    """Answers, and notes each request instead of printing it."""

    def log_message(self, *_: object) -> None:
        assert isinstance(self.server, Server)
        self.server.requests.append(self.requestline)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A small CIFAR-10 packed like the official one."""
    folder = write_python(tmp_path / "packed", IMAGES, LABELS)
    packed = tmp_path / "served" / "cifar-10-python.tar.gz"
    packed.parent.mkdir()
    with tarfile.open(packed, "w:gz") as tar:
        tar.add(folder, folder.name)
    return packed


@pytest.fixture
def server(archive: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A local server, the one place where torchvision looks for CIFAR-10."""
    handler = partial(Handler, directory=str(archive.parent))
    with Server(("127.0.0.1", 0), handler) as serving:
        serving.requests = []
        expect(monkeypatch, archive, serving.server_port)
        thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield serving
        serving.shutdown()
        thread.join()


def expect(monkeypatch: pytest.MonkeyPatch, archive: Path, port: int) -> None:
    """Point torchvision to `port` and tell it the checksums of the small archive."""
    datasets: Any = pytest.importorskip("torchvision.datasets")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    unpacked = archive.parents[1] / "packed" / "cifar-10-batches-py"
    for key, value in {
        "url": f"http://127.0.0.1:{port}/{archive.name}",
        "tgz_md5": md5(archive),
        "train_list": [],
        "test_list": [["test_batch", md5(unpacked / "test_batch")]],
        "meta": {
            "filename": "batches.meta",
            "key": "label_names",
            "md5": md5(unpacked / "batches.meta"),
        },
    }.items():
        monkeypatch.setattr(datasets.CIFAR10, key, value)


def md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()


def assert_nothing_is_left(cache: Path) -> None:
    assert not cache.exists() or not list(cache.iterdir())


@needs_torchvision
def test_cifar10_is_downloaded_once(
    cache: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    first = open_source("cifar10")
    asked = len(server.requests)
    assert asked > 0
    second = open_source("cifar10")
    assert len(server.requests) == asked
    for source in (first, second):
        assert np.array_equal([source.image(n) for n in range(4)], IMAGES)
    told = f"cifar10: downloading about 170 MB to {cache}\n"
    assert capsys.readouterr().err.count(told) == 1


@needs_torchvision
def test_a_download_leaves_only_the_unpacked_folder(cache: Path, server: Server) -> None:
    open_source("cifar10")
    assert [entry.name for entry in cache.iterdir()] == ["cifar-10-batches-py"]


@needs_torchvision
def test_a_download_with_a_wrong_checksum_is_thrown_away(
    cache: Path, server: Server, archive: Path
) -> None:
    archive.write_bytes(archive.read_bytes()[:-100])
    with pytest.raises(StimulusError, match=r"the download failed .*corrupted") as told:
        open_source("cifar10")
    assert "\n" not in str(told.value)
    assert_nothing_is_left(cache)


@needs_torchvision
def test_a_batch_that_does_not_match_its_checksum_is_thrown_away(
    cache: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    datasets: Any = pytest.importorskip("torchvision.datasets")
    monkeypatch.setattr(datasets.CIFAR10, "test_list", [["test_batch", "0" * 32]])
    with pytest.raises(StimulusError, match="the download failed"):
        open_source("cifar10")
    assert_nothing_is_left(cache)


@needs_torchvision
def test_after_a_failed_download_the_next_one_may_succeed(
    cache: Path, server: Server, archive: Path
) -> None:
    whole = archive.read_bytes()
    archive.write_bytes(whole[:-100])
    with pytest.raises(StimulusError, match="the download failed"):
        open_source("cifar10")
    archive.write_bytes(whole)
    assert open_source("cifar10").class_of(3) == "truck"


@needs_torchvision
def test_a_missing_network_is_told_in_one_line_with_the_ways_on(
    cache: Path, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Server(("127.0.0.1", 0), Handler) as closed:
        port = closed.server_port
    expect(monkeypatch, archive, port)
    ways_on = "cifar-10-batches-py or cifar-10-batches-bin, or use --stimuli pictograms"
    with pytest.raises(StimulusError, match=f"download failed .*refused.*{ways_on}") as told:
        open_source("cifar10")
    assert "\n" not in str(told.value)
    assert_nothing_is_left(cache)


@needs_torchvision
def test_what_a_killed_download_leaves_is_not_taken_for_cifar10(
    cache: Path, server: Server
) -> None:
    write_python(cache / "unfinished-abc", IMAGES[:1], LABELS[:1])
    open_source("cifar10")
    assert server.requests


@needs_torchvision
def test_a_size_cifar10_does_not_have_is_told_before_the_download(
    cache: Path, server: Server
) -> None:
    with pytest.raises(StimulusError, match="image_size must be 32, got 64"):
        open_source("cifar10", image_size=64)
    assert not server.requests


def test_without_torchvision_the_ways_on_are_told_in_one_line(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torchvision", None)
    told = "only torchvision, which the learn extra installs.*point --stimuli.*--stimuli pictograms"
    with pytest.raises(StimulusError, match=told) as line:
        open_source("cifar10")
    assert "\n" not in str(line.value)
    assert_nothing_is_left(cache)


def test_a_cached_cifar10_needs_no_torchvision(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torchvision", None)
    write_python(cache, IMAGES, LABELS)
    assert fetch_cifar10() == cache
    assert open_source("cifar10").class_of(0) == "cat"


def test_the_folder_that_the_environment_names_comes_before_the_cache(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_python(cache, IMAGES, LABELS)
    write_binary(tmp_path / "mine", IMAGES[:1], LABELS[:1])
    monkeypatch.setenv("ELICIT_CIFAR10", str(tmp_path / "mine"))
    assert fetch_cifar10() == tmp_path / "mine"


def test_an_environment_that_names_no_cifar10_is_told_so(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_python(cache, IMAGES, LABELS)
    monkeypatch.setenv("ELICIT_CIFAR10", str(tmp_path / "nothing"))
    with pytest.raises(
        StimulusError, match=r"^ELICIT_CIFAR10: must be a folder that holds .*nothing"
    ):
        open_source("cifar10")


def test_an_empty_environment_variable_names_nothing(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_python(cache, IMAGES, LABELS)
    monkeypatch.setenv("ELICIT_CIFAR10", "")
    assert fetch_cifar10() == cache


@pytest.mark.parametrize(
    ("platform", "parts"),
    [
        ("win32", ("local", "human-mixup")),
        ("darwin", ("home", "Library", "Caches", "human-mixup")),
        ("linux", ("xdg", "human-mixup")),
    ],
)
def test_downloads_are_kept_where_the_system_keeps_them(
    platform: str, parts: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    assert cache_folder() == tmp_path.joinpath(*parts)


def test_without_a_cache_variable_downloads_are_kept_in_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.delenv("LOCALAPPDATA", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert cache_folder() == tmp_path / ".cache" / "human-mixup"
    monkeypatch.setattr(sys, "platform", "win32")
    assert cache_folder() == tmp_path / "AppData" / "Local" / "human-mixup"
