"""What would stop a session of a valid protocol, found before the session."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

from elicit.design import build as design
from elicit.design.variants import list_name_variants
from elicit.errors import DisplayError, ElicitError, ProtocolError
from elicit.layout.fonts import Face, find_face
from elicit.layout.picture_sides import find_common_side, measure_side
from elicit.layout.scene import Scene
from elicit.layout.trials import lay_out
from elicit.paradigms import PARADIGMS, State
from elicit.protocol.base import WrongValueError, list_known
from elicit.protocol.blocks import Block
from elicit.protocol.pages import ExampleModel
from elicit.protocol.partial import (
    collect_valid,
    complete,
    forget,
    list_parts,
)
from elicit.protocol.study_protocol import (
    ProtocolReading,
    Stimuli,
    StudyProtocol,
    read_protocol,
)
from elicit.protocol.validation import find_position
from elicit.protocol.yaml_document import Document, protocol_error, read
from elicit.protocol.yaml_nodes import Problem, join_keys
from elicit.screen.view import ScreenState
from elicit.session import stages
from elicit.session.interruption_pages import list_interruption_pages
from stimuli.errors import StimulusError
from stimuli.mixing import ProcessName
from stimuli.sources.cifar10 import Cifar10, find_cifar10
from stimuli.sources.cifar10_download import cache_folder
from stimuli.sources.endpoints import EndpointSource, Pictograms, open_source

WINDOW_SIZES = ((1024, 600), (1366, 768), (1920, 1080))  # px; larger ones show the same, larger

# What stands for a wrong value of a protocol while its other parts are checked.
_STAND_INS = StudyProtocol.model_construct(
    name="protocol", title="-", seed=0, stimuli=Stimuli(source="pictograms"), blocks=()
)


def load_protocol(path: Path, stimuli: str | None = None) -> StudyProtocol:
    """Return the protocol that a YAML file holds.

    Where the file has mistakes, its right parts are compared with the endpoint images and the
    window too, so that everything to correct is told at once.

    Args:
        path: the file.
        stimuli: the endpoint images, instead of the protocol's.

    Raises:
        ProtocolError: one line a mistake, all of them.
    """
    reading = read_protocol(path)
    if reading.problems:
        found = _find_in_right_parts(reading, stimuli)
        certain = reading.document.parsed.list_certain(found)
        raise protocol_error(path, [*reading.problems, *certain])
    return reading.protocol


def _find_in_right_parts(reading: ProtocolReading, stimuli: str | None) -> list[Problem]:
    """Return what the endpoint images and the window have against the right parts of a protocol."""
    asked, document = reading.protocol, reading.document
    known = list_known([asked], "stimuli")
    sizes = list_known(known, "image_size")
    processes = list_known(known, "process")
    named = list_known(known, "source") if stimuli is None else [stimuli]
    if not named or not processes or (processes == ["frames"] and not sizes):
        return []
    try:
        source, _ = open_without_download(
            named[0], next(iter(sizes), _STAND_INS.stimuli.image_size), processes[0]
        )
    except StimulusError as error:
        return [] if stimuli is not None else [locate_source_problem(error, document)]
    missing = StudyProtocol.model_fields.keys() - asked.__dict__.keys()
    asked = asked.model_copy(update={name: getattr(_STAND_INS, name) for name in missing})
    if not sizes:  # so no pixels can be compared with a manifest's
        blocks = tuple(forget(block, {"manifest"}) for block in asked.blocks)
        asked = asked.model_copy(update={"blocks": blocks})
    sets = design.StimulusSets(asked, source)
    return [*find_set_problems(sets, document), *_find_unfit_pages(sets, document)]


def open_without_download(
    spec: str, image_size: int, process: ProcessName
) -> tuple[EndpointSource, str]:
    """Return endpoint images, and what a summary says of them.

    Where CIFAR-10 is not on this computer, the images are others of the same classes.

    Args:
        spec: pictograms, cifar10, or a folder.
        image_size: side in pixels.
        process: that makes images of them.

    Raises:
        StimulusError: there are no such images.
    """
    if spec == "cifar10" and not _cifar10_is_here():
        Cifar10.check_size(image_size)
        note = "stimuli: cifar10 is not on this computer, so only its classes were checked"
        return Pictograms(image_size), note
    source = open_source(spec, image_size, process)
    return source, f"stimuli: {source.name} is sufficient, {len(source.classes)} classes"


def _cifar10_is_here() -> bool:
    named = os.environ.get("ELICIT_CIFAR10")
    return bool(named) or find_cifar10(cache_folder()) is not None


def locate_source_problem(error: StimulusError, document: Document) -> Problem:
    """Return what is wrong with a protocol's endpoint images, with its line."""
    said = str(error).removeprefix("stimuli: ")
    return Problem(document.line(["stimuli", "source"]), f"stimuli.source: {said}")


def find_set_problems(sets: design.StimulusSets, document: Document) -> list[Problem]:
    """Return what the endpoint images are not sufficient for, with lines.

    Every blend of a manifest is made again and its hash compared. Of a protocol with mistakes,
    the right parts are checked.

    Args:
        sets: the protocol's stimulus sets.
        document: the protocol's file.
    """
    asked, source = sets.protocol, sets.source
    blocks = range(len(asked.blocks))
    found = [each for index in blocks for each in collect_valid(_find_in_set(sets, index))]
    found += list(_find_unknown_examples(asked, source)) or list(_find_missing_examples(sets))
    whole = not found and complete(asked) == asked
    for index in blocks:
        found += _find_if_served(design.find_idle_breaks(sets, index))
    found += _find_if_served(design.find_idle_class_names(sets)) or _find_unknown_names(sets)
    if whole and not found:
        try:
            stages.build_stages(asked, design.build(asked, source, "P01", 1, 0, sets), source)
        except (ElicitError, StimulusError) as error:
            found = [str(error)]
    return [locate(text, asked, document) for text in found]


def _find_if_served(found: Iterator[str]) -> list[str]:
    """Return what a check finds; nothing where the source cannot serve a block: that is told."""
    with suppress(ElicitError):
        return list(collect_valid(found))
    return []


def _find_unknown_names(sets: design.StimulusSets) -> Iterator[str]:
    """Return which names are given to classes that the source does not have."""
    known = sets.source.classes
    for name in sets.protocol.class_names:
        if name not in known:
            yield f"class_names.{name}: must be one of the classes {', '.join(known)}; got {name!r}"


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
    asked = sets.protocol
    places = {block.name: index for index, block in enumerate(asked.blocks)}
    size, too_large = _find_window(sets, places)
    return size, [locate(text, asked, document) for text in dict.fromkeys(too_large)]


def find_sides(sets: design.StimulusSets, size: tuple[int, int]) -> dict[str, int]:
    """Return the side of the images in a window, px, of each paradigm of a protocol.

    Args:
        sets: the protocol's stimulus sets, which have no problems.
        size: width and height of the window, px, which all of the protocol fits.
    """
    asked, source = sets.protocol, sets.source
    plan = design.build(asked, source, "P01", 1, 0, sets)
    states = [PARADIGMS[each.paradigm](each) for each in list_name_variants(sets, plan)]

    def lay_out_all(side: int | None) -> list[tuple[State, Scene]]:
        scenes = [
            lay_out(state, size, source.image_size, asked.wording, side=side, keys=asked.keys)
            for state in states
        ]
        return list(zip(states, scenes, strict=True))

    wanted = asked.stimuli.side_px
    common = find_common_side(lay_out_all(wanted)) or wanted
    sides = ((state.trial.paradigm, measure_side(scene)) for state, scene in lay_out_all(common))
    return {paradigm: side for paradigm, side in sides if side is not None}


def _find_window(
    sets: design.StimulusSets, places: Mapping[str, int]
) -> tuple[tuple[int, int], list[str]]:
    """Return the smallest window, and what fits none.

    Args:
        sets: the protocol's stimulus sets.
        places: in the protocol's file, of each block, by its name.
    """
    asked, source = sets.protocol, sets.source
    text = stages.collect_text(asked) + " ".join(source.classes)
    face = find_face(text, asked.font, stages.collect_own_text(asked))
    shown = stages.build_stages(asked, design.build(asked, source, "P01", 1, 0, sets), source)
    for size in WINDOW_SIZES:
        too_large = list(_too_large(asked, shown, source, size, face, places))
        if not too_large:
            break
    return size, too_large


def _find_unfit_pages(sets: design.StimulusSets, document: Document) -> list[Problem]:
    """Return what fits no window, of those pages and blocks in which nothing else is wrong."""
    asked = complete(sets.protocol)
    if asked is None or find_spec("psychopy") is None:
        return []
    kept, places = [], {}
    for index, given in enumerate(sets.protocol.blocks):
        block = complete(given)
        if block is not None and not list(collect_valid(_find_in_set(sets, index))):
            name = f"block{index}"  # as two may have one name
            kept.append(block.model_copy(update={"name": name}))
            places[name] = index
    reduced = asked.model_copy(update={"blocks": tuple(kept)})
    if any(_find_unknown_examples(asked, sets.source)):
        return []
    try:
        _, too_large = _find_window(design.StimulusSets(reduced, sets.source), places)
    except (ElicitError, StimulusError) as error:
        too_large = [str(error)]
    return [locate(text, sets.protocol, document) for text in dict.fromkeys(too_large)]


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
def protocol_errors_with_lines(
    asked: StudyProtocol, path: Path, source: EndpointSource
) -> Iterator[None]:
    """Where a mistake in the protocol is raised in the `with` block, tell all, with their lines.

    Args:
        asked: the protocol.
        path: its file.
        source: endpoint images.

    Raises:
        ProtocolError: there is a mistake.
    """
    try:
        yield
    except ProtocolError as error:
        document, sets = read(path), design.StimulusSets(asked, source)
        found = find_set_problems(sets, document) or [locate(str(error), asked, document)]
        found += _find_unfit_pages(sets, document)
        raise protocol_error(path, found) from error


def _find_in_set(sets: design.StimulusSets, index: int) -> Iterator[str]:
    block, where = sets.protocol.blocks[index], f"blocks.{index}"
    try:
        sizes = [len(batch) for batch in sets.batches(index)]
        sets.verify(index)
    except ElicitError as error:
        yield str(error)
        sizes = _sizes_with_other_classes(sets, index)
    if not sizes:
        return
    with suppress(ElicitError, WrongValueError):  # told above, or with the wrong value
        excess = design.describe_excess_trials(block, index, sets.batches(index))
        if excess is not None:
            yield excess
    yield from collect_valid(_find_beyond_batch(block, where, min(sizes)))
    yield from collect_valid(_find_missing_practice(sets, index))


def _find_missing_practice(sets: design.StimulusSets, index: int) -> Iterator[str]:
    """Return that there are too few pairs to practise on, if so; other mistakes are told elsewhere.

    Where the set has a mistake, only the settings that do not need it are looked at.
    """
    try:
        sets.batches(index)
    except ElicitError:
        return
    try:
        sets.practice(index)
    except ElicitError as error:
        yield str(error)


def _find_beyond_batch(block: Block, where: str, smallest: int) -> Iterator[str]:
    beyond = [position for position in block.repeats if position > smallest]
    if beyond:
        yield (
            f"{where}.repeats: must be positions from 1 to {smallest}, the items of the "
            f"smallest batch, got {beyond[0]}"
        )


def _sizes_with_other_classes(sets: design.StimulusSets, index: int) -> list[int]:
    """Return how large a block's batches would be if all its classes were the source's.

    Empty where they would not be enough.
    """
    asked, classes = sets.protocol, sets.source.classes
    block = asked.blocks[index]
    if not block.classes or len(block.classes) > len(classes):
        return []
    known = [name for name in block.classes if name in classes]
    others = [name for name in classes if name not in known]
    known += others[: len(block.classes) - len(known)]
    blocks = {index: block.model_copy(update={"classes": tuple(sorted(known))})}
    whole = tuple(blocks.get(k, each) for k, each in enumerate(asked.blocks))
    changed = design.StimulusSets(asked.model_copy(update={"blocks": whole}), sets.source)
    try:
        return [len(batch) for batch in changed.batches(index)]
    except ElicitError:
        return []


def _find_unknown_examples(asked: StudyProtocol, source: EndpointSource) -> Iterator[str]:
    """Return the images on pages whose class the source does not have."""
    for trail, part in list_parts(asked):
        for key in ("class_i", "class_j") if isinstance(part, ExampleModel) else ():
            for name in list_known([part], key):
                if name not in source.classes:
                    known = ", ".join(source.classes)
                    yield f"{join_keys([*trail, key])}: must be one of {known}; got {name!r}"


def _find_missing_examples(sets: design.StimulusSets) -> Iterator[str]:
    """Return the images on pages that the process does not have."""
    for trail, part in list_parts(sets.protocol):
        if isinstance(part, ExampleModel) and all(
            list_known([part], key) for key in ("class_i", "class_j", "lambda_f")
        ):
            try:
                with suppress(WrongValueError):  # told with the wrong value
                    pair = stages.find_example_pair(part, sets.source)
                    sets.process.describe(pair, part.lambda_f)
            except StimulusError as error:
                yield f"{join_keys(trail)}: {error}"


def _too_large(
    asked: StudyProtocol,
    shown: tuple[stages.Stage, ...],
    source: EndpointSource,
    size: tuple[int, int],
    face: Face,
    places: Mapping[str, int],
) -> Iterator[str]:
    pages = [page for stage in shown for page in _pages(stage, places)]
    pages += [
        (f"wording.{key}", page) for key, page in list_interruption_pages(asked.wording).items()
    ]
    for key, page in pages:
        try:
            lay_out(page, size, source.image_size, asked.wording, face, keys=asked.keys)
        except DisplayError as error:
            yield f"{key}: {error}"


def _pages(stage: stages.Stage, places: Mapping[str, int]) -> Iterator[tuple[str, ScreenState]]:
    """Return what a stage shows, each with the key that says it."""
    if isinstance(stage, stages.ConsentStage):
        yield "consent", stage.page
        yield "wording.decline_question", stage.sure
        yield "wording.declined_text", stage.farewell
        return
    for state in stages.list_screens([stage]):
        yield _key_of(stage, places), state


def _key_of(stage: stages.Stage, places: Mapping[str, int]) -> str:
    """Return the key that says what a stage shows."""
    if isinstance(stage, stages.TrialStage):
        return f"blocks.{places[stage.block.name]}"
    if isinstance(stage, stages.FeedbackStage):
        return "wording.feedback_text"
    if isinstance(stage, stages.PracticeStage):
        return "wording.practice_end_text"
    if stage.kind in {"block", "break"}:
        return f"blocks.{places[stage.item.split()[0]]}"
    return stage.kind
