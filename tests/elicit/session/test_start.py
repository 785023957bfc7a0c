"""A session begins once: who was faster has it, and nobody else frees what is not theirs."""

import subprocess
import sys
from pathlib import Path

import pytest

from elicit.design.build import StimulusSets
from elicit.errors import StudyError
from elicit.session.start import OpenSession, new_session
from elicit.study.folder import Study
from stimuli.sources.endpoints import Pictograms
from tests.elicit.helpers.session_records import session_record
from tests.elicit.helpers.sessions import pilot_study

BEGIN = """
import sys
from pathlib import Path
from elicit.design.build import StimulusSets
from elicit.errors import StudyError
from elicit.protocol.study_protocol import load
from elicit.session.start import new_session
from elicit.study.folder import Study
from stimuli.sources.endpoints import Pictograms
asked = load(Path(sys.argv[2]))
study = Study(Path(sys.argv[1]), asked.name)
print("ready", flush=True)
sys.stdin.readline()
try:
    started = new_session(study, StimulusSets(asked, Pictograms()), "P01", 1)
except StudyError as error:
    print("refused:", error, flush=True)
else:
    print("begins:", started.slot.number, flush=True)
    sys.stdin.readline()
    started.release(study)
"""


def begin(study: Study, folder: Path, participant: str = "P01") -> OpenSession:
    """Return what another station, as its own study folder sees it, begins."""
    _, asked = pilot_study(folder)
    sets = StimulusSets(asked, Pictograms())
    return new_session(Study(study.folder, study.task), sets, participant, 1)


def claims(study: Study) -> list[str]:
    return sorted(path.name for path in (study.folder / "allocation").iterdir())


def test_of_starts_at_once_one_begins_and_the_others_free_nothing(tmp_path: Path) -> None:
    study, asked = pilot_study(tmp_path)
    starts = [
        subprocess.Popen(
            [sys.executable, "-c", BEGIN, str(study.folder), str(tmp_path / "pilot.yaml")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8",
        )
        for _ in range(4)
    ]  # fmt: skip
    said = []
    for line in ("ready", "go"):
        for start in starts:
            assert start.stdin is not None
            assert start.stdout is not None
            if line == "ready":
                assert start.stdout.readline() == "ready\n"
            else:
                start.stdin.write("go\n")
                start.stdin.flush()
    for start in starts:
        assert start.stdout is not None
        said.append(start.stdout.readline().split(":")[0])
    assert sorted(said) == ["begins", "refused", "refused", "refused"]
    assert claims(study) == ["pilot_000000_try-1.json"]
    assert study.claim("P02", 1).number == 1
    for start in starts:
        start.communicate("end\n")
    assert claims(study) == ["pilot_000001_try-1.json"]  # the first gave its own place back
    assert asked.name == study.task


def test_a_second_start_leaves_the_claim_of_the_first(tmp_path: Path) -> None:
    study, _ = pilot_study(tmp_path)
    first = begin(study, tmp_path)
    with pytest.raises(StudyError, match=r"^session 1 of participant P01 is running on "):
        begin(study, tmp_path)
    assert claims(study) == ["pilot_000000_try-1.json"]
    second = begin(study, tmp_path, "P02")
    assert (first.slot.number, second.slot.number) == (0, 1)


def test_a_place_is_freed_by_who_claimed_it_alone(tmp_path: Path) -> None:
    study, _ = pilot_study(tmp_path)
    place = study.claim("P01", 1)  # by a start that was killed then
    again = Study(study.folder, study.task)
    assert again.claim("P01", 1) == place
    again.release(place)
    assert claims(study) == ["pilot_000000_try-1.json"]
    study.release(place)
    assert claims(study) == []


def test_a_session_that_ended_while_another_start_waited_is_not_begun_again(
    tmp_path: Path,
) -> None:
    study, _ = pilot_study(tmp_path)
    study.open_session("P01", 1, session_record()).finish()
    with pytest.raises(StudyError, match=r"was run before; their next one is --session 2$"):
        begin(study, tmp_path)
    assert not study.session("P01", 1).lock.exists()
    assert claims(study) == []


def test_what_a_start_that_was_given_up_leaves_is_free_for_the_next(tmp_path: Path) -> None:
    study, _ = pilot_study(tmp_path)
    begin(study, tmp_path).release(study)
    assert not study.session("P01", 1).lock.exists()
    assert begin(study, tmp_path).slot.number == 0
