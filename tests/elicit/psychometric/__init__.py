"""Tests of the room `elicit.psychometric`."""
