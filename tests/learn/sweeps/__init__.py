"""Tests of the room `learn.sweeps`."""
