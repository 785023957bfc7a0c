"""Tests of the room `learn.labels`."""
