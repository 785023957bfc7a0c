"""Tests of the room `elicit.layout`."""
