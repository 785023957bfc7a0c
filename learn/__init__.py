"""What the labels that people gave change in a model."""
