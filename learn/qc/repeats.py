"""Repeats of a stimulus, with the answers to its first showing."""

from __future__ import annotations

import pandas as pd

from learn.study.schema import IMAGE_PAIR

WHO = ["participant", "paradigm"]


def join_repeats(answered: pd.DataFrame) -> pd.DataFrame:
    """Return each repeat with the `answer` to the stimulus's first showing, as `answer_before`.

    Args:
        answered: rows of `learn.study.table.read_study` with an `answer`, and `stimulus_lambda_f`:
            the lambda_f that was shown, the same number everywhere where none was.
    """
    where = [*WHO, "session", "block", "stimulus_lambda_f", *IMAGE_PAIR]
    first = answered[~answered["repeat"]].drop_duplicates(where)
    before = first[[*where, "answer"]].rename(columns={"answer": "answer_before"})
    return answered[answered["repeat"]].merge(before, on=where, how="inner")
