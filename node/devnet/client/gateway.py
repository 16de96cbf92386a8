"""A client of the gateway as a hospital system or a phone would write one: prepare, sign, send.

It holds its own key and checks that what it signs is what it was shown: the digest is computed
here, from the intent, never taken from the gateway (M05).
"""

from __future__ import annotations

import time
import uuid
from types import TracebackType
from typing import Any, Self

import httpx

from node.devnet.seed.parties import Party
from node.intents.messages import Intent
from node.intents.typed_data import Domain, digest
from node.intents.wire import intent_from_json, intent_to_json, signatures_to_json

WAIT_S = 20
PATIENCE_S = 180
ENDS = frozenset({"FINAL", "REFUSED", "REJECTED"})


class GatewayRefused(Exception):  # noqa: N818
    """The gateway answered with a problem document."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(f"{status} {problem.get('code')}: {problem.get('title')} {problem}")
        self.status, self.problem = status, problem


class IntentRefused(Exception):  # noqa: N818
    """The chain refused an intent for a reason of its rules."""

    def __init__(self, transaction: dict[str, Any]) -> None:
        super().__init__(f"{transaction.get('state')}: {transaction.get('reason')}")
        self.transaction = transaction


class GatewayClient:
    """One party at one gateway; an async context manager."""

    def __init__(self, url: str, *, party: Party, token: str, domain: Domain) -> None:
        self.party, self._domain = party, domain
        self._http = httpx.AsyncClient(
            base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=WAIT_S + 10
        )

    async def __aenter__(self) -> Self:
        """Open the connection pool."""
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        await self._http.__aexit__(kind, error, trace)

    async def get(self, path: str, **query: str | int) -> dict[str, Any]:
        """Return a resource. Errors: GatewayRefused."""
        return _answer(await self._http.get(path, params=query))

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Post something that is not money. Errors: GatewayRefused."""
        return _answer(await self._http.post(path, json=body))

    async def put(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Put a resource. Errors: GatewayRefused."""
        return _answer(await self._http.put(path, json=body))

    async def prepare(self, path: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Ask for an intent to sign; the answer may hold more, a quote. Errors: GatewayRefused."""
        return await self.post(f"{path}/intents", asked)

    async def send(
        self, path: str, intent: Intent, *signers: Party, more: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Sign an intent, hand it in, and return the transaction once it is final.

        `more` are further fields of the body. Errors: GatewayRefused, IntentRefused.
        """
        name = digest(intent, self._domain)
        signatures = [one.signer.sign(name, one.account) for one in signers]
        body = {
            "intent": intent_to_json(intent),
            "signatures": signatures_to_json(signatures),
            **(more or {}),
        }
        headers = {"Idempotency-Key": str(uuid.uuid4()), "Prefer": f"wait={WAIT_S}"}
        ends = time.monotonic() + PATIENCE_S
        answer = _answer(await self._http.post(path, json=body, headers=headers))
        while answer["state"] not in ENDS and time.monotonic() < ends:
            # Nothing is known yet. The same key with the same body is the same request.
            answer = _answer(await self._http.post(path, json=body, headers=headers))
        if answer["state"] != "FINAL":
            raise IntentRefused(answer)
        return answer

    async def do(
        self, path: str, asked: dict[str, Any], *others: Party, more: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Prepare, sign (the own key first) and send. Errors: GatewayRefused, IntentRefused."""
        prepared = await self.prepare(path, asked)
        return await self.sign_and_send(path, prepared, *others, more=more)

    async def sign_and_send(
        self,
        path: str,
        prepared: dict[str, Any],
        *others: Party,
        more: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Sign what was prepared and send it. Errors: GatewayRefused, IntentRefused."""
        intent = intent_from_json(prepared["intent"])
        return await self.send(path, intent, self.party, *others, more=more)


def _answer(response: httpx.Response) -> dict[str, Any]:
    document: dict[str, Any] = response.json() if response.content else {}
    if response.is_error:
        raise GatewayRefused(response.status_code, document)
    return document
