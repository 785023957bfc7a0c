"""Tests of the room `elicit.protocol`."""
