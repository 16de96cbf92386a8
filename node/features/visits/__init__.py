"""Visits at a provider: lines, diagnoses, discharge."""
