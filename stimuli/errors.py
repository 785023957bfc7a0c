"""What the stimuli room says when it cannot give the images asked for."""


class StimulusError(Exception):
    """A person's mistake about stimuli, told in one line: place, what is allowed, what came."""
