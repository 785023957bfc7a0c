"""A study folder keeps what was asked, and an interrupted session says what changed since."""

from pathlib import Path

import pytest

from elicit.design import build as design
from elicit.errors import ElicitError, StudyError
from elicit.protocol.study_protocol import StudyProtocol, load
from elicit.session.protocol_texts import describe_changes, keep_text, path_of_text
from elicit.session.start import OpenSession, new_session, resume_session
from elicit.simulation.cohort import SimulatedCohort
from elicit.simulation.study_folder import check_folder
from elicit.study.folder import Study
from stimuli.sources.endpoints import Pictograms
from tests.elicit.helpers.factories import PROTOCOLS, study, write_protocol
from tests.elicit.helpers.session_records import session_record
from tests.helpers.simulated_studies import simulate_study

SAME = {
    "a comment": lambda text: text.replace(b"seed:", b"# of everything\nseed:"),
    "line ends": lambda text: text.replace(b"\n", b"\r\n"),
    "a byte order mark": lambda text: b"\xef\xbb\xbf" + text,
    "blank lines": lambda text: text.replace(b"seed:", b"\n\nseed:") + b"\n\n",
    "quotes": lambda text: text.replace(b"title: A pilot", b'title: "A pilot"'),
    "the order of keys": lambda text: text.replace(b"seed: 1\n", b"") + b"seed: 1\n",
}


def changed(path: Path, make: object) -> StudyProtocol:
    """Return the protocol in a file whose bytes were changed."""
    before = path.read_bytes()
    path.write_bytes(make(before))  # type: ignore[operator]
    assert path.read_bytes() != before
    return load(path)


def interrupted(folder: Path, path: Path) -> Study:
    """Return a study folder in which P01's session began and was interrupted."""
    asked = load(path)
    there = Study(folder / "logs", asked.name)
    there.prepare()
    sets = design.StimulusSets(asked, Pictograms())
    begun = new_session(there, sets, "P01", 1)
    record = session_record(
        protocol=asked.name,
        protocol_sha256=asked.sha256,
        seed=asked.seed,
        allocation=begun.slot.number,
    )
    there.open_session("P01", 1, record, reserved=True).close()
    return there


def resume(there: Study, asked: StudyProtocol) -> OpenSession:
    return resume_session(there, design.StimulusSets(asked, Pictograms()), "P01", 1)


@pytest.mark.parametrize("path", sorted(PROTOCOLS.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_text_that_is_kept_is_the_file_byte_for_byte(path: Path, tmp_path: Path) -> None:
    asked = load(path)
    for _ in range(2):
        keep_text(tmp_path, asked)
    (kept,) = (tmp_path / "protocols").iterdir()
    assert kept == path_of_text(tmp_path, asked.name, asked.sha256)
    assert kept.read_bytes() == path.read_bytes()
    assert load(kept).sha256 == asked.sha256


@pytest.mark.parametrize("make", SAME.values(), ids=SAME)
def test_a_session_goes_on_where_its_protocol_asks_the_same(make: object, tmp_path: Path) -> None:
    path = write_protocol(tmp_path, study())
    there, began_with = interrupted(tmp_path, path), load(path)
    now = changed(path, make)
    assert now.sha256 != began_with.sha256
    opened = resume(there, now)
    opened.release(there)
    assert opened.protocol.sha256 == began_with.sha256  # what its other rows say
    assert opened.protocol.blocks == began_with.blocks


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"title: A pilot", b"title: A pilot study"),
        (b"batch_size: 3", b"batch_size: 2"),
        (b"prompt: How much {left}", b"prompt: How very much {left}"),
    ],
)
def test_a_session_whose_protocol_asks_something_else_says_which_lines_differ(
    old: bytes, new: bytes, tmp_path: Path
) -> None:
    path = write_protocol(tmp_path, study())
    there = interrupted(tmp_path, path)
    where = path.read_bytes().index(old)
    now = changed(path, lambda text: text[:where] + new + text[where + len(old) :])
    with pytest.raises(ElicitError, match=r"protocol_sha256: .* the lines that differ") as caught:
        resume(there, now)
    first, *lines = str(caught.value).splitlines()
    assert "_session.json: protocol_sha256: the session began with " in first
    assert first.endswith(".yaml:")
    (place, before, after) = lines
    assert place.startswith("@@ -")
    assert before.startswith("-")
    assert old.decode() in before
    assert after == "+" + before.removeprefix("-").replace(old.decode(), new.decode())
    assert there.state_of("P01", 1) == "stopped"


def test_many_changes_are_counted_beyond_the_first_lines(tmp_path: Path) -> None:
    path = write_protocol(tmp_path, study())
    asked = load(path)
    keep_text(tmp_path, asked)
    now = load(write_protocol(tmp_path, study(class_names={f"c{k}": "c" for k in range(90)})))
    told = describe_changes(tmp_path, asked.sha256, now)
    assert told is not None
    assert len(told.splitlines()) == 22
    assert told.splitlines()[-1] == "and 72 more lines"


@pytest.mark.parametrize(
    "sha256", ["\0" * 64, "\ud800" * 64, "a/" * 32], ids=["zeros", "halves", "folders"]
)
def test_a_hash_that_no_file_is_named_by_has_no_text(tmp_path: Path, sha256: str) -> None:
    asked = load(write_protocol(tmp_path, study()))
    assert describe_changes(tmp_path, sha256, asked) == ""


def test_a_text_that_is_not_the_one_of_its_name_shows_nothing_and_is_written_anew(
    tmp_path: Path,
) -> None:
    path = write_protocol(tmp_path, study())
    asked = load(path)
    keep_text(tmp_path, asked)
    kept = path_of_text(tmp_path, asked.name, asked.sha256)
    now = changed(path, lambda text: text + b"# a comment\n")
    kept.write_bytes(kept.read_bytes().replace(b"seed: 1", b"seed: 2"))
    assert describe_changes(tmp_path, asked.sha256, now) == ""
    keep_text(tmp_path, asked)
    assert describe_changes(tmp_path, asked.sha256, now) is None


def test_a_session_from_before_texts_were_kept_is_refused_without_them(tmp_path: Path) -> None:
    path = write_protocol(tmp_path, study())
    there = interrupted(tmp_path, path)
    for kept in (there.folder / "protocols").iterdir():
        kept.unlink()
    now = changed(path, lambda text: text + b"# a comment\n")
    with pytest.raises(ElicitError, match=r"or begin another with --no-resume$"):
        resume(there, now)


def test_simulated_sessions_are_added_under_changed_comments_and_no_other_change(
    tmp_path: Path,
) -> None:
    path = write_protocol(tmp_path, study())
    cohort = SimulatedCohort("psychometric", {}, 1, 1)
    folder = simulate_study(tmp_path / "logs", load(path), [cohort])
    keep_text(folder, load(path))
    more = SimulatedCohort("psychometric", {}, 1, 2)
    now = changed(path, lambda text: text + b"# a comment\n")
    there = Study(folder, now.name)
    check_folder(there, now, Pictograms(), more)
    now = changed(path, lambda text: text.replace(b"seed: 1", b"seed: 2"))
    with pytest.raises(StudyError, match=r"(?s)was simulated with .*\n-seed: 1\n\+seed: 2\n"):
        check_folder(there, now, Pictograms(), more)
