"""Errors and warnings about stimuli."""


class StimulusError(Exception):
    """A person's mistake about stimuli, in one line: place, what is allowed, what came."""


class SkippedImagesWarning(UserWarning):
    """A folder holds images of kinds that cannot be read on this computer."""
