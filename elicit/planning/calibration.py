"""How often the intervals of a protocol's own studies hold the truth, by simulating them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from elicit.design.build import PlannedBlock
from elicit.planning import intervals
from elicit.planning.blocks import BlockStimuli
from elicit.planning.intervals import Find, Interval, Limit, Number, StudyAnswers
from elicit.planning.pool import ParticipantPool, ProgressCallback, SimulatedSession
from elicit.planning.power import wilson_interval
from elicit.planning.pse_precision import PoolAnswers
from elicit.protocol.blocks import DiscriminateBlock
from elicit.psychometric import Numbers
from elicit.psychometric.function import Prior, estimate
from elicit.psychometric.least_squares import fit_logistics, midpoint
from elicit.simulation.cohort import LOOKS, Mind, StudiesCohort
from elicit.trial import Trial

MIN_STUDIES, MAX_STUDIES = 20, 2000  # that are simulated
OWN_ANSWERS = 150  # to each mix, from which a participant's own PSE is known
_FIRST_ANEW = 1_000_000  # number of a trial that no session has
SIMULATING = "Simulating"  # what is reported while sessions are simulated
MIN_COVERAGE = 0.9  # below it an interval needs a remedy


@dataclass(frozen=True)
class CalibrationScore:
    """How an estimate and its 95 % interval did in many studies."""

    block: str
    what: str
    unit: str  # the pair; "45 pairs" for all of them
    together: bool  # whether it is of several pairs
    studies: int  # that have an interval
    missing: int  # that have none
    truth: float  # the mean, where units or participants differ
    bias: float
    error: float  # root mean square
    covered: float  # share of studies whose interval holds the truth
    covered_low: float  # ends of Wilson's 95 % interval for it
    covered_high: float


@dataclass(frozen=True)
class _Question:
    """What is estimated of one block."""

    find: Find
    limit: Limit
    other_images: bool  # whether the interval is over other images too


def calibrate(
    pool: ParticipantPool,
    cohort: StudiesCohort,
    studies: int,
    report_progress: ProgressCallback,
) -> list[CalibrationScore]:
    """Return how all intervals did, by block; same arguments, same numbers.

    Args:
        pool: of the protocol.
        cohort: who takes part in each study.
        studies: how many are simulated; twice as many where the observer sees each image in its
            own way and intervals are over other images, or for these.
        report_progress: called as the work goes on.

    Raises:
        ElicitError: a participant cannot be simulated.
    """
    found: list[CalibrationScore] = []
    for other_images in list_image_draws(pool, cohort):
        who = replace(cohort, other_images=other_images)
        people = _count_needed(pool, cohort, other_images=other_images)
        of_studies = list(_simulate(pool, who, studies, people, report_progress))
        for number, stimuli in enumerate(pool.blocks):
            answers = [
                StudyAnswers(stimuli, PoolAnswers.of(number, sessions)) for sessions in of_studies
            ]
            together = StudyAnswers(
                stimuli, PoolAnswers.of(number, [one for each in of_studies for one in each])
            )
            for question in list_questions(pool, number, cohort, other_images):
                report_progress(f"Estimating {stimuli.block.name}", 0, studies)
                each_study = []
                for k, its in enumerate(answers):
                    each_study.append(question.find(its))
                    report_progress(f"Estimating {stimuli.block.name}", k + 1, studies)
                found += score(stimuli.block.name, each_study, question.limit(together))
            if isinstance(stimuli.block, DiscriminateBlock) and not other_images:
                found += _score_own(pool, who, number, of_studies, report_progress)
    order = {stimuli.block.name: k for k, stimuli in enumerate(pool.blocks)}
    return sorted(found, key=lambda each: order[each.block])


@dataclass(frozen=True)
class StudyTime:
    """How long one study takes in one process, as measured, in seconds."""

    simulating: float
    estimating: float

    def of(self, studies: int, processes: int) -> float:
        """Return how many seconds studies take where so many processes simulate them."""
        return studies * (self.simulating / processes + self.estimating)


def time_first_study(pool: ParticipantPool, cohort: StudiesCohort) -> StudyTime:
    """Return how long the first study takes: it is simulated and estimated as all will be.

    Raises:
        ElicitError: a participant cannot be simulated.
    """
    spent = {True: 0.0, False: 0.0}  # on simulating, and on the rest
    since = perf_counter()

    def take(what: str, _done: int, _of: int) -> None:
        nonlocal since
        now = perf_counter()
        spent[what == SIMULATING] += now - since
        since = now

    calibrate(pool.with_cohort(cohort, lambda _sessions: 1), cohort, 1, take)
    take("Scoring", 1, 1)
    return StudyTime(spent[True], spent[False])


def list_image_draws(pool: ParticipantPool, cohort: StudiesCohort) -> list[bool]:
    """Return for which images studies are simulated: the same, or others in each (True)."""
    if cohort.observer not in LOOKS:
        return [False]
    return [
        each
        for each in (False, True)
        if any(
            list_questions(pool, number, cohort, each)
            or (isinstance(stimuli.block, DiscriminateBlock) and not each)
            for number, stimuli in enumerate(pool.blocks)
        )
    ]


def count_sessions(pool: ParticipantPool, cohort: StudiesCohort) -> int:
    """Return how many sessions are simulated for one study."""
    draws = list_image_draws(pool, cohort)
    return sum(_count_needed(pool, cohort, other_images=each) for each in draws)


def list_questions(
    pool: ParticipantPool, number: int, cohort: StudiesCohort, other_images: bool
) -> list[_Question]:
    """Return what is estimated of a block, with the same images or with others in each study."""
    stimuli = pool.blocks[number]
    several = len(stimuli.image_pairs) > len(stimuli.class_pairs)
    own = _Question(intervals.find_image_means, intervals.find_image_limits, other_images=False)
    paradigm = stimuli.block.paradigm
    if paradigm == "infer":
        every = [_Question(intervals.find_curves, intervals.find_curve_limits, several)]
    elif paradigm == "discriminate":
        every = [_Question(intervals.find_populations, intervals.find_population_limits, several)]
    else:
        every = [
            _Question(intervals.find_midpoints, intervals.find_midpoint_limits, several),
            *([own] if several else []),
        ]
    alike = cohort.observer not in LOOKS  # images of two classes look the same
    return [each for each in every if alike or each.other_images == other_images]


def _count_needed(pool: ParticipantPool, cohort: StudiesCohort, *, other_images: bool) -> int:
    """Return how many participants of a study are looked at: the first alone, or all."""
    blocks = range(len(pool.blocks))
    every = any(list_questions(pool, number, cohort, other_images) for number in blocks)
    return cohort.participants if every else 1  # whose own curves are scored


def _simulate(
    pool: ParticipantPool,
    cohort: StudiesCohort,
    studies: int,
    people: int,
    report: ProgressCallback,
) -> Iterator[list[SimulatedSession]]:
    """Yield the sessions of each study's first participants, of whom there are `people`."""
    visits = [visit for study in range(studies) for visit in cohort.study_visits(study)[:people]]
    sessions: list[SimulatedSession] = []
    every = pool.with_cohort(cohort).simulate_visits(visits)
    for done, session in enumerate(every, start=1):
        sessions.append(session)
        report(SIMULATING, done, len(visits))
        if len(sessions) == people:
            yield sessions
            sessions = []


def score(
    block: str, each_study: Sequence[Mapping[Number, Interval]], truth: Mapping[Number, float]
) -> list[CalibrationScore]:
    """Return the score of each number, and of each kind over all its pairs.

    Args:
        block: its name.
        each_study: the intervals of each study.
        truth: what all studies give together.
    """
    missing: Interval = (math.nan, math.nan, math.nan)
    by_kind: dict[str, list[Number]] = {}
    for key in truth:
        by_kind.setdefault(key[0], []).append(key)
    found = []
    for what, keys in by_kind.items():
        values = np.array([[each.get(key, missing) for key in keys] for each in each_study])
        truths = np.array([truth[key] for key in keys])
        # each study is a part of the truth that it is held against
        shrunken = math.sqrt(len(each_study) / max(len(each_study) - 1, 1))
        of_all = [k for k, (_, unit) in enumerate(keys) if unit == intervals.ALL]
        of_pairs = [k for k in range(len(keys)) if k not in of_all]
        groups = [(keys[k], [k]) for k in of_all]
        if len(of_pairs) > 1:
            groups.append(((what, f"{len(of_pairs)} pairs"), of_pairs))
        groups += [(keys[k], [k]) for k in of_pairs]
        found += [_score(block, key, values[:, its], truths[its], shrunken) for key, its in groups]
    return found


def _score(
    block: str, key: Number, values: Numbers, truth: Numbers, shrunken: float = 1.0
) -> CalibrationScore:
    """Return the score of one number, or of U of them together.

    Args:
        block: its name.
        key: what is estimated, and of what.
        values: (R, U, 3) estimate, low and high in each study.
        truth: (U,), or (R, U).
        shrunken: how much farther off estimates are from a truth that they are no part of.
    """
    together = values.shape[1] > 1 or key[1] == intervals.ALL
    at, low, high = np.moveaxis(values, -1, 0)
    truth = np.broadcast_to(truth, at.shape)
    known = np.isfinite(low) & np.isfinite(high) & np.isfinite(truth)
    off = (at - truth) * shrunken
    held = (low <= at - off) & (at - off <= high)
    n = int(known.sum())
    if n == 0:
        nan = math.nan
        return CalibrationScore(block, *key, together, 0, known.size, nan, nan, nan, nan, nan, nan)
    share = float(held[known].mean())
    many = _count_independent(held, known)
    ends = wilson_interval(share * many, many)
    return CalibrationScore(
        block,
        *key,
        together,
        n,
        known.size - n,
        float(truth[known].mean()),
        float((at - truth)[known].mean()),
        float(np.sqrt((off[known] ** 2).mean())),
        share,
        *ends,
    )


def _count_independent(held: NDArray[np.bool_], known: NDArray[np.bool_]) -> float:
    """Return how many independent intervals tell as much: those of a study have people in common.

    Args:
        held: (R, U) whether each interval holds the truth.
        known: (R, U) whether there is one.
    """
    some = known.any(axis=1)
    shares = (held & known).sum(axis=1)[some] / known.sum(axis=1)[some]
    studies, share = len(shares), float(held[known].mean())
    between = float(shares.var(ddof=1)) if studies > 1 else 0.0
    if between == 0:
        return float(studies)
    return float(np.clip(share * (1 - share) * studies / between, studies, known.sum()))


def _score_own(
    pool: ParticipantPool,
    cohort: StudiesCohort,
    number: int,
    of_studies: Sequence[Sequence[SimulatedSession]],
    report: ProgressCallback,
) -> list[CalibrationScore]:
    """Return the score of one participant's PSEs: the first one's of each study."""
    stimuli, values, truths = pool.blocks[number], [], []
    for k, sessions in enumerate(of_studies):
        report(f"Estimating one participant, {stimuli.block.name}", k + 1, len(of_studies))
        (visit, *_) = cohort.study_visits(k)
        mind = cohort.start_mind(visit.number)
        if mind is None:
            return []
        its = sessions[0].answers[number]
        planned = pool.plan_block(visit, number)
        for pairs, trials in _list_curves(stimuli, planned):
            own = np.isin(its.image_pair, pairs)
            if own.any():
                said = (its.lambda_g[own] > 0.5).tolist()
                found = estimate(its.lambda_f[own].tolist(), said, _get_prior(planned))
                values.append((found.pse, found.pse_low, found.pse_high))
                truths.append(find_own_pse(mind, trials))
    if not values:
        return []
    key = intervals.OWN, "any pair"
    return [_score(stimuli.block.name, key, np.array(values)[:, None], np.array(truths)[:, None])]


def _get_prior(planned: PlannedBlock) -> Prior | None:
    return None if planned.curve_spec is None else planned.curve_spec.prior


def _list_curves(
    stimuli: BlockStimuli, planned: PlannedBlock
) -> Iterator[tuple[Sequence[int], list[Trial]]]:
    """Yield each curve of a participant: its image pairs, and its trials with all mixes."""
    block = stimuli.block
    assert isinstance(block, DiscriminateBlock)
    places = {pair.images: k for k, pair in enumerate(stimuli.image_pairs)}
    curves: dict[int, list[Trial]] = {}
    for trial in planned.trials:
        if not (trial.practice or trial.repeat):
            place = places[trial.pair.images]
            key = int(stimuli.class_pair[place]) if block.curve_for == "class_pair" else place
            curves.setdefault(key, []).append(replace(trial, lambdas=block.lambda_grid))
    for trials in curves.values():
        yield sorted({places[each.pair.images] for each in trials}), trials


def find_own_pse(mind: Mind, trials: Sequence[Trial]) -> float:
    """Return the mix that a participant names either class of as often; NaN where there is none.

    The participant is asked about every mix `OWN_ANSWERS` times, in trials like those given.
    """
    grid = np.array(trials[0].lambdas)
    said = np.zeros(len(grid))
    for k in range(OWN_ANSWERS):
        trial = trials[k % len(trials)]
        for place, lambda_f in enumerate(grid.tolist()):
            anew = _FIRST_ANEW + k * len(grid) + place
            intent = mind(replace(trial, lambdas=(lambda_f,), number=anew, counted=None))
            said[place] += (intent.lambda_g or 0.0) > 0.5
    n = np.full((1, len(grid)), float(OWN_ANSWERS))
    return float(midpoint(fit_logistics(grid, n, said[None] / OWN_ANSWERS))[0])
