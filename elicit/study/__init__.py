"""The study folder: places, participants, and each session's files."""
