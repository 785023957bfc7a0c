"""What differs between systems: every file of text names its encoding, as Windows has another."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_rooms import ROOT, modules, syntax_tree

OPENED_AS_BYTES = {"Image", "os", "tarfile", "archive", "made", "sink"}  # own `open`
PROGRAMS = {"run", "Popen", "check_output", "check_call", "call"}


def every_file() -> list[Path]:
    """Return every module of the project, and of its tests."""
    return [*modules().values(), *sorted((ROOT / "tests").rglob("*.py"))]


def find_texts_without_encoding(tree: ast.AST) -> Iterator[str]:
    """Return the calls that read or write text, or a program's output, in the system's encoding."""
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        *owners, name = ast.unparse(call.func).split(".")
        named = {each.arg: each.value for each in call.keywords}
        owner = owners[-1].strip("_") if owners else ""
        text = {
            "open": owner not in OPENED_AS_BYTES and not _is_binary(call, 0 if owners else 1),
            "fdopen": not _is_binary(call, 1),
            "TemporaryFile": not _is_binary(call, 0, "w+b"),
            "NamedTemporaryFile": not _is_binary(call, 0, "w+b"),
            "TextIOWrapper": True,
            "read_text": not call.args and owner != "qc_criteria",
            "write_text": len(call.args) < 2,
        }.get(name, name in PROGRAMS and not {"text", "universal_newlines"}.isdisjoint(named))
        if text and "encoding" not in named:
            yield f"{call.lineno}: {ast.unparse(call)[:80]}"


def _is_binary(call: ast.Call, at: int, otherwise: str = "r") -> bool:
    """Return whether a file is opened for bytes: without a buffer, it cannot be for text."""
    named = {each.arg: each.value for each in call.keywords}
    mode = call.args[at] if len(call.args) > at else named.get("mode", ast.Constant(otherwise))
    return (isinstance(mode, ast.Constant) and "b" in str(mode.value)) or "buffering" in named


def test_every_text_is_read_and_written_in_an_encoding_that_is_named() -> None:
    found = {
        f"{path.relative_to(ROOT).as_posix()}:{place}"
        for path in every_file()
        for place in find_texts_without_encoding(syntax_tree(path))
    }
    assert found == set()


@pytest.mark.parametrize(
    "line",
    [
        "open('a')",
        "path.open('w')",
        "path.read_text()",
        "path.write_text('a')",
        "os.fdopen(3)",
        "subprocess.run(['a'], text=True)",
        "tempfile.TemporaryFile('w+')",
    ],
)
def test_a_text_without_an_encoding_is_found(line: str) -> None:
    assert len(list(find_texts_without_encoding(ast.parse(line)))) == 1


def test_pytest_takes_a_text_without_an_encoding_for_an_error(pytestconfig: pytest.Config) -> None:
    filters = pytestconfig.getini("filterwarnings")
    assert filters[-1] == r"error::EncodingWarning:(elicit|learn|stimuli|tests)(\..*)?"
    assert filters[0] == "error"


NOT_ON_WINDOWS = {
    *("fork", "forkpty", "getuid", "geteuid", "getgid", "getegid", "getpgid", "killpg", "setsid"),
    *("statvfs", "mkfifo", "mknod", "chown", "lchown", "chroot", "uname", "nice", "wait", "wait3"),
    *("O_DIRECTORY", "O_NOFOLLOW", "sync", "sched_getaffinity", "pathconf", "openpty", "WIFEXITED"),
    *("SIGKILL", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGPIPE", "alarm", "setitimer"),
    *("tzset", "nl_langinfo", "pthread_kill", "sigwait", "symlink", "readlink", "link", "memfd"),
    *("symlink_to", "hardlink_to", "owner", "group", "is_mount", "pass_fds", "preexec_fn", "umask"),
    "kill",  # is there, and ends a process that is only to be looked at
}
MODULES_NOT_ON_WINDOWS = {
    *("fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "curses", "readline", "select"),
    *("posix", "syslog", "crypt", "spwd", "nis"),
}
OWNERS = {"os", "signal", "time", "locale", "subprocess"}  # modules, and any path
# Modules that other systems never load: their callers ask which system it is.
FOR_LINUX = {"elicit.screen.x11_keyboard", "elicit.screen.virtual_display"}
GUARDS = ("sys.platform", "WINDOWS", "hasattr(", "os.name")
MAKES_AND_DELETES = {"mkdir", "unlink", "rename", "replace", "rmdir", "remove", "makedirs"}
# Where whole files are made, given their names and deleted, with patience for what is open.
WRITERS = {"stimuli.windows_files", "elicit.log.files"}
# What may be deleted or named elsewhere: files that no other program knows, and empty folders.
OF_ITS_OWN = {
    "learn.files": {"draft.unlink()"},
    "learn.runs.folder": {"left.unlink(missing_ok=True)"},
    "learn.runs.lock": {"self._path.unlink()", "(folder / LOCK).unlink()", "beside.unlink()"},
    "learn.study.folder": {"out.rmdir()", "unfinished.rename(out)"},
    "stimuli.manifest.write": {"path.unlink(missing_ok=True)"},
    "stimuli.sources.cifar10_download": {
        "(Path(unfinished) / FOLDERS[0]).replace(cache / FOLDERS[0])"
    },
    "elicit.log.writer": {"self.path.unlink(missing_ok=True)"},
}


def find_unguarded(tree: ast.Module) -> Iterator[str]:
    """Return the uses of what Windows lacks in functions that do not ask which system it is."""
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            named = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names = [*named, getattr(node, "module", None) or ""]
            missing = any(name.split(".")[0] in MODULES_NOT_ON_WINDOWS for name in names)
        elif isinstance(node, ast.Attribute):
            missing = node.attr in NOT_ON_WINDOWS and ast.unparse(node.value) in OWNERS
        else:
            missing = isinstance(node, ast.keyword) and node.arg in {"pass_fds", "preexec_fn"}
        if missing and not any(word in _function_of(node, parents) for word in GUARDS):
            yield f"{getattr(node, 'lineno', 0)}: {ast.unparse(node)[:80]}"


def _function_of(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> str:
    """Return the text of the function that a node is in; of the statement, outside of any."""
    while not isinstance(node, (ast.FunctionDef, ast.Module)):
        below, node = node, parents[node]
    return ast.unparse(below if isinstance(node, ast.Module) else node)


def test_what_windows_lacks_is_used_only_after_asking_which_system_it_is() -> None:
    found = {
        f"{name}:{place}"
        for name, path in modules().items()
        if name not in FOR_LINUX
        for place in find_unguarded(syntax_tree(path))
    }
    assert found == set()


@pytest.mark.parametrize(
    "line", ["import fcntl", "os.kill(1, 0)", "os.fork()", "signal.SIGHUP", "os.link('a', 'b')"]
)
def test_what_windows_lacks_is_found(line: str) -> None:
    assert len(list(find_unguarded(ast.parse(f"def f():\n    {line}")))) == 1
    guarded = f"def f():\n    if sys.platform != 'win32':\n        {line}"
    assert list(find_unguarded(ast.parse(guarded))) == []


def test_files_are_made_and_deleted_with_patience_for_programs_that_have_them_open() -> None:
    found: dict[str, set[str]] = {}
    for name, path in modules().items():
        if name in WRITERS:
            continue
        for call in ast.walk(syntax_tree(path)):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
                continue
            names_a_path = len(call.args) <= 1 and call.func.attr != "remove"
            if call.func.attr in MAKES_AND_DELETES and names_a_path and not _is_of_a_table(call):
                found.setdefault(name, set()).add(ast.unparse(call))
    assert found == OF_ITS_OWN


def _is_of_a_table(call: ast.Call) -> bool:
    """Return whether it is pandas' method, or this project's function, of that name."""
    owner = ast.unparse(call.func).rpartition(".")[0]
    return (
        owner == "disk"
        or any(each.arg != "missing_ok" for each in call.keywords)
        or (
            call.func.attr == "rename"  # type: ignore[attr-defined]
            and len(call.args) == 1
            and isinstance(call.args[0], (ast.Constant, ast.Call))
        )
    )


def test_no_text_of_a_person_or_a_file_is_read_as_markup_by_the_terminal() -> None:
    found = [
        f"{name}:{call.lineno}"
        for name, path in modules().items()
        for call in ast.walk(syntax_tree(path))
        if isinstance(call, ast.Call)
        and ast.unparse(call.func).split(".")[-1] in {"Console", "TextColumn"}
        and {each.arg: ast.unparse(each.value) for each in call.keywords}.get("markup") != "False"
    ]
    assert found == []
