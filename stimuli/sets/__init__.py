"""A study's pairs, dealt into batches."""
