"""What a report says of the classes that people named, one key a picture."""

from __future__ import annotations

from learn.report.html import Column, Section, Shown
from learn.report.numbers import Tables
from learn.report.pictures import Pictures
from learn.report.words import F, pair_of, with_ends


def points(tables: Tables, _shown: Pictures) -> Section:
    """Return where naming one class turns into naming the other, by class pair."""
    table = tables["points"]
    farthest = table.iloc[int((table["pse"] - 0.5).abs().to_numpy().argmax())]
    said = (
        f"The mix at which either class is named as often lies at {F} = "
        f"{table['pse'].mean():.3f} in the mean of {len(table)} class pairs.",
        f"Farthest from 0.5: <b>{pair_of(farthest)}</b>, at {with_ends(farthest, 'pse', 3)}.",
        "Participants count once each; with two or more the interval is of their spread, with one "
        "it is of that one's own curve.",
    )
    columns: dict[str, Column] = {
        "class i": "class_i",
        "class j": "class_j",
        "people": "participants",
        "trials": "trials",
        "PSE": ("pse", "pse_low", "pse_high"),
        "slope": ("slope", "slope_low", "slope_high"),
    }
    shown = Shown("points", table, columns)
    return Section("Where does naming one class turn into naming the other?", said, (), (shown,))
