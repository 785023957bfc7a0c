"""The published H-Mix judgements, imported as a study folder."""
