"""What a participant looks at."""
