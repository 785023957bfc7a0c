"""Tests of the room `elicit.simulation`."""
