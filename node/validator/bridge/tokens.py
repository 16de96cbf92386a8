"""The token of the Engine API: an HS256 JWT that says when it was made, and nothing else.

Written by hand because the library that checks the gateway's tokens takes 40 ms to import, in
each of a validator's processes at each of its starts. A test compares it with that library.
"""

import base64
import hashlib
import hmac
import time
from pathlib import Path

SECRET_BYTES = 32
_HEADER = b"eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9"


def read_secret(path: Path) -> bytes:
    """Return the shared secret: 32 bytes in hex. Errors: ValueError, OSError."""
    secret = bytes.fromhex(path.read_text().strip().removeprefix("0x"))
    if len(secret) != SECRET_BYTES:
        raise ValueError(f"{path} must hold {SECRET_BYTES} bytes in hex")
    return secret


def token(secret: bytes, *, at: int | None = None) -> str:
    """Return a token made `at` a second since 1970, by default now; geth takes it for a minute."""
    issued = int(time.time()) if at is None else at
    signed = _HEADER + b"." + _text(b'{"iat":%d}' % issued)
    return (signed + b"." + _text(hmac.digest(secret, signed, hashlib.sha256))).decode()


def _text(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
