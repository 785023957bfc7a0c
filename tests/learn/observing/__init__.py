"""Tests of networks as observers."""
