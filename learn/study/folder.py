"""A new study folder of answers that no session gave: there whole, or not at all."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from elicit.errors import ElicitError
from elicit.log.rows import TrialRow
from stimuli.windows_files import check_name, make_folder, while_open_elsewhere


def check_free(out: Path) -> None:
    """Check that nothing is where a folder is to be made.

    Raises:
        ElicitError: a file, or a folder that holds anything.
    """
    if out.is_file() or (out.is_dir() and any(out.iterdir())):
        raise ElicitError(
            f"{out}: is there already; nothing is overwritten: choose another folder with --out"
        )


@contextmanager
def make_study_folder(out: Path, description: str) -> Iterator[Path]:
    """Give a study folder to fill, which becomes `out` once it is whole.

    Args:
        out: the folder to make; nothing may be there yet.
        description: the text of its dataset_description.json.

    Raises:
        ElicitError: `out` is there already, or cannot be written.
    """
    check_free(out)
    unfinished = out.with_name(f".{out.name}.{os.getpid()}.unfinished")
    try:
        check_name(out)
        make_folder(unfinished / "data")
        yield unfinished
        (unfinished / "dataset_description.json").write_text(description, encoding="utf-8")
        if out.exists():
            out.rmdir()
        while_open_elsewhere(out, lambda: unfinished.rename(out))
    except OSError as error:
        raise ElicitError(
            f"{out}: cannot be written: {error.strerror}; choose another folder with --out"
        ) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def describe_study(name: str, columns: type[TrialRow], **others: str) -> str:
    """Return the text of a dataset_description.json.

    Args:
        name: of the study.
        columns: the row whose fields are the columns of its trial logs.
        others: what else it says, such as a citation.
    """
    measured = [
        {"@type": "PropertyValue", "name": column, "description": field.description}
        for column, field in columns.model_fields.items()
    ]
    described = {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": name,
        "description": "Judgements of mixed images, one CSV row a trial.",
        **others,
        "variableMeasured": measured,
    }
    return json.dumps(described, indent=2) + "\n"
