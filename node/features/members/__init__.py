"""Members: registration, benefits, accumulators, family links, guardians."""
