"""Helpers of the tests of `learn`."""
