"""The custodial signer of a sandbox, behind a port: it signs for demo accounts only.

Mounted only where the profile is `sandbox`; a sandbox with a production chain id does not start
(P27).
"""

from __future__ import annotations

from node.db.unit_of_work import Database, UnitOfWork
from node.desk.callers import Caller, may_sign
from node.desk.intents import IntentDesk
from node.desk.kept_keys import SignerPort
from node.domain.days import day_of
from node.domain.errors import NotOwner, RequiredRelation
from node.intents.messages import Intent, Signature
from node.intents.typed_data import digest


class SandboxService:
    """Signs what a caller could sign with the own key."""

    def __init__(self, database: Database, *, desk: IntentDesk, port: SignerPort) -> None:
        self._database = database
        self._desk = desk
        self._port = port

    async def sign(self, caller: Caller, intent: Intent) -> tuple[str, list[Signature]]:
        """Return the digest and the caller's signatures in the places the intent has for them.

        A provider signs first and the member second: each asks under the own token and gets the
        own signature. Errors: NotOwner for an intent without a place for the caller, or an account
        whose key is not kept.
        """
        day = day_of(self._desk.now_s)
        places = list(intent.parties.values())

        def own_places(unit: UnitOfWork) -> list[str]:
            return [place for place in places if may_sign(unit, caller, actor=place, day=day)]

        ref = digest(intent, self._desk.domain)
        found: list[Signature] = []
        for place in await self._database.read(own_places):
            # A guardian signs with the own key; an organisation with that of its officer.
            account = caller.account if caller.is_person else place
            signer = self._port.signer_for(account)
            if signer is not None:
                found.append(signer.sign(ref, account))
        if not found:
            relation = RequiredRelation.KEY_HOLDER
            raise NotOwner(caller.account, intent.actor, relation, field="/intent/actor")
        return ref, found
