"""Tests of the room `elicit.log`."""
