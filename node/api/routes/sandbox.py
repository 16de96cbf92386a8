"""Test signing; these routes exist only where the profile is `sandbox` (P27)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from node.api.deps import CallerDep, ServicesDep, noun_router
from node.api.schemas.intents import IntentOnlyIn, SignaturesOut
from node.domain.errors import NotOwner, RequiredRelation
from node.intents.wire import intent_from_json, signatures_to_json

router: APIRouter = noun_router("/v1/sandbox", tag="sandbox")


@router.post(
    "/signatures",
    operation_id="signInSandbox",
    summary="Sign with a test key",
    response_model=SignaturesOut,
)
async def sign(wish: IntentOnlyIn, caller: CallerDep, services: ServicesDep) -> dict[str, Any]:
    """Sign an intent with the caller's custodial test key."""
    intent = intent_from_json(wish.intent.model_dump())
    if services.sandbox is None:
        relation = RequiredRelation.KEY_HOLDER
        raise NotOwner(caller.account, intent.actor, relation, field="/intent/actor")
    digest, found = await services.sandbox.sign(caller, intent)
    return {"digest": digest, "signatures": signatures_to_json(found)}
