"""The result of a plan as tables, sentences and CSV."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import asdict, replace

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from elicit.planning.blocks import judgement_unit
from elicit.planning.calibration import MIN_COVERAGE, CalibrationScore
from elicit.planning.pool import ParticipantPool
from elicit.planning.pse_precision import PsePoint
from elicit.planning.search import PlanResult, Point, TargetResult
from elicit.planning.targets import Question
from elicit.simulation.cohort import SimulatedCohort
from stimuli.formulas import escape_formula

PSE_MEANS = (
    "A PSE is known to ±e if 95% of simulated studies of that size estimate it within e of the "
    "value that very many such participants would give, for the study's own images. - : more than "
    "5% of studies give no estimate."
)
OMEGA_MEANS = (
    "A mean confidence is known to ±e if 95% of simulated studies of that size find it within e of "
    "that of very many such participants, for the study's own images."
)
POWER_MEANS = (
    "Power: share of simulated studies of that size whose policy beats mixup. A study fits the "
    "policy to four fifths of its participants and predicts the answers of the others, five "
    "times over (cross-validation). A paired t test over participants, two-sided at 5%, compares "
    "the mean square errors. The policy is one logistic for each class pair, as in the paper, or "
    "one for all. Gain: the mean square error of mixup minus that of the policy."
)
CALIBRATION_MEANS = (
    "Each study has participants of its own; where an interval is over other images too, it has "
    "images of its own. Truth: what very many such participants give, or their own curve. Error: "
    "root mean square. Covered: share of 95% intervals that hold the truth, with Wilson's 95% "
    "interval for that many studies. None: studies without an interval. All: the mean of all "
    "pairs, whose interval is over other pairs too, held against these pairs."
)
LOW_COVERAGE_MEANS = (
    "Covered below .90: do not report that interval as a 95% interval. Over other images: raise "
    "per_combination, or say 'for these images'. Of one image pair: it covers over all of them, "
    "less for extreme ones. Of a population: ask more participants. Of one participant: ask "
    "more trials a curve, or report the population only. A bias as large as the "
    "error: more participants do not help, but more trials and mixes nearer to the PSE do."
)
MAX_PAIRS_LISTED = 6  # rows of one kind that a table has one by one
STEPS_MEAN = (
    "Numbers of participants increase by about an eighth from row to row. Other seeds give the "
    "same number or its neighbour; other images can give another number."
)


def title(result: TargetResult, protocol: str) -> str:
    """Return what a table or a plot shows."""
    question = result.question
    if question.target.is_precision:
        quantity, pairs = question.target.quantity, format_pair_count(question)
        what = f"error of the {quantity} of each of {pairs}"
        if question.per == "all":
            what = f"error of the mean {quantity} of {pairs}"
    else:
        what = "power to find that a label policy beats mixup"
    return f"{protocol}, block {question.stimuli.block.name}: {what}"


def format_pair_count(question: Question) -> str:
    """Return how many pairs have a PSE, such as 45 class pairs."""
    stimuli = question.stimuli
    if question.per == "image":
        return f"{len(stimuli.image_pairs)} image pairs"
    return (
        "1 class pair"
        if len(stimuli.class_pairs) == 1
        else f"{len(stimuli.class_pairs)} class pairs"
    )


def summary_table(result: TargetResult, protocol: str) -> Table:
    """Return errors, or power, against participants; the number that is needed stands out."""
    its = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, title_justify="left",
                title=title(result, protocol), title_style="bold")  # fmt: skip
    an_image = f"an {judgement_unit(result.question.stimuli)}".replace("image pair", "image\npair")
    headings = ["participants", "judgements\na class pair", an_image]
    if result.question.target.is_precision:
        headings += ["error:\nmedian", "\nworst", f"within\n±{format_target(result)}"]
    else:
        headings += ["power: one a\nclass pair", "\none for all", "gain in\nsquares"]
    for heading in headings:
        its.add_column(heading, justify="right", no_wrap=True)
    if result.question.target.is_precision:
        its.add_column("the worst", overflow="fold")
    for point in result.points:
        needed = point.participants == result.needed
        its.add_row(*(Text(cell) for cell in _cells(result, point)),
                    style="bold green" if needed else None)  # fmt: skip
    return its


def format_target(result: TargetResult) -> str:
    """Return the target's value."""
    return f"{result.question.target.value:g}"


def _cells(result: TargetResult, point: Point) -> list[str]:
    n = point.participants
    cells = [str(n), f"{result.per_pair(n):.1f}", f"{result.per_image(n):.1f}"]
    if isinstance(point, PsePoint):
        some = f"{point.known} of {point.pairs}"
        return [*cells, _error(point.error_median), _error(point.error_worst), some, point.worst]
    own, common = (_interval(*point.power(name)) for name in ("per_pair", "global"))
    gain = point.per_pair_gain if result.question.policy == "per_pair" else point.common_gain
    return [*cells, own, common, f"{gain:+.4f}"]


def _interval(power: float, low: float, high: float) -> str:
    return f"{_share(power)} [{_share(low)}, {_share(high)}]"


def _share(value: float) -> str:
    return f"{value:.2f}".removeprefix("0")


def _error(value: float) -> str:
    return f"{value:.3f}" if math.isfinite(value) else "-"


def format_answer(result: TargetResult) -> str:
    """Return how many participants are needed; of a target that is reached."""
    assert result.needed is not None
    n, question = result.needed, result.question
    once = judgement_unit(question.stimuli)
    return (
        f"{question.stimuli.block.name}, {question.target}: {n} participants, "
        f"{result.per_pair(n):.1f} judgements a class pair, {result.per_image(n):.1f} an {once}"
    )


def format_images(result: TargetResult) -> str | None:
    """Return how many pairs of images the answer needs for other images than the study's own.

    None where image pairs have no PSE of their own.
    """
    spread = result.spread
    if spread is None:
        return None
    wanted = result.question.target.value
    needed = spread.count_needed(wanted)
    advice = (
        f"that many are enough for ±{wanted:g}"
        if needed <= spread.image_pairs
        else f"±{wanted:g} needs {needed} a class pair: raise per_combination"
    )
    return (
        f"{result.question.stimuli.block.name}: this is for the study's own images; with other "
        f"images of the same classes, {spread.image_pairs:.1f} image pairs a class pair, whose "
        f"PSEs differ with a standard deviation of {spread.sd:.3f}, leave an error of "
        f"±{spread.error:.3f} whatever the number of participants; {advice}"
    )


def format_missed(result: TargetResult, most: int) -> str:
    """Return that no number of participants reaches a target, and what comes closest."""
    question, best = result.question, result.best
    where = f"--target {question.target}: block {question.stimuli.block.name}: no number of "
    where += f"participants up to {most} reaches it; "
    if isinstance(best, PsePoint):
        if not math.isfinite(best.error_worst):
            return (
                where
                + f"{best.worst} has no {question.target.quantity} in more than 5% of studies, "
                "whatever their size"
            )
        closest = (
            f"the {question.target.quantity} of {best.worst}, the worst, is known to "
            f"±{best.error_worst:.3f}"
        )
    else:
        closest = f"power is {best.power(question.policy)[0]:.2f}"
    return where + f"at best {closest}, at {best.participants}; ask for less, or raise --most"


def explanations(plan: PlanResult) -> list[str]:
    """Return what the numbers of the tables mean."""
    kinds = {result.question.target.kind for result in plan.results}
    told = {"pse": PSE_MEANS, "omega": OMEGA_MEANS, "beats-mixup": POWER_MEANS}
    return [*(text for kind, text in told.items() if kind in kinds), STEPS_MEAN]


def format_durations(plan: PlanResult, cohort: SimulatedCohort) -> str:
    """Return how long sessions take, and who was simulated."""
    who = f"{plan.sessions} sessions simulated by {cohort.observer}, seed {cohort.seed}"
    if plan.minutes is None:
        return f"none of {who} came to its end, so the duration of a session is not known"
    median, most = plan.minutes
    left = plan.sessions - plan.finished
    ended = "" if left == 0 else f"; {left} of them ended early, and count up to that point"
    return (
        f"median duration of a session: {median:.1f} minutes with pages; 90% take at most "
        f"{most:.1f} ({who}{ended})"
    )


def calibration_table(scores: Sequence[CalibrationScore], title: str) -> Table:
    """Return how intervals did; of many pairs all together, and the one that is covered least."""
    its = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, title_justify="left",
                title=title, title_style="bold")  # fmt: skip
    for heading in ("block", "interval of", "pair"):
        its.add_column(heading, overflow="fold")
    for heading in ("truth", "bias", "error", "covered [95%]", "none"):
        its.add_column(heading, justify="right", no_wrap=True)
    for each in _select_scores(scores):
        low = each.covered < MIN_COVERAGE
        cells = [each.block, each.what, each.unit, *map(_number, (each.truth, each.bias))]
        cells += [_number(each.error)]
        covered = _interval(each.covered, each.covered_low, each.covered_high)
        cells += [covered if each.studies else "-"]
        its.add_row(*(Text(cell) for cell in [*cells, str(each.missing)]),
                    style="bold red" if low else None)  # fmt: skip
    return its


def _select_scores(scores: Sequence[CalibrationScore]) -> list[CalibrationScore]:
    """Return the scores of a table: of each kind the first ones, and of many the worst."""
    kinds: dict[tuple[str, str], list[CalibrationScore]] = {}
    for each in scores:
        kinds.setdefault((each.block, each.what), []).append(each)
    found = []
    for its in kinds.values():
        if len(its) <= MAX_PAIRS_LISTED:
            found += its
            continue
        first = [each for each in its if each.together]
        worst = min((each for each in its if not each.together), key=_get_covered)
        found += [*first, replace(worst, unit=f"worst: {worst.unit}")]
    return found


def _get_covered(score: CalibrationScore) -> float:
    return score.covered if math.isfinite(score.covered) else math.inf


def _number(value: float) -> str:
    return f"{value:.3f}" if math.isfinite(value) else "-"


def calibration_csv(
    scores: Sequence[CalibrationScore], pool: ParticipantPool, participants: int
) -> str:
    """Return all scores, one number or kind a row, with where they come from."""
    where = {
        "protocol": pool.protocol.name,
        "protocol_sha256": pool.protocol.sha256,
        "observer": pool.cohort.observer,
        "seed": pool.cohort.seed,
        "participants": participants,
    }
    return _csv([where | asdict(each) for each in scores])


def numbers_csv(result: TargetResult, pool: ParticipantPool) -> str:
    """Return a table's numbers, one number of participants a row, with where they come from."""
    question, cohort = result.question, pool.cohort
    rows = []
    for point in result.points:
        n = point.participants
        numbers = {_column(key): value for key, value in asdict(point).items()}
        rows.append(
            {
                "protocol": pool.protocol.name,
                "protocol_sha256": pool.protocol.sha256,
                "block": question.stimuli.block.name,
                "target": str(question.target),
                "per": question.per,
                "policy": "" if question.target.is_precision else question.policy,
                "observer": cohort.observer,
                "seed": cohort.seed,
                "participants": n,
                "needed": n == result.needed,
                "judgements_a_class_pair": result.per_pair(n),
                "judgements_an_image": result.per_image(n),
            }
            | {key: value for key, value in numbers.items() if key != "participants"}
        )
    return _csv(rows)


def _column(name: str) -> str:
    """Return what a number is called in the file: learn's name for the policy."""
    return name.replace("common", "global")


def _csv(rows: Sequence[dict[str, object]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(rows[0])
    writer.writerows([_cell(value) for value in row.values()] for row in rows)
    return text.getvalue()


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.6g}" if math.isfinite(value) else ""
    return str(escape_formula(value))
