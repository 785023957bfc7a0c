"""Tests of the room `learn.stats`."""
