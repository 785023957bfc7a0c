"""Which rows count, and what they come to for each image."""

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elicit.errors import ElicitError, LogError
from elicit.log import TrialRow
from learn.percepts import Judgement, MixedImage, Percept, pool, read_study, select
from tests.learn.studies import FIRST, SECOND, row, write_session, write_study


def judgements(*rows: TrialRow) -> list[Judgement]:
    return [Judgement(each, Path("by_hand.csv"), line) for line, each in enumerate(rows, start=2)]


def test_each_image_gets_the_mean_and_spread_of_what_people_saw_in_it() -> None:
    plane, cat, deer = pool(judgements(*FIRST, *SECOND))
    assert plane == Percept(MixedImage("airplane", 0, "ship", 8, 0.6), 1, 0.5, 0.0, None)
    assert cat.image == MixedImage("cat", 3, "dog", 5, 0.25)
    assert (cat.n, cat.mean_lambda_g) == (3, 0.3)
    assert cat.sd_lambda_g == pytest.approx(math.sqrt(0.02 / 3))
    assert cat.mean_omega == pytest.approx(0.8)
    assert deer == Percept(MixedImage("deer", 4, "horse", 7, 0.9), 1, 1.0, 0.0, 0.0)


def test_a_repeat_is_a_judgement_like_any_other() -> None:
    (percept,) = pool(judgements(row(3, 5, 0.5, 0.2, 1.0), row(3, 5, 0.5, 0.4, 1.0, repeat=True)))
    assert percept.n == 2
    assert percept.mean_lambda_g == pytest.approx(0.3)


def test_one_pair_at_two_mixes_is_two_images() -> None:
    low, high = pool(judgements(row(3, 5, 0.75), row(3, 5, 0.25)))
    assert (low.image.lambda_f, high.image.lambda_f) == (0.25, 0.75)


def test_confidence_is_averaged_over_those_who_were_asked() -> None:
    (percept,) = pool(
        judgements(row(3, 5, 0.5), row(3, 5, 0.5, 0.7, 0.0), row(3, 5, 0.5, 0.6, 0.5))
    )
    assert (percept.n, percept.mean_omega) == (3, 0.25)


@pytest.mark.parametrize("lambda_g", [0.1, 0.29, 0.57, 1 / 3])
@pytest.mark.parametrize("n", [3, 7, 49])
def test_people_who_agree_have_their_answer_as_mean_and_no_spread(lambda_g: float, n: int) -> None:
    (percept,) = pool(judgements(*[row(3, 5, 0.5, lambda_g, lambda_g)] * n))
    assert (percept.mean_lambda_g, percept.sd_lambda_g) == (lambda_g, 0.0)
    assert percept.mean_omega == lambda_g


@given(data=st.data(), answers=st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_the_order_of_judgements_changes_no_bit(data: st.DataObject, answers: list[float]) -> None:
    one = row(3, 5, 0.5)
    rows = [one.model_copy(update={"lambda_g": each, "omega": 1 - each}) for each in answers]
    (percept,) = pool(judgements(*rows))
    assert pool(judgements(*data.draw(st.permutations(rows)))) == (percept,)
    assert min(answers) <= percept.mean_lambda_g <= max(answers)
    assert 0 <= percept.sd_lambda_g <= 0.5


def test_every_row_of_a_study_is_read_with_its_file_and_line(tmp_path: Path) -> None:
    read = read_study(write_study(tmp_path))
    assert [(each.row.participant, each.line) for each in read] == [
        *(("P01", line) for line in (2, 3, 4)),
        *(("P02", line) for line in (2, 3)),
    ]
    assert read[3].place.endswith("subject-P02_session-1_task-byhand_data.csv:2")


def test_events_and_sidecars_beside_a_trial_log_are_no_trial_logs(tmp_path: Path) -> None:
    write_study(tmp_path)
    (tmp_path / "data" / "subject-P01_session-1_task-byhand_events.csv").write_text(
        "trial\r\n0\r\n"
    )
    (tmp_path / "data" / "subject-P01_session-1_task-byhand_session.json").write_text("{}")
    assert len(read_study(tmp_path)) == 5


def test_practice_is_left_out() -> None:
    chosen = select(judgements(row(3, 5, 0.5, practice=True), *FIRST))
    assert ([each.line for each in chosen.used], chosen.practice) == ([3, 4, 5], 1)


def test_what_a_program_answered_is_left_out_where_people_answered_too() -> None:
    both = judgements(row(3, 5, 0.5, simulated=True), *FIRST)
    chosen = select(both)
    assert (len(chosen.used), chosen.simulated, chosen.all_simulated) == (3, 1, False)
    chosen = select(both, include_simulated=True)
    assert (len(chosen.used), chosen.simulated, chosen.all_simulated) == (4, 0, False)


def test_a_study_that_only_a_program_answered_is_used_and_said_to_be_one() -> None:
    practice = row(0, 8, 0.5, practice=True)  # by a person; it does not count as one
    chosen = select(judgements(practice, row(3, 5, 0.5, simulated=True)))
    assert (len(chosen.used), chosen.simulated, chosen.all_simulated) == (1, 0, True)


def test_a_study_of_nothing_but_practice_is_refused() -> None:
    with pytest.raises(ElicitError, match="all 1 trials are practice, which does not count; run"):
        select(judgements(row(3, 5, 0.5, practice=True)))


def test_a_study_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ElicitError, match=r"logs: must be a study folder, .*; got no such folder"):
        read_study(tmp_path / "logs")


def test_a_file_is_no_study_folder(tmp_path: Path) -> None:
    with pytest.raises(ElicitError, match=r"_data.csv: must be a study folder, .*; got a file"):
        read_study(write_session(tmp_path, "P01", *FIRST))


def test_a_folder_without_trial_logs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ElicitError, match=r"no trial log is in it \(looked for data/\*_data.csv\)"):
        read_study(tmp_path)


def test_the_data_folder_instead_of_the_study_folder_is_answered_with_the_study_folder(
    tmp_path: Path,
) -> None:
    write_study(tmp_path / "logs")
    with pytest.raises(ElicitError, match=r"got its data folder: give .*logs$"):
        read_study(tmp_path / "logs" / "data")


def test_a_study_in_which_nobody_answered_anything_is_refused(tmp_path: Path) -> None:
    write_session(tmp_path, "P01")
    with pytest.raises(ElicitError, match="no answered trial in any trial log; run a session"):
        read_study(tmp_path)


def test_a_trial_log_that_was_copied_beside_itself_does_not_count_twice(tmp_path: Path) -> None:
    path = write_session(tmp_path, "P01", *FIRST)
    path.with_name(f"copy_of_{path.name}").write_bytes(path.read_bytes())
    told = (
        r"P01_.*_data.csv:2: trial 0 of participant P01, session 1, is in .*copy_of.*:2 too; keep"
    )
    with pytest.raises(ElicitError, match=told):
        read_study(tmp_path)


def test_a_broken_trial_log_is_told_by_file_and_line(tmp_path: Path) -> None:
    path = write_session(tmp_path, "P01", *FIRST)
    path.write_bytes(path.read_bytes().replace(b",0.6,", b",1.6,"))
    with pytest.raises(LogError, match=r"_data.csv:3: lambda_f: .*, got '1.6'"):
        read_study(tmp_path)
