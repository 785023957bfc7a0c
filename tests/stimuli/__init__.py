"""Tests of the room `stimuli`."""
