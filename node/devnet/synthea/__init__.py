"""Synthea folders: read, seeded, settled, compared line by line."""
