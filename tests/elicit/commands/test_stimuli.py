"""`elicit stimuli`: from what a person types to a set on disk."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import yaml

from stimuli.manifest.read import read_manifest
from stimuli.manifest.write import verify_images
from stimuli.processes.mixup import MixupProcess
from stimuli.sets.build import build_batches
from stimuli.sources.cifar10 import Cifar10
from stimuli.sources.endpoints import Pictograms
from tests.conftest import SHARED_DATA
from tests.helpers.commands import CommandResult, run_here
from tests.stimuli.helpers.cifar_files import some_images, write_binary

ROOT = Path(__file__).parents[3]
HMIX = SHARED_DATA / "h-mix"
HOLDOUT = SHARED_DATA / "cifar10h" / "test_indices.npy"
FIVE = (0.1, 0.25, 0.5, 0.75, 0.9)


@dataclass(frozen=True)
class Prompt:
    """A terminal in which `elicit stimuli` is typed; sets go to `out`."""

    out: Path

    def __call__(self, *arguments: str | Path, out: Path | None = None) -> CommandResult:
        words = ("stimuli", *map(str, arguments), "--out", str(out or self.out))
        return run_here("elicit", words)


@pytest.fixture
def elicit(tmp_path: Path) -> Prompt:
    return Prompt(tmp_path / "set.csv")


@pytest.fixture(scope="module")
def cifar(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder laid out as CIFAR-10's test set, full of noise."""
    return write_binary(
        tmp_path_factory.mktemp("cifar"), some_images(10_000), [n % 10 for n in range(10_000)]
    )


@pytest.mark.slow
def test_the_first_study_s_set_has_270_pairs_in_9_batches_of_30(elicit: Prompt) -> None:
    ended = elicit("hse1", "--source", "pictograms")
    manifest = read_manifest(elicit.out)
    assert (ended.code, ended.said) == (0, "")
    assert manifest.grid == (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
    assert [len(batch) for batch in manifest.batches] == [30] * 9
    assert len({row.pair for row in manifest.rows}) == 270
    assert "0.6," in elicit.out.read_text(encoding="utf-8")
    assert "0.6000" not in elicit.out.read_text(encoding="utf-8")
    verify_images(manifest, MixupProcess(Pictograms()), batch=3)


def test_the_second_study_s_set_has_2070_images_of_five_mixes(elicit: Prompt, cifar: Path) -> None:
    assert elicit("hse2", "--source", cifar).code == 0
    manifest = read_manifest(elicit.out)
    assert manifest.grid is None
    assert {len(batch) for batch in manifest.batches} == {59, 60}
    assert Counter(row.lambda_f for row in manifest.rows) == dict.fromkeys(FIVE, 414)
    assert set(Counter((row.class_i, row.class_j) for row in manifest.rows).values()) == {46}


def test_weights_give_the_paper_s_own_numbers(elicit: Prompt, cifar: Path) -> None:
    ended = elicit("hse2", "--source", cifar, "--weights", "413,371,524,409,353")
    counts = Counter(row.lambda_f for row in read_manifest(elicit.out).rows)
    assert [counts[lambda_f] for lambda_f in FIVE] == [413, 371, 524, 409, 353]
    assert "lambda_f 0.5        524" in ended.shown


@pytest.mark.parametrize("study", ["hse1_construct", "hse1_select_shuffled", "hse2"])
def test_with_nothing_else_said_the_set_is_the_one_the_protocol_deals(
    elicit: Prompt, cifar: Path, study: str
) -> None:
    elicit(study[:4], "--source", cifar)
    asked = yaml.safe_load((ROOT / "protocols" / f"{study}.yaml").read_text(encoding="utf-8"))
    block = next(b for b in asked["blocks"] if "paradigm" in b)
    if "per_combination" not in block:
        pytest.skip("the protocol takes its set from a manifest")
    lambdas = block.get("lambdas")
    assert read_manifest(elicit.out).batches == build_batches(
        Cifar10(cifar),
        per_combination=block["per_combination"],
        batch_size=block["batch_size"],
        seed=asked["seed"],
        lambdas=None if lambdas is None else tuple(lambdas),
    )


def test_any_numbers_may_be_asked_for(elicit: Prompt) -> None:
    ended = elicit(
        "hse1", "--source", "pictograms", "--classes", "dog, cat,bird", "--image-size", "48",
        "--pairs-per-combination", "5", "--batch-size", "4", "--grid", "0:1:0.25", "--seed", "7",
    )  # fmt: skip
    manifest = read_manifest(elicit.out)
    assert manifest.grid == (0.0, 0.25, 0.5, 0.75, 1.0)
    assert [len(batch) for batch in manifest.batches] == [4, 4, 4, 3]
    assert {row.class_i for row in manifest.rows} == {"bird", "cat"}
    assert {row.image_size for row in manifest.rows} == {48}
    assert [line.split() for line in ended.shown.splitlines()[1:6]] == [
        ["pairs", "15"],
        ["images", "75,", "5", "of", "a", "pair"],
        ["class", "combinations", "3,", "items", "of", "each:", "5"],
        ["batches", "4,", "items", "of", "each:", "3", "to", "4"],
        ["endpoints", "30,", "items", "of", "each:", "1"],
    ]
    assert ended.shown.splitlines()[-1] == f"{elicit.out}: written, sha256 {manifest.sha256}"


def test_other_mixes_may_be_asked_for(elicit: Prompt) -> None:
    elicit(
        "hse2", "--source", "pictograms", "--images-per-combination", "4", "--lambdas", ".2,0.8",
        "--weights", "1,3",
    )  # fmt: skip
    assert Counter(row.lambda_f for row in read_manifest(elicit.out).rows) == {0.2: 45, 0.8: 135}


def test_the_same_options_make_the_same_bytes_and_another_seed_makes_others(
    elicit: Prompt, cifar: Path, tmp_path: Path
) -> None:
    outs = [tmp_path / f"{n}.csv" for n in range(3)]
    for out, seed in zip(outs, ("1", "1", "2"), strict=True):
        elicit("hse1", "--source", cifar, "--seed", seed, out=out)
    first, again, other = (out.read_bytes() for out in outs)
    assert first == again
    assert first != other


@pytest.mark.slow
def test_excluded_images_are_not_used(elicit: Prompt, tmp_path: Path) -> None:
    np.save(tmp_path / "holdout.npy", np.arange(0, 300, 3))
    ended = elicit("hse1", "--source", "pictograms", "--exclude", tmp_path / "holdout.npy")
    used = {image for row in read_manifest(elicit.out).rows for image in (row.image_i, row.image_j)}
    assert not used & set(range(0, 300, 3))
    assert len(used) == 540
    assert "100 images, none of them used" in ended.shown


@pytest.mark.parametrize(("study", "batches", "rows"), [("hse1", 9, 268 * 11), ("hse2", 35, 2070)])
def test_the_authors_sets_are_rebuilt_and_free_of_the_holdout(
    elicit: Prompt, cifar10_folder: Path, study: str, batches: int, rows: int
) -> None:
    if not HMIX.is_dir() or not HOLDOUT.is_file():
        pytest.skip(f"{HMIX} or {HOLDOUT} is missing, so there is nothing to rebuild")
    ended = elicit(study, "--source", cifar10_folder, "--from-hmix", HMIX, "--exclude", HOLDOUT)
    manifest = read_manifest(elicit.out)
    assert (ended.code, ended.said) == (0, "")
    assert (len(manifest.batches), len(manifest.rows)) == (batches, rows)


def test_the_authors_sets_with_an_image_to_leave_out_are_refused(
    elicit: Prompt, cifar10_folder: Path, tmp_path: Path
) -> None:
    if not HMIX.is_dir():
        pytest.skip(f"{HMIX} is missing, so there is nothing to rebuild")
    holdout = tmp_path / "holdout.txt"
    holdout.write_text("9624\n9585\n0\n", encoding="utf-8")
    ended = elicit("hse1", "--source", cifar10_folder, "--from-hmix", HMIX, "--exclude", holdout)
    assert (ended.code, ended.said) == (
        1,
        "elicit: --exclude: the authors' set uses 2 of the images it names, the first is 9585; "
        "leave out --exclude or --from-hmix\n",
    )
    assert not elicit.out.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("hse1 --lambdas 0.5", "--lambdas: applies to hse2, not to hse1; leave it out"),
        ("hse1 --weights 1", "--weights: applies to hse2, not to hse1; leave it out"),
        ("hse1 --images-per-combination 3",
         "--images-per-combination: applies to hse2, not to hse1; leave it out"),
        ("hse2 --grid 11", "--grid: applies to hse1, not to hse2; leave it out"),
        ("hse2 --pairs-per-combination 3",
         "--pairs-per-combination: applies to hse1, not to hse2; leave it out"),
        ("hse2 --from-hmix . --seed 3",
         "--seed: cannot change the set of --from-hmix; leave --seed out"),
        ("hse2 --from-hmix .", "H-Mix: its images are cifar10's; got pictograms"),
        ("hse1 --grid 0:1:0.3",
         "grid: must be FIRST:LAST:STEP such as 0:1:0.1, a number of values such as 11, or "
         "increasing values from 0 to 1 such as 0,0.25,0.5; got '0:1:0.3'"),
        ("hse2 --lambdas 0.1;0.5",
         "--lambdas: must be numbers with commas between them, such as 0.1,0.5; got '0.1;0.5'"),
        ("hse2 --lambdas 0.1,1.5", "lambdas: must be different numbers in [0, 1], at least one, "
         "got [0.1, 1.5]"),
        ("hse2 --weights 1,2", "weights: must be one number for each of the 5 lambdas, got 2"),
        ("hse2 --weights 0,0,0,0,1",
         "weights: must be finite and above 0, got [0.0, 0.0, 0.0, 0.0, 1.0]"),
        ("hse1 --classes cat,unicorn",
         "classes: must be at least two different ones of airplane, automobile, bird, cat, deer, "
         "dog, frog, horse, ship, truck; got cat, unicorn"),
        ("hse1 --exclude none.npy", "none.npy: cannot be read: No such file or directory"),
        ("hse1 --source none", "stimuli: must be pictograms, cifar10 or a folder of images; got "
         "'none', and there is no such folder"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_and_makes_no_file(
    elicit: Prompt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    given = arguments.split()
    if "--source" not in given:
        given += ["--source", "pictograms"]
    assert elicit(*given) == CommandResult(1, f"elicit: {message}\n", "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments", ["hse3", "hse1 --batch-size 0", "hse1 --seed -1", "hse1 --image-size 0", ""]
)
def test_what_the_command_does_not_know_is_one_line_with_the_help(
    elicit: Prompt, arguments: str
) -> None:
    ended = elicit(*arguments.split(), "--source", "pictograms")
    assert ended.code == 2
    assert len(ended.said.splitlines()) == 1
    assert ended.said.endswith("(see elicit stimuli --help)\n")
    assert not elicit.out.exists()


def test_a_set_is_never_overwritten(elicit: Prompt) -> None:
    elicit.out.write_text("mine", encoding="utf-8")
    ended = elicit("hse1", "--source", "pictograms")
    assert ended == CommandResult(
        1,
        f"elicit: {elicit.out}: exists already and is not overwritten; choose another --out\n",
        "",
    )
    assert elicit.out.read_text(encoding="utf-8") == "mine"


def test_a_set_in_a_folder_that_is_not_there_is_one_line(elicit: Prompt, tmp_path: Path) -> None:
    out = tmp_path / "none" / "set.csv"
    ended = elicit("hse1", "--source", "pictograms", out=out)
    assert ended.said == (
        f"elicit: {out}: there is no folder {out.parent}; make it or choose another\n"
    )
