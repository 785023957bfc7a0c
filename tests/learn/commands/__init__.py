"""Tests of the room `learn.commands`."""
