"""Every number of a study's report, as tables, with intervals over participants."""

from __future__ import annotations

import numpy as np
import pandas as pd

from learn.labels.categorical import label_answers, list_classes
from learn.qc.named_classes import match_named_classes
from learn.qc.scores import match_repeats
from learn.report import numbers_infer as report_infer
from learn.report import numbers_midpoints as report_midpoints
from learn.stats.bootstrap import Bootstrap, interval, mean_of, resample
from learn.stats.pse import list_pses
from learn.stats.third_classes import (
    describe_images,
    describe_pairs,
    describe_repeats,
    describe_third_classes,
)
from learn.study.schema import CHOOSES_LAMBDA_F, names_a_class, names_classes

CLOCK_TOLERANCE_S = 1.0  # by which a clock that is kept right may be moved
_SESSION = ["participant", "session", "protocol"]

Tables = dict[str, pd.DataFrame]


def compute_tables(used: pd.DataFrame, repeats: bool = True) -> Tables:
    """Return the tables of a report by name; one that the study has nothing for is left out.

    `low` and `high` are the ends of 95% intervals from `learn.stats.bootstrap`, blank where there
    are fewer than two participants. Curves, choices and confidence are over first answers; repeats
    count in the figures over all rows, in the relabellings of images, and in test-retest.

    Args:
        used: rows of `learn.study.table.read_study` that count, repeats among them.
        repeats: count repeats in those first two.
    """
    of_all = names_classes(used)
    tables = {"clock_steps": clock_steps(used)}
    if not of_all.all():
        tables |= _compute_share_tables(used[~of_all], repeats)
    if of_all.any():
        for name, its in _compute_class_tables(used[of_all], repeats).items():
            if name in tables:  # what is said of every paradigm
                its = pd.concat([its, tables[name]]).sort_values(
                    "paradigm", kind="stable", ignore_index=True
                )
            tables[name] = its
    return {name: table for name, table in tables.items() if len(table)}


def _compute_class_tables(used: pd.DataFrame, repeats: bool) -> Tables:
    """Return the tables of answers that name classes out of all (Categorize)."""
    boot, classes = resample(used), list_classes(used)
    labels = label_answers(used, classes)
    first = ~used["repeat"].to_numpy(bool)
    once, of_once = used[first], labels[first]
    tables = {
        "third_classes": describe_third_classes(once, of_once, classes, boot),
        "third_classes_by_pair": describe_pairs(once, of_once, classes),
        "third_classes_by_image": describe_images(
            used if repeats else once, labels if repeats else of_once, classes
        ),
        "class_repeats": describe_repeats(match_named_classes(used, labels), boot),
    }
    shared = _describe_paradigms(used, used if repeats else once, boot)
    return shared | tables


def _describe_paradigms(used: pd.DataFrame, counted: pd.DataFrame, boot: Bootstrap) -> Tables:
    """Return what is said of every paradigm, whatever it asks for."""
    return {
        "overview": overview(used, boot),
        "response_times": response_times(counted, boot),
        "response_times_by_trial": response_times_by_trial(used[~used["repeat"]], boot),
    }


def _compute_share_tables(used: pd.DataFrame, repeats: bool) -> Tables:
    """Return the tables of answers that say a share or choose one of two classes."""
    boot, counted = resample(used), used if repeats else used[~used["repeat"]]
    once = used[~used["repeat"]]
    chosen = once[once["paradigm"].isin(CHOOSES_LAMBDA_F)]
    # classes named are no shares: of them a report tells PSEs, times and repeats
    named = names_a_class(used)
    rated = ~(named | used["paradigm"].isin(CHOOSES_LAMBDA_F))
    return {
        **_describe_paradigms(used, counted, boot),
        "endorsements": report_midpoints.endorsements(chosen, boot),
        "mean_choices": report_midpoints.mean_choices(
            counted[counted["paradigm"].isin(CHOOSES_LAMBDA_F)], boot
        ),
        "consensus": report_midpoints.consensus(chosen),
        "agreement": report_midpoints.agreement(once, boot),
        "agreement_pairs": report_midpoints.means_by_paradigm(chosen),
        "start_value": report_midpoints.start_value(chosen, boot),
        "mirroring": report_midpoints.mirroring(once[~named.loc[once.index]], boot),
        "test_retest_pairs": test_retest_pairs(used),
        "test_retest": test_retest(used, boot),
        "points": list_pses(used[named]),
        **report_infer.compute_infer_tables(
            once[rated.loc[once.index]],
            counted[rated.loc[counted.index]],
            boot,
        ),
    }


def overview(used: pd.DataFrame, boot: Bootstrap) -> pd.DataFrame:
    """Return participants, trials, repeats and median minutes of each paradigm."""
    rows = []
    for paradigm, its in used.groupby("paradigm", sort=True):
        minutes = _minutes(its)
        low, high = interval(boot.medians(minutes, minutes["minutes"].to_numpy(float)))
        rows.append(
            {
                "paradigm": paradigm,
                "participants": its["participant"].nunique(),
                "trials": len(its),
                "repeats": int(its["repeat"].sum()),
                "minutes_median": minutes["minutes"].median(),
                "low": low,
                "high": high,
            }
        )
    return pd.DataFrame(rows)


def clock_steps(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the sessions in which the computer's clock was set back, and by how much at least.

    Their times of day do not say how long they took; response times come from another clock.
    """
    onset = pd.to_datetime(rows["onset_utc"], utc=True)
    seconds = pd.Series((onset - onset.min()).dt.total_seconds(), index=rows.index)
    in_order = rows.assign(seconds=seconds).dropna(subset="seconds").sort_values("trial")
    step = in_order.groupby(_SESSION)["seconds"].diff()
    back = in_order.assign(step_s=step)[step < -CLOCK_TOLERANCE_S]
    return back.groupby(_SESSION)["step_s"].min().reset_index()


def sessions_of(rows: pd.DataFrame, sessions: pd.DataFrame) -> pd.Series[bool]:
    """Return (N,) whether each row is of one of some sessions."""
    if sessions.empty:
        return pd.Series(False, index=rows.index)
    some = set(zip(*(sessions[column] for column in _SESSION), strict=True))
    each = zip(*(rows[column] for column in _SESSION), strict=True)
    return pd.Series([session in some for session in each], index=rows.index, dtype=bool)


def _minutes(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row a participant and session with its length: to the end of its last trial.

    Sessions in which the computer's clock was set back have none.
    """
    rows = rows[~sessions_of(rows, clock_steps(rows))]
    onset = pd.to_datetime(rows["onset_utc"], utc=True)
    end = (onset - onset.min()).dt.total_seconds() + rows["rt_s"]
    begin = (onset - onset.min()).dt.total_seconds()
    if "elapsed_s" in rows:
        end, begin = end.fillna(rows["elapsed_s"]), begin.fillna(rows["elapsed_s"] * 0)
    by = [rows["participant"], rows["session"]]
    length = (end.groupby(by).max() - begin.groupby(by).min()) / 60
    return length.rename("minutes").dropna().reset_index()


def test_retest_pairs(used: pd.DataFrame) -> pd.DataFrame:
    """Return each repeated trial's two answers."""
    pairs = match_repeats(used)
    return pairs[["participant", "paradigm", "trial", "answer_before", "answer"]]


def test_retest(used: pd.DataFrame, boot: Bootstrap) -> pd.DataFrame:
    """Return how the answers to repeats agree with the first ones, by paradigm.

    `r` is blank where all of either answers are the same, or there are fewer than three.
    """
    rows = []
    for paradigm, its in match_repeats(used).groupby("paradigm", sort=True):
        first, again = its["answer_before"].to_numpy(float), its["answer"].to_numpy(float)
        varies = len(its) > 2 and min(np.ptp(first), np.ptp(again)) > 0
        r = float(np.corrcoef(first, again)[0, 1]) if varies else np.nan
        ends = interval(boot.correlations(its, first, again)) if varies else (np.nan, np.nan)
        off = mean_of(its, (its["answer"] - its["answer_before"]).abs(), boot)
        rows.append((paradigm, its["participant"].nunique(), len(its), r, *ends, *off))
    difference = ["mean_difference", "mean_difference_low", "mean_difference_high"]
    columns = ["paradigm", "participants", "n", "r", "low", "high", *difference]
    return pd.DataFrame(rows, columns=columns)


def response_times(rows: pd.DataFrame, boot: Bootstrap) -> pd.DataFrame:
    """Return the median response time in seconds of each paradigm, and quantiles of trials."""
    found = []
    for paradigm, its in rows.groupby("paradigm", sort=True):
        seconds = its["rt_s"].to_numpy(float)
        low, high = interval(boot.medians(its, seconds))
        spread = np.quantile(seconds, [0.05, 0.25, 0.75, 0.95])
        found.append((paradigm, len(its), float(np.median(seconds)), low, high, *spread))
    columns = ["paradigm", "n", "median_s", "low", "high", "q05_s", "q25_s", "q75_s", "q95_s"]
    return pd.DataFrame(found, columns=columns)


def response_times_by_trial(once: pd.DataFrame, boot: Bootstrap) -> pd.DataFrame:
    """Return the median response time in each tenth of a participant's trials, by paradigm."""
    found = []
    for paradigm, its in once.groupby("paradigm", sort=True):
        by = its.groupby(["participant", "session"])["trial"]
        share = (by.rank(method="first") - 1) / by.transform("size")
        tenth = np.floor(share.to_numpy(float) * 10 + 1e-9).astype(np.int64) + 1
        for each in sorted(set(tenth.tolist())):
            here = its[tenth == each]
            seconds = here["rt_s"].to_numpy(float)
            ends = interval(boot.medians(here, seconds))
            found.append((paradigm, each, len(here), float(np.median(seconds)), *ends))
    return pd.DataFrame(found, columns=["paradigm", "tenth", "n", "median_s", "low", "high"])
