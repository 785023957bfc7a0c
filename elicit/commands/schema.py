"""`elicit schema`: the JSON Schema of protocols, for editors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from elicit.errors import ElicitError
from elicit.log import files as disk
from elicit.protocol.key_tables import key_tables
from elicit.protocol.study_protocol import json_schema

DIALECT = "https://json-schema.org/draft/2020-12/schema"  # the one that pydantic writes


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(schema)


def schema(
    out: Annotated[
        Path | None,
        typer.Option(
            help="Write to this file instead of the terminal; an existing file is replaced."
        ),
    ] = None,
    markdown: Annotated[
        bool,
        typer.Option("--markdown", help="Print tables of all keys instead of the schema."),
    ] = False,
) -> None:
    """Print the JSON Schema of protocols: the values and the meaning of each key.

    An editor with the YAML language server completes and checks a protocol whose first line is
    `# yaml-language-server: $schema=protocol.schema.json`

    Example: `elicit schema --out protocol.schema.json`
    """
    shape = json_schema()
    described = {"$schema": DIALECT, **shape}
    text = (
        key_tables(shape).rstrip()
        if markdown
        else json.dumps(described, indent=2, ensure_ascii=False)
    )
    if out is None:
        typer.echo(text)
        return
    try:
        disk.replace(out, text + "\n")
    except OSError as error:
        raise ElicitError(f"--out: {out} cannot be written: {error.strerror}") from error
