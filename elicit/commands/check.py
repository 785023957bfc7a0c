"""`elicit check`: whether this lab PC is ready for a protocol's sessions, and what to fix."""

from __future__ import annotations

import json
import platform
import re
import sys
from dataclasses import asdict
from datetime import datetime, timezone
from itertools import count
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from elicit.commands.options import (
    LightPatch,
    Logs,
    MarkerPort,
    NoHost,
    ProtocolFile,
    Screen,
    Windowed,
    parse_size,
)
from elicit.errors import ElicitError
from elicit.log import files as disk
from elicit.log.station import hide_host, hide_paths, this_station
from elicit.preflight import protocol_check
from elicit.preflight.station_check import CheckOptions, Report, check_station
from elicit.protocol import yaml_document as located
from elicit.session.start import override_marker_port
from stimuli.windows_files import make_folder

VERDICT_COLOURS = {"ok": "green", "attention": "yellow", "fix": "bold red"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(check)


def check(
    protocol_file: ProtocolFile,
    logs: Logs = Path("logs"),
    stimuli: Annotated[
        str | None, typer.Option(help="pictograms, cifar10, or a folder, as for `elicit run`.")
    ] = None,
    screen: Screen = 0,
    windowed: Windowed = None,
    seconds: Annotated[
        float, typer.Option(min=0.2, max=600, help="How long to measure frames, in seconds.")
    ] = 10.0,
    person: Annotated[
        bool | None,
        typer.Option(
            "--person/--no-person",
            help="Whether a person is there to press keys. [default: if there is a terminal]",
            show_default=False,
        ),
    ] = None,
    light_patch: LightPatch = None,
    marker_port: MarkerPort = None,
    no_host: NoHost = False,
) -> None:
    """Check whether this computer is ready for a protocol's sessions.

    Opens the session window for about 15 seconds, longer where images are shown briefly: it then
    measures 200 of these exposures. It explains how to fix each problem. The report
    is written to **LOGS/checks/**. The exit code is 1 if a problem would break a session.

    Example: `elicit check protocols/demo.yaml`
    """
    hide_host(no_host)
    asked = override_marker_port(protocol_check.load_protocol(protocol_file, stimuli), marker_port)
    wanted = CheckOptions(
        asked,
        located.read(protocol_file),
        asked.stimuli.source if stimuli is None else stimuli,
        logs,
        screen,
        None if windowed is None else parse_size(windowed),
        seconds,
        sys.stdin.isatty() if person is None else person,
        light_patch,
    )
    report = check_station(wanted)
    _show(report)
    wrong = [finding.what for finding in report.findings if finding.verdict == "fix"]
    kept = save_report(report, wanted, datetime.now(timezone.utc))
    typer.echo("the report could not be saved" if kept is None else f"report saved to {kept}")
    if wrong:
        raise ElicitError(f"not ready for a session; fix: {', '.join(wrong)}")


def _show(report: Report) -> None:
    table = Table("", "measured", "verdict", "what to do")
    for finding in report.findings:
        verdict = Text(finding.verdict, VERDICT_COLOURS[finding.verdict])
        table.add_row(finding.what, Text(finding.measured), verdict, Text(finding.advice))
    Console(markup=False).print(table)


def save_report(report: Report, wanted: CheckOptions, now: datetime) -> Path | None:
    """Write the report beside the logs, and return where; None where nothing can be written.

    Args:
        report: the results; it replaces no other report.
        wanted: what was checked.
        now: UTC.
    """
    station = this_station().name
    beginning = re.sub(r"[^A-Za-z0-9-]+", "-", station) or "station"
    content = {
        "station": station,
        "system": platform.platform(),
        "checked_utc": now.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "protocol": wanted.asked.name,
        "protocol_sha256": wanted.asked.sha256,
        "findings": [
            {key: hide_paths(text) for key, text in asdict(finding).items()}
            for finding in report.findings
        ],
        "numbers": report.numbers,
    }
    text = json.dumps(content, indent=1) + "\n"
    folder = wanted.logs / "checks"
    try:
        make_folder(folder)
        for again in count():
            path = folder / f"{beginning}_{now:%Y%m%dT%H%M%SZ}{f'_{again}' if again else ''}.json"
            try:
                disk.write_new(path, text)
            except FileExistsError:
                continue
            return path
    except OSError:  # the table has said so
        return None
    return None
