"""What the stimuli room says when it cannot give the images asked for, or not all of them."""


class StimulusError(Exception):
    """A person's mistake about stimuli, told in one line: place, what is allowed, what came."""


class SkippedImagesWarning(UserWarning):
    """A folder holds images of kinds that cannot be read on this computer."""
