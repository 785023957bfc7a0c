"""A stimulus set as one CSV file: written, read, verified."""
