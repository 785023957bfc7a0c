"""A pool of simulated participants: whole sessions by the study's own code, kept in memory."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

import numpy as np
from pydantic import BaseModel

from elicit.design import build as design
from elicit.errors import ElicitError
from elicit.log.rows import TrialRow
from elicit.log.writer import RowWriters, Writer
from elicit.planning.blocks import Asked
from elicit.planning.resampling import Codes
from elicit.protocol.study_protocol import StudyProtocol
from elicit.psychometric import Numbers
from elicit.screen.simulated import SimulatedView
from elicit.session.presenting import SessionStoppedError
from elicit.session.runner import ConsentWithheldError, SessionRunner
from elicit.simulation.lab import START, Crew
from stimuli.sources.endpoints import EndpointSource, open_source

BUNCH = 20  # sessions that a process simulates at once


@dataclass(frozen=True)
class Said:
    """What one participant answered in one block, practice and repeats apart.

    Construct and Select-Shuffled say lambda_g = 0.5 of the lambda_f chosen. Of Discriminate it is
    a curve's PSE that stands as lambda_f, with lambda_g = 0.5, once a curve.
    """

    image_pair: Codes  # (N,) in Asked.image_pairs; of a curve of two classes, any of theirs
    lambda_f: Numbers  # (N,)
    lambda_g: Numbers  # (N,)
    trials: int  # answered


@dataclass(frozen=True)
class Sitting:
    """What came of one session."""

    minutes: float  # from its first flip to its last act, pages included
    finished: bool
    said: tuple[Said, ...]  # one a block


class Kept(Writer):
    """Keeps rows in memory instead of in a file."""

    def __init__(self) -> None:
        self.kept: list[BaseModel] = []

    def append(self, *rows: BaseModel) -> None:
        """Keep rows."""
        self.kept += rows


class Unseen(design.Sets):
    """Sets whose images nobody draws, as no screen and no file needs their fingerprints."""

    def fingerprint(self, image_id: int) -> str:
        """Return a fingerprint of no image."""
        return "0" * 16


@dataclass(frozen=True)
class Recipe:
    """What any process needs to simulate participants."""

    protocol: StudyProtocol
    stimuli: str  # as `open_source` takes it
    crew: Crew


class Room:
    """Where participants come, the k-th at place k of the counterbalancing order.

    Each answers as in the `elicit simulate` of the same protocol, observer and seed.
    """

    def __init__(self, recipe: Recipe) -> None:
        protocol = recipe.protocol
        self.recipe, self._protocol, self._crew = recipe, protocol, recipe.crew
        self._source: EndpointSource = open_source(recipe.stimuli, protocol.stimuli.image_size)
        self._sets = Unseen(protocol, self._source)
        self.asked = tuple(
            Asked.of(block, self._sets.batches(k)) for k, block in enumerate(protocol.blocks)
        )
        self._places = [{pair: k for k, pair in enumerate(each.image_pairs)} for each in self.asked]

    def sitting(self, place: int) -> Sitting:
        """Return what came of one participant's first session.

        Raises:
            ElicitError: the observer cannot answer it, or comes to no end.
        """
        protocol, number = self._protocol, place + 1
        name = self._crew.participant(number)
        plan = design.build(protocol, self._source, name, 1, place, self._sets)
        view = SimulatedView(self._crew.answering(number, 1), START)
        trials, rest = Kept(), Kept()
        writers = RowWriters(trials, rest, rest)
        session = SessionRunner(protocol, self._source, plan, view, writers, simulated=True,
                                clock=view.clock, wait_for_disk=False)  # fmt: skip
        finished = True
        try:
            session.run()
        except (SessionStoppedError, ConsentWithheldError):
            finished = False
        rows = [row for row in trials.kept if isinstance(row, TrialRow)]
        estimates = session.estimates()
        said = tuple(self._said(k, rows, estimates) for k in range(len(self.asked)))
        return Sitting((view.clock() - START).total_seconds() / 60, finished, said)

    def _said(
        self, number: int, rows: Sequence[TrialRow], estimates: Sequence[dict[str, object]]
    ) -> Said:
        asked, places = self.asked[number], self._places[number]
        name = asked.block.name
        mine = [row for row in rows if row.block == name and not (row.practice or row.repeat)]
        pairs = [places[row.image_i, row.image_j] for row in mine]
        shares: list[tuple[float, float | None]] = [(row.lambda_f, row.lambda_g) for row in mine]
        trials = len(mine)
        if asked.block.paradigm == "discriminate":
            curves = [each for each in estimates if each["block"] == name]
            by_image = asked.block.curve_for == "image_pair"
            row_of = {_curve(row, by_image): pair for row, pair in zip(mine, pairs, strict=True)}
            pairs = [row_of[_curve_estimated(each, by_image)] for each in curves]
            shares = [(float(str(each["pse"])), 0.5) for each in curves]
        both = np.array(shares, dtype=np.float64).reshape(-1, 2)
        return Said(np.array(pairs, dtype=np.int64), both[:, 0], both[:, 1], trials)


def _curve(row: TrialRow, by_image: bool) -> tuple[object, object]:
    return (row.image_i, row.image_j) if by_image else (row.class_i, row.class_j)


def _curve_estimated(estimate: dict[str, object], by_image: bool) -> tuple[object, object]:
    kind = "image" if by_image else "class"
    return estimate[f"{kind}_i"], estimate[f"{kind}_j"]


def sittings(room: Room, places: range, processes: int) -> Iterator[Sitting]:
    """Return the sessions of some places, in order, the same on any number of processes.

    Raises:
        ElicitError: a session that cannot be simulated, or a process that was killed.
    """
    if processes == 1:
        yield from map(room.sitting, places)
        return
    # spawned, not forked: the same on every system, and no thread is forked in mid-work
    context = multiprocessing.get_context("spawn")
    bunches = [places[k : k + BUNCH] for k in range(0, len(places), BUNCH)]
    pool = ProcessPoolExecutor(processes, context, _enter, (room.recipe,))
    try:
        for bunch in pool.map(_simulate, bunches):
            if isinstance(bunch, str):
                raise ElicitError(bunch)
            yield from bunch
    except BrokenProcessPool as error:
        raise ElicitError("a process of the simulation was killed; try again") from error
    finally:
        pool.shutdown(cancel_futures=True)


_rooms: list[Room] = []  # the one of a process of its own


def _enter(recipe: Recipe) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that waits decides
    _rooms.append(Room(recipe))


def _simulate(places: range) -> list[Sitting] | str:
    (room,) = _rooms
    try:
        return [room.sitting(place) for place in places]
    except ElicitError as error:
        return str(error)
