"""Endpoint images and the only definition of a mixed image."""
