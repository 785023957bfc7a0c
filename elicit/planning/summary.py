"""What a plan found, for people: tables, sentences, and numbers as CSV."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import asdict

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from elicit.planning.blocks import judged_once
from elicit.planning.pool import Recipe
from elicit.planning.pse_precision import PsePoint
from elicit.planning.search import Answered, Finding, Point
from elicit.planning.targets import Question

PSE_MEANS = (
    "A PSE is known to ±e where 95% of simulated studies of that size find it within e of what "
    "very many such participants give, for the study's own images. - : over 5% of studies find "
    "none at all."
)
POWER_MEANS = (
    "Power: share of simulated studies of that size whose policy beats mixup. A study fits it to "
    "four fifths of its participants and predicts the answers of the others, five times over; a "
    "t test over participants, paired, two-sided at 5%, compares mean square errors. The policy: "
    "one logistic a class pair, as in the paper, or one for all. Gain: what mixup has more."
)
STEPS_MEAN = (
    "Participants come in steps of about an eighth; other seeds give the same number or one beside "
    "it, other images another."
)


def title(finding: Finding, protocol: str) -> str:
    """Return what a table or a plot shows."""
    question = finding.question
    if question.target.kind == "pse":
        what = f"error of the PSE of each of {pairs_told(question)}"
    else:
        what = "power to find that a label policy beats mixup"
    return f"{protocol}, block {question.asked.block.name}: {what}"


def pairs_told(question: Question) -> str:
    """Return how many pairs have a PSE, such as 45 class pairs."""
    asked = question.asked
    if question.per == "image":
        return f"{len(asked.image_pairs)} image pairs"
    return (
        "1 class pair" if len(asked.class_pairs) == 1 else f"{len(asked.class_pairs)} class pairs"
    )


def table(finding: Finding, protocol: str) -> Table:
    """Return errors, or power, against participants; the number that is needed stands out."""
    its = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, title_justify="left",
                title=title(finding, protocol), title_style="bold")  # fmt: skip
    an_image = f"an {judged_once(finding.question.asked)}".replace("image pair", "image\npair")
    headings = ["participants", "judgements\na class pair", an_image]
    if finding.question.target.kind == "pse":
        headings += ["error:\nmedian", "\nworst", f"within\n±{wanted(finding)}"]
    else:
        headings += ["power: one a\nclass pair", "\none for all", "gain in\nsquares"]
    for heading in headings:
        its.add_column(heading, justify="right", no_wrap=True)
    if finding.question.target.kind == "pse":
        its.add_column("the worst", overflow="fold")
    for point in finding.points:
        needed = point.participants == finding.needed
        its.add_row(*(Text(cell) for cell in _cells(finding, point)),
                    style="bold green" if needed else None)  # fmt: skip
    return its


def wanted(finding: Finding) -> str:
    """Return the target's value."""
    return f"{finding.question.target.value:g}"


def _cells(finding: Finding, point: Point) -> list[str]:
    n = point.participants
    cells = [str(n), f"{finding.per_pair(n):.1f}", f"{finding.per_image(n):.1f}"]
    if isinstance(point, PsePoint):
        some = f"{point.known} of {point.pairs}"
        return [*cells, _error(point.error_median), _error(point.error_worst), some, point.worst]
    own, common = (_interval(*point.power(name)) for name in ("per_pair", "global"))
    gain = point.per_pair_gain if finding.question.policy == "per_pair" else point.common_gain
    return [*cells, own, common, f"{gain:+.4f}"]


def _interval(power: float, low: float, high: float) -> str:
    return f"{_share(power)} [{_share(low)}, {_share(high)}]"


def _share(value: float) -> str:
    return f"{value:.2f}".removeprefix("0")


def _error(value: float) -> str:
    return f"{value:.3f}" if math.isfinite(value) else "-"


def answer(finding: Finding) -> str:
    """Return how many participants are needed; of a target that is reached."""
    assert finding.needed is not None
    n, question = finding.needed, finding.question
    once = judged_once(question.asked)
    return (
        f"{question.asked.block.name}, {question.target}: {n} participants, "
        f"{finding.per_pair(n):.1f} judgements a class pair, {finding.per_image(n):.1f} an {once}"
    )


def missed(finding: Finding, most: int) -> str:
    """Return that no number of participants reaches a target, and what comes closest."""
    question, best = finding.question, finding.best
    where = f"--target {question.target}: block {question.asked.block.name}: no number of "
    where += f"participants up to {most} reaches it; "
    if isinstance(best, PsePoint):
        if not math.isfinite(best.error_worst):
            return where + f"{best.worst} has no PSE in over 5% of studies, whatever their number"
        closest = f"the PSE of {best.worst}, the worst, is known to ±{best.error_worst:.3f}"
    else:
        closest = f"power is {best.power(question.policy)[0]:.2f}"
    return where + f"at best {closest}, at {best.participants}; ask for less, or raise --most"


def meanings(answered: Answered) -> list[str]:
    """Return what the numbers of the tables mean."""
    kinds = {finding.question.target.kind for finding in answered.findings}
    told = {"pse": PSE_MEANS, "beats-mixup": POWER_MEANS}
    return [*(text for kind, text in told.items() if kind in kinds), STEPS_MEAN]


def session_told(answered: Answered, recipe: Recipe) -> str:
    """Return how long sessions take, and who was simulated."""
    crew = recipe.crew
    who = f"{answered.sessions} sessions simulated by {crew.observer}, seed {crew.seed}"
    if answered.minutes is None:
        return f"none of {who} came to its end, so there is no telling how long one takes"
    median, most = answered.minutes
    left = answered.sessions - answered.finished
    ended = (
        "" if left == 0 else f"; {left} of them left before the end, and count as far as they came"
    )
    return (
        f"a session takes {median:.1f} minutes in the median, pages included, and 90% of them at "
        f"most {most:.1f} ({who}{ended})"
    )


def numbers_csv(finding: Finding, recipe: Recipe) -> str:
    """Return a table's numbers, one number of participants a row, with where they come from."""
    question, crew = finding.question, recipe.crew
    rows = []
    for point in finding.points:
        n = point.participants
        numbers = {_column(key): value for key, value in asdict(point).items()}
        rows.append(
            {
                "protocol": recipe.protocol.name,
                "protocol_sha256": recipe.protocol.sha256,
                "block": question.asked.block.name,
                "target": str(question.target),
                "per": question.per,
                "policy": question.policy if question.target.kind != "pse" else "",
                "observer": crew.observer,
                "seed": crew.seed,
                "participants": n,
                "needed": n == finding.needed,
                "judgements_a_class_pair": finding.per_pair(n),
                "judgements_an_image": finding.per_image(n),
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
    return str(value)
