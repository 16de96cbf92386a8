"""Signed instructions of members and organisations: what is signed, and how it is checked."""
