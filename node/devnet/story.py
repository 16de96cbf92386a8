"""One member's story over HTTP, from registration to reversal, told step by step (S04).

Every step is what a hospital's system, an insurer's clerk or a phone would send, signed with the
party's own key. Each run registers a new member, so the story can be told any number of times.
"""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from eth_hash.auto import keccak

from node.chain.plans import plan_id_hash
from node.devnet.gateway_client import GatewayClient
from node.devnet.parties import Party, member_party, organisation_party
from node.devnet.sandbox import Sandbox
from node.domain.members import check_character
from node.domain.roles import Role

NAME = "张三丰"
TOP_UP_FEN = 80_000
IssueToken = Callable[[Role, str], Awaitable[str]]
Teller = Callable[["Step"], None]


@dataclass(frozen=True)
class Step:
    """One told step: what happened, the figures worth showing, and where to read more."""

    title: str
    figures: str
    path: str = ""


class Story:
    """The parties of the story and what they do."""

    def __init__(
        self,
        url: str,
        sandbox: Sandbox,
        *,
        tokens: dict[str, str],
        issue_token: IssueToken,
        tell: Teller,
    ) -> None:
        self._url, self._sandbox, self._tokens = url, sandbox, tokens
        self._issue_token, self._tell = issue_token, tell
        self._day = datetime.date(1970, 1, 1)
        self._stack = AsyncExitStack()

    async def run(self) -> None:
        """Tell the story once. Errors: GatewayRefused, IntentRefused."""
        async with self._stack:
            header = await self._sandbox.client.final_head()
            shanghai = datetime.timezone(datetime.timedelta(hours=8))
            self._day = datetime.datetime.fromtimestamp(header.timestamp, shanghai).date()
            member = await self._register()
            bill_id = await self._enrol(member)
            await self._pay_premium(member, bill_id)
            claim_id = await self._visit_and_settle(member)
            await self._look_at(member, claim_id)
            await self._reverse(member, claim_id)

    async def _client(self, party: Party, token: str) -> GatewayClient:
        client = GatewayClient(self._url, party=party, token=token, domain=self._sandbox.domain)
        return await self._stack.enter_async_context(client)

    async def _organisation(self, name: str) -> GatewayClient:
        return await self._client(organisation_party(name), self._tokens[name])

    async def _register(self) -> GatewayClient:
        """Register a person, open the wallet, top it up."""
        operator = await self._organisation("OPERATOR")
        born = f"1990{secrets.randbelow(12) + 1:02d}{secrets.randbelow(28) + 1:02d}"
        first = f"110101{born}{secrets.randbelow(1000):03d}"
        number = first + check_character(first)
        key = member_party(f"story {secrets.token_hex(8)}")
        wish = {
            "actor": operator.party.account,
            "number": number,
            "name": NAME,
            "signer": {"key": key.signer.key, "kind": key.signer.kind.name},
            "categories": [],
        }
        prepared = await operator.prepare("/v1/members", wish)
        identity = {"number": number, "name": NAME, "salt": prepared["salt"]}
        await operator.sign_and_send("/v1/members", prepared, more={"identity": identity})
        account = str(prepared["member"])
        party = Party("member", account, key.signer)
        member = await self._client(party, await self._issue_token(Role.MEMBER, account))
        self._told("registered", "number and name sealed here, a salted hash on chain",
                   f"/v1/members/{account}")  # fmt: skip
        terms = {"terms_hash": "0x" + keccak(b"sandbox terms of use").hex()}
        await member.do(f"/v1/wallets/{account}/openings", terms)
        bank = await self._organisation("BANK")
        notice = "0x" + secrets.token_hex(32)
        await bank.do(
            f"/v1/wallets/{account}/deposits", {"amount_fen": TOP_UP_FEN, "notice_hash": notice}
        )
        self._told("wallet opened and topped up", f"CASH {yuan(TOP_UP_FEN)}",
                   f"/v1/wallets/{account}/balance")  # fmt: skip
        return member

    async def _enrol(self, member: GatewayClient) -> str:
        """The insurer issues this year's bill and enrols the member with it."""
        insurer = await self._organisation("INSURER")
        year = self._day.year
        plan = {"plan_id": plan_id_hash("resident-adult-premium"), "plan_version": 1}
        period = {"period_start": f"{year}-01-01", "period_end": f"{year + 1}-01-01"}
        wish = {
            "member": member.party.account,
            **plan,
            **period,
            "due": (self._day + datetime.timedelta(days=30)).isoformat(),
        }
        prepared = await insurer.prepare("/v1/premiums/bills", wish)
        await insurer.sign_and_send("/v1/premiums/bills", prepared)
        bill_id = str(prepared["bill_id"])
        enrolment = {
            "actor": insurer.party.account,
            "member": member.party.account,
            "scheme": "RESIDENT",
            "member_kind": "ADULT",
            "region": "110000",
            "start": period["period_start"],
            "end": period["period_end"],
            "bill_id": bill_id,
            **plan,
        }
        await insurer.do("/v1/coverages", enrolment)
        self._told("enrolled, premium bill issued", f"RESIDENT, year {year}",
                   f"/v1/premiums/bills/{bill_id}")  # fmt: skip
        return bill_id

    async def _pay_premium(self, member: GatewayClient, bill_id: str) -> None:
        quote = await member.post("/v1/premiums/quotes", {"bill_id": bill_id})
        self._told(
            "premium quoted",
            f"gross {yuan(quote['gross_fen'])} - subsidy {yuan(quote['subsidy_fen'])}"
            f" = payable {yuan(quote['payable_fen'])}",
        )
        paid = await member.do("/v1/premiums/payments", {"bill_id": bill_id})
        self._told("premium paid, final on chain", f"block {paid['block_number']}", paid["href"])

    async def _visit_and_settle(self, member: GatewayClient) -> str:
        """A clinic registers a visit, sends lines, quotes, and both sign the claim."""
        clinic = await self._organisation("CLINIC")
        visit = await clinic.post(
            "/v1/visits",
            {"member_id": member.party.account, "care_type": "OUTPATIENT",
             "start": self._day.isoformat()},
        )  # fmt: skip
        path = f"/v1/visits/{visit['visit_id']}"
        await clinic.put(f"{path}/diagnoses", {"codes": ["J06.900"]})
        lines = [
            {"item_code": "110200001", "quantity": 1, "unit_price_fen": 5_000},
            {"item_code": "250101015", "quantity": 1, "unit_price_fen": 2_000},
            {"item_code": "XA02BC", "quantity": 6, "unit_price_fen": 2_600},
            {"item_code": "C00000001", "quantity": 1, "unit_price_fen": 3_000},
        ]
        visit = await clinic.post(f"{path}/lines", {"lines": lines})
        self._told("visit with 4 fee lines", f"total {yuan(visit['total_fen'])}", path)
        wish = {
            "visit_id": visit["visit_id"],
            "claim_number": f"{self._day.year}-{secrets.token_hex(4)}",
        }
        prepared = await clinic.prepare("/v1/claims", wish)
        figures = prepared["quote"]["settlement"]
        self._told("claim quoted by the contract", split(figures))
        more = {"visit_id": visit["visit_id"]}
        settled = await clinic.sign_and_send("/v1/claims", prepared, member.party, more=more)
        claim_id = str(prepared["quote"]["claim_id"])
        self._told("claim settled with both signatures", f"block {settled['block_number']}",
                   f"/v1/claims/{claim_id}")  # fmt: skip
        return claim_id

    async def _look_at(self, member: GatewayClient, claim_id: str) -> None:
        """The member reads the trace, the receipt and the own balance."""
        trace = await member.get(f"/v1/claims/{claim_id}/trace")
        refused = {
            part["code"]: part["amount_fen"] for line in trace["lines"] for part in line["refused"]
        }
        reasons = ", ".join(f"{code} {yuan(fen)}" for code, fen in refused.items())
        matches = "hash matches the chain" if trace["verified"] else "HASH DIFFERS"
        self._told(f"why each fen was refused ({matches})", reasons,
                   f"/v1/claims/{claim_id}/trace")  # fmt: skip
        claim = await member.get(f"/v1/claims/{claim_id}")
        number = claim["receipt_number"]
        receipt = await member.get(f"/v1/receipts/{number}")
        self._told("receipt", f"{number} {receipt['state']}", f"/v1/receipts/{number}")
        self._told("balance", await self._cash(member))

    async def _reverse(self, member: GatewayClient, claim_id: str) -> None:
        clinic = await self._organisation("CLINIC")
        wish = {"actor": clinic.party.account, "reason_code": "WRONG_LINES"}
        undone = await clinic.do(f"/v1/claims/{claim_id}/reversals", wish)
        claim = await member.get(f"/v1/claims/{claim_id}")
        self._told("claim reversed by the clinic", f"state {claim['state']}", undone["href"])
        self._told("balance restored", await self._cash(member),
                   f"/v1/wallets/{member.party.account}/entries")  # fmt: skip

    async def _cash(self, member: GatewayClient) -> str:
        balance = await member.get(f"/v1/wallets/{member.party.account}/balance")
        return f"CASH {yuan(balance['pockets']['CASH']['total_fen'])}"

    def _told(self, title: str, figures: str, path: str = "") -> None:
        self._tell(Step(title, figures, path))


def yuan(fen: int) -> str:
    """Return fen as yuan, by integers."""
    sign = "-" if fen < 0 else ""
    return f"{sign}¥{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def split(figures: dict[str, Any]) -> str:
    """Return who pays what of a claim."""
    funds = ("pooled_fen", "big_illness_fen", "aid_fen", "supplementary_fen")
    fund = sum(figures[name] for name in funds)
    return (
        f"total {yuan(figures['total_fen'])} = fund {yuan(fund)}"
        f" + member {yuan(figures['member_fen'])}"
    )
