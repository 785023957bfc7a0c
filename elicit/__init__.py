"""A lab session: what a participant is asked, and every answer on disk."""
