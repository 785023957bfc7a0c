"""The simulated participants that studies are drawn from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from elicit.log import reader as log
from elicit.planning.blocks import conditions
from elicit.planning.pool import BlockAnswers, ParticipantPool, SimulatedSession
from elicit.protocol.study_protocol import StudyProtocol
from elicit.simulation.cohort import SimulatedCohort
from tests.elicit.helpers.factories import GRID, block, load_protocol, study
from tests.helpers.simulated_studies import simulate_study

ALL = (
    block("construct", repeats=[1], practice=1, batch_size=2),
    block("select_shuffled"),
    block("infer", per_combination=2),
    block("discriminate", adaptive={"target": "pse", "trials": 4}),
)


def open_pool(
    asked: StudyProtocol,
    observer: str = "hmix",
    seed: int = 1,
    processes: int = 1,
    **settings: Any,
) -> ParticipantPool:
    """Return a pool of participants of one kind, nobody in it yet."""
    cohort = SimulatedCohort(observer, settings, seed, 1)
    return ParticipantPool(asked, "pictograms", cohort, lambda _: processes)


def same(one: SimulatedSession, other: SimulatedSession) -> bool:
    """Return whether two sessions went alike."""
    return (one.minutes, one.finished) == (other.minutes, other.finished) and all(
        (a.image_pair == b.image_pair).all()
        and (a.lambda_f == b.lambda_f).all()
        and (a.lambda_g == b.lambda_g).all()
        for a, b in zip(one.answers, other.answers, strict=True)
    )


def shares(said: BlockAnswers) -> list[tuple[float, float]]:
    return list(zip(said.lambda_f.tolist(), said.lambda_g.tolist(), strict=True))


def test_participants_answer_as_in_the_simulated_study_of_their_seed(tmp_path: Path) -> None:
    asked = load_protocol(tmp_path, study(*ALL))
    folder = simulate_study(tmp_path / "logs", asked, [SimulatedCohort("hmix", {}, 5, 3)])
    its = open_pool(asked, seed=5)
    for place in range(3):
        rows = log.read(
            folder / "data" / f"subject-hmix000{place + 1}_session-1_task-pilot_data.csv"
        )
        said = its.simulate(place).answers
        for number in range(3):
            name = asked.blocks[number].name
            logged = [
                (row.lambda_f, row.lambda_g)
                for row in rows
                if row.block == name and not row.practice and not row.repeat
            ]
            assert shares(said[number]) == logged


def test_which_class_answers_are_kept_with_the_mixes_shown(tmp_path: Path) -> None:
    asked = load_protocol(tmp_path, study(ALL[3]))
    its = open_pool(asked, "psychometric", pse=0.312, slope=4000.0)
    (said,) = its.simulate(0).answers
    assert said.trials == len(said.lambda_f) == 3 * 4
    assert said.lambda_g.tolist() == (said.lambda_f > 0.312).tolist()


def test_any_number_of_processes_gives_the_same_sessions_in_the_same_order(tmp_path: Path) -> None:
    asked = load_protocol(tmp_path, study(*ALL))
    alone, shared = (open_pool(asked, processes=n) for n in (1, 2))
    for pool in (alone, shared):
        pool.grow(3)
        pool.grow(26)
    assert len(alone.sessions) == len(shared.sessions) == 26
    assert all(same(*pair) for pair in zip(alone.sessions, shared.sessions, strict=True))


def test_who_leaves_counts_as_far_as_they_came(tmp_path: Path) -> None:
    asked = load_protocol(tmp_path, study(block("infer", per_combination=10, batch_size=30)))
    one = open_pool(asked, "leaver").simulate(0)
    assert not one.finished
    assert 0 < one.answers[0].trials < 30


def test_a_session_lasts_as_long_as_its_pages_and_trials(tmp_path: Path) -> None:
    page = {"title": "Read", "text": "This."}
    bare = open_pool(load_protocol(tmp_path, study(ALL[2]))).simulate(0).minutes
    paged = open_pool(load_protocol(tmp_path, study(ALL[2], ready=page))).simulate(0).minutes
    assert paged > bare > 0.1


def test_a_block_tells_how_many_images_and_mixes_it_asks_about(tmp_path: Path) -> None:
    asked = load_protocol(tmp_path, study(block("infer", per_combination=4), block("construct")))
    infer, construct = open_pool(asked).blocks
    assert infer.class_pairs == ("cat-dog", "cat-frog", "dog-frog")
    assert (infer.images, infer.mixes_of_class_pair, infer.mixes_of_image_pair) == (12, 2, 1)
    assert (construct.images, len(construct.image_pairs)) == (3, 3)


def test_conditions_are_those_of_the_counterbalancing_order(tmp_path: Path) -> None:
    asked = load_protocol(tmp_path, study(block("construct", batch_size=1, lambda_grid=list(GRID))))
    (construct,) = open_pool(asked).blocks  # 3 batches, 2 start values, 2 sides
    assert len(set(conditions(construct, 12 * 8))) == 12
    assert conditions(construct, 30).tolist() == [k % 3 for k in range(30)]  # too few: batches
