"""Logs from before `chose_i` give the numbers, to the byte, that the same answers give today."""

import csv
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from elicit.errors import LogError
from elicit.log.older_logs import CLASSES, PROCESS, SIDES, TIMED
from learn.cli import app
from learn.study.table import read_study
from tests.elicit.helpers.factories import block, load_protocol
from tests.elicit.helpers.factories import study as content
from tests.helpers.older_logs import LATER, make_older
from tests.helpers.simulated_studies import cohort, simulate_study
from tests.learn.helpers.handwritten_studies import row, write_session

NAMED = [row(3, 5, 0.3, said_i, paradigm="discriminate") for said_i in (1.0, 0.0, 1.0)]
RATED = [row(3, 5, 0.3, 0.25, 0.8), row(3, 5, 0.6, 0.75, 0.8)]
OTHERS = {
    "discriminate": (),
    "beside_others": (
        block("infer", name="shares", per_combination=3, batch_size=9),
        block("construct", name="halves"),
    ),
}


def aged(logs: Path, folder: Path) -> Path:
    """Return a copy of a study, with every trial log in the older form."""
    older = folder / "older" / logs.name
    shutil.copytree(logs, older)
    for path in older.glob("data/*_data.csv"):
        make_older(path)
    return older


@pytest.fixture(scope="module", params=OTHERS)
def studies(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    """Return a study with Discriminate in it, and the same one in the older form."""
    folder = tmp_path_factory.mktemp(request.param)
    blocks = (block("discriminate", name="classes"), *OTHERS[request.param])
    asked = load_protocol(folder, content(*blocks))
    people = [cohort("psychometric", 3), cohort("random", 1)]
    logs = simulate_study(folder / "logs", asked, people)
    return logs, aged(logs, folder)


def written(logs: Path, arguments: Sequence[str], out: Path) -> dict[str, bytes]:
    """Return what a command prints and writes, by file name."""
    out.mkdir(parents=True)
    shown = CliRunner().invoke(app, [arguments[0], str(logs), *arguments[1:]])
    assert shown.exit_code == 0, shown.output
    files = {str(path.relative_to(out)): path for path in out.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in files.items()} | {
        "printed": shown.output.replace(str(logs.parent), "").encode()
    }


@pytest.mark.parametrize(
    "arguments",
    [
        ("pse", "--out", "OUT/pse"),
        ("qc", "--out", "OUT/qc"),
        ("report", "--out", "OUT/report.html"),
        ("relabel", "--out", "OUT/labels", "--per-participant"),
        ("relabel", "--out", "OUT/labels", "--weighting", "policy", "--weighting",
         "empirical-bayes"),
        ("fit-policy", "--policy", "pooled", "--out", "OUT/policy.json"),
        ("compare-policies", "--folds", "2"),
    ],
    ids=lambda arguments: " ".join(arguments[:1]),
)  # fmt: skip
def test_an_older_study_gives_the_same_bytes(
    arguments: Sequence[str],
    studies: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = []
    for number, logs in enumerate(studies):
        here = tmp_path / str(number)
        here.mkdir()
        monkeypatch.chdir(here)
        said = [each.replace("OUT", "out") for each in arguments]
        found.append(written(logs, said, here / "out"))
    assert found[0] == found[1]


def test_the_table_of_an_older_study_is_that_of_today_s(studies: tuple[Path, Path]) -> None:
    today, older = (read_study(logs).drop(columns="file") for logs in studies)
    lacking = list(LATER)
    in_infer = today["confidence_of"].isna() ^ (today["paradigm"] == "infer")
    in_some = ["confidence_of", "practice_round", *TIMED, *SIDES, *CLASSES, *PROCESS[1:]]  # trials
    assert not _blank(today[lacking].drop(columns=in_some)).any(axis=None)
    assert in_infer.all()
    assert older["process"].eq("mixup").all()  # which made every image then
    assert _blank(older[lacking].drop(columns="process")).all(axis=None)
    pd.testing.assert_frame_equal(today.drop(columns=lacking), older.drop(columns=lacking))


def _blank(table: pd.DataFrame) -> pd.DataFrame:
    return table.isna() | (table == "").fillna(False)


def test_a_study_may_hold_logs_of_both_forms(tmp_path: Path) -> None:
    write_session(tmp_path, "P01", *NAMED, *RATED)
    make_older(write_session(tmp_path, "P02", *NAMED, *RATED))
    table = read_study(tmp_path)
    assert table["chose_i"].tolist() == [True, False, True, pd.NA, pd.NA] * 2
    assert table["lambda_g"].tolist()[3:5] == [0.25, 0.75]


@pytest.mark.parametrize("older", [False, True])
def test_a_mean_of_lambda_g_over_a_mixed_study_is_one_of_shares_alone(
    older: bool, tmp_path: Path
) -> None:
    path = write_session(tmp_path / "both", "P01", *RATED, *NAMED)
    write_session(tmp_path / "shares", "P01", *RATED)
    if older:
        make_older(path)
    means = [read_study(tmp_path / logs)["lambda_g"].mean() for logs in ("both", "shares")]
    assert means == [0.5, 0.5]
    if not older:
        plain = pd.read_csv(path)["lambda_g"]
        assert plain.mean() == 0.5
        assert np.isnan(plain.to_numpy()).sum() == len(NAMED)


@pytest.mark.parametrize("quoted", [False, True])
@pytest.mark.parametrize(
    ("older", "column", "cell", "told"),
    [
        (True, "lambda_g", "0.4", "must be 1 or 0 in discriminate, in a log without the column"),
        (True, "lambda_g", "", "must be 1 or 0 in discriminate, in a log without the column"),
        (False, "lambda_g", "1.0", "must be blank in discriminate, whose answer is chose_i"),
        (False, "chose_i", "", "must be true or false, as it is the answer of discr"),
    ],
)
def test_a_row_that_mixes_the_forms_is_told_by_file_line_and_column(
    older: bool, column: str, cell: str, told: str, quoted: bool, tmp_path: Path
) -> None:
    path = write_session(tmp_path, "P01", *RATED, *NAMED)
    if older:
        make_older(path)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    rows[4][rows[0].index(column)] = cell
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL).writerows(rows)
    with pytest.raises(LogError, match=rf"_data\.csv:5: {column}: {told}.*, got '{cell}'$"):
        read_study(tmp_path)
