"""What a validator tells its operators in numbers."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, TypeVar, cast

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_Handler = TypeVar("_Handler", bound=Callable[..., Awaitable[Any]])
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class BridgeMetrics:
    """The metrics of one bridge, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.height = Gauge("yibao_validator_height", "Head of geth.", registry=self.registry)
        self.round = Gauge(
            "yibao_validator_round", "Round of the last commit.", registry=self.registry
        )
        self.proposed = Counter(
            "yibao_validator_proposed", "Payloads proposed.", registry=self.registry
        )
        self.oversized = Counter(
            "yibao_validator_oversized", "Payloads built that no proposal can carry.",
            registry=self.registry,
        )  # fmt: skip
        self.rejected = Counter(
            "yibao_validator_rejected", "Proposals rejected, by reason.", ("reason",),
            registry=self.registry,
        )  # fmt: skip
        self.dropped = Counter(
            "yibao_validator_dropped_updates", "Validator updates not passed on, by reason.",
            ("reason",), registry=self.registry,
        )  # fmt: skip
        self.engine_errors = Counter(
            "yibao_validator_engine_errors", "Calls geth did not answer, by call.", ("call",),
            registry=self.registry,
        )  # fmt: skip
        self.evidence = Counter(
            "yibao_validator_misbehaviour", "Evidence of misbehaviour in decided blocks.",
            registry=self.registry,
        )  # fmt: skip
        self.build_seconds = Histogram(
            "yibao_validator_build_seconds", "Time PrepareProposal took.", buckets=_BUCKETS,
            registry=self.registry,
        )  # fmt: skip
        self.import_seconds = Histogram(
            "yibao_validator_import_seconds", "Time geth took for a payload.", buckets=_BUCKETS,
            registry=self.registry,
        )  # fmt: skip
        self.stage_seconds = Histogram(
            "yibao_validator_stage_seconds", "Time of one step of a block, by stage.", ("stage",),
            buckets=_BUCKETS, registry=self.registry,
        )  # fmt: skip
        self.payload_bytes = Histogram(
            "yibao_validator_payload_bytes", "Bytes of a decided payload.",
            buckets=(1e3, 1e4, 1e5, 5e5, 1e6, 2e6, 4e6), registry=self.registry,
        )  # fmt: skip


def timed(stage: str) -> Callable[[_Handler], _Handler]:
    """Let every call of a bridge's handler count as one step of a block."""

    def wrap(handler: _Handler) -> _Handler:
        @wraps(handler)
        async def run(bridge: Any, *arguments: Any, **named: Any) -> Any:
            with bridge.metrics.stage_seconds.labels(stage).time():
                return await handler(bridge, *arguments, **named)

        return cast("_Handler", run)

    return wrap
