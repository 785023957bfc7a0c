"""How many participants a study needs, from simulated ones."""
