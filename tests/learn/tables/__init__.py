"""Tests of the room `learn.tables`."""
