"""Benefit and premium plans, in versions."""
