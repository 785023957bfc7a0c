"""Which rows and runs Tables 1 and 2 have, and what the paper printed for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from elicit.errors import ElicitError

pytest.importorskip("torch")

from learn.labels.types import PAPER_TYPES
from learn.policies import file as policy_file
from learn.policies.policy import Policy
from learn.tables import rows as tables
from learn.training.data import Inputs
from learn.training.settings import TrainingSettings
from tests.learn.helpers.example_policies import some_policy

MIXED = TrainingSettings(mixup_alpha=1.0)


def table_1(
    types: Sequence[str] = PAPER_TYPES, more: Sequence[tuple[str, Path, str]] = ()
) -> tables.TableSpec:
    return tables.table_1(types, more, TrainingSettings(width=0.5), Inputs(), (0, 1))


def write_policy(path: Path) -> Path:
    classes = ("cat", "dog")
    policy_file.write_policy(
        Policy("mixup", classes, np.zeros((2, 2)), np.zeros((2, 2)), 0.0), path
    )
    return path


def test_table_1_has_the_papers_six_rows_in_its_order() -> None:
    rows = table_1().rows
    assert tuple(row.name for row in rows) == PAPER_TYPES
    assert all(row.paper is not None for row in rows)
    assert [row.paper["ce"] for row in rows if row.paper][-1] == ("1.48", "0.06")


def test_all_rows_of_a_seed_come_before_the_next_seed_so_that_half_a_table_has_pairs() -> None:
    jobs = tables.jobs(table_1(), Path("runs"))
    assert [job.settings.seed for job in jobs] == [0] * 6 + [1] * 6
    assert jobs[5].out == Path("runs/vgg11-w0.5-average_omega-seed0")


def test_a_row_of_other_blends_trains_in_a_folder_of_its_own_name() -> None:
    table = table_1(more=[("beyond", Path("blends/labels.npz"), "policy")])
    job = tables.jobs(table, Path("runs"))[6]
    assert (job.row, job.settings.type) == ("beyond", "policy")
    assert job.inputs.labels == Path("blends/labels.npz")
    assert job.out.name == "vgg11-w0.5-beyond-seed0"


def test_rows_of_other_blends_have_folders_of_their_own_at_any_weight() -> None:
    more = [(name, Path(name, "labels.npz"), "policy") for name in ("one", "other")]
    made = TrainingSettings(width=0.5, blend_weight=4.0)
    jobs = tables.jobs(tables.table_1(["policy"], more, made, Inputs(), (0,)), Path("runs"))
    assert len({job.out for job in jobs}) == 3


def test_rows_are_told_against_no_blends_against_mixup_and_against_their_control() -> None:
    told = [
        (row.name, other.name)
        for row, other in table_1(["none", "mixup", "average_omega", "mixup_omega"]).comparisons
    ]
    assert told[-3:] == [
        ("mixup_omega", "none"),
        ("mixup_omega", "mixup"),
        ("mixup_omega", "average_omega"),
    ]
    assert ("average_omega", "mixup") in told


def test_table_2_is_mixup_and_each_policy_by_name(tmp_path: Path) -> None:
    path = write_policy(tmp_path / "fit.json")
    table = tables.table_2([("people", path), ("fit", path)], {}, MIXED, Inputs(), (3,))
    assert [row.name for row in table.rows] == ["mixup", "people", "fit"]
    outs = [job.out.name for job in tables.jobs(table, Path("runs"))]
    assert outs == [
        "vgg11-none-mixup1-seed3",
        "vgg11-none-mixup1-people-seed3",
        "vgg11-none-mixup1-fit-seed3",
    ]
    told = [(row.name, other.name) for row, other in table.comparisons]
    assert told == [("people", "mixup"), ("fit", "mixup")]


def test_table_2_of_cutmix_is_cutmix_and_the_policies_of_cutmix_images(tmp_path: Path) -> None:
    own, other, made = (
        tmp_path / "own.json",
        tmp_path / "other.json",
        replace(MIXED, process="cutmix"),
    )
    for path, process in ((own, "cutmix"), (other, "mixup")):
        policy = some_policy("per_pair")
        policy_file.write_policy(replace(policy, fitted_to={"process": process}), path)
    table = tables.table_2([("own", own)], {}, made, Inputs(), (0,))
    assert [row.name for row in table.rows] == ["cutmix", "own"]
    assert [row.paper for row in table.rows] == [None, None]  # which has no CutMix
    outs = [job.out.name for job in tables.jobs(table, Path("runs"))]
    assert outs == ["vgg11-none-cutmix1-seed0", "vgg11-none-cutmix1-own-seed0"]
    assert [(row.name, other.name) for row, other in table.comparisons] == [("own", "cutmix")]
    with pytest.raises(ElicitError, match=r"other\.json: must be of images that cutmix made, got"):
        tables.table_2([("other", other)], {}, made, Inputs(), (0,))


def test_two_rows_of_one_name_are_refused() -> None:
    with pytest.raises(ElicitError, match=r"^--more: mixup: there is a row of that name already"):
        table_1(more=[("mixup", Path("labels.npz"), "mixup")])


def test_two_rows_whose_runs_are_one_folder_on_windows_are_refused() -> None:
    more = [("Beyond", Path("labels.npz"), "mixup"), ("beyond", Path("labels.npz"), "mixup")]
    with pytest.raises(ElicitError, match=r"^--more: beyond: .* already, Beyond; .* capitals"):
        table_1(more=more)


def test_table_1_is_not_for_full_mixup_nor_table_2_without_it() -> None:
    with pytest.raises(ElicitError, match="must be 0 in Table 1"):
        tables.table_1(["none"], [], MIXED, Inputs(), (0,))
    with pytest.raises(ElicitError, match=r"^--mixup-alpha: must be above 0 in Table 2"):
        tables.table_2([], {}, replace(MIXED, mixup_alpha=0.0), Inputs(), (0,))


def test_strengths_of_no_policy_are_refused(tmp_path: Path) -> None:
    path = write_policy(tmp_path / "fit.json")
    with pytest.raises(ElicitError, match=r"^--strengths: no --policy is called looks"):
        tables.table_2([("fit", path)], {"looks": Path("strengths.npy")}, MIXED, Inputs(), (0,))
