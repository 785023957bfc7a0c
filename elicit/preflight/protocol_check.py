"""What would stop a session of a valid protocol, found before the session."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from elicit.design import build as design
from elicit.errors import DisplayError, ElicitError, ProtocolError
from elicit.layout.fonts import Face, find_face
from elicit.layout.trials import lay_out
from elicit.protocol.study_protocol import StudyProtocol
from elicit.protocol.validation import find_position
from elicit.protocol.yaml_document import Document, protocol_error, read
from elicit.protocol.yaml_nodes import Problem, join_keys
from elicit.screen.view import ScreenState
from elicit.session import stages
from elicit.session.interruption_pages import list_interruption_pages
from stimuli.errors import StimulusError
from stimuli.sources.endpoints import EndpointSource

WINDOW_SIZES = ((1024, 600), (1366, 768), (1920, 1080))  # px; larger ones show the same, larger


def find_set_problems(sets: design.StimulusSets, document: Document) -> list[Problem]:
    """Return what the endpoint images are not sufficient for, with lines.

    Every blend of a manifest is made again and its hash compared.

    Args:
        sets: the protocol's stimulus sets.
        document: the protocol's file.
    """
    asked, source = sets.protocol, sets.source
    found = [each for index in range(len(asked.blocks)) for each in _of_set(sets, index)]
    if not found:
        found = list(design.find_idle_settings(sets))
    if not found:
        try:
            stages.build_stages(asked, design.build(asked, source, "P01", 1, 0, sets), source)
        except (ElicitError, StimulusError) as error:
            found = [str(error)]
    return [locate(text, asked, document) for text in found]


def find_smallest_window(
    sets: design.StimulusSets, document: Document
) -> tuple[tuple[int, int], list[Problem]]:
    """Return the smallest of WINDOW_SIZES for all pages and trials, and what fits none of them.

    Args:
        sets: the protocol's stimulus sets, which have no problems.
        document: the protocol's file.

    Raises:
        ProtocolError: no font has all letters of the protocol.
    """
    asked, source = sets.protocol, sets.source
    text = stages.collect_text(asked) + " ".join(source.classes)
    face = find_face(text, asked.font, stages.collect_own_text(asked))
    shown = stages.build_stages(asked, design.build(asked, source, "P01", 1, 0, sets), source)
    for size in WINDOW_SIZES:
        too_large = list(_too_large(asked, shown, source, size, face))
        if not too_large:
            break
    return size, [locate(text, asked, document) for text in dict.fromkeys(too_large)]


def locate(text: str, asked: StudyProtocol, document: Document) -> Problem:
    """Return a mistake in a protocol with its line.

    Args:
        text: such as "protocol hse2: blocks.0.repeats: must be ...".
        asked: the protocol.
        document: the protocol's file.
    """
    trail, said = find_position(text.removeprefix(f"protocol {asked.name}: "), (), document.root)
    where = f"{join_keys(trail)}: " if trail else ""
    return Problem(document.line(trail), f"{where}{said}")


@contextmanager
def protocol_errors_with_lines(asked: StudyProtocol, path: Path) -> Iterator[None]:
    """Add the line in the protocol to a mistake that is raised in the `with` block.

    Args:
        asked: the protocol.
        path: its file.

    Raises:
        ProtocolError: there is a mistake.
    """
    try:
        yield
    except ProtocolError as error:
        raise protocol_error(path, [locate(str(error), asked, read(path))]) from error


def _of_set(sets: design.StimulusSets, index: int) -> Iterator[str]:
    block, where = sets.protocol.blocks[index], f"blocks.{index}"
    try:
        sizes = [len(batch) for batch in sets.batches(index)]
        sets.verify(index)
    except ElicitError as error:
        yield str(error)
        return
    beyond = [position for position in block.repeats if position > min(sizes)]
    if beyond:
        yield (
            f"{where}.repeats: must be positions from 1 to {min(sizes)}, the items of the "
            f"smallest batch, got {beyond[0]}"
        )
    own = len(sizes) == 1 and block.paradigm != "discriminate"
    spare = 0 if own else min(sizes)
    if block.practice > spare:
        yield (
            f"{where}.practice: must be at most {spare}, the items of another batch, "
            f"got {block.practice}"
        )


def _too_large(
    asked: StudyProtocol,
    shown: tuple[stages.Stage, ...],
    source: EndpointSource,
    size: tuple[int, int],
    face: Face,
) -> Iterator[str]:
    pages = [page for stage in shown for page in _pages(stage, asked)]
    pages += [
        (f"wording.{key}", page) for key, page in list_interruption_pages(asked.wording).items()
    ]
    for key, page in pages:
        try:
            lay_out(page, size, source.image_size, asked.wording, face)
        except DisplayError as error:
            yield f"{key}: {error}"


def _pages(stage: stages.Stage, asked: StudyProtocol) -> Iterator[tuple[str, ScreenState]]:
    """Return what a stage shows, each with the key that says it."""
    if isinstance(stage, stages.ConsentStage):
        yield "consent", stage.page
        yield "wording.decline_question", stage.sure
        yield "wording.declined_text", stage.farewell
        return
    for state in stages.list_screens([stage]):
        yield _key_of(stage, asked), state


def _key_of(stage: stages.Stage, asked: StudyProtocol) -> str:
    """Return the key that says what a stage shows."""
    names = [block.name for block in asked.blocks]
    if isinstance(stage, stages.TrialStage):
        return f"blocks.{names.index(stage.block.name)}"
    if stage.kind in {"block", "break"}:
        return f"blocks.{names.index(stage.item.split()[0])}"
    return stage.kind
