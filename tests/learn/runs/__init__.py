"""Tests of the room `learn.runs`."""
