"""Mirrors elicit/observers."""
