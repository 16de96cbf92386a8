"""Logs as JSON with redaction, and the metrics of this process."""

from __future__ import annotations

import logging
from collections.abc import MutableMapping
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

SECRET_WORDS = frozenset({"token", "secret", "authorization", "password", "signature", "key"})
REDACTED = "***"

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


def redact(_logger: Any, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hide values whose name says that they are secret or personal."""
    for name in entry:
        if SECRET_WORDS.intersection(name.lower().split("_")):
            entry[name] = REDACTED
    return entry


def configure_logs(*, level: int = logging.INFO) -> None:
    """Write one JSON line per entry to standard error."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            redact,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(),
        cache_logger_on_first_use=True,
    )
