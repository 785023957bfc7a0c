"""Tests of the room `stimuli.manifest`."""
