"""What the pay benchmark sends: bills on chain, and payments that are signed before the clock."""

from __future__ import annotations

import asyncio
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from node.chain.abi.plans import plan_id_hash
from node.db.schema import upgrade
from node.db.unit_of_work import Database
from node.desk.clock import Clock
from node.devnet.seed.instructions import SeedWriter
from node.devnet.seed.parties import Party, member_party, organisation_party, signed_by
from node.devnet.seed.sandbox import Sandbox
from node.domain.days import day_of
from node.domain.kinds import MemberKind, Pocket, Scheme
from node.domain.roles import Role
from node.identity.tokens import TokensService
from node.intents import bodies
from node.intents.encoding import short_text
from node.intents.messages import Intent, IntentKind, SignedIntent
from node.intents.wire import intent_to_json, signatures_to_json
from node.wire.hashing import keccak

MEMBERS = 40
PREMIUM_FEN = 40_000
NONCE_SPACE = 0xBE9C
HOUR_S = 3_600


@dataclass(frozen=True)
class Payment:
    """One payment ready to be sent: the signed intent, its request body and headers."""

    signed: SignedIntent
    body: bytes
    headers: dict[str, str]


class Workload:
    """Members, bills and signed payments of one run; `label` keeps runs apart."""

    def __init__(self, sandbox: Sandbox, *, label: str) -> None:
        self._sandbox, self._label = sandbox, label
        self._writer = SeedWriter(sandbox.domain)
        self.members = [member_party(f"bench {number}") for number in range(MEMBERS)]
        self._counter = secrets.randbits(48)

    async def lay_out(self, payments: int) -> list[str]:
        """Open the members, fill their wallets, issue one bill per payment; return the bill ids."""
        operator, bank = organisation_party("OPERATOR"), organisation_party("BANK")
        opening = [one for member in self.members for one in self._writer.member(operator, member)]
        cash = [
            self._writer.deposit(
                bank,
                account=member.account,
                pocket=Pocket.CASH,
                amount_fen=PREMIUM_FEN * (payments // MEMBERS + 1),
                notice=f"bench {self._label} {member.name}",
            )
            for member in self.members
        ]
        header = await self._sandbox.client.final_head()
        today = day_of(header.timestamp)
        bills = [self._bill(number, today=today) for number in range(payments)]
        await self._sandbox.sender.send([*opening, *cash, *bills], items_a_batch=45)
        return [
            str(one.intent.body.bill_id)
            for one in bills
            if isinstance(one.intent.body, bodies.IssueBill)
        ]

    def _bill(self, number: int, *, today: int) -> SignedIntent:
        body = bodies.IssueBill(
            bill_id="0x" + keccak(f"bench {self._label} {number}".encode()).hex(),
            member=self.members[number % MEMBERS].account,
            scheme=Scheme.RESIDENT,
            member_kind=MemberKind.ADULT,
            region=short_text("110000", 12),
            plan_id=plan_id_hash("resident-adult-premium"),
            plan_version=1,
            period_start=today,
            period_end=today + 365,
            joined_day=today,
            due_day=today + 30,
            parts=1,
            part_interval_days=0,
        )
        return self._writer.write(IntentKind.ISSUE_BILL, organisation_party("INSURER"), body)

    async def payments(self, bill_ids: Sequence[str], tokens: dict[str, str]) -> list[Payment]:
        """Sign a payment for every bill."""
        header = await self._sandbox.client.final_head()
        return [
            self._payment(bill_id, self.members[number % MEMBERS], tokens, now=header.timestamp)
            for number, bill_id in enumerate(bill_ids)
        ]

    def _payment(self, bill_id: str, member: Party, tokens: dict[str, str], *, now: int) -> Payment:
        self._counter += 1
        body = bodies.PayPremium(
            bill_id=bill_id,
            part=1,
            revision=1,
            medical_fen=0,
            cash_fen=PREMIUM_FEN,
            quote_expires_at=now + HOUR_S,
        )
        nonce = NONCE_SPACE << 64 | self._counter
        intent = Intent(IntentKind.PAY_PREMIUM, member.account, nonce, now + HOUR_S, body)
        signed = signed_by(intent, self._sandbox.domain, member)
        document = {
            "intent": intent_to_json(intent),
            "signatures": signatures_to_json(signed.signatures),
        }
        headers = {
            "Authorization": f"Bearer {tokens[member.account]}",
            "Content-Type": "application/json",
            "Idempotency-Key": str(uuid.uuid4()),
            "Prefer": "wait=30",
        }
        return Payment(signed, orjson.dumps(document), headers)


async def issue_tokens(database_url: str, members: Sequence[Party]) -> dict[str, str]:
    """Create the database and give every member a token; return them by account."""
    await asyncio.to_thread(upgrade, database_url)
    async with Database(database_url) as database:
        service = TokensService(database, clock=Clock())
        return {
            one.account: (
                await service.issue(role=Role.MEMBER, account=one.account, label="bench")
            ).token
            for one in members
        }
