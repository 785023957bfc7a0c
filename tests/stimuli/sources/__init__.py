"""Tests of the room `stimuli.sources`."""
