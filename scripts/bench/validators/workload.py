"""Signed payments for the router: members, yearly bills in twelve parts, batches of payments.

A batch holds as many intents as 120 KiB and 15M gas allow. Everything is signed before the clock
starts; the only refusals a run may have are none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path

from coincurve import PrivateKey

from node.chain.abi.packing import PackedIntent, pack_execute
from node.chain.abi.plans import plan_id_hash
from node.chain.abi.transactions import Transaction, address_of, sign
from node.devnet.seed.batch_sender import packed
from node.devnet.seed.demo import DemoSeed
from node.devnet.seed.instructions import SeedWriter
from node.devnet.seed.parties import Party, member_party, organisation_party, signed_by
from node.devnet.seed.sandbox import Sandbox
from node.domain.days import day_of
from node.domain.kinds import MemberKind, Pocket, Scheme
from node.intents import bodies
from node.intents.encoding import short_text
from node.intents.messages import Intent, IntentKind, SignedIntent
from node.wire.hashing import keccak
from node.wire.hexadecimal import to_hex
from scripts.bench.validators.heads import Outcomes, outcomes, until_mined, watching
from scripts.bench.validators.sender import LoadPlan, send_elsewhere

MEMBERS = 1_000
PARTS = 12
PREMIUM_FEN = 40_000
NONCE_SPACE = 0xBE9D
HOUR_S = 3_600

MAX_ITEMS = 160
"""Of 736 bytes each: 120 KiB hold no more."""
MAX_BYTES = 120 * 1024
SETUP_ITEMS = 60
GAS_A_PAYMENT, GAS_SPARE = 80_000, 450_000
GAS_LIMIT = 15_000_000
MAX_FEE_WEI = 10**9

Stream = list[tuple[str, str]]


class Batches:
    """Packs intents into raw transactions of one relayer, nonce after nonce."""

    def __init__(self, key: PrivateKey, *, chain_id: int, router: str, tx_nonce: int) -> None:
        self._key, self._chain_id, self._router = key, chain_id, router
        self._tx_nonce = tx_nonce
        self.account = address_of(key.public_key)
        self.items: dict[str, int] = {}
        self.largest = 0

    def pack(self, data: bytes, *, items: int, gas_limit: int) -> tuple[str, str]:
        """Return hash and raw bytes of the next batch."""
        transaction = Transaction(
            chain_id=self._chain_id,
            tx_nonce=self._tx_nonce,
            gas_limit=gas_limit,
            to=self._router,
            data=data,
            max_fee_per_gas=MAX_FEE_WEI,
            max_priority_fee_per_gas=1,
        )
        signed = sign(transaction, self._key)
        if len(signed.raw) > MAX_BYTES:
            raise ValueError(f"a batch of {items} has {len(signed.raw)} bytes")
        self._tx_nonce += 1
        self.largest = max(self.largest, len(signed.raw))
        self.items[signed.tx_hash] = items
        return signed.tx_hash, to_hex(signed.raw)


class Workload:
    """Members with money and bills; `label` keeps the bills of runs apart."""

    def __init__(self, sandbox: Sandbox, urls: Sequence[str], folder: Path) -> None:
        self._sandbox, self._urls, self._folder = sandbox, list(urls), folder
        keys = sandbox.manifest.chain.keys
        self._relayers = [PrivateKey(keys.secret(index)) for index in keys.relayers]
        self._writer = SeedWriter(sandbox.domain)
        self._counters: dict[str, int] = {}
        self.members = [member_party(f"bench {number}") for number in range(MEMBERS)]

    @property
    def router(self) -> str:
        """The address of the router."""
        return self._sandbox.book.router.address

    async def open_members(self, payments: int) -> None:
        """Register organisations and plans, open members and fill their wallets."""
        manifest = self._sandbox.manifest
        await self._sandbox.sender.send(DemoSeed(manifest, domain=self._sandbox.domain).intents())
        operator, bank = organisation_party("OPERATOR"), organisation_party("BANK")
        opening = [one for member in self.members for one in self._writer.member(operator, member)]
        amount_fen = PREMIUM_FEN * (payments // PARTS // MEMBERS + 2)
        cash = [
            self._writer.deposit(
                bank,
                account=member.account,
                pocket=Pocket.CASH,
                amount_fen=amount_fen,
                notice=f"bench {member.name}",
            )
            for member in self.members
        ]
        await self._execute([*opening, *cash])

    async def issue_bills(self, label: str, payments: int) -> list[str]:
        """Issue one bill per twelve payments; return their ids."""
        header = await self._sandbox.client.final_head()
        today = day_of(header.timestamp)
        count = -(-payments // PARTS)
        bills = [self._bill(f"{label} {number}", number, today=today) for number in range(count)]
        await self._execute(
            [self._writer.write(IntentKind.ISSUE_BILL, organisation_party("INSURER"), one)
             for one in bills]
        )  # fmt: skip
        return [one.bill_id for one in bills]

    def _bill(self, name: str, number: int, *, today: int) -> bodies.IssueBill:
        return bodies.IssueBill(
            bill_id="0x" + keccak(f"bench {name}".encode()).hex(),
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
            parts=PARTS,
            part_interval_days=30,
        )

    async def _execute(self, intents: Sequence[SignedIntent]) -> None:
        """Execute intents in order by one relayer. Errors: RuntimeError when one has no effect."""
        batches = await self._batches(self._relayers[0])
        parts = [intents[at : at + SETUP_ITEMS] for at in range(0, len(intents), SETUP_ITEMS)]
        stream = [
            batches.pack(_data(map(packed, part)), items=len(part), gas_limit=GAS_LIMIT)
            for part in parts
        ]
        plan = LoadPlan(
            urls=self._urls, accounts=[batches.account], streams=[stream], window=len(stream) + 1
        )
        async with watching(self._urls[0]) as heads:
            await send_elsewhere(plan, self._folder)
            await until_mined(self._sandbox.rpc, list(batches.items))
            await asyncio.sleep(0.2)
            found = await outcomes(self._sandbox.rpc, self.router, await heads.blocks())
        require_all(found, batches.items)

    async def _batches(self, key: PrivateKey) -> Batches:
        tx_nonce = await self._sandbox.client.tx_count(address_of(key.public_key))
        return Batches(
            key, chain_id=self._sandbox.domain.chain_id, router=self.router, tx_nonce=tx_nonce
        )

    async def payments(self, bill_ids: Sequence[str]) -> tuple[LoadPlan, list[Batches]]:
        """Sign payments of every part of every bill, spread over the relayers, in batches."""
        header = await self._sandbox.client.final_head()
        expires = header.timestamp + HOUR_S
        places = range(len(self._relayers))
        batches = [await self._batches(key) for key in self._relayers]
        streams = [
            self._stream(batches[at], list(enumerate(bill_ids))[at :: len(places)], expires)
            for at in places
        ]
        plan = LoadPlan(
            urls=self._urls, accounts=[one.account for one in batches], streams=streams, window=0
        )
        return plan, batches

    def _stream(self, batches: Batches, bills: Sequence[tuple[int, str]], expires: int) -> Stream:
        # Parts of a bill are paid in order, so a relayer pays the first parts of all its bills.
        signed = [
            self._payment(bill_id, self.members[number % MEMBERS], part, expires)
            for part in range(1, PARTS + 1)
            for number, bill_id in bills
        ]
        parts = [signed[at : at + MAX_ITEMS] for at in range(0, len(signed), MAX_ITEMS)]
        return [
            batches.pack(
                _data(part), items=len(part), gas_limit=len(part) * GAS_A_PAYMENT + GAS_SPARE
            )
            for part in parts
        ]

    def _payment(self, bill_id: str, member: Party, part: int, expires: int) -> PackedIntent:
        # A member counts its own nonces, which then share a slot.
        counter = self._counters.get(member.account, 0) + 1
        self._counters[member.account] = counter
        body = bodies.PayPremium(
            bill_id=bill_id,
            part=part,
            revision=part,
            medical_fen=0,
            cash_fen=PREMIUM_FEN // PARTS + (part <= PREMIUM_FEN % PARTS),
            quote_expires_at=expires,
        )
        nonce = NONCE_SPACE << 64 | counter
        intent = Intent(IntentKind.PAY_PREMIUM, member.account, nonce, expires, body)
        return packed(signed_by(intent, self._sandbox.domain, member))


def _data(items: Iterable[PackedIntent]) -> bytes:
    return pack_execute(list(items))


def require_all(found: Outcomes, items: dict[str, int]) -> None:
    """Make sure that every intent of some transactions took effect. Errors: RuntimeError."""
    missing = {name for name, count in items.items() if found.executed.get(name, 0) != count}
    if missing or found.refused or found.skipped:
        executed = sum(found.executed.values())
        raise RuntimeError(
            f"{executed} of {sum(items.values())} intents executed, {found.refused} refused, "
            f"{found.skipped} skipped; {len(missing)} of {len(items)} batches incomplete; "
            f"reasons: {found.reasons[:3]}"
        )
