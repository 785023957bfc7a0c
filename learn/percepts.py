"""From a study folder's rows to judgements, and from judgements to one percept an image."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from elicit import log
from elicit.errors import ElicitError
from elicit.log import TrialRow


@dataclass(frozen=True, order=True)
class MixedImage:
    """What was judged: `lambda_f` of image i and the rest of image j; sorts by class first."""

    class_i: str
    image_i: int
    class_j: str
    image_j: int
    lambda_f: float  # share of image i, 0 to 1


@dataclass(frozen=True)
class Judgement:
    """One row: the image mixed at lambda_f looked like lambda_g, with confidence omega."""

    row: TrialRow
    file: Path
    line: int  # of the file, from 1, on which the row ends

    @property
    def image(self) -> MixedImage:
        """The image that was judged."""
        row = self.row
        return MixedImage(row.class_i, row.image_i, row.class_j, row.image_j, row.lambda_f)

    @property
    def place(self) -> str:
        """Where the row stands, as an error begins."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Selection:
    """The judgements that count, and how many others do not, by reason."""

    used: tuple[Judgement, ...]
    practice: int
    simulated: int
    all_simulated: bool  # a program gave every judgement that counts


@dataclass(frozen=True)
class Percept:
    """What people saw in one image."""

    image: MixedImage
    n: int  # judgements
    mean_lambda_g: float  # 0 to 1
    sd_lambda_g: float  # ddof = 0: 0 for one judgement
    mean_omega: float | None  # over the judgements that have one; None where none has


def read_study(logs: Path) -> list[Judgement]:
    """Return every row of a study folder, in the order of file names, then lines.

    Args:
        logs: the study folder; its trial logs are data/*_data.csv.

    Raises:
        ElicitError: not a study folder, no answered trial in it, a broken trial log, or a trial
            that is there twice.
    """
    judgements = [
        Judgement(row, file, line)
        for file in _trial_logs(logs)
        for line, row in log.read_lines(file)
    ]
    if not judgements:
        raise ElicitError(
            f"{logs / 'data'}: no answered trial in any trial log; run a session first: "
            f"elicit run PROTOCOL --logs {logs}"
        )
    _check_each_once(judgements)
    return judgements


def select(judgements: Sequence[Judgement], include_simulated: bool = False) -> Selection:
    """Leave out practice, and what a program answered in a study that people answered too.

    Args:
        judgements: every row of a study, at least one.
        include_simulated: count simulated judgements beside those of people.

    Raises:
        ElicitError: only practice is there.
    """
    asked = [judgement for judgement in judgements if not judgement.row.practice]
    people = [judgement for judgement in asked if not judgement.row.simulated]
    if not asked:
        data = judgements[0].file.parent
        raise ElicitError(
            f"{data}: all {len(judgements)} trials are practice, which does not count; "
            "run a session to its trials first"
        )
    used = asked if include_simulated or not people else people
    return Selection(
        used=tuple(used),
        practice=len(judgements) - len(asked),
        simulated=len(asked) - len(used),
        all_simulated=not people,
    )


def pool(judgements: Iterable[Judgement]) -> tuple[Percept, ...]:
    """Return one percept for each image that was judged, sorted by image.

    All judgements of an image weigh the same. A repeat is a judgement like any other, as in
    H-Mix's own aggregate, so a participant who saw an image twice counts twice in it. Sums are
    exact before they are rounded, so the order of judgements changes nothing.
    """
    of_image: defaultdict[MixedImage, list[TrialRow]] = defaultdict(list)
    for judgement in judgements:
        of_image[judgement.image].append(judgement.row)
    return tuple(_percept(image, of_image[image]) for image in sorted(of_image))


def _percept(image: MixedImage, rows: Sequence[TrialRow]) -> Percept:
    seen = [row.lambda_g for row in rows]
    sure = [row.omega for row in rows if row.omega is not None]
    mean = statistics.mean(seen)  # exact fractions, rounded once: those who agree have spread 0
    return Percept(
        image=image,
        n=len(rows),
        mean_lambda_g=mean,
        sd_lambda_g=math.sqrt(math.fsum((each - mean) ** 2 for each in seen) / len(seen)),
        mean_omega=statistics.mean(sure) if sure else None,
    )


def _trial_logs(logs: Path) -> list[Path]:
    wanted = "must be a study folder, as elicit run --logs makes it"
    if not logs.is_dir():
        came = "a file" if logs.is_file() else "no such folder"
        raise ElicitError(f"{logs}: {wanted}; got {came}")
    files = sorted((logs / "data").glob("*_data.csv"), key=lambda file: file.name)
    if files:
        return files
    if any(logs.glob("*_data.csv")):
        raise ElicitError(f"{logs}: {wanted}; got its data folder: give {logs.resolve().parent}")
    raise ElicitError(f"{logs}: {wanted}; no trial log is in it (looked for data/*_data.csv)")


def _check_each_once(judgements: Iterable[Judgement]) -> None:
    first: dict[tuple[str, int, str, int], Judgement] = {}
    for judgement in judgements:
        row = judgement.row
        trial = (row.participant, row.session, row.protocol, row.trial)
        other = first.setdefault(trial, judgement)
        if other is not judgement:
            raise ElicitError(
                f"{judgement.place}: trial {row.trial} of participant {row.participant}, session "
                f"{row.session}, is in {other.place} too; keep one of the two, so it counts once"
            )
