"""Tests of the room `elicit.study`."""
