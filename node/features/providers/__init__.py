"""Hospitals and pharmacies that may claim."""
