"""A study's trial logs as one checked table."""
