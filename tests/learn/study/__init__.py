"""Tests of the room `learn.study`."""
