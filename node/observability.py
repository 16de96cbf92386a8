"""Logs as JSON with redaction, the metrics of this process, and the id of a request.

Whatever is written to a log passes `redact`: values whose name says that they are secret or
personal are hidden, and identity, phone and card numbers are masked wherever they stand (P21).
Hashes, ids and amounts are public and stay readable.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from typing import Any

import structlog
import uuid_utils
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

SECRET_WORDS = frozenset(
    {
        *("token", "secret", "authorization", "password", "signature", "signatures", "key", "pin"),
        *("pepper", "mnemonic", "cookie", "salt", "otp", "jwt", "credential", "credentials"),
        *("name", "identity", "phone", "mobile", "card", "address", "ssn", "birthdate", "email"),
        *("diagnosis", "diagnoses", "drug"),
    }
)
"""A value is hidden when one word of its name is one of these."""
PUBLIC_NAMES = frozenset(
    {
        *("contract_address", "directory_address", "contract_name", "event_name", "logger_name"),
        *("idempotency_key_hash", "identity_commitment", "signer_key_hash"),
    }
)
REDACTED = "***"
UNITS = ("_fen", "_s", "_ms", "_ns", "_at", "_bp", "_bytes", "_gas", "_wei", "_nonce")
_DEPTH = 6
# Identity number (18 or 15 digits), mobile phone, bank card, US social security number.
_NUMBERS = re.compile(
    r"(?<![0-9A-Za-z])"
    r"(?:[1-9]\d{16}[\dXx]|[1-9]\d{14}|(?:\+?86[- ]?)?1[3-9]\d{9}|\d{16,19}|\d{3}-\d{2}-\d{4})"
    r"(?![0-9A-Za-z])"
)

REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "yibao_requests", "Answers by route and status.", ("method", "route", "status"),
    registry=REGISTRY,
)  # fmt: skip
REQUEST_SECONDS = Histogram(
    "yibao_request_seconds", "Time to answer by route.", ("method", "route"), registry=REGISTRY
)
FINAL_BLOCK = Gauge(
    "yibao_final_block", "Newest final block in the read models.", registry=REGISTRY
)
INDEXER_LAG = Gauge(
    "yibao_indexer_lag_blocks", "Blocks the read models are behind.", registry=REGISTRY
)


def mask(text: str) -> str:
    """Return a number with its first and last digit only: 3****************4."""
    return text[:1] + "*" * max(len(text) - 2, 0) + text[-1:] if len(text) > 2 else REDACTED


def mask_numbers(text: str) -> str:
    """Return a text with identity, phone, card and social security numbers masked."""
    return _NUMBERS.sub(lambda found: mask(found[0]), text)


def is_secret(name: str) -> bool:
    """Tell whether a value of this name must not be shown."""
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()
    words = re.split(r"[^a-z0-9]+", spaced)
    return spaced not in PUBLIC_NAMES and not SECRET_WORDS.isdisjoint(words)


def _clean(value: Any, name: str, depth: int = 0) -> Any:
    """Return a value as it may be logged; bytes never are."""
    if isinstance(value, str):
        return mask_numbers(value)
    if isinstance(value, bytes | bytearray):
        return f"<{len(value)} bytes>"
    if value is None or isinstance(value, bool | int | float):
        # A number without a unit may be a phone number that somebody forgot to name.
        masked = str(value) if name.endswith(UNITS) else mask_numbers(str(value))
        return value if masked == str(value) else masked
    if depth >= _DEPTH:
        return REDACTED
    if isinstance(value, Mapping):
        return {
            str(key): REDACTED if is_secret(str(key)) else _clean(one, str(key), depth + 1)
            for key, one in value.items()
        }
    if isinstance(value, Sequence | set | frozenset):
        return [_clean(one, name, depth + 1) for one in value]
    return mask_numbers(str(value))


def redact(_logger: Any, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hide what is secret or personal in a log entry, at any depth."""
    for name, value in entry.items():
        if name in ("timestamp", "level"):
            continue
        entry[name] = REDACTED if is_secret(name) else _clean(value, name)
    return entry


@contextmanager
def request_scope() -> Iterator[str]:
    """Give a request an id in every log entry written inside; tasks started inside inherit it.

    The id is random, so that it says nothing about when or who.
    """
    request_id = str(uuid_utils.uuid4())
    # What is bound outside a request has no request id, so none is lost by the reset.
    bound = structlog.contextvars.bind_contextvars(request_id=request_id)
    try:
        yield request_id
    finally:
        structlog.contextvars.reset_contextvars(**bound)


def configure_logs(*, level: int = logging.INFO) -> None:
    """Write one JSON line per entry to standard error; the standard library's logs too."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        # Before redaction: a traceback may quote what was being handled.
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(ensure_ascii=False)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
