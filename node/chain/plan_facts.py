"""Plan rules as PlanRegistry keeps them: written for a proposal, read back for people and sums."""

from __future__ import annotations

from node.chain import accounts
from node.chain.abi.kinds import PlanKind
from node.chain.abi.plans import (
    body_hash,
    decode_benefit_plan,
    decode_premium_plan,
    encode_benefit_plan,
    encode_premium_plan,
    plan_id_hash,
)
from node.chain.client import ContractBook
from node.domain.kinds import Scheme
from node.domain.plans.plan import SUPPLEMENTARY_FUNDS, BenefitPlan, PremiumPlan
from node.wire.hashing import keccak
from node.wire.hexadecimal import to_hex
from node.wire.labels import label_bytes

REGION_BYTES = 12


class PlanCodec:
    """The forms of plan rules and of the ids that follow from names; needs no chain."""

    def encode(self, rules: BenefitPlan | PremiumPlan) -> tuple[int, bytes]:
        """Return the kind and the body of plan rules."""
        if isinstance(rules, BenefitPlan):
            return int(PlanKind.BENEFIT), encode_benefit_plan(rules)
        return int(PlanKind.PREMIUM), encode_premium_plan(rules)

    def decode(self, kind: int, body: bytes) -> BenefitPlan | PremiumPlan:
        """Return the rules of a body. Errors: PackingError for other bytes."""
        if kind == PlanKind.BENEFIT:
            return decode_benefit_plan(body)
        return decode_premium_plan(body)

    def plan_id(self, text_id: str) -> str:
        """Return the id under which the registry knows a text id."""
        return plan_id_hash(text_id)

    def body_hash(self, body: bytes) -> str:
        """Return the hash that an approval names."""
        return body_hash(body)

    def supplementary_payers(self, region: str, scheme: Scheme) -> frozenset[str]:
        """Return the funds of a region and scheme that may pay a supplementary layer."""
        raw = to_hex(label_bytes(region, REGION_BYTES))
        return frozenset(accounts.fund(raw, scheme, kind) for kind in SUPPLEMENTARY_FUNDS)

    def declared_bill_id(self, employer: str, member: str, start_day: int) -> str:
        """Return the id of the bill that an employer's declaration for a month makes."""
        accounts = [bytes.fromhex(one[2:]).rjust(32, b"\0") for one in (employer, member)]
        return to_hex(keccak(b"".join(accounts) + start_day.to_bytes(32, "big", signed=True)))


class PlanFacts(PlanCodec):
    """Plan rules of approved versions, which never change."""

    def __init__(self, book: ContractBook) -> None:
        self._book = book

    async def benefit_plan(self, plan_id: str, version: int) -> BenefitPlan:
        """Return the rules of a benefit version. Errors: PlanUnknown, ChainUnavailable."""
        return await self._book.plans.benefit_plan(plan_id, version, block="latest")

    async def premium_plan(self, plan_id: str, version: int) -> PremiumPlan:
        """Return the rules of a premium version. Errors: PlanUnknown, ChainUnavailable."""
        return await self._book.plans.premium_plan(plan_id, version, block="latest")
