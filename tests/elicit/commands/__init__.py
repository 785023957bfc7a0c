"""Tests of the commands, a file a command."""
