"""Tests of the room `elicit.preflight`."""
