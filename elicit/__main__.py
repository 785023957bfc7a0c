"""`python -m elicit`: the command from a source tree, without installing it."""

from elicit.cli import run_app

run_app()
