"""The shape of a study's YAML, and what is said of a file that has another."""

import hashlib
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from elicit.design import build as design
from elicit.errors import ProtocolError
from elicit.protocol.study_protocol import KeyRepeat, load
from elicit.trial import Wording
from stimuli.sources.endpoints import Pictograms
from tests.elicit.helpers.factories import (
    GRID,
    PROTOCOLS,
    block,
    load_protocol,
    study,
    write_protocol,
)
from tests.helpers.examples import examples


def problem(folder: Path, content: dict[str, Any]) -> str:
    """Return what is said of a protocol, after the file's name and the line."""
    path = write_protocol(folder, content)
    with pytest.raises(ProtocolError, match=r"pilot\.yaml:\d+: ") as caught:
        load(path)
    lines = str(caught.value).splitlines()
    assert len(lines) == 1
    said = re.fullmatch(rf"{re.escape(str(path))}:\d+: (.+)", lines[0])
    assert said is not None
    return said[1]


@pytest.mark.parametrize("path", sorted(PROTOCOLS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_protocol_that_is_brought_along_loads(path: Path) -> None:
    protocol = load(path)
    assert protocol.name.startswith(path.stem.split("_")[0])
    assert protocol.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_what_a_protocol_leaves_out_has_a_default(tmp_path: Path) -> None:
    protocol = load_protocol(tmp_path, study())
    assert protocol.stimuli.image_size == 32
    assert (protocol.key_repeat, protocol.wording) == (KeyRepeat(), Wording())
    assert (protocol.blocks[0].repeats, protocol.blocks[0].practice) == ((), 0)


def test_a_protocol_may_say_a_single_word_otherwise(tmp_path: Path) -> None:
    protocol = load_protocol(tmp_path, study(wording={"confirm": "Dieses"}))
    assert protocol.wording == Wording(confirm="Dieses")


@pytest.mark.parametrize(
    ("whose", "said", "meant"),
    [
        ("others", "confidence_question", "confidence_of_others_question"),
        ("self", "confidence_of_others_question", "confidence_question"),
    ],
)
def test_a_confidence_question_that_no_block_asks_is_told_where_the_other_is_not_reworded(
    tmp_path: Path, whose: str, said: str, meant: str
) -> None:
    blocks = [block("infer", confidence_of=whose)]
    told = f"wording.{said}: must be {meant}, as every Infer block says confidence_of: {whose}"
    assert problem(tmp_path, study(*blocks, wording={said: "Sicher?"})).startswith(told)
    both = {said: "Sicher?", meant: "Wie sicher?"}
    assert load_protocol(tmp_path, study(*blocks, wording=both)).wording == Wording(**both)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sead": 3}, "sead: unknown key; did you mean seed?"),
        ({"colour": "red"}, "colour: unknown key; remove it or correct its name"),
        ({"sha256": "0" * 64}, "sha256: unknown key; remove it"),
        ({"seed": -1}, "seed: must be at least 0, got -1"),
        ({"seed": "seven"}, "seed: must be a whole number, got 'seven'"),
        ({"name": "my study"},
         "name: must be 1 to 64 letters from A to Z, small or capital, and digits, got 'my study'"),
        ({"blocks": []}, "blocks: must be at least one block, each with its own name, got []"),
        ({"blocks": [block("infer"), block("infer")]},
         "blocks: must be at least one block, each with its own name, got ['infer', 'infer']"),
        ({"stimuli": {"source": "pictograms", "image_size": 0}},
         "stimuli.image_size: must be at least 1, got 0"),
        ({"key_repeat": {"rate_hz": 0}},
         "key_repeat.rate_hz: must be above 0, got 0"),
        ({"wording": {"confrim": "Yes"}},
         "wording.confrim: unknown key; did you mean confirm?"),
        ({"wording": {"whole": "100% {class}"}},
         "wording.whole: may use the placeholders {name} only, as they are, got '100% {class}'"),
        ({"wording": {"half": "{left}/{right}/{name}"}},
         "wording.half: may use the placeholders {left} and {right} only, as they are, "
         "got '{left}/{right}/{name}'"),
        ({"wording": {"leave_unsaved_text": "Lost: {error}"}},
         "wording.leave_unsaved_text: may use the placeholders {reason} only, as they are, "
         "got 'Lost: {error}'"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_study_is_one_line_that_names_key_and_value(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    assert problem(tmp_path, study(**changes)) == message


@pytest.mark.parametrize(
    ("paradigm", "changes", "message"),
    [
        ("construct", {"lambda_grid": []},
         "blocks.0.construct.lambda_grid: must be at least two increasing values, got []"),
        ("construct", {"lambda_grid": [0.0, 0.6, 0.4], "starts": [0.6]},
         "blocks.0.construct.lambda_grid: must be at least two increasing values, "
         "got [0.0, 0.6, 0.4]"),
        ("select_shuffled", {"lambda_grid": [0.5, 0.5]},
         "blocks.0.select_shuffled.lambda_grid: must be at least two increasing values, "
         "got [0.5, 0.5]"),
        ("construct", {"lambda_grid": [0, 1.2]},
         "blocks.0.construct.lambda_grid.1: must be at most 1, got 1.2"),
        ("construct", {"lambda_grid": [0, float("nan")]},
         "blocks.0.construct.lambda_grid.1: must be at most 1, got nan"),
        ("construct", {"lambda_grid": [0.0, 1.0], "starts": [0.5]},
         "blocks.0.construct.starts: must be values of lambda_grid [0.0, 1.0], "
         "at least one, got [0.5]"),
        ("construct", {"lambda_grid": [0.0, 1.0], "starts": []},
         "blocks.0.construct.starts: must be values of lambda_grid [0.0, 1.0], "
         "at least one, got []"),
        ("infer", {"lambdas": []},
         "blocks.0.infer.lambdas: must be at least one value, each once, got []"),
        ("infer", {"lambdas": [0.5, 0.5]},
         "blocks.0.infer.lambdas: must be at least one value, each once, got [0.5, 0.5]"),
        ("infer", {"batch_size": 0},
         "blocks.0.infer.batch_size: must be at least 1, got 0"),
        ("infer", {"batch_size": "4"},
         "blocks.0.infer.batch_size: must be a whole number, got '4'"),
        ("infer", {"repeats": [0]},
         "blocks.0.infer.repeats.0: must be at least 1, got 0"),
        ("infer", {"classes": ["cat"]},
         "blocks.0.infer.classes: must be at least two different classes, got ['cat']"),
        ("infer", {"classes": ["cat", "dog", "cat"]},
         "blocks.0.infer.classes: must be at least two different classes, "
         "got ['cat', 'dog', 'cat']"),
        ("infer", {"starts": [0.1]},
         "blocks.0.infer.starts: unknown key; remove it or correct its name"),
        ("discriminate", {"times": None},
         "blocks.0.discriminate.times: is needed and not given, as there is no adaptive"),
        ("discriminate", {"times": 2, "adaptive": {"target": "pse", "trials": 9}},
         "blocks.0.discriminate.times: must not be given beside adaptive"),
        ("discriminate", {"times": 0},
         "blocks.0.discriminate.times: must be at least 1, got 0"),
        ("discriminate", {"repeats": [1]},
         "blocks.0.discriminate.repeats: must not be given with discriminate; its pairs come "
         "again"),
        ("discriminate", {"curve_for": "image"},
         "blocks.0.discriminate.curve_for: must be one of class_pair, image_pair, "
         "got 'image'"),
        ("discriminate", {"per_combination": 4},
         "blocks.0.discriminate.batch_size: must be at least per_combination 4, as one "
         "participant sees all pairs of a curve's two classes, got 3"),
        ("discriminate", {"adaptive": {"target": "slope", "trials": 9}},
         "blocks.0.discriminate.adaptive.target: must be one of pse_and_slope, pse, "
         "got 'slope'"),
        ("discriminate", {"adaptive": {"target": "pse", "trials": 0}},
         "blocks.0.discriminate.adaptive.trials: must be at least 1, "
         "got 0"),
        ("discriminate", {"adaptive": {"target": "pse", "trials": 9, "prior": {"pse_sd": 0}}},
         "blocks.0.discriminate.adaptive.prior.pse_sd: must lie between 0 and 10, both left out, "
         "got 0.0"),
        ("discriminate", {"adaptive": {"target": "pse", "trials": 9, "prior": {"psesd": 0.1}}},
         "blocks.0.discriminate.adaptive.prior.psesd: unknown key; did you mean pse_sd?; allowed: "
         "pse_mean, pse_sd, slope_median, slope_factor, lapse_mean"),
        ("infer", {"prompt": ""},
         "blocks.0.infer.prompt: must not be empty, got ''"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_block_is_one_line_that_names_key_and_value(
    tmp_path: Path, paradigm: str, changes: dict[str, Any], message: str
) -> None:
    assert problem(tmp_path, study(block(paradigm, **changes))) == message


@pytest.mark.parametrize(
    "prompt",
    ["{class_i}?", "{}", "{left.name}", "{left[0]}", "{left:d}", "{left:{right}}", "{left!r}"],
)
def test_a_prompt_that_no_trial_can_fill_is_refused(tmp_path: Path, prompt: str) -> None:
    assert problem(tmp_path, study(block("infer", prompt=prompt))) == (
        "blocks.0.infer.prompt: may use the placeholders {left} and {right} only, "
        f"as they are, got {prompt!r}"
    )


@pytest.mark.parametrize("prompt", ["{left", "left}"])
def test_a_prompt_with_half_a_placeholder_is_refused(tmp_path: Path, prompt: str) -> None:
    assert problem(tmp_path, study(block("infer", prompt=prompt))).startswith(
        "blocks.0.infer.prompt: "
    )


def test_a_prompt_may_show_braces_and_name_no_class(tmp_path: Path) -> None:
    protocol = load_protocol(tmp_path, study(block("infer", prompt="{{half}}?")))
    plan = design.build(protocol, Pictograms(), "P01", 1, 0)
    assert {trial.prompt for trial in plan.trials} == {"{half}?"}


def test_an_unknown_paradigm_is_told_with_the_known_ones(tmp_path: Path) -> None:
    said = problem(tmp_path, study(block("guess")))
    assert said == (
        "blocks.0.paradigm: must be one of construct, select_shuffled, infer, discriminate, "
        "categorize, got 'guess'"
    )


def test_a_block_without_a_paradigm_is_told_so(tmp_path: Path) -> None:
    nameless = block("infer")
    del nameless["paradigm"]
    assert problem(tmp_path, study(nameless)) == "blocks.0.paradigm: is needed and not given"


def test_a_key_that_is_needed_is_told(tmp_path: Path) -> None:
    content = study()
    del content["seed"]
    assert problem(tmp_path, content) == "seed: is needed and not given"


def test_two_mistakes_are_two_lines_each_with_the_file(tmp_path: Path) -> None:
    path = write_protocol(tmp_path, study(seed=-1, sead=1))
    with pytest.raises(ProtocolError, match=r"pilot\.yaml:3: seed: ") as caught:
        load(path)
    lines = str(caught.value).splitlines()
    assert len(lines) == 2
    assert all(line.startswith(f"{path}:") for line in lines)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: [", r":1: not valid YAML: expected the node content"),
        ("name: a\n  b: c", r":2: not valid YAML: mapping values are not allowed here"),
        ("[" * 5000, r":1: not valid YAML: nested too deeply"),
        ("", r":1: must be a mapping of keys such as name, stimuli, blocks; got nothing"),
        ("- a\n- b", r":1: must be a mapping of keys .*; got a list"),
        ("# note\njust words", r":2: must be a mapping of keys .*; got a single value"),
    ],
)
def test_a_file_that_is_no_mapping_is_told_in_one_line(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "pilot.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ProtocolError, match=r"pilot\.yaml" + message) as caught:
        load(path)
    assert len(str(caught.value).splitlines()) == 1


def test_a_key_that_is_no_word_is_told_in_one_line(tmp_path: Path) -> None:
    content: dict[Any, Any] = study()
    assert problem(tmp_path, content | {1: 2}) == (
        "a key must be text, got 1; text like this needs quotes"
    )


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProtocolError, match=r"none\.yaml: cannot be read: No such file"):
        load(tmp_path / "none.yaml")


def test_a_folder_is_no_protocol(tmp_path: Path) -> None:
    with pytest.raises(ProtocolError, match=r"cannot be read: "):
        load(tmp_path)


CLASSES = list(Pictograms().classes)
grids = st.lists(st.sampled_from(GRID), min_size=2, unique=True).map(sorted)
prompts = st.lists(
    st.sampled_from(["{left}", "{right}", "{{", "}}", "How much? ", "«é»"]), min_size=1
).map("".join)


@st.composite
def small_blocks(draw: st.DrawFn, name: str) -> dict[str, Any]:
    paradigm = draw(st.sampled_from(["construct", "select_shuffled", "infer"]))
    classes = draw(st.lists(st.sampled_from(CLASSES), min_size=2, max_size=4, unique=True))
    each, size = draw(st.integers(1, 3)), draw(st.integers(1, 8))
    batches = -(-each * len(classes) * (len(classes) - 1) // 2 // size)
    changes: dict[str, Any] = {
        "prompt": draw(prompts),
        "classes": classes,
        "per_combination": each,
        "batch_size": size,
        "practice": draw(st.integers(0, 1)) if batches > 1 else 0,
        "repeats": draw(st.lists(st.just(1), max_size=2)),
    }
    if paradigm == "infer":
        changes["lambdas"] = draw(st.lists(st.sampled_from(GRID), min_size=1, unique=True))
    else:
        changes["lambda_grid"] = grid = draw(grids)
    if paradigm == "construct":
        changes["starts"] = draw(st.lists(st.sampled_from(grid), min_size=1, max_size=3))
    return block(paradigm, name, **changes)


@st.composite
def small_studies(draw: st.DrawFn) -> dict[str, Any]:
    blocks = [draw(small_blocks(f"block{k}")) for k in range(draw(st.integers(1, 3)))]
    return study(*blocks, seed=draw(st.integers(0, 2**40)))


@given(small_studies(), st.integers(0, 100))
@settings(
    max_examples=examples(60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_protocol_that_loads_gives_a_plan_that_numbers_each_trial_once(
    tmp_path: Path, content: dict[str, Any], allocation: int
) -> None:
    plan = design.build(load_protocol(tmp_path, content), Pictograms(), "P01", 1, allocation)
    trials = plan.trials
    assert [trial.number for trial in trials] == list(range(len(trials)))
    assert {trial.total for trial in trials} == {len(trials)}
    assert [block.name for block in plan.blocks] == [b["name"] for b in content["blocks"]]
    for trial in trials:
        assert trial.start is None or 0 <= trial.start < len(trial.lambdas)
        assert trial.pair.class_i < trial.pair.class_j
