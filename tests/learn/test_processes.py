"""Labels, policies and pictures of images that CutMix made, or that are frames."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from elicit.errors import ElicitError
from elicit.log.rows import TrialRow
from learn.labels import folder
from learn.labels.blend import BlendSpec, blend
from learn.labels.file import read_labels
from learn.labels.from_policy import PolicyPrior
from learn.labels.relabel import relabel
from learn.policies.policy import Policy
from learn.report.pictures import data_uri, render_pictures
from learn.study.schema import BLEND
from learn.study.selection import SelectionOptions, select
from stimuli.mixing import fingerprint
from stimuli.processes.cutmix import paste
from stimuli.processes.process import Rectangle
from stimuli.sources.endpoints import open_source
from tests.learn.helpers.example_policies import some_policy_of
from tests.learn.helpers.handwritten_studies import PICTOGRAMS, row, table_of

BOX, OTHER = (4, 6, 24, 26), (0, 0, 20, 20)


def by_cutmix(box: tuple[int, ...], lambda_g: float = 0.4, **others: Any) -> TrialRow:
    return row(3, 5, 0.6, lambda_g, 0.8, process="cutmix", box=box, **others)


def pasted(box: tuple[int, ...]) -> Any:
    return paste(PICTOGRAMS.image(3), PICTOGRAMS.image(5), Rectangle(*box))


def of_cutmix() -> Policy:
    return some_policy_of(PICTOGRAMS.classes, "pooled").with_process("cutmix")


def test_images_of_cutmix_are_made_again_from_their_boxes_and_two_boxes_are_two_images() -> None:
    rows = [by_cutmix(OTHER, 0.9), by_cutmix(BOX, 0.4), by_cutmix(BOX, 0.6)]
    made = relabel(select(table_of(*rows)).used, per_participant=True)
    assert made.process == "cutmix"
    assert made.percepts["box"].tolist() == ["0 0 20 20", "4 6 24 26"]
    assert made.percepts["n"].tolist() == [1, 2]
    assert made.percepts["mean_lambda_g"].tolist() == [0.9, 0.5]
    for image, box in zip(made.images, (OTHER, BOX), strict=True):
        assert np.array_equal(image, pasted(box))
    assert made.judgements is not None
    assert made.judgements["image"].tolist() == [0, 1, 1]


def test_a_box_that_is_missing_or_not_in_the_image_is_told_with_its_row() -> None:
    for box, came in ((None, "none"), ((4, 6, 24, 33), "'4 6 24 33'")):
        rows = table_of(by_cutmix(BOX), by_cutmix(OTHER))  # which refuse such a box themselves
        rows = rows.assign(box=pd.Series([BOX, box], dtype=object))
        with pytest.raises(ElicitError, match=rf"^by_hand\.csv:3: box: .* 32 pixels, got {came}"):
            relabel(rows)


def test_labels_keep_their_process_and_are_checked_by_it(tmp_path: Path) -> None:
    made = relabel(table_of(by_cutmix(BOX)))
    folder.save(made, tmp_path)
    path = tmp_path / "labels.npz"
    arrays: dict[str, Any] = dict(read_labels(path, PICTOGRAMS))
    assert str(arrays["process"]) == "cutmix"
    assert arrays["box"].tolist() == [list(BOX)]
    np.savez(path, **arrays | {"box": np.array([OTHER])})
    with pytest.raises(ElicitError, match=r"images: row 0: is not the mix of pictograms images 3"):
        read_labels(path, PICTOGRAMS)
    np.savez(path, **arrays | {"box": np.array([BOX[:3]])})
    with pytest.raises(ElicitError, match=r"box: must be \(1, 4\) whole numbers, .* got \(1, 3\)"):
        read_labels(path, PICTOGRAMS)
    np.savez(path, **arrays | {"process": np.array("morph")})
    with pytest.raises(ElicitError, match=r"process: must be one of mixup, cutmix, frames, got "):
        read_labels(path, PICTOGRAMS)
    without: dict[str, Any] = {key: each for key, each in arrays.items() if key != "process"}
    np.savez(path, **without)  # as an older file, which is mixup's
    with pytest.raises(ElicitError, match=r"images: row 0: is not the mix of pictograms images 3"):
        read_labels(path, PICTOGRAMS)


def test_two_processes_are_not_pooled_unless_one_is_chosen() -> None:
    both = table_of(by_cutmix(BOX), row(3, 5, 0.6, 0.9, 0.8), row(3, 5, 0.6, 0.8, 0.8))
    told = "^process: .* got 1 of cutmix and 2 of mixup; choose with --process cutmix or --process "
    with pytest.raises(ElicitError, match=told):
        select(both)
    with pytest.raises(ElicitError, match=told):
        relabel(both)
    chosen = select(both, SelectionOptions(process="mixup"))
    assert chosen.used["lambda_g"].tolist() == [0.9, 0.8]
    assert chosen.left_out["of other processes"] == 1
    assert relabel(select(both, SelectionOptions(process="cutmix")).used).process == "cutmix"
    with pytest.raises(ElicitError, match=r"^--process: must be of cutmix, mixup, got 'frames'"):
        select(both, SelectionOptions(process="frames"))


def test_answers_of_a_process_that_does_not_count_do_not_choose_the_kind_that_is_pooled() -> None:
    named = by_cutmix(BOX, 1.0, paradigm="discriminate")
    chosen = select(table_of(named, row(3, 5, 0.6, 0.9, 0.8)), SelectionOptions(process="cutmix"))
    assert chosen.used["lambda_g"].tolist() == [1.0]


def test_new_blends_of_cutmix_are_those_that_their_boxes_say(tmp_path: Path) -> None:
    spec = BlendSpec(50, process="cutmix")
    made = blend(PICTOGRAMS, spec, PolicyPrior(of_cutmix()))
    folder.save(made, tmp_path)
    assert str(read_labels(tmp_path / "labels.npz", PICTOGRAMS)["process"]) == "cutmix"
    assert made.boxes is not None
    assert len(np.unique(made.boxes, axis=0)) > 40
    area = np.prod(made.boxes[:, 2:] - made.boxes[:, :2], axis=1) / 32**2
    assert 1 - area == pytest.approx(made.percepts["lambda_f"].to_numpy(), abs=1 / 64)
    other = blend(PICTOGRAMS, replace(spec, seed=1), PolicyPrior(of_cutmix()))
    assert other.boxes is not None
    assert not np.array_equal(made.boxes, other.boxes)


def test_a_policy_of_another_process_labels_no_images() -> None:
    told = "^--policy: must be of images that cutmix made, got pooled, fitted to mixup; fit one"
    of_mixup = PolicyPrior(some_policy_of(PICTOGRAMS.classes, "pooled"))
    with pytest.raises(ElicitError, match=told):
        relabel(table_of(by_cutmix(BOX)), types=["policy"], prior=of_mixup)
    with pytest.raises(ElicitError, match=told):
        blend(PICTOGRAMS, BlendSpec(50, process="cutmix"), of_mixup)
    with pytest.raises(ElicitError, match=r"--policy: .* mixup made, .* or give --process cutmix"):
        blend(PICTOGRAMS, BlendSpec(50), PolicyPrior(of_cutmix()))


def test_pictures_of_cutmix_are_the_nearest_that_were_judged_and_the_ends() -> None:
    used = table_of(by_cutmix(BOX), row(3, 5, 0.1, 0.1, 0.8, process="cutmix", box=(0, 1, 30, 31)))
    keys = [(*used[BLEND].iloc[0, :4], share) for share in (1.0, 0.5, 0.1, 0.0)]
    wanted = used[BLEND].iloc[[0] * 4].assign(lambda_f=[key[4] for key in keys])
    shown = render_pictures(used, wanted, None)
    first, last = (PICTOGRAMS.image(each) for each in (3, 5))
    expected = [first, pasted(BOX), pasted((0, 1, 30, 31)), last]
    assert [shown.uris[key] for key in keys] == [data_uri(each) for each in expected]
    assert shown.nearest == {keys[1]: 0.6}


def frames(parent: Path) -> str:
    """Write a folder of one continuum of three frames, 16 px."""
    continuum = parent / "frames" / "cat__dog" / "0001"
    continuum.mkdir(parents=True)
    for share in (0.0, 0.4, 1.0):
        pixels = np.full((16, 16, 3), round(250 * share), np.uint8)
        Image.fromarray(pixels).save(continuum / f"{share:.2f}.png")
    return str(parent / "frames")


def test_a_frame_is_the_image_judged_and_checked_by_its_own_fingerprint(tmp_path: Path) -> None:
    stimuli = frames(tmp_path)
    source: Any = open_source(stimuli, 16, "frames")
    shown = source.fingerprint((0, 1), 0.4)
    judged = row(0, 1, 0.4, 0.3, 0.8, source=source, process="frames", fingerprint_shown=shown)
    rows = table_of(judged)
    made = relabel(rows, stimuli)
    assert made.process == "frames"
    assert (made.images == 100).all()  # no mix of 0 and 250 in between, but the file
    folder.save(made, tmp_path / "labels")
    read_labels(tmp_path / "labels" / "labels.npz", source)
    with pytest.raises(ElicitError, match=r"^source: the images came from a folder; say which wit"):
        relabel(rows)
    middle = tmp_path / "frames" / "cat__dog" / "0001" / "0.40.png"
    Image.fromarray(np.full((16, 16, 3), 101, np.uint8)).save(middle)
    assert fingerprint(np.full((16, 16, 3), 101, np.uint8)) != shown
    with pytest.raises(ElicitError, match=r"^by_hand\.csv:2: fingerprint_shown: the frame of imag"):
        relabel(rows, stimuli)
    middle.unlink()
    with pytest.raises(ElicitError, match=r"^by_hand\.csv:2: lambda_f: .*0001: must have a frame"):
        relabel(rows, stimuli)
    with pytest.raises(ElicitError, match=r"must have a frame at each .*; point --stimuli"):
        read_labels(tmp_path / "labels" / "labels.npz", open_source(stimuli, 16, "frames"))
