"""The command `elicit`, also as `python -m elicit` from a source tree without installing it."""

from typing import NoReturn


def main() -> NoReturn:
    """Run the command; Ctrl-C ends it in one line, also while its packages are imported."""
    import sys

    try:
        from elicit.cli import run_app

        run_app()
    except KeyboardInterrupt:
        print("elicit: stopped", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
