"""Health, metrics and which network this is; open to anybody, without personal data."""

from __future__ import annotations

from typing import Any

from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from node.api.deps import KernelDep, NounRouter
from node.features.health.access import ACCESS
from node.features.health.schemas import Alive, NetworkOut, Ready
from node.observability import FINAL_BLOCK, INDEXER_LAG, REGISTRY

router = NounRouter("", tag="health", access=ACCESS)


@router.get(
    "/healthz",
    operation_id="isAlive",
    summary="Check that the process answers",
    response_model=Alive,
)
async def alive() -> Alive:
    """Say that the process answers."""
    return Alive()


@router.get(
    "/readyz",
    operation_id="isReady",
    summary="Check that the gateway can serve",
    response_model=Ready,
    responses={503: {"model": Ready, "description": "A check failed."}},
)
async def ready(kernel: KernelDep) -> Response:
    """Say whether database, chain, read models and workers are fit to serve."""
    health = await kernel.health.check()
    checks = health.checks | kernel.workers_alive()
    fit = all(checks.values())
    answer = Ready(
        status="ready" if fit else "not ready",
        checks=checks,
        final_block=health.final_block,
        lag_blocks=health.lag_blocks,
        lag_s=health.lag_s,
        code=health.code,
    )
    return JSONResponse(answer.model_dump(), 200 if fit else 503)


@router.get(
    "/metrics",
    operation_id="readMetrics",
    summary="Read the counters for Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"example": "yibao_final_block 1204.0\n"}}}},
)
async def metrics(kernel: KernelDep) -> Response:
    """Return the counters of this process in Prometheus' text form."""
    health = await kernel.health.check()
    if health.final_block is not None:
        FINAL_BLOCK.set(health.final_block)
    if health.lag_blocks is not None:
        INDEXER_LAG.set(health.lag_blocks)
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)


@router.get(
    "/v1/network",
    operation_id="readNetwork",
    summary="Read which network this is",
    response_model=NetworkOut,
)
async def network(kernel: KernelDep) -> dict[str, Any]:
    """Say which chain and contracts this gateway serves, and whether it is a sandbox (P27)."""
    place, paused = await kernel.health.network()
    return {
        "chain_id": kernel.network.domain.chain_id,
        "profile": kernel.network.profile,
        "sandbox": kernel.network.is_sandbox,
        "router": kernel.network.domain.verifying_contract,
        "contracts": {name: one.lower() for name, one in kernel.network.contracts.items()},
        "quote_key": kernel.quote_signer.public_key,
        "paused": paused,
        "final_block": None if place is None else place.final.number,
        "final_hash": None if place is None else place.final.hash,
        "final_timestamp": None if place is None else place.final.timestamp,
    }
