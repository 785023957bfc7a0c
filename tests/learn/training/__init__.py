"""Tests of the room `learn.training`."""
