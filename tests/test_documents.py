"""The documents are true: their commands exist, their code runs, what they show is what comes.

A block of code is run, unless a comment in the line before says why not; then its commands are
still read by the commands' own parsers. The blocks of one document run in order in one folder,
which has the project's protocols. A `text` block after a block that ran is what that printed on
stdout: in it, `...` stands for any text within a line, or alone in a line for any lines.
"""

from __future__ import annotations

import importlib
import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from packaging.requirements import Requirement

from elicit.protocol.key_tables import key_tables
from elicit.protocol.study_protocol import json_schema, load
from tests.helpers.commands import run_here
from tests.helpers.documents import (
    DOCUMENTS,
    ROOT,
    CodeBlock,
    between_marks,
    heading_anchors,
    output_pattern,
    read_blocks,
    read_commands,
    read_inline_code,
    read_links,
)
from tests.test_rooms import ARROWS, modules

OWN = ("elicit", "learn")  # commands
OTHERS = {".", "mypy", "pip", "pre-commit", "pytest", "python", "python3", "ruff", "torchrun"}
PUBLISHED = re.compile(r"(hmix|h-mix|cifar)\b|cifar10h|cifar10$|test_indices")
MOST_CHARACTERS = 5000  # of README.md
TRAINS = ("TUTORIAL.md", "learn/README.md")  # a network
NO_SCREEN = ("DISPLAY", "WAYLAND_DISPLAY", "ELICIT_CIFAR10")

Words = Sequence[str]


def _opens_a_window(words: Words) -> bool:
    opens = words[:2] in (["elicit", "check"], ["elicit", "calibrate"])
    return opens or "--window" in words or "--autopilot" in words


# Why a block is not run, and what one of its commands must be.
REASONS: dict[str, Callable[[Words], bool]] = {
    "installs packages": lambda words: words[:2] == ["pip", "install"],
    "runs the tests": lambda words: words[0] == "pytest" or words[1:3] == ["-m", "pytest"],
    "needs a person": lambda words: words[:2] == ["elicit", "run"] and "--autopilot" not in words,
    "needs a window": _opens_a_window,
    "needs a run folder": lambda words: words[:2] == ["learn", "observe"],
    "needs the published data": lambda words: (
        any(map(PUBLISHED.search, words[1:])) or words[1:2] == ["learn/results/make_results.py"]
    ),
    "needs a GPU or a cluster": lambda words: (
        words[0] == "torchrun" or bool({"--graphs", "slurm"} & {*words})
    ),
    "takes minutes": lambda words: words[:2] == ["elicit", "plan"],
}


def reason_of(block: CodeBlock) -> str:
    """Return why a block is not run; "" where it is."""
    return "runs the tests" if block.mark == "tests" else block.mark.partition("not run: ")[2]


# -- commands that documents name


def app_of(name: str) -> typer.Typer:
    """Return a command's app."""
    app: typer.Typer = importlib.import_module(f"{name}.cli").app
    return app


def parse(words: Words) -> None:
    """Have a command's own parser read its words, as far as it goes without running it."""
    name, *arguments = words
    group: Any = typer.main.get_command(app_of(name))
    context = group.make_context(name, list(arguments))
    called, command, rest = group.resolve_command(context, list(arguments))
    command.make_context(called, rest, parent=context)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_of_a_block_is_read_by_its_own_parser(document: str) -> None:
    for block, words in read_commands(read_blocks(document)):
        own = words
        if words[:1] == ["torchrun"] or words[:2] == ["python", "-m"]:
            own = words[words.index("-m") + 1 :]
        if own[0] in OWN:
            try:
                parse(own)
            except Exception as error:
                raise AssertionError(f"{block.place}: {' '.join(words)}: {error!r}") from error
        else:
            assert words[0] in OTHERS, f"{block.place}: {words[0]}: may not be read here"


@pytest.mark.parametrize(
    "words",
    [("learn", "relabel"), ("learn", "relabel", "logs", "--nosuch"), ("learn", "nosuch"),
     ("elicit", "run", "x.yaml", "--screen", "left"), ("elicit", "plan")],
)  # fmt: skip
def test_the_parser_refuses_what_a_command_would(words: Words) -> None:
    with pytest.raises(Exception, match=r"(?i)no such|missing|not a valid|should be a valid"):
        parse(words)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_and_option_in_the_text_exists(document: str) -> None:
    groups: dict[str, Any] = {name: typer.main.get_command(app_of(name)) for name in OWN}
    commands = {
        (name, called): command
        for name, group in groups.items()
        for called, command in group.commands.items()
    }
    options = {
        name: {
            each
            for parameter in command.params
            for each in (*parameter.opts, *parameter.secondary_opts)
        }
        for name, command in [*commands.items(), *((name, groups[name]) for name in OWN)]
    }
    every = set().union(*options.values(), {"--help"})
    for code in read_inline_code(document):
        words = code.split()
        named = re.findall(r"(?:^| )(--[a-z][a-z-]*)", code)
        if words[0] not in OWN or len(words) == 1:
            if code.startswith("--"):
                assert set(named) <= every, f"{document}: `{code}`"
            continue
        if words[1].startswith("-"):
            known = options[words[0]]
        else:
            assert (words[0], words[1]) in commands, f"{document}: `{code}`"
            known = options[words[0], words[1]]
        assert set(named) <= known | {"--help"}, f"{document}: `{code}`"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_block_that_is_not_run_has_a_reason_that_holds(document: str) -> None:
    for block in read_blocks(document):
        reason = reason_of(block)
        if reason:
            assert reason in REASONS, block.place
            commands = [words for _, words in read_commands([block])]
            assert any(REASONS[reason](words) for words in commands), f"{block.place}: {reason}"
        elif block.language == "yaml":
            assert block.mark.startswith(("file: ", "part of: ")), block.place
        else:
            assert block.language in {"sh", "python", "text", ""}, block.place
            assert block.mark == "", block.place


# -- blocks that run


def hide_packages_beside(monkeypatch: pytest.MonkeyPatch, extra: str) -> None:
    """Let no package be imported but what `pip install ".[extra]"` and the tests themselves need.

    As on a fresh machine that has nothing else: an import of another package fails.
    """
    kept = {*_installed_with("human-mixup", extra), *_installed_with("pytest", "")}
    for module, owners in metadata.packages_distributions().items():
        if not {_normalise(owner) for owner in owners} & kept and module.isidentifier():
            monkeypatch.setitem(sys.modules, module, None)


def _installed_with(package: str, extra: str) -> set[str]:
    """Return a package and all that it requires with an extra, however indirectly."""
    found, waiting = set[str](), [(package, extra)]
    while waiting:
        name, its_extra = waiting.pop()
        if _normalise(name) in found and not its_extra:
            continue
        found.add(_normalise(name))
        try:
            required = [Requirement(each) for each in metadata.requires(name) or ()]
        except metadata.PackageNotFoundError:  # of another system, or an option not installed
            continue
        for each in required:
            if each.marker is None or each.marker.evaluate({"extra": its_extra}):
                waiting += [(each.name, one) for one in (*each.extras, "")]
    return found


def _normalise(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


class Folder:
    """Runs the blocks of one document in one folder, in order."""

    def __init__(self, folder: Path) -> None:
        """Copy the protocols."""
        self.folder = folder
        shutil.copytree(ROOT / "protocols", folder / "protocols")
        self.names: dict[str, Any] = {}
        kept = {name: value for name, value in os.environ.items() if name not in NO_SCREEN}
        kept["PYTHONPATH"] = str(ROOT)  # where the project is not installed, in another folder too
        home = {"HOME": str(folder), "XDG_CACHE_HOME": str(folder / "cache"), "COLUMNS": "160"}
        self.environment = kept | home

    def run(self, block: CodeBlock) -> str:
        """Run a block, and return what it printed on stdout."""
        if block.language == "python":
            out = io.StringIO()
            with redirect_stdout(out):
                exec(compile(block.text, block.place, "exec"), self.names)
            return out.getvalue()
        if block.language == "yaml":
            self._read(block)
            return ""
        return "".join(self._command(block, words) for _, words in read_commands([block]))

    def _command(self, block: CodeBlock, words: Words) -> str:
        ended = run_here(words[0], tuple(words[1:]), self.environment)
        assert ended.code == 0, f"{block.place}: {' '.join(words)}\n{ended.said}"
        return ended.shown

    def _read(self, block: CodeBlock) -> None:
        kind, name = block.mark.split(": ")
        if kind == "file":
            (self.folder / name).write_text(block.text, encoding="utf-8")
            return
        whole = yaml.safe_load((self.folder / "protocols" / name).read_text(encoding="utf-8"))
        path = self.folder / "part.yaml"
        path.write_text(yaml.safe_dump(whole | yaml.safe_load(block.text)), encoding="utf-8")
        load(path)  # ends with an error where the part does not fit


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(document, marks=[pytest.mark.slow] if document in TRAINS else [])
        for document in DOCUMENTS
    ],
)
def test_the_blocks_of_a_document_run_in_order_and_print_what_it_shows(
    document: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks = [block for block in read_blocks(document) if block.language]
    runs = [block for block in blocks if block.language != "text" and not reason_of(block)]
    assert any("learn train" in block.text for block in runs) == (document in TRAINS)
    if document in TRAINS:
        pytest.importorskip("torch")
    if find_spec("psychopy") is None and any("1024x600" in block.text for block in blocks):
        pytest.skip("PsychoPy is not installed, so nobody knows which windows a protocol fits")
    monkeypatch.chdir(tmp_path)
    if document in TRAINS:
        hide_packages_beside(monkeypatch, "learn")
    folder, printed = Folder(tmp_path), None
    for block in blocks:
        if block.language != "text":
            printed = None if reason_of(block) else folder.run(block)
        elif document != "README.md":  # what its first job prints is the next test's
            assert printed is not None, f"{block.place}: nothing ran that could print this"
            fits = output_pattern(block.text).fullmatch(printed)
            assert fits, f"{block.place}: the command printed\n{printed}"


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="Xvfb is not installed")
def test_the_first_job_of_readme_prints_what_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("psychopy")
    job, shown = (
        block
        for block in read_blocks("README.md")
        if "--autopilot" in block.text or block.language == "text"
    )
    folder = Folder(tmp_path)
    monkeypatch.chdir(tmp_path)
    commands = [words for _, words in read_commands([job]) if words[0] in OWN]
    assert [words[0] for words in commands] == ["elicit", "learn"]
    printed = ""
    for name, *arguments in commands:
        ended = subprocess.run(
            [sys.executable, "-m", name, *arguments],
            env=folder.environment, capture_output=True, encoding="utf-8", check=False,
        )  # fmt: skip
        assert (ended.returncode, ended.stderr) == (0, "")
        printed += ended.stdout
    assert output_pattern(shown.text).fullmatch(printed), printed


def test_three_dots_stand_for_any_text_of_a_line_and_alone_for_any_lines() -> None:
    shown = output_pattern("a ... c\n...\nend\n")
    assert shown.fullmatch("a b c  \nend\n")
    assert shown.fullmatch("a  c\none\n\ntwo\nend\n")
    assert not shown.fullmatch("a b\nc\nend\n")
    assert not shown.fullmatch("a b c\nend\nmore\n")
    assert not shown.fullmatch("a.b.c\nend\n")


# -- links, paths and names


@pytest.mark.parametrize("document", [*DOCUMENTS, "CHANGELOG.md"])
def test_links_and_paths_lead_somewhere(document: str) -> None:
    here = (ROOT / document).parent
    for target in read_links(document):
        path, _, anchor = target.partition("#")
        linked = (here / path).resolve() if path else ROOT / document
        assert linked.exists(), f"{document}: {target}"
        if anchor:
            assert anchor in heading_anchors(str(linked.relative_to(ROOT))), target
    for code in read_inline_code(document):
        if re.fullmatch(r"(elicit|learn|stimuli|tests|protocols)/[\w./]*", code):
            assert (ROOT / code).exists(), f"{document}: `{code}`"
        if re.fullmatch(r"(elicit|learn|stimuli|tests)(\.\w+)+", code):
            module = ROOT / code.replace(".", "/")
            assert module.is_dir() or module.with_suffix(".py").is_file(), f"{document}: `{code}`"


def test_the_recipes_name_what_their_files_hold() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `((?:elicit|learn|tests)/[^`]*)` \| (.*) \|$", text, re.MULTILINE)
    assert len(rows) > 15
    for path, what in rows:
        if (ROOT / path).is_file():
            content = (ROOT / path).read_text(encoding="utf-8")
            for name in re.findall(r"`(\w+)(?:\(\))?`", what):
                assert re.search(rf"\b{name}\b", content) or path.endswith(".md"), f"{path}: {name}"


# -- what each document must have


def rooms() -> dict[str, list[str]]:
    """Return the rooms of each package."""
    packages = ("stimuli", "elicit", "learn")
    return {
        package: sorted(each.parent.name for each in (ROOT / package).glob("*/__init__.py"))
        for package in packages
    }


def test_readme_is_a_front_page_that_names_every_room_once() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text) <= MOST_CHARACTERS
    (tree,) = (block for block in read_blocks("README.md") if not block.language)
    package, listed = "", dict[str, list[str]]()
    for line in tree.text.splitlines():
        name = re.match(r"( *)(\w+)/ ", line)
        assert name, line
        if not name[1]:
            package = name[2]
            assert (ROOT / package).is_dir(), line
        else:
            listed.setdefault(package, []).append(name[2])
    assert {package: sorted(names) for package, names in listed.items()} == rooms()
    for package, names in listed.items():
        floor = {f"{package}.{name}": number for number, name in enumerate(names)}
        for room, number in floor.items():  # from the top floor to the ground
            below = [floor[each] for each in ARROWS.get(room, "").split() if each in floor]
            assert all(number < each for each in below), room
    for path in ("elicit/session/records.py", "learn/labels/relabel.py"):
        assert f"`{path}`" in text
    assert "`learn/training/batches.py`" in text


def test_the_tables_of_protocol_keys_are_up_to_date() -> None:
    printed = key_tables(json_schema())
    assert between_marks("protocols/README.md", "keys") == printed, (
        "put what `elicit schema --markdown` prints between <!-- keys --> and <!-- end -->"
    )


def test_every_protocol_and_observer_and_policy_has_a_row() -> None:
    from elicit.observers import OBSERVERS
    from learn.policies.policy import POLICY_NAMES

    wanted = {
        "protocols/README.md": [path.name for path in (ROOT / "protocols").glob("*.yaml")],
        "elicit/README.md": list(OBSERVERS),
        "learn/README.md": list(POLICY_NAMES),
    }
    for document, names in wanted.items():
        text = (ROOT / document).read_text(encoding="utf-8")
        first = " ".join(re.findall(r"^\| (`[^|]*) \|", text, re.MULTILINE))
        assert [name for name in names if f"`{name}`" not in first] == []


def test_the_glossary_explains_the_terms() -> None:
    text = (ROOT / "learn/README.md").read_text(encoding="utf-8").partition("## Glossary")[2]
    terms = ("lambda_f", "lambda_g", "omega", "endpoint", "blend", "PSE", "policy",
             "label type", "slot", "batch")  # fmt: skip
    assert [term for term in terms if not re.search(rf"^\| `?{term}`?\b", text, re.M)] == []


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bash") is None, reason="bash runs .ci/run")
def test_ci_finds_the_test_command_in_readme() -> None:
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")
    (line,) = re.findall(r"^command=.*$", script, re.MULTILINE)
    found = subprocess.run(
        ["bash", "-c", f'{line}; printf "%s\\n" "$command"'],
        cwd=ROOT, capture_output=True, encoding="utf-8", check=True,
    ).stdout  # fmt: skip
    (block,) = (block for block in read_blocks("README.md") if block.mark == "tests")
    assert found == block.text


def test_version_and_date_are_the_same_everywhere() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (version,) = re.findall(r'^version = "(.*)"$', project, re.MULTILINE)
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    unreleased, *releases = re.findall(r"^## (.*)$", changes, re.MULTILINE)
    assert unreleased == "Unreleased"
    assert releases[0] == f"{version} - {citation['date-released']}"
    assert citation["version"] == version


def test_extras_that_documents_install_exist() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    optional = project.partition("[project.optional-dependencies]")[2].partition("\n[")[0]
    extras = set(re.findall(r"^([\w-]+) = \[", optional, re.MULTILINE))
    named = [
        extra
        for document in DOCUMENTS
        for found in re.findall(r'"\.\[([\w,]+)\]"', (ROOT / document).read_text("utf-8"))
        for extra in found.split(",")
    ]
    assert named
    assert set(named) <= extras


def test_nothing_tells_to_install_a_package_that_no_index_has() -> None:
    texts = [*(ROOT / document for document in DOCUMENTS), *modules().values()]
    told = {
        path.relative_to(ROOT).as_posix(): found
        for path in texts
        if (found := re.findall(r"pip install ['\"]?human", path.read_text(encoding="utf-8")))
    }
    assert told == {}  # this project is installed from its folder: pip install ".[extra]"
