"""One training run: its folder, its lock, its device, its record."""
