"""What decides a training run, and how a wrong value is told."""

from pathlib import Path

import pytest

from elicit.errors import ElicitError
from learn.training.settings import TrainingSettings, make_settings, read_settings, to_dict


def written(folder: Path, text: str) -> Path:
    path = folder / "train.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_defaults_are_the_paper_group_s() -> None:
    made = TrainingSettings()
    assert (made.lr, made.momentum, made.weight_decay, made.clip_norm) == (0.1, 0.9, 1e-4, 1.0)
    assert (made.epochs, made.lr_drops, made.batch_size, made.model) == (65, (50, 55), 32, "vgg11")


def test_whole_numbers_count_as_floats_and_lists_as_epochs() -> None:
    made = make_settings({"lr": 1, "lr_drops": [3, 5]})
    assert made.lr == 1.0
    assert isinstance(made.lr, float)
    assert made.lr_drops == (3, 5)
    assert to_dict(made)["lr_drops"] == [3, 5]


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("lr", float("nan"), r"^--lr: must be above 0, got nan$"),
        ("lr", float("inf"), r"^--lr: must be above 0, got inf$"),
        ("weight_decay", float("nan"), r"^--weight-decay: must be from 0, got nan$"),
        ("width", 0.0, r"^--width: must be above 0, at most 8, got 0\.0$"),
        ("batch_size", 1, r"^--batch-size: must be a whole number from 2 to 1000000, got 1$"),
        ("epochs", 100_001, r"^--epochs: must be a whole number from 1 to 100000, got 100001$"),
        ("batch_size", 10**6 + 1, r"^--batch-size: must be .* to 1000000, got 1000001$"),
        ("epochs", True, r"^--epochs: must be a whole number from 1 to 100000, got True$"),
        ("model", "vgg", r"^--model: must be one of vgg11, resnet18, resnet34, got 'vgg'$"),
        ("augment", "", r"^--augment: must be one of none, once, always, got ''$"),
        ("process", "frames", r"^--process: must be one of mixup, cutmix, got 'frames'$"),
        ("lr_drops", [0], r"^--lr-drops: must be epochs from 1, got \(0,\)$"),
        ("lr_drops", ["1"], r"^--lr-drops: must be epochs from 1, got \['1'\]$"),
        ("type", "averag", r"^--type: must be one of none, random, .*; got 'averag'$"),
        ("colour", 1, r"^--colour: no such setting; there are augment, batch_size, "),
    ],
)
def test_a_value_that_cannot_be_is_told_with_its_option(
    name: str, value: object, told: str
) -> None:
    with pytest.raises(ElicitError, match=told):
        make_settings({name: value})


def test_a_policy_needs_full_mixup() -> None:
    with pytest.raises(ElicitError, match=r"^--policy: needs full mixup; give mixup-alpha too"):
        make_settings({"policy": "policy.json"})
    assert make_settings({"policy": "policy.json", "mixup_alpha": 1.0}).policy == "policy.json"


def test_cutmix_needs_full_mixup() -> None:
    with pytest.raises(ElicitError, match=r"^--process: cutmix mixes every .*; give mixup-alpha"):
        make_settings({"process": "cutmix"})
    assert make_settings({"process": "cutmix", "mixup_alpha": 1.0}).process == "cutmix"


def test_a_yaml_gives_settings_and_hyphens_in_a_type_are_fine(tmp_path: Path) -> None:
    path = written(tmp_path, "type: average-omega\nlr: 1\nlr_drops: [2]\n")
    assert make_settings(read_settings(path)) == make_settings(
        {"type": "average_omega", "lr": 1.0, "lr_drops": [2]}
    )
    assert read_settings(written(tmp_path, "# nothing yet\n")) == {}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("epochs: 3\n\nlr: fast\n", r"train\.yaml:3: lr: must be above 0, got 'fast'$"),
        ("epochs: 3\nepoch: 3\n", r"train\.yaml:2: epoch: no such setting; there are augment"),
        ("type: averag\n", r"train\.yaml:1: type: must be one of none, .*; got 'averag'$"),
        ("3: 4\n", r"train\.yaml:1: 3: no such setting"),
        ("- lr\n", r"train\.yaml: must be settings and their values, .*, got list$"),
        ("lr: 'open\n", r"train\.yaml: not YAML: .* line 1"),
    ],
)
def test_what_is_wrong_in_a_yaml_is_told_with_its_line(
    tmp_path: Path, text: str, told: str
) -> None:
    with pytest.raises(ElicitError, match=told):
        read_settings(written(tmp_path, text))


def test_a_missing_yaml_is_told(tmp_path: Path) -> None:
    with pytest.raises(ElicitError, match=r"none\.yaml: cannot be read: No such file"):
        read_settings(tmp_path / "none.yaml")


@pytest.mark.parametrize("value", ["9" * 400, "a" * 100_000])
def test_a_value_far_beyond_any_is_told_in_a_short_line(tmp_path: Path, value: str) -> None:
    path = tmp_path / "settings.yaml"
    path.write_text(f"lr: {value}\n", encoding="utf-8")
    with pytest.raises(ElicitError, match="lr: must be above 0, got") as told:
        read_settings(path)
    assert len(str(told.value)) < 300
