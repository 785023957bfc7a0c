"""Tests of the room `stimuli.sets`."""
