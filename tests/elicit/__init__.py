"""Tests of the room `elicit`."""
