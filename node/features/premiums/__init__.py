"""Premium bills: issued, looked up, quoted, paid, refunded."""
