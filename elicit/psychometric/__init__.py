"""Psychometric functions and their fits."""
