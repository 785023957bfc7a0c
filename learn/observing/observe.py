"""A study that a trained network answers, as a study folder of its own."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from elicit.errors import ElicitError
from elicit.log.rows import COLUMNS, TrialRow
from elicit.log.session_record import SessionEnd, SessionRecord
from elicit.log.writer import Writer
from learn.observing.answers import ANSWERS, Sight
from learn.observing.percepts import NetworkPercepts, see
from learn.observing.trials import Lambdas, list_mixes_on_offer, list_trials, read_record
from learn.runs.trained import TrainedClassifier
from learn.study.endpoints import open_endpoints, verify_endpoints
from learn.study.folder import check_free, describe_study, make_study_folder
from stimuli.sources.endpoints import EndpointSource

# what a network's row has as the trial that it answers has it
KEPT = (
    *("session", "protocol", "protocol_sha256", "allocation", "block", "batch", "trial"),
    *("paradigm", "practice", "repeat", "source", "image_size", "process", "class_i", "image_i"),
    *("fingerprint_i", "class_j", "image_j", "fingerprint_j", "order_shown"),
)
RT_S = 1.0  # in every row: a network has no response time, and a row must have one
STARTED = "2000-01-01T00:00:00.000Z"  # of every session: no time of day, so the same bytes again
CLOCK = "none: a network has no response times; rt_s is 1 throughout"
NAME_CHARS = 24  # of an observer's name, which a number follows


@dataclass(frozen=True)
class ObservedStudy:
    """What a network answered."""

    trials: dict[str, int]  # by paradigm
    sets: int  # of people's sets of trials that it answered, each under an id of its own
    left_out: dict[str, int]  # trials by the reason why they have no answer
    unverified: int  # endpoint images of which no row says what was shown


def observe_study(
    trained: TrainedClassifier,
    rows: pd.DataFrame,
    out: Path,
    name: str,
    observer: dict[str, Any],
    stimuli: str | None = None,
) -> ObservedStudy:
    """Write a study folder in which a network answers the trials of a study.

    Each participant's trials, without practice, are answered under an id of the observer's name
    and a number: network0001 for the first in the order of pseudonyms. Rows are marked as
    simulated; where a session has a record, so has the network's, with `observer` in it.

    Args:
        trained: the network.
        rows: of `learn.study.table.read_study`.
        out: the folder to make; nothing may be there yet.
        name: of the observer.
        observer: what records and observer.json say of it.
        stimuli: where the endpoint images are, as `open_endpoints` takes it.

    Raises:
        ElicitError: a name that cannot be an id, classes or images that are not the network's,
            endpoint images that are not those shown, no trial to answer, or a folder that cannot
            be written.
        StimulusError: the source cannot be opened.
    """
    _check_name(name)
    check_free(out)
    trials = list_trials(rows, tuple(ANSWERS))
    source = open_endpoints(trials, stimuli)
    check_network(trained, trials, source)
    shown = verify_endpoints(source, trials)
    offered = list_mixes_on_offer(trials)
    ends = list(zip(trials["image_i"].tolist(), trials["image_j"].tolist(), strict=True))
    mixes = ((*pair, each) for pair, its in zip(ends, offered, strict=True) for each in its)
    percepts = see(trained.network, shown.images, mixes)
    answered = _answer(trials, offered, percepts, trained.classes)
    people = sorted(set(trials["participant"]))
    names = {person: f"{name}{number:04d}" for number, person in enumerate(people, 1)}
    with make_study_folder(out, describe_study(f"{name} as an observer", TrialRow)) as unfinished:
        for file, its in answered.groupby("file", sort=True):
            _write_session(unfinished / "data", Path(str(file)), its, names, observer)
        text = json.dumps(observer, indent=2, ensure_ascii=False) + "\n"
        (unfinished / "observer.json").write_text(text, encoding="utf-8")
    left_out = {
        "of practice": int(rows["practice"].sum()),
        **Counter(
            f"of {each}" for each in rows.loc[~rows["practice"], "paradigm"] if each not in ANSWERS
        ),
    }
    return ObservedStudy(
        dict(sorted(Counter(trials["paradigm"]).items())),
        len(people),
        {reason: count for reason, count in left_out.items() if count},
        shown.unverified,
    )


def check_network(trained: TrainedClassifier, trials: pd.DataFrame, source: EndpointSource) -> None:
    """Check that a network knows the classes of a study, and images of its size.

    Raises:
        ElicitError: it does not.
    """
    unknown = sorted({*trials["class_i"], *trials["class_j"]} - set(trained.classes))
    if unknown:
        raise ElicitError(
            f"classes: the network knows {', '.join(trained.classes)}; the study also has "
            f"{', '.join(unknown)}; give a network that was trained on the study's classes"
        )
    if trained.image_size not in (None, source.image_size):
        raise ElicitError(
            f"image_size: the network was trained on images of {trained.image_size} pixels, the "
            f"study's have {source.image_size}; give a network that was trained on such images"
        )


def _check_name(name: str) -> None:
    if not (name.isascii() and name.isalnum() and len(name) <= NAME_CHARS):
        raise ElicitError(
            f"--name: must be 1 to {NAME_CHARS} letters and digits, got {name!r}; the ids of the "
            "network's answers begin with it"
        )


def _answer(
    trials: pd.DataFrame,
    offered: Sequence[Lambdas],
    percepts: NetworkPercepts,
    classes: Sequence[str],
) -> pd.DataFrame:
    """Return the trials with one more column, `row`: what the network's log says of each."""
    place = {name: number for number, name in enumerate(classes)}
    rows = []
    for cells, lambdas in zip(_cells(trials), offered, strict=True):
        seen = percepts.of(cells["image_i"], cells["image_j"], lambdas)
        sight = Sight(lambdas, seen, place[cells["class_i"]], place[cells["class_j"]])
        rows.append(cells | dict(ANSWERS[cells["paradigm"]](sight)))
    return trials[["file", "participant"]].assign(
        row=pd.Series(rows, index=trials.index, dtype=object)
    )


def _cells(trials: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield the columns of each trial that the network's row keeps; the others are blank."""
    needed = (name for name, its in TrialRow.model_fields.items() if its.is_required())
    blank: dict[str, Any] = dict.fromkeys(needed)
    constant = {"simulated": True, "rt_s": RT_S, "resumed": False}
    for cells in zip(*(trials[name].astype(object) for name in KEPT), strict=True):
        known = (None if not isinstance(cell, tuple) and pd.isna(cell) else cell for cell in cells)
        yield blank | constant | dict(zip(KEPT, known, strict=True))


def _write_session(
    data: Path, log: Path, its: pd.DataFrame, names: dict[str, str], observer: dict[str, Any]
) -> None:
    """Write the network's answers to the trials of one log, and the session's record and end."""
    participant = names[its["participant"].iloc[0]]
    rows = [TrialRow(**cells | {"participant": participant}) for cells in its["row"]]
    stem = f"subject-{participant}_session-{rows[0].session}_task-{rows[0].protocol}"
    with closing(Writer(data / f"{stem}_data.csv", COLUMNS, durable=False)) as writer:
        writer.append(*rows)
    record = read_record(log)
    if record is None:
        return
    answered = Counter(row.block for row in rows)
    made = _describe(record, answered, observer)
    (data / f"{stem}_session.json").write_text(made.text(), encoding="utf-8")
    end = SessionEnd(status="finished", ended_utc=STARTED)
    text = json.dumps(end.model_dump(mode="json", exclude_none=True), indent=2) + "\n"
    (data / f"{stem}_end.json").write_text(text, encoding="utf-8")


def _describe(
    record: SessionRecord, answered: Counter[str], observer: dict[str, Any]
) -> SessionRecord:
    """Return the record of the network's session: the person's, without what only people have."""
    blocks = tuple(
        each.model_copy(update={"trials": answered[each.name]})
        for each in record.blocks
        if each.name in answered
    )
    changed: dict[str, Any] = {
        "simulated": True,
        "blocks": blocks,
        "markers": None,
        "screen": {},
        "clock": CLOCK,
        "started_utc": STARTED,
        "station": "",
        "system": "",
        "versions": {},
        "observer": observer,
    }
    return record.model_copy(update=changed)
