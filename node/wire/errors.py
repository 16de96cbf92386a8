"""The one error of reading or writing bytes."""


class PackingError(ValueError):
    """Bytes are not what the layout says, or a value does not fit its word."""
