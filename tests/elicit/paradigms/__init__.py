"""Tests of how questions are put."""
