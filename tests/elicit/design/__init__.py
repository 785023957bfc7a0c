"""Tests of the room `elicit.design`."""
