"""The tests, room by room; they read as sentences about the lab."""
