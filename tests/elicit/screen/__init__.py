"""Tests of what a participant looks at."""
