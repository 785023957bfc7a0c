"""How many participants a study needs, and whether its intervals hold, by simulation."""
