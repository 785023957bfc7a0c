"""Tests of the room `learn.policies`."""
