"""Arrays with a row for each endpoint image: a policy's strengths, and a network's embedding."""

from pathlib import Path

import numpy as np
import pytest
import typer
from PIL import Image
from typer.testing import CliRunner

from elicit.errors import ElicitError
from learn.commands.endpoint_features import register
from learn.embedding import images as embed_data
from learn.embedding.images import count_images, find_twins, read_images, read_training_images
from learn.policies import file as policy_file
from learn.policies.image_aware import measure_endpoints, strengths
from stimuli.errors import StimulusError
from stimuli.sources.cifar10 import Cifar10
from stimuli.sources.endpoints import Pictograms, open_source
from tests.learn.helpers.example_policies import some_policy_of
from tests.stimuli.helpers.cifar_files import as_rows, some_images, write_binary

SOURCE = Pictograms(32)
POLICY = some_policy_of(SOURCE.classes, "image_aware")

app = typer.Typer()
register(app)


def run(*arguments: object) -> str:
    done = CliRunner().invoke(app, [str(each) for each in arguments])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


def cifar10(folder: Path) -> Path:
    """Write a small CIFAR-10: six test images, and twenty training images that are others."""
    batches = write_binary(folder, some_images(6, seed=1), list(range(6)))
    for number in range(1, 6):
        rows = as_rows(some_images(4, seed=10 + number))
        records = [bytes([number + n]) + row.tobytes() for n, row in enumerate(rows)]
        (batches / f"data_batch_{number}.bin").write_bytes(b"".join(records))
    return folder


def test_strengths_have_a_row_for_every_image_id(tmp_path: Path) -> None:
    policy_file.write_policy(POLICY, tmp_path / "policy.json")
    out = tmp_path / "new" / "strengths.npy"
    told = run(
        "strengths",
        tmp_path / "policy.json",
        "--stimuli",
        "pictograms",
        "--number",
        30,
        "--out",
        out,
    )
    assert told == f"{out}: written\n"
    written = np.load(out)
    assert (written.shape, written.dtype) == ((30, 2), np.float32)
    assert written == pytest.approx(
        strengths(POLICY, measure_endpoints(SOURCE, range(30))), abs=1e-6
    )


def test_strengths_of_cifar10_are_of_its_test_images(tmp_path: Path) -> None:
    policy = some_policy_of(Cifar10(cifar10(tmp_path / "c")).classes, "image_aware")
    policy_file.write_policy(policy, tmp_path / "policy.json")
    out = tmp_path / "s.npy"
    run("strengths", tmp_path / "policy.json", "--stimuli", tmp_path / "c", "--out", out)
    assert np.load(out).shape == (6, 2)


@pytest.mark.parametrize(
    ("name", "options", "told"),
    [
        ("pooled", ["--number", 3], "must be an image_aware policy, got pooled, which looks at no"),
        ("image_aware", [], "--number: must say how many; pictograms has as many as you like"),
        ("image_aware", ["--number", 0], "--number: must be at least 1; got 0"),
    ],
)
def test_strengths_that_cannot_be_made_are_told(
    tmp_path: Path, name: str, options: list[object], told: str
) -> None:
    policy_file.write_policy(some_policy_of(SOURCE.classes, name), tmp_path / "policy.json")
    with pytest.raises(ElicitError, match=told):
        run("strengths", tmp_path / "policy.json", "--stimuli", "pictograms", *options)


def test_a_source_with_an_end_needs_no_number_and_takes_no_other(tmp_path: Path) -> None:
    source = Cifar10(cifar10(tmp_path))
    assert count_images(source, None) == count_images(source, 6) == 6
    with pytest.raises(ElicitError, match="--number: must be left out: cifar10 has 6 images; got"):
        count_images(source, 5)


def test_cifar10_trains_on_its_training_images_and_never_on_a_test_image(tmp_path: Path) -> None:
    source = Cifar10(cifar10(tmp_path))
    embedded = read_images(source, None)
    chosen = read_training_images(str(tmp_path), source, embedded, None)
    assert chosen.images.shape == (20, 32, 32, 3)
    assert chosen.what == "20 of CIFAR-10's training images"
    known = {image.tobytes() for image in embedded.images}
    assert not known & {image.tobytes() for image in chosen.images}


def test_a_training_image_that_is_a_test_image_or_nearly_is_left_out(tmp_path: Path) -> None:
    source = Cifar10(cifar10(tmp_path))
    embedded = read_images(source, None)
    (batch,) = tmp_path.glob("*/data_batch_1.bin")
    changed = bytearray(batch.read_bytes())
    image = source.image(2).transpose(2, 0, 1).copy()
    image[0, 0, 0] ^= 1  # a pixel that a codec changed
    changed[1:3073] = image.tobytes()
    batch.write_bytes(bytes(changed))
    chosen = read_training_images(str(tmp_path), source, embedded, None)
    assert len(chosen.images) == 19
    assert chosen.what.endswith("training images (1 left out, nearly as embedded ones)")


def test_twins_are_found_among_many() -> None:
    images = some_images(40, seed=2)
    assert find_twins(images[:20], images[15:]).tolist() == [False] * 15 + [True] * 5


def test_pictograms_train_on_later_drawings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embed_data, "DRAWINGS", 2)
    embedded = read_images(SOURCE, 25)
    chosen = read_training_images("pictograms", SOURCE, embedded, None)
    assert chosen.what.startswith("20 of 20 other pictograms, from id 30 on")
    assert np.array_equal(chosen.images[3], SOURCE.image(33))
    assert chosen.labels[3] == 3


def class_folders(parent: Path, seed: int) -> str:
    for number, name in enumerate(("apple", "pear")):
        (parent / name).mkdir(parents=True)
        for copy, image in enumerate(some_images(3, seed=seed + number)):
            Image.fromarray(image).save(parent / name / f"{copy}.png")
    return str(parent)


def test_a_folder_trains_on_itself_and_says_so_or_on_another(tmp_path: Path) -> None:
    folder, others = class_folders(tmp_path / "a", 1), class_folders(tmp_path / "b", 5)
    source = open_source(folder)
    embedded = read_images(source, None)
    assert "a folder has no others" in read_training_images(folder, source, embedded, None).what
    chosen = read_training_images(folder, source, embedded, others)
    assert np.array_equal(chosen.images, read_images(open_source(others), None).images)
    with pytest.raises(ElicitError, match="--training: every image is also embedded; give others"):
        read_training_images(folder, source, embedded, folder)
    (tmp_path / "b" / "pear").rename(tmp_path / "b" / "plum")
    with pytest.raises(ElicitError, match="--training: must have the classes apple, pear at 32"):
        read_training_images(folder, source, embedded, others)


def test_training_images_that_are_missing_are_told(tmp_path: Path) -> None:
    source = Cifar10(cifar10(tmp_path))
    (batch,) = tmp_path.glob("*/data_batch_4.bin")
    batch.unlink()
    with pytest.raises(StimulusError, match=r"data_batch_4\.bin: no such file; get CIFAR-10 again"):
        read_training_images(str(tmp_path), source, read_images(source, None), None)


def test_images_too_small_for_a_network_are_told(tmp_path: Path) -> None:
    small = open_source(class_folders(tmp_path, 1), 8)
    with pytest.raises(ElicitError, match="--image-size: must be at least 16 for a network, got 8"):
        read_images(small, None)


@pytest.mark.slow
def test_an_embedding_is_the_same_again_and_another_seed_gives_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch")
    monkeypatch.setattr(embed_data, "DRAWINGS", 8)
    options = ["--stimuli", "pictograms", "--number", 40, "--image-size", 16, "--epochs", 2]
    made = []
    for seed in (0, 0, 1):
        told = run("embed", *options, "--seed", seed, "--out", tmp_path / "e.npy")
        assert "training on 80 of 80 other pictograms" in told
        made.append(np.load(tmp_path / "e.npy"))
    assert made[0].shape == (40, 26)
    assert np.isfinite(made[0]).all()
    assert np.array_equal(made[0], made[1])
    assert not np.array_equal(made[0], made[2])


def test_without_torch_an_embedding_is_refused_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ElicitError, match=r"torch: not installed, and training needs it; pip ins"):
        run("embed", "--stimuli", "pictograms", "--number", 10)
