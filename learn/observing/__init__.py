"""A trained network as an observer: it answers the trials that people answered."""
