"""Test signing; these routes exist only where the profile is `sandbox` (P27)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends

from node.api.deps import CallerDep, NounRouter, service
from node.api.schemas.intents import IntentOnlyIn, SignaturesOut
from node.features.sandbox.access import ACCESS
from node.features.sandbox.service import SandboxService
from node.intents.wire import intent_from_json, signatures_to_json

router = NounRouter("/v1/sandbox", tag="sandbox", access=ACCESS)
SandboxDep = Annotated[SandboxService, Depends(service(SandboxService))]


@router.post(
    "/signatures",
    operation_id="signInSandbox",
    summary="Sign with a test key",
    response_model=SignaturesOut,
)
async def sign(asked: IntentOnlyIn, caller: CallerDep, sandbox: SandboxDep) -> dict[str, Any]:
    """Sign an intent with the caller's custodial test key."""
    intent = intent_from_json(asked.intent.model_dump())
    digest, found = await sandbox.sign(caller, intent)
    return {"digest": digest, "signatures": signatures_to_json(found)}
