"""Tests of the room `learn.hmix`."""
