"""Which form of an answer a client prefers (RFC 9110 §12.5.1)."""

from __future__ import annotations

PDF = "application/pdf"
JSON = "application/json"
HTML = "text/html"


def prefers(accept: str, media_type: str, *, over: str = JSON) -> bool:
    """Tell whether a client names a media type and does not rank another one above it."""
    weights: dict[str, float] = {}
    for part in accept.split(","):
        named, *parameters = [word.strip() for word in part.lower().split(";")]
        given = dict(word.split("=", 1) for word in parameters if "=" in word)
        try:
            weights[named] = float(given.get("q", "1"))
        except ValueError:
            weights[named] = 0.0
    wanted = weights.get(media_type, 0.0)
    return wanted > 0 and wanted >= weights.get(over, 0.0)
