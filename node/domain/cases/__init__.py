"""Worked cases: claims with the figures a domain expert expects."""
