"""Benefit and premium plans: rules, documents, heads."""
