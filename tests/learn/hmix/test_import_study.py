"""The published H-Mix, imported: every figure that a correct analysis finds."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from elicit.errors import ElicitError
from elicit.log import reader as log
from learn.hmix.import_study import PUBLISHED, ImportCount, import_hmix
from learn.qc.check import figures
from learn.study.table import check_one_source, read_study
from stimuli.errors import StimulusError
from stimuli.sources.cifar10 import CLASSES
from tests.conftest import SHARED_DATA

H_MIX = SHARED_DATA / "h-mix"
pytestmark = pytest.mark.skipif(not H_MIX.is_dir(), reason=f"{H_MIX} is missing")
BROKEN_SCREEN = "61rpt4g7xxz6heg"
MIXES = (0.1, 0.25, 0.5, 0.75, 0.9)


@pytest.fixture(scope="module")
def trials(h_mix_study: Path) -> pd.DataFrame:
    return read_study(h_mix_study)


@pytest.fixture(scope="module")
def found(trials: pd.DataFrame) -> dict[tuple[str, str, float | None], float]:
    """Figures by paradigm, name and lambda_f."""
    return {
        (paradigm, name, None if pd.isna(at) else at): value
        for paradigm, name, at, value in figures(trials).to_numpy(dtype=object).tolist()
    }


def copied(folder: Path) -> Path:
    shutil.copytree(H_MIX, folder)
    return folder


def test_each_interface_has_the_participants_rows_and_repeats_of_the_paper(tmp_path: Path) -> None:
    assert import_hmix(H_MIX, tmp_path / "study") == [
        ImportCount("construct", 45, 1440, 90),
        ImportCount("select_shuffled", 25, 800, 50),
        ImportCount("infer", 81, 4950, 162),
        ImportCount("categorize", 8, 216, 16),
    ]


@pytest.mark.parametrize(
    ("paradigm", "rt_s", "minutes", "r"),
    [
        ("construct", 9.2, 8.5, 0.75),
        ("select_shuffled", 11.0, 9.2, 0.44),
        ("infer", 8.4, 13.1, 0.85),
    ],
)
def test_times_and_test_retest_correlations_are_the_paper_s(
    paradigm: str,
    rt_s: float,
    minutes: float,
    r: float,
    trials: pd.DataFrame,
    found: dict[tuple[str, str, float | None], float],
) -> None:
    its = trials[trials["paradigm"] == paradigm]
    assert round(its["rt_s"].median(), 1) == rt_s
    assert round(its.groupby("participant")["elapsed_s"].max().median() / 60, 1) == minutes
    assert round(found[paradigm, "test-retest r", None], 2) == r


@pytest.mark.parametrize(
    ("paradigm", "at_05", "at_04", "at_06", "mean"),
    [
        ("construct", 0.369, 0.196, 0.237, 0.522),
        ("select_shuffled", 0.301, 0.195, 0.261, 0.511),
    ],
)
def test_what_people_call_50_50_is_what_the_paper_found(
    paradigm: str,
    at_05: float,
    at_04: float,
    at_06: float,
    mean: float,
    trials: pd.DataFrame,
    found: dict[tuple[str, str, float | None], float],
) -> None:
    shares = [round(found[paradigm, "share of answers", at], 3) for at in (0.5, 0.4, 0.6)]
    assert shares == [at_05, at_04, at_06]
    its = trials[trials["paradigm"] == paradigm]
    assert round(its["lambda_f"].mean(), 3) == mean  # repeats too
    assert set(its["lambda_f"]) <= {step / 10 for step in range(11)}
    assert set(its["lambda_g"]) == {0.5}


def test_what_people_see_in_a_mix_is_what_the_paper_found(
    found: dict[tuple[str, str, float | None], float],
) -> None:
    def at_each_mix(name: str, digits: int) -> list[float]:
        return [round(found["infer", name, at], digits) for at in MIXES]

    assert at_each_mix("mean lambda_g", 3) == [0.138, 0.205, 0.478, 0.754, 0.829]
    assert at_each_mix("median lambda_g", 2) == [0.08, 0.14, 0.50, 0.83, 0.92]
    assert at_each_mix("mean omega", 2) == [0.79, 0.72, 0.63, 0.72, 0.78]


def test_there_are_as_many_images_at_each_mix_as_published(trials: pd.DataFrame) -> None:
    infer = trials[trials["paradigm"] == "infer"]
    images = infer.drop_duplicates(["image_i", "image_j", "lambda_f"])["lambda_f"].value_counts()
    assert images.sort_index().to_dict() == dict(zip(MIXES, (413, 371, 524, 409, 353), strict=True))
    pairs = trials[trials["paradigm"] == "construct"].drop_duplicates(["image_i", "image_j"])
    assert len(pairs) == 249


def test_one_participant_holds_nearly_all_answers_of_the_broken_screen(
    trials: pd.DataFrame,
) -> None:
    ends = trials[(trials["paradigm"] == "construct") & (trials["lambda_f"] == 1.0)]
    assert len(ends) == 34
    assert (ends["participant"] == BROKEN_SCREEN).sum() == 31


def test_trials_are_numbered_in_the_order_they_were_answered(trials: pd.DataFrame) -> None:
    for _, its in trials.groupby("participant"):
        assert its["trial"].tolist() == list(range(len(its)))
        assert its["elapsed_s"].is_monotonic_increasing
        assert its["repeat"].tolist() == [False] * (len(its) - 2) + [True] * 2


def test_what_the_web_pages_could_not_tell_is_blank(trials: pd.DataFrame) -> None:
    blank = ["protocol_sha256", "allocation", "position_touched", "confidence_touched", "steps"]
    assert trials[[*blank, "onset_utc", "dropped_frames", "order_shown"]].isna().to_numpy().all()
    assert not trials[["practice", "simulated", "resumed"]].to_numpy().any()
    assert set(trials["fingerprint_i"]) == {""}
    assert set(trials["confidence_of"][trials["paradigm"] == "infer"]) == {"others"}
    assert trials["confidence_of"][trials["paradigm"] != "infer"].isna().all()
    assert check_one_source(trials) == ("cifar10", 32)


def test_a_trial_log_reads_as_one_of_a_lab_session_does(h_mix_study: Path) -> None:
    files = sorted((h_mix_study / "data").iterdir())
    assert len(files) == 45 + 25 + 81 + 8
    assert len(log.read(files[0])) in (27, 32, 59, 60, 62)
    described = json.loads((h_mix_study / "dataset_description.json").read_text(encoding="utf-8"))
    header = files[0].read_text(encoding="utf-8").splitlines()[0].split(",")
    assert [each["name"] for each in described["variableMeasured"]] == header


def test_answers_of_the_fourth_interface_are_trial_rows_as_published(trials: pd.DataFrame) -> None:
    its = trials[trials["paradigm"] == "categorize"]
    assert (len(its), its["participant"].nunique(), its["repeat"].sum()) == (216, 8, 16)
    assert len(its.drop_duplicates(["image_i", "image_j", "lambda_f"])) == 100
    assert its[["lambda_g", "chose_i", "omega"]].isna().to_numpy().all()
    assert its["lambda_f"].isin([0.25, 0.5, 0.75]).all()
    first = its[its["participant"] == "71ktrmpcv3we1b7"].iloc[0]
    assert (first["class_i"], first["image_i"], first["lambda_f"]) == ("airplane", 3497, 0.75)
    assert (first["class_j"], first["image_j"], first["rt_s"]) == ("ship", 8913, 78.6908)
    assert (first["chosen_1"], first["share_1"]) == ("airplane", 0.6)
    assert (first["chosen_2"], first["share_2"]) == ("frog", 0.2)
    assert first["excluded"] == "cat/deer/dog/horse/truck"
    assert set(its["class_order"]) == {"/".join(CLASSES)}


def test_odd_answers_of_the_fourth_interface_are_kept(trials: pd.DataFrame) -> None:
    its = trials[trials["paradigm"] == "categorize"]
    assert (its["share_2"].notna() & its["chosen_2"].eq("")).sum() == 15
    assert (its["chosen_1"] == its["chosen_2"]).sum() == 1
    named = zip(its["excluded"], its["chosen_1"], its["chosen_2"], strict=True)
    both = [{first, second} & set(out.split("/")) - {""} for out, first, second in named]
    assert sum(map(bool, both)) == 3


def test_nothing_is_imported_over_another_study(tmp_path: Path) -> None:
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ElicitError, match="study: is there already; nothing is overwritten: choo"):
        import_hmix(H_MIX, tmp_path / "study")
    assert [path.name for path in tmp_path.rglob("*")] == ["study", "mine.txt"]


def test_an_empty_folder_is_no_other_study(tmp_path: Path) -> None:
    (tmp_path / "study").mkdir()
    assert len(import_hmix(H_MIX, tmp_path / "study")) == 4


@pytest.mark.parametrize("file", [*(each.file for each in PUBLISHED)])
def test_a_table_that_is_missing_is_named_and_no_study_is_made(file: str, tmp_path: Path) -> None:
    (copied(tmp_path / "h-mix") / file).unlink()
    with pytest.raises(StimulusError, match=rf"{file}: no such file; give the folder that"):
        import_hmix(tmp_path / "h-mix", tmp_path / "study")
    assert not (tmp_path / "study").exists()


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("construct_midpoint", "Bird_9624_Deer_9585", "Deer_9585_Bird_9624", r":2: .* order; got"),
        ("construct_midpoint", ",0.6,0.1,", ",0.63,0.1,", r":2: .* multiple of 0.1, got '0.63'"),
        ("construct_midpoint", ",final_value,", ",value,", r":1: .* no column final_value"),
        (
            "construct_midpoint",
            ",o5bv7eyn1ckp7ve,",
            ",o 5,",
            r":2: participant: must be 1 to 32 .*, got 'o 5'$",
        ),
        ("select_shuffled_midpoint", "select0.5", "selectNo", r":2: not a row of H-Mix: could not"),
        ("infer_mixing_factor", ":26,", ":126,", r":2: lambda_g: must be at least 0, got -0.26"),
        ("infer_mixing_factor", "mixingcoeff", "mixing", r":2: not a row of H-Mix: 'mixingcoeff'"),
        ("categorical_soft_labels", '""prob"":""60""', '""prob"":""160""', r":8: .* 100 %, got"),
    ],
)
def test_a_row_that_is_not_h_mix_s_is_told_by_file_and_line(
    file: str, old: str, new: str, told: str, tmp_path: Path
) -> None:
    path = copied(tmp_path / "h-mix") / f"hmix_{file}.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises((ElicitError, StimulusError), match=rf"hmix_{file}\.csv{told}"):
        import_hmix(tmp_path / "h-mix", tmp_path / "study")
    assert not (tmp_path / "study").exists()
