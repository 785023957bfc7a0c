"""Helpers of the tests of `elicit`."""
