"""Data, networks, the training loop and the measures."""
