"""Tests of the room `stimuli.processes`."""
