"""`elicit schema`: the shape of a protocol, for editors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from elicit import trial
from elicit.errors import ElicitError
from elicit.protocol import blocks as block_models
from elicit.protocol import pages as page_models
from elicit.protocol import study_protocol as protocol
from elicit.protocol.json_schema import for_editors


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(schema)


def schema(
    out: Annotated[
        Path | None,
        typer.Option(help="Write it to this file, replacing what is there, instead of showing it."),
    ] = None,
) -> None:
    """Print the JSON Schema of protocols: what each key may hold, and what it is for.

    An editor that knows the YAML language server completes and checks a protocol that begins with
    `# yaml-language-server: $schema=protocol.schema.json`

    To try it: `elicit schema --out protocol.schema.json`
    """
    shape = for_editors(protocol.json_schema(), protocol, block_models, page_models, trial)
    text = json.dumps(shape, indent=2, ensure_ascii=False)
    if out is None:
        typer.echo(text)
        return
    try:
        out.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise ElicitError(f"--out: {out} cannot be written: {error.strerror}") from error
