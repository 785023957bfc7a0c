"""`python -m learn`: the command from a source tree, without installing it."""

from learn.cli import run_app

run_app()
