"""A report as one HTML page that needs nothing else: style, figures and pictures are in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd

from learn.report.figures import ReportFigure

Column = str | tuple[str, str, str]  # a column's name, or those of a value and its two ends


@dataclass(frozen=True)
class TableView:
    """A table of the report, or its first rows."""

    csv: str  # name of the CSV file, without .csv
    table: pd.DataFrame
    columns: Mapping[str, Column]  # heading (HTML): what stands under it
    rows: int = 12
    digits: int = 3


@dataclass(frozen=True)
class Section:
    """One question and what the study says of it; texts are HTML."""

    title: str
    sentences: tuple[str, ...]
    figures: tuple[ReportFigure, ...] = ()
    tables: tuple[TableView, ...] = ()
    cards: tuple[str, ...] = ()  # pictures with captions
    wide_cards: bool = False
    small: tuple[str, ...] = ()  # small multiples, SVG elements
    small_figure: ReportFigure | None = None  # all of them together, whose caption they have


@dataclass(frozen=True)
class Folders:
    """Names of the folders beside the page."""

    tables: str  # as CSV
    figures: str  # as SVG and PDF


def number_figures(sections: Iterable[Section]) -> dict[str, tuple[int, ReportFigure]]:
    """Return the figures of a page in order, numbered from 1, by name."""
    drawn = [
        figure
        for section in sections
        for figure in (*section.figures, section.small_figure)
        if figure is not None
    ]
    return {figure.name: (number, figure) for number, figure in enumerate(drawn, 1)}


def file_name(number: int, figure: ReportFigure, ending: str) -> str:
    """Return what a figure's file is called."""
    return f"figure_{number}_{figure.name}.{ending}"


def render_page(
    title: str, lead: Iterable[str], sections: Sequence[Section], folders: Folders
) -> str:
    """Return the page.

    Args:
        title: of the study.
        lead: paragraphs (HTML) before the sections.
        sections: in order.
        folders: beside the page.
    """
    numbers = {name: number for name, (number, _) in number_figures(sections).items()}
    body = "\n".join(
        _section(place, each, folders, numbers) for place, each in enumerate(sections, 1)
    )
    opening = "\n".join(f"<p>{each}</p>" for each in lead)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}: what people saw in mixed images</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
<header>
<h1>What people saw in mixed images</h1>
<p class="study">Study: {escape(title)}</p>
<div class="lead">
{opening}
</div>
</header>
{body}
</main>
</body>
</html>
"""


def render_card(uris: Iterable[tuple[str, str]], caption: str) -> str:
    """Return pictures side by side, each a data URI and what it shows, above a caption (HTML)."""
    pictures = "".join(
        f'<figure><img src="{uri}" alt="{escape(what)}"><figcaption>{escape(what)}</figcaption>'
        "</figure>"
        for uri, what in uris
    )
    return f'<div class="card"><div class="strip">{pictures}</div><p>{caption}</p></div>'


def format_number(value: Any, digits: int = 3) -> str:
    """Return a cell as text: floats with so many digits after the point, blank where NaN."""
    if isinstance(value, float):
        return "" if pd.isna(value) else f"{value:.{digits}f}".replace("-", "−")
    return escape(str(value))


def format_interval(value: Any, low: Any, high: Any, digits: int = 2, unit: str = "") -> str:
    """Return a number and its interval; the number alone where it has none."""
    said = format_number(float(value), digits) + unit
    if pd.isna(low) or pd.isna(high):
        return said
    return f"{said} [{format_number(float(low), digits)}, {format_number(float(high), digits)}]"


def _section(place: int, section: Section, folders: Folders, numbers: Mapping[str, int]) -> str:
    parts = [f'<section id="s{place}">', f"<h2>{section.title}</h2>"]
    parts += [f"<p>{each}</p>" for each in section.sentences]
    drawn = [
        f'<figure class="figure">{each.svg}{_caption(each, folders, numbers)}</figure>'
        for each in section.figures
    ]
    tables = [f"<div>{_table(each, folders.tables)}</div>" for each in section.tables]
    kind = "figures"
    if len(drawn) == 1 and all(_width(each) <= _NARROW for each in section.tables):
        # side by side, where there is room
        drawn, tables, kind = [*drawn, *tables], [], "figures beside"
    parts.append(_div(kind, drawn))
    parts.append(_div("small", [f"<div>{each}</div>" for each in section.small]))
    if section.small_figure is not None:
        parts.append(
            f'<figure class="figure">{_caption(section.small_figure, folders, numbers)}</figure>'
        )
    parts.append(_div("cards wide" if section.wide_cards else "cards", section.cards))
    return "\n".join([*filter(None, parts), *tables, "</section>"])


def _caption(figure: ReportFigure, folders: Folders, numbers: Mapping[str, int]) -> str:
    """Return a figure's number, caption and files, beneath it."""
    number = numbers[figure.name]
    links = ", ".join(
        f'<a href="{escape(f"{folders.figures}/{file_name(number, figure, ending)}")}">'
        f"{ending.upper()}</a>"
        for ending in figure.files
    )
    return (
        f"<figcaption><b>Figure {number}.</b> {figure.caption} "
        f'<span class="files">{links}</span></figcaption>'
    )


def _width(shown: TableView) -> int:
    return sum(2 if isinstance(column, tuple) else 1 for column in shown.columns.values())


def _div(kind: str, contents: Sequence[str]) -> str:
    return f'<div class="{kind}">\n' + "\n".join(contents) + "\n</div>" if contents else ""


def _table(shown: TableView, folder: str) -> str:
    heads = "".join(f"<th>{heading}</th>" for heading in shown.columns)
    lines = "\n".join(
        "<tr>"
        + "".join(_cell(row, column, shown.digits) for column in shown.columns.values())
        + "</tr>"
        for row in shown.table.head(shown.rows).to_dict("records")
    )
    rest = len(shown.table) - shown.rows
    more = f"{rest} more rows and all columns: " if rest > 0 else "All columns: "
    path = escape(f"{folder}/{shown.csv}.csv")
    return (
        f'<div class="scroll"><table><thead><tr>{heads}</tr></thead><tbody>\n{lines}\n'
        f'</tbody></table></div>\n<p class="csv">{more}<a href="{path}">{path}</a></p>'
    )


def _cell(row: Mapping[Any, Any], column: Column, digits: int) -> str:
    if isinstance(column, tuple):
        value, low, high = (row[name] for name in column)
        text = format_interval(value, low, high, digits)
        return f'<td class="n">{text}</td>'
    value = row[column]
    if column == "p_value" and value < SMALLEST_P:
        return f'<td class="n">&lt; {SMALLEST_P:g}</td>'
    if column in _GRIDS and not isinstance(value, str):
        return f'<td class="n">{value:g}</td>'
    return f"<td>{format_number(value, digits)}</td>"


_GRIDS = ("lambda_f", "omega_from", "omega_to", "distance")  # what a study chose: no more digits

SMALLEST_P = 0.001  # below which a p-value is written as that

_NARROW = 6  # columns, of which one with an interval counts twice

_STYLE = """
:root { --ink: #23272e; --soft: #5b626d; --line: #dfe3e8; --accent: #2563a8; }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: #fff; color: var(--ink); line-height: 1.5;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans",
    sans-serif; font-size: 1rem; }
main { max-width: 66rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .6rem; overflow-wrap: anywhere; }
h2 { font-size: 1.3rem; line-height: 1.25; margin: 0 0 .5rem; }
p { margin: .4rem 0 .8rem; max-width: 46rem; }
.study { font-size: 1.1rem; color: var(--soft); overflow-wrap: anywhere; }
.lead { border-left: 4px solid var(--accent); padding-left: 1rem; }
section { margin-top: 2.2rem; padding-top: 1.4rem; border-top: 1px solid var(--line); }
.figures > div { min-width: 0; }
.figures { display: grid; gap: 1rem 2rem; align-items: start;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); }
.figure { margin: 0; }
.figure figcaption { font-size: .9rem; line-height: 1.4; margin-top: .4rem; max-width: 46rem; }
.files { white-space: nowrap; }
.figure svg { display: block; width: 100%; max-width: 100%; height: auto; }
.small { display: grid; gap: .6rem .4rem;
  grid-template-columns: repeat(auto-fill, minmax(9.2rem, 1fr)); }
.small svg { display: block; width: 100%; height: auto; margin: 0 auto; }
.cards { display: grid; gap: 1rem; margin: 1rem 0;
  grid-template-columns: repeat(auto-fill, minmax(9.3rem, 1fr)); }
.cards.wide { grid-template-columns: repeat(auto-fill, minmax(min(100%, 19.5rem), 1fr)); }
.card { border: 1px solid var(--line); border-radius: .5rem; padding: .6rem; }
.card p { margin: .5rem 0 0; font-size: .9rem; line-height: 1.4; }
.strip { display: flex; gap: .3rem; }
.strip figure { margin: 0; flex: 1 1 0; min-width: 0; max-width: 8rem; }
.strip img { display: block; width: 100%; height: auto; image-rendering: pixelated;
  border-radius: .2rem; }
figcaption { font-size: .72rem; color: var(--soft); line-height: 1.25; margin-top: .2rem;
  overflow-wrap: anywhere; }
.scroll { overflow-x: auto; margin-top: 1rem; }
table { border-collapse: collapse; font-size: .9rem; min-width: 22rem; }
th, td { padding: .3rem .8rem .3rem 0; text-align: left; white-space: nowrap;
  border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; vertical-align: bottom; }
td.n { font-variant-numeric: tabular-nums; }
.figures table { font-size: .85rem; }
.figures th, .figures td { padding-right: .6rem; }
.csv { font-size: .85rem; color: var(--soft); overflow-wrap: anywhere; }
a { color: var(--accent); }
sub { line-height: 0; }
.people { color: #2563a8; font-weight: 600; }
.mixup { color: #c2410c; font-weight: 600; }
@media print {
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  h2, section > p { break-after: avoid; }
  .files { display: none; }
  .csv, section > p:last-child { break-after: auto; }
  .figures.beside { grid-template-columns: 5fr 6fr; }
  .figures table { font-size: .7rem; min-width: 0; }
  .figures th, .figures td { padding-right: .4rem; }
  .figure, .card, .small > div, table, p { break-inside: avoid; }
  .figures { grid-template-columns: 1fr 1fr; }
  .small { grid-template-columns: repeat(6, 1fr); }
  .scroll { overflow: visible; }
  a { color: inherit; }
}
"""
