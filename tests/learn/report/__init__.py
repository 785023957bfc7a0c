"""Tests of the room `learn.report`."""
