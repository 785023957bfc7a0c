"""Reads the project's documents: code blocks, the commands in them, inline code and links."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENTS = (
    "README.md",
    "TUTORIAL.md",
    "CONTRIBUTING.md",
    "elicit/README.md",
    "protocols/README.md",
    "stimuli/README.md",
    "learn/README.md",
    "learn/results/README.md",
    "learn/policies/published/README.md",
    "learn/benchmark/README.md",
)

_COMMENT = re.compile(r"<!-- (.+) -->")
_ASSIGNMENT = re.compile(r"(\w+)=(.*)", re.DOTALL)


@dataclass(frozen=True)
class CodeBlock:
    """One fenced block of a document."""

    document: str  # path from the root
    line: int  # of its fence, from 1
    language: str  # "" where the fence names none
    text: str  # ends with a line break
    mark: str  # the HTML comment in the line before, "" where there is none

    @property
    def place(self) -> str:
        """Where it is, for a message."""
        return f"{self.document}:{self.line}"


def read_blocks(document: str) -> list[CodeBlock]:
    """Return the fenced blocks of a document, in its order."""
    lines = _text(document).splitlines(keepends=True)
    blocks: list[CodeBlock] = []
    begin: int | None = None
    for number, line in enumerate(lines):
        if not line.startswith("```"):
            continue
        if begin is None:
            begin = number
            continue
        before = _COMMENT.fullmatch(lines[begin - 1].strip()) if begin else None
        language = lines[begin].strip().removeprefix("```")
        text = "".join(lines[begin + 1 : number])
        blocks.append(CodeBlock(document, begin + 1, language, text, before[1] if before else ""))
        begin = None
    assert begin is None, f"{document}:{begin}: a code block has no end"
    return blocks


def read_commands(blocks: Sequence[CodeBlock]) -> Iterator[tuple[CodeBlock, list[str]]]:
    """Return each shell command of the blocks as its words, variables filled in.

    Commands may be joined by && and broken by a backslash, end with a comment, and use variables
    that a line before has set.
    """
    variables: dict[str, str] = {}
    for block in blocks:
        if block.language != "sh":
            continue
        for line in re.split(r"\n(?!\s*$)", re.sub(r"\\\n\s*", " ", block.text.strip())):
            for name, value in variables.items():
                line = line.replace(f"${name}", value)
            for words in _split_at_and(shlex.split(line, comments=True)):
                assigned = _ASSIGNMENT.fullmatch(words[0])
                if assigned:
                    variables[assigned[1]] = assigned[2]
                else:
                    yield block, words


def _split_at_and(words: list[str]) -> Iterator[list[str]]:
    while words:
        end = words.index("&&") if "&&" in words else len(words)
        if words[:end]:
            yield words[:end]
        words = words[end + 1 :]


def read_inline_code(document: str) -> list[str]:
    """Return what stands between single backticks outside the blocks."""
    return re.findall(r"`([^`\n]+)`", _without_blocks(document))


def read_links(document: str) -> list[str]:
    """Return the targets of links and pictures outside the blocks, those on the web left out."""
    targets = re.findall(r"\]\(([^)\s]+)\)", _without_blocks(document))
    return [target for target in targets if not target.startswith("https://")]


def heading_anchors(document: str) -> set[str]:
    """Return the anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", _without_blocks(document), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


def between_marks(document: str, mark: str) -> str:
    """Return the text between `<!-- mark -->` and the next `<!-- end -->`."""
    _, found, rest = _text(document).partition(f"<!-- {mark} -->\n")
    inside, end, _ = rest.partition("<!-- end -->")
    assert found, f"{document}: has no <!-- {mark} -->"
    assert end, f"{document}: <!-- {mark} --> has no <!-- end -->"
    return inside.strip() + "\n"


def output_pattern(shown: str) -> re.Pattern[str]:
    """Return what a shown output stands for: `...` for any text of a line, or for any lines."""
    pattern = ""
    for line in shown.splitlines():
        if line.strip() == "...":
            pattern += r"(?:[^\n]*\n)*?"
        else:
            pattern += r"[^\n]*".join(map(re.escape, line.rstrip().split("..."))) + r" *\n"
    return re.compile(pattern)


def _text(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


def _without_blocks(document: str) -> str:
    return re.sub(r"^```.*?^```$", "", _text(document), flags=re.MULTILINE | re.DOTALL)
