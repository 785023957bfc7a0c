"""The bytes of one seeded study are those whose hash is stored here.

Whoever changes the format of the files, or what simulated participants answer, on purpose, stores
the new hash.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from elicit.protocol.study_protocol import load
from elicit.simulation.cohort import SimulatedCohort
from tests.elicit.helpers.factories import PROTOCOLS
from tests.helpers.simulated_studies import simulate_study

STORED = "3b5806ad3277305cd90a5fc5134e4ccc15ff077df435a51ffbb90af75955a5d0"


def test_a_seeded_study_writes_the_bytes_of_the_stored_hash(tmp_path: Path) -> None:
    cohort = SimulatedCohort("psychometric", {}, 1, 2)
    protocol = load(PROTOCOLS / "demo.yaml").model_copy(update={"sha256": "0" * 64})
    folder = simulate_study(tmp_path / "logs", protocol, [cohort])
    files = sorted((folder / "data").glob("*_*.csv"))
    kinds = [path.stem.rsplit("_", 1)[1] for path in files]
    assert kinds == ["data", "events", "pages"] * 2
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    assert digest.hexdigest() == STORED
