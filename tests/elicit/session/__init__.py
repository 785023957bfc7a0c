"""Tests of the room `elicit.session`."""
