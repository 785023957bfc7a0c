"""Tests of the room `elicit.planning`."""
