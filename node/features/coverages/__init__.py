"""Coverages: which plan covers a member, and from when to when."""
