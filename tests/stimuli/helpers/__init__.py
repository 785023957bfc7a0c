"""Helpers of the tests of `stimuli`."""
