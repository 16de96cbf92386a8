"""Who am I: what a caller owns and owes, on one page."""
