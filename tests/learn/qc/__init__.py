"""Tests of the room `learn.qc`."""
