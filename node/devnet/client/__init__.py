"""A client of the gateway, and the story it tells."""
