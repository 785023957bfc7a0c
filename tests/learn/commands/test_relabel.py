"""The command as a person types it."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from importlib import metadata
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from learn.labels.types import JUDGED_TYPES, TYPES
from tests.helpers.commands import run_here
from tests.learn.helpers.handwritten_studies import FIRST, SECOND, row, write_session, write_study

ROOT = Path(__file__).parents[3]
_POSTERIOR = ("lambda_g", "sd", "omega", "n")
LABELS = ("labels.csv", "labels.parquet", "labels.npz", "README.md", "croissant.json")


def learn(*arguments: str | Path) -> tuple[int, str, str]:
    """Run `learn`; return its exit code and what it said on stdout and on stderr."""
    done = run_here("learn", tuple(map(str, arguments)))
    return done.code, done.shown, done.said


def hashes(folder: Path) -> list[str]:
    return [hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in LABELS]


def a_fresh_run(logs: Path, out: Path, then: str = "", hash_seed: str = "0") -> str:
    """Run the command in an interpreter of its own, in another folder; return what it printed."""
    code = (
        f"import sys\nfrom learn.cli import run_app\ntry:\n  run_app()\nfinally:\n  pass\n  {then}"
    )
    return subprocess.run(
        [sys.executable, "-c", code, "relabel", str(logs), "--out", str(out)],
        cwd=logs.parent,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        encoding="utf-8",
        check=True,
    ).stdout


def test_it_says_what_it_used_what_it_left_out_and_what_it_wrote(tmp_path: Path) -> None:
    write_session(write_study(tmp_path), "P03", row(3, 5, 0.5, practice=True))
    write_session(tmp_path, "auto", row(3, 5, 0.5, simulated=True))
    code, out, err = learn("relabel", tmp_path, "--out", tmp_path / "labels", "--people-only")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].split() == ["trials", "images", "participants"]
    assert lines[1].split() == ["used", "5", "3", "2"]
    assert lines[2].split() == ["left", "out:", "practice", "1"]
    assert lines[3].split() == ["left", "out:", "simulated", "1"]
    assert lines[4:] == [
        "1 simulated judgements are left out, as --people-only says.",
        "No confidence was asked for 1 of 3 images: their average_omega is their average.",
        *(f"{tmp_path / 'labels' / name}: written" for name in LABELS),
    ]


def test_simulated_trials_count_where_they_are_asked_for(tmp_path: Path) -> None:
    write_session(write_study(tmp_path), "auto", row(3, 5, 0.5, simulated=True))
    _, out, _ = learn("relabel", tmp_path, "--out", tmp_path / "labels", "--include-simulated")
    assert out.splitlines()[1].split() == ["used", "6", "4", "3"]
    assert out.splitlines()[3].split() == ["left", "out:", "simulated", "0"]
    assert "\n1 of 6 judgements are simulated: programs gave them.\n" in out


@pytest.mark.parametrize(
    "command", ["relabel", "qc", "report", "fit-policy", "compare-policies", "pse"]
)
def test_no_command_mixes_people_and_programs_without_a_word_on_it(
    tmp_path: Path, command: str
) -> None:
    write_session(write_study(tmp_path), "auto", row(3, 5, 0.5, simulated=True))
    code, out, err = learn(command, tmp_path)
    assert (code, out) == (1, "")
    assert err == (
        f"learn: {tmp_path / 'data'}: has 5 trials of people (2) and 1 simulated ones "
        "(1 participants, such as auto); say --people-only to leave those out, or "
        "--include-simulated to count both\n"
    )


def test_labels_of_a_program_alone_are_said_to_be_a_program_s(tmp_path: Path) -> None:
    write_session(tmp_path, "auto", row(3, 5, 0.5, 0.4, 0.9, simulated=True))
    _, out, _ = learn("relabel", tmp_path, "--out", tmp_path / "labels")
    said = out.splitlines()
    assert said[4] == "All judgements are simulated: programs gave them, not people."


def test_labels_go_to_a_folder_named_labels_and_a_second_run_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_study(tmp_path / "logs")
    learn("relabel", "logs")
    first = hashes(tmp_path / "labels")
    _, out, _ = learn("relabel", "logs")
    assert out.splitlines()[-5:] == [f"{Path('labels', name)}: unchanged" for name in LABELS]
    assert hashes(tmp_path / "labels") == first


def test_the_same_logs_give_the_same_bytes_on_any_run_in_any_folder(tmp_path: Path) -> None:
    one, other = tmp_path / "one" / "logs", tmp_path / "other" / "study"
    write_session(one, "P01", *FIRST)
    write_session(one, "P02", *SECOND)
    write_session(other, "P02", *SECOND)  # listed in another order, made in another order
    write_session(other, "P01", *FIRST)
    a_fresh_run(one, tmp_path / "a", hash_seed="1")
    a_fresh_run(other, tmp_path / "b", hash_seed="2")
    assert hashes(tmp_path / "a") == hashes(tmp_path / "b")


def test_who_judged_first_changes_no_byte(tmp_path: Path) -> None:
    for folder, names in (("a", ("P01", "P02")), ("b", ("P02", "P01"))):
        for name, rows in zip(names, (FIRST, SECOND[::-1]), strict=True):
            write_session(tmp_path / folder, name, *rows)
        learn("relabel", tmp_path / folder, "--out", tmp_path / folder)
    assert hashes(tmp_path / "a") == hashes(tmp_path / "b")


def test_relabelling_loads_neither_psychopy_nor_torch(tmp_path: Path) -> None:
    loaded = "print('loaded:', {'psychopy', 'pyglet', 'torch', 'torchvision'} & set(sys.modules))"
    out = a_fresh_run(write_study(tmp_path / "logs"), tmp_path / "labels", then=loaded)
    assert out.splitlines()[-1] == "loaded: set()"
    assert (tmp_path / "labels" / "labels.npz").is_file()


@pytest.mark.parametrize(
    ("break_it", "told"),
    [
        (lambda logs: logs.rename(logs.with_name("moved")), "got no such folder"),
        (lambda logs: (logs / "data").rename(logs / "other"), "no trial log is in it"),
        (
            lambda logs: (logs.parent / "out").write_text("", encoding="utf-8"),
            "--out must be a folder, got a file",
        ),
        (
            lambda logs: write_session(logs, "P03", row(0, 8, 0.5, fingerprint_i="f" * 16)),
            "_data.csv:2:",
        ),
    ],
)
def test_a_mistake_is_one_line_and_leaves_no_labels(
    break_it: Callable[[Path], object], told: str, tmp_path: Path
) -> None:
    break_it(write_study(tmp_path / "logs"))
    code, out, err = learn("relabel", tmp_path / "logs", "--out", tmp_path / "out")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.startswith("learn: ")
    assert told in err
    assert not (tmp_path / "out" / "labels.npz").exists()


def test_stimuli_that_are_nowhere_are_one_line(tmp_path: Path) -> None:
    code, _, err = learn("relabel", write_study(tmp_path), "--stimuli", tmp_path / "nowhere")
    assert (code, err.count("\n")) == (1, 1)
    assert err.startswith("learn: stimuli: must be pictograms, cifar10 or a folder of images; got")


def test_help_names_the_files_and_the_command_keeps_its_name() -> None:
    code, out, _ = learn("relabel", "--help")
    assert code == 0
    for word in ("learn relabel", "LOGS", "labels.csv", "labels.npz", "--include-simulated"):
        assert word in out


def test_every_option_of_relabelling_is_told_in_the_summary_and_on_the_data_card(
    tmp_path: Path,
) -> None:
    write_session(write_study(tmp_path), "P03", row(3, 5, 0.25, 0.9, 0.9))
    (tmp_path / "gone.csv").write_text("participant,reason\nP03,fell asleep\n", encoding="utf-8")
    options = [
        *("--no-repeats", "--paradigms", "infer", "--min-judgements", "2", "--per-participant"),
        *("--label", "average", "--label", "average-hmix"),
    ]
    labels = tmp_path / "labels"
    code, out, err = learn(
        "relabel", tmp_path, "--out", labels, "--exclude", tmp_path / "gone.csv", *options
    )
    assert (code, err) == (0, "")
    said = [line.split() for line in out.splitlines()]
    assert said[1] == ["used", "2", "1", "2"]
    reasons = ("other paradigms", "repeats", "excluded", "of images with few judgements")
    for reason in reasons:
        assert ["left", "out:", *reason.split(), "1"] in said
    assert sorted(path.name for path in labels.iterdir()) == sorted(
        (*LABELS, "judgements.csv", "judgements.parquet")
    )
    card = (labels / "README.md").read_text(encoding="utf-8")
    for told in (
        "2 judgements by 2 participants. By paradigm: 2 infer (2).",
        "paradigms: infer",
        "repeats: out",
        "at least: 2",
        "left out, excluded: 1 judgements",
        "reasons to exclude participants, and how many had each: fell asleep in infer (1)",
        "`average_hmix`",
        "drawn by the code of this project",
        "checked, to the pixel",
    ):
        assert told in card
    for identity in ("P01", "P03", str(tmp_path)):
        assert identity not in card


def test_a_study_whose_images_cannot_be_verified_is_relabelled_and_says_so(tmp_path: Path) -> None:
    blank = {"fingerprint_i": "", "fingerprint_j": ""}
    write_session(tmp_path, "P01", *(each.model_copy(update=blank) for each in SECOND))
    _, out, _ = learn("relabel", tmp_path, "--out", tmp_path / "labels")
    assert "4 of 4 endpoint images could not be verified: what was shown was not recorded" in out
    assert "could not be checked" in (tmp_path / "labels" / "README.md").read_text(encoding="utf-8")


def test_quality_control_says_who_is_left_out_and_relabelling_leaves_them_out(
    tmp_path: Path,
) -> None:
    careful = [row(10 * n + 3, 10 * n + 5, 0.4 + 0.1 * (n % 3)) for n in range(12)]
    careless = [row(10 * n + 3, 10 * n + 5, 1.0) for n in range(12)]
    for name, rows in (("P01", careful), ("P02", careful), ("P03", careless)):
        write_session(tmp_path, name, *rows)
    code, out, err = learn("qc", tmp_path, "--out", tmp_path / "qc")
    assert (code, err) == (0, "")
    assert "1 of 3 left out." in out
    listed = tmp_path / "qc" / "exclusions.csv"
    assert "P03,construct,end_answer,1.000,above 0.25" in listed.read_text(encoding="utf-8")
    _, out, _ = learn("relabel", tmp_path, "--out", tmp_path / "labels", "--exclude", listed)
    assert out.splitlines()[1].split() == ["used", "24", "12", "2"]
    listed.write_text(
        listed.read_text(encoding="utf-8").replace(",yes", ",no"), encoding="utf-8"
    )  # a person undoes it
    _, out, _ = learn("qc", tmp_path, "--out", tmp_path / "qc")
    assert "0 of 3 left out." in out
    _, out, _ = learn("relabel", tmp_path, "--out", tmp_path / "labels", "--exclude", listed)
    assert out.splitlines()[1].split() == ["used", "36", "24", "3"]


def test_quality_control_again_changes_no_byte(tmp_path: Path) -> None:
    write_study(tmp_path)
    learn("qc", tmp_path, "--out", tmp_path / "qc")
    _, out, _ = learn("qc", tmp_path, "--out", tmp_path / "qc")
    assert [line.rpartition(" ")[2] for line in out.splitlines()[1:]] == ["unchanged"] * 5


def test_a_torn_line_is_told_and_the_rest_is_relabelled(tmp_path: Path) -> None:
    path = write_session(write_study(tmp_path), "P03", *FIRST)
    path.write_bytes(path.read_bytes()[:-30])
    code, _, err = learn("relabel", tmp_path, "--out", tmp_path / "labels")
    assert code == 0
    assert err == f"learn: {path}:4: the last line is torn off; it is set aside\n"


def test_h_mix_that_is_nowhere_is_one_line(tmp_path: Path) -> None:
    code, _, err = learn("import-hmix", tmp_path, "--out", tmp_path / "study")
    assert (code, err.count("\n")) == (1, 1)
    assert "give the folder that holds H-Mix's four CSV files" in err


def test_a_missing_study_folder_is_answered_with_where_help_is() -> None:
    code, _, err = learn("relabel")
    assert code == 2
    assert "Missing argument 'LOGS'" in err


def a_study_that_asked(logs: Path) -> Path:
    """Write what three people saw in nine images, with confidence."""
    for person in range(3):
        rows = [
            row(i + 10 * k, j, share, share + 0.02 * (person - 1), 0.8)
            for k, share in enumerate((0.25, 0.5, 0.75))
            for i, j in ((0, 8), (3, 5), (4, 7))
        ]
        write_session(logs, f"P0{person}", *rows)
    return logs


def test_labels_by_a_policy_are_written_with_what_they_come_from(tmp_path: Path) -> None:
    logs, out = a_study_that_asked(tmp_path / "logs"), tmp_path / "labels"
    types = ("empirical_bayes", "empirical_bayes_omega", "policy", "mixup_omega")
    given = (word for name in types for word in ("--label", name))
    code, _, err = learn("relabel", logs, "--out", out, *given)
    assert (code, err) == (0, "")
    with np.load(out / "labels.npz", allow_pickle=False) as arrays:
        for name in types:
            assert arrays[name].shape == (9, 10)
            assert arrays[name].sum(axis=1) == pytest.approx(np.ones(9))
    written = pd.read_csv(out / "labels.csv")
    columns = [
        "policy_lambda_g",
        *(f"posterior_{each}" for each in ("lambda_g", "sd", "omega", "n")),
    ]
    assert list(written.columns[-5:]) == columns
    assert written.notna().all(axis=None)
    parquet = pd.read_parquet(out / "labels.parquet")
    assert [name for name in parquet if name in written] == list(written)


def test_a_policy_fitted_elsewhere_labels_a_study_and_looks_at_its_images(tmp_path: Path) -> None:
    logs, out = a_study_that_asked(tmp_path / "logs"), tmp_path / "labels"
    np.save(tmp_path / "net.npy", np.arange(60.0).reshape(30, 2))
    net = ["--features", f"net={tmp_path / 'net.npy'}"]
    aware = ["--policy", "image_aware", "--stimuli", "pictograms", *net]
    learn("fit-policy", logs, "--out", tmp_path / "policy.json", *aware)
    options = ["--label", "policy", "--policy", str(tmp_path / "policy.json")]
    code, _, err = learn("relabel", logs, "--out", out, *options, *net)
    assert (code, err) == (0, "")
    assert "- policy: image_aware, looking at 32 features" in (out / "README.md").read_text(
        encoding="utf-8"
    )
    code, _, err = learn("relabel", logs, "--out", out, *options)
    assert (code, err.count("\n")) == (1, 1)
    assert "looks at net_0, which was not measured" in err


def test_a_policy_that_no_label_needs_is_one_line(tmp_path: Path) -> None:
    code, _, err = learn("relabel", write_study(tmp_path), "--policy", tmp_path / "policy.json")
    assert (code, err.count("\n")) == (1, 1)
    assert err.startswith("learn: --policy: must be left out, as no label asked for needs a policy")


def test_the_older_names_of_label_types_are_taken_and_told_in_one_line(tmp_path: Path) -> None:
    logs = write_study(tmp_path / "logs")
    older = ("--weighting", "plain", "--weighting", "smoothed", "--weighting", "mixup-omega")
    _, out, _ = learn("relabel", logs, "--out", tmp_path / "older", *older)
    newer = "--label average --label average_omega --label mixup_omega"
    assert out.splitlines()[0] == f"--weighting is --label now: {newer}"
    learn("relabel", logs, "--out", tmp_path / "newer", *newer.split())
    assert hashes(tmp_path / "older") == hashes(tmp_path / "newer")


@pytest.mark.parametrize("name", ["averages", "random", "participants"])
def test_a_label_type_that_judgements_do_not_make_is_one_line(tmp_path: Path, name: str) -> None:
    code, _, err = learn("relabel", write_study(tmp_path), "--label", name)
    assert (code, err.count("\n")) == (1, 1)
    assert err.startswith("learn: --label: must be one of mixup, average, average_omega,")
    assert f"got '{name}'" in err


@pytest.mark.parametrize(
    ("command", "names"), [("relabel", JUDGED_TYPES), ("train", TYPES), ("table1", TYPES)]
)
def test_help_lists_every_label_type_that_may_be_named(
    command: str, names: Iterable[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    code, out, _ = learn(command, "--help")
    assert code == 0
    for name in names:
        assert f" {name}: {TYPES[name].description[:40]}" in out


def test_the_version_is_one_line() -> None:
    assert learn("--version") == (0, f"learn {metadata.version('human-mixup')}\n", "")


@pytest.mark.parametrize(
    "command",
    [
        *("relabel logs", "fit-policy logs", "compare-policies logs", "strengths policy.json"),
        "blend --number 45 --policy policy.json",
    ],
)
def test_class_votes_under_their_older_name_are_refused_with_the_new_one(command: str) -> None:
    code, out, err = learn(*command.split(), "--labels", "people=votes.npy")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.startswith("learn: --labels: what others called the endpoints is --votes NAME=FILE")


@pytest.mark.parametrize("command", ["train", "table1", "table2", "blend", "strengths", "embed"])
def test_images_are_told_with_stimuli_and_with_the_older_source(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    _, out, _ = learn(command, "--help")
    assert "--stimuli,--source" in out.replace(" ", "")
