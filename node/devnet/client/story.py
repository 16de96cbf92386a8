"""One member's story over HTTP, from registration to reversal, told step by step (S04).

Every step is what a hospital's system, an insurer's clerk or a phone would send, signed with the
party's own key. Each run registers a new member, so the story can be told any number of times.
"""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from node.chain.abi.plans import plan_id_hash
from node.devnet.client.gateway import GatewayClient
from node.devnet.client.story_figures import (
    FUNDS,
    FiguresDiffer,
    premium_of,
    reasons_of,
    require_sum,
    settlement_of,
)
from node.devnet.client.story_wording import Step, StepName
from node.devnet.seed.parties import Party, member_party, organisation_party
from node.devnet.seed.sandbox import Sandbox
from node.domain.members import check_character
from node.domain.roles import Role
from node.wire.hashing import keccak
from node.wire.hexadecimal import to_hex

NAME = "张三丰"
TOP_UP_FEN = 80_000
IssueToken = Callable[[Role, str], Awaitable[str]]
Teller = Callable[[Step], None]


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
        """Tell the story once. Errors: GatewayRefused, IntentRefused, FiguresDiffer."""
        async with self._stack:
            header = await self._sandbox.client.final_head()
            shanghai = datetime.timezone(datetime.timedelta(hours=8))
            self._day = datetime.datetime.fromtimestamp(header.timestamp, shanghai).date()
            member = await self._register()
            await self._open_wallet(member)
            bill_id = await self._enrol(member)
            premium_fen = await self._pay_premium(member, bill_id)
            claim_id, settlement = await self._visit_and_settle(member)
            await self._explain(member, claim_id, settlement)
            await self._show_receipt(member, claim_id, settlement)
            spent = {"premium_fen": premium_fen, "claim_fen": settlement["cash_fen"]}
            cash_fen = await self._balance(member, spent)
            await self._reverse(member, claim_id)
            await self._balance_again(member, cash_fen, returned_fen=settlement["cash_fen"])

    async def _client(self, party: Party, token: str) -> GatewayClient:
        client = GatewayClient(self._url, party=party, token=token, domain=self._sandbox.domain)
        return await self._stack.enter_async_context(client)

    async def _organisation(self, name: str) -> GatewayClient:
        return await self._client(organisation_party(name), self._tokens[name])

    async def _register(self) -> GatewayClient:
        """Register a person with a number and a key that nobody has yet."""
        operator = await self._organisation("OPERATOR")
        born = f"1990{secrets.randbelow(12) + 1:02d}{secrets.randbelow(28) + 1:02d}"
        first = f"110101{born}{secrets.randbelow(1000):03d}"
        number = first + check_character(first)
        key = member_party(f"story {secrets.token_hex(8)}")
        asked = {
            "actor_id": operator.party.account,
            "number": number,
            "name": NAME,
            "signer": {"key": key.signer.key, "kind": key.signer.kind.name},
            "categories": [],
        }
        prepared = await operator.prepare("/v1/members", asked)
        identity = {"number": number, "name": NAME, "salt": prepared["salt"]}
        await operator.sign_and_send("/v1/members", prepared, more={"identity": identity})
        account = str(prepared["member_id"])
        party = Party("member", account, key.signer)
        member = await self._client(party, await self._issue_token(Role.MEMBER, account))
        self._tell(Step(StepName.MEMBER_REGISTERED, path=f"/v1/members/{account}"))
        return member

    async def _open_wallet(self, member: GatewayClient) -> None:
        """The member agrees to the terms; the bank confirms a payment."""
        account = member.party.account
        terms = {"terms_hash": to_hex(keccak(b"sandbox terms of use"))}
        await member.do(f"/v1/wallets/{account}/openings", terms)
        bank = await self._organisation("BANK")
        notice = "0x" + secrets.token_hex(32)
        await bank.do(
            f"/v1/wallets/{account}/deposits", {"amount_fen": TOP_UP_FEN, "notice_hash": notice}
        )
        cash_fen = await self._cash_fen(member)
        require_sum("the first balance", {"topped_up_fen": TOP_UP_FEN}, cash_fen)
        self._tell(
            Step(
                StepName.WALLET_TOPPED_UP,
                {"cash_fen": cash_fen},
                path=f"/v1/wallets/{account}/balance",
            )
        )

    async def _enrol(self, member: GatewayClient) -> str:
        """The insurer issues this year's bill and enrols the member with it."""
        insurer = await self._organisation("INSURER")
        year = self._day.year
        plan = {"plan_id": plan_id_hash("resident-adult-premium"), "plan_version": 1}
        period = {"period_start": f"{year}-01-01", "period_end": f"{year + 1}-01-01"}
        asked = {
            "member_id": member.party.account,
            **plan,
            **period,
            "due": (self._day + datetime.timedelta(days=30)).isoformat(),
        }
        prepared = await insurer.prepare("/v1/premiums/bills", asked)
        await insurer.sign_and_send("/v1/premiums/bills", prepared)
        bill_id = str(prepared["bill_id"])
        enrolment = {
            "actor_id": insurer.party.account,
            "member_id": member.party.account,
            "scheme": "RESIDENT",
            "member_kind": "ADULT",
            "region": "110000",
            "start": period["period_start"],
            "end": period["period_end"],
            "bill_id": bill_id,
            **plan,
        }
        await insurer.do("/v1/coverages", enrolment)
        self._tell(
            Step(
                StepName.MEMBER_ENROLLED,
                facts={"scheme": "RESIDENT", "year": year},
                path=f"/v1/premiums/bills/{bill_id}",
            )
        )
        return bill_id

    async def _pay_premium(self, member: GatewayClient, bill_id: str) -> int:
        """The member asks what is due, pays it, and it is final. Return what was paid, in fen."""
        amounts = premium_of(await member.post("/v1/premiums/quotes", {"bill_id": bill_id}))
        self._tell(Step(StepName.PREMIUM_QUOTED, amounts, path=f"/v1/premiums/bills/{bill_id}"))
        paid = await member.do("/v1/premiums/payments", {"bill_id": bill_id})
        self._tell(
            Step(
                StepName.PREMIUM_PAID,
                {"paid_fen": amounts["payable_fen"]},
                {"block_number": paid["block_number"]},
                path=paid["href"],
            )
        )
        return amounts["payable_fen"]

    async def _visit_and_settle(self, member: GatewayClient) -> tuple[str, dict[str, int]]:
        """A clinic registers a visit, sends lines, quotes, and both sign the claim.

        Return the claim's id and who pays it.
        """
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
        self._tell(
            Step(
                StepName.VISIT_RECORDED,
                {"total_fen": visit["total_fen"]},
                {"lines": len(lines)},
                path=path,
            )
        )
        asked = {
            "visit_id": visit["visit_id"],
            "claim_number": f"{self._day.year}-{secrets.token_hex(4)}",
        }
        prepared = await clinic.prepare("/v1/claims", asked)
        claim_id = str(prepared["quote"]["claim_id"])
        settlement = settlement_of(prepared["quote"]["settlement"])
        require_sum("the quote", {"visit_fen": visit["total_fen"]}, settlement["total_fen"])
        self._tell(Step(StepName.CLAIM_QUOTED, settlement, path=path))
        more = {"visit_id": visit["visit_id"]}
        settled = await clinic.sign_and_send("/v1/claims", prepared, member.party, more=more)
        block = {"block_number": settled["block_number"]}
        self._tell(Step(StepName.CLAIM_SETTLED, facts=block, path=f"/v1/claims/{claim_id}"))
        return claim_id, settlement

    async def _explain(
        self, member: GatewayClient, claim_id: str, settlement: dict[str, int]
    ) -> None:
        """The member reads why no fund pays the rest, and that the chain vouches for it."""
        path = f"/v1/claims/{claim_id}/trace"
        trace = await member.get(path)
        if not trace["verified"]:
            raise FiguresDiffer(f"the trace of {claim_id} is not the one whose hash is on chain")
        reasons = reasons_of(trace, settlement)
        total_fen, unpaid_fen = settlement["total_fen"], sum(reasons.values())
        amounts = {
            "total_fen": total_fen,
            "funds_fen": sum(settlement[name] for name in FUNDS),
            "unpaid_fen": unpaid_fen,
        }
        self._tell(Step(StepName.REFUSALS_EXPLAINED, amounts, reasons=reasons, path=path))

    async def _show_receipt(
        self, member: GatewayClient, claim_id: str, settlement: dict[str, int]
    ) -> None:
        """The member reads the receipt: by source it adds up to what was settled."""
        claim = await member.get(f"/v1/claims/{claim_id}")
        if settlement_of(claim["settlement"]) != settlement:
            raise FiguresDiffer(f"claim {claim_id} is not settled by the figures of its quote")
        number = claim["receipt_number"]
        receipt = await member.get(f"/v1/receipts/{number}")
        sources = {f"{one['source'].lower()}_fen": one["amount_fen"] for one in receipt["amounts"]}
        require_sum("the receipt", sources, receipt["amount_fen"])
        require_sum("the receipt", sources, settlement["total_fen"])
        self._tell(
            Step(
                StepName.RECEIPT_ISSUED,
                {"amount_fen": receipt["amount_fen"], **sources},
                {"number": number, "state": receipt["state"]},
                path=f"/v1/receipts/{number}",
            )
        )

    async def _balance(self, member: GatewayClient, spent: dict[str, int]) -> int:
        """The member reads the balance: what came in less what was spent. Return it in fen."""
        cash_fen = await self._cash_fen(member)
        parts = {"topped_up_fen": TOP_UP_FEN} | {name: -fen for name, fen in spent.items()}
        require_sum("the balance", parts, cash_fen)
        amounts = {"topped_up_fen": TOP_UP_FEN, **spent, "cash_fen": cash_fen}
        path = f"/v1/wallets/{member.party.account}/balance"
        self._tell(Step(StepName.BALANCE_READ, amounts, path=path))
        return cash_fen

    async def _reverse(self, member: GatewayClient, claim_id: str) -> None:
        clinic = await self._organisation("CLINIC")
        asked = {"actor_id": clinic.party.account, "reason_code": "WRONG_LINES"}
        undone = await clinic.do(f"/v1/claims/{claim_id}/reversals", asked)
        claim = await member.get(f"/v1/claims/{claim_id}")
        state = {"state": claim["state"]}
        self._tell(Step(StepName.CLAIM_REVERSED, facts=state, path=undone["href"]))

    async def _balance_again(
        self, member: GatewayClient, before_fen: int, *, returned_fen: int
    ) -> None:
        """The member has back what the claim took."""
        cash_fen = await self._cash_fen(member)
        parts = {"before_fen": before_fen, "returned_fen": returned_fen}
        require_sum("the restored balance", parts, cash_fen)
        path = f"/v1/wallets/{member.party.account}/entries"
        self._tell(Step(StepName.BALANCE_RESTORED, {**parts, "cash_fen": cash_fen}, path=path))

    async def _cash_fen(self, member: GatewayClient) -> int:
        balance = await member.get(f"/v1/wallets/{member.party.account}/balance")
        return int(balance["pockets"]["CASH"]["total_fen"])
