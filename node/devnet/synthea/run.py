"""Settles a Synthea folder on a running chain and compares every line with the file (M13)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from eth_abi.abi import encode

from node.chain.abi.records import Decision
from node.chain.client import ChainClient, ContractBook
from node.chain.rpc.errors import revert_of
from node.chain.rpc.json_rpc import RpcError
from node.devnet.seed.batch_sender import BatchSender, SeedRefused
from node.devnet.synthea.coverages import Coverage
from node.devnet.synthea.folder import Unsettled
from node.devnet.synthea.seed import ExpectedLine, SyntheaSeed
from node.devnet.synthea.settled_lines import SettledLine, settled_lines
from node.domain.days import QUOTE_LIFETIME_S
from node.intents.claim_bodies import promised_claim
from node.intents.encoding import encode_body
from node.intents.messages import IntentKind, SignedIntent
from node.wire.hashing import keccak
from node.wire.hexadecimal import to_hex


@dataclass(frozen=True, slots=True)
class ComparedLine:
    """A line of the file beside what the chain settled; None = not settled."""

    expected: ExpectedLine
    settled: SettledLine | None

    @property
    def is_equal(self) -> bool:
        """Whether total, both insurers and the member agree to the fen."""
        expected, found = self.expected, self.settled
        return found is not None and (
            found.total,
            found.primary,
            found.secondary,
            found.member,
        ) == (expected.line.charge, expected.primary, expected.secondary, expected.member)


@dataclass(frozen=True, slots=True)
class Progress:
    """Where to report: `stage` names what begins and how much it is, `advance` counts it."""

    stage: Callable[[str, int], None]
    advance: Callable[[int], None]


class SyntheaRun:
    """One run of a seed against a network. A second run changes nothing and compares again.

    `unsettled` names the insurer-paid lines that are not settled: those the folder does not allow,
    and those that the contracts refuse, with their reason. All others are settled.
    """

    def __init__(
        self, seed: SyntheaSeed, *, client: ChainClient, book: ContractBook, sender: BatchSender
    ) -> None:
        self._seed, self._client, self._book, self._sender = seed, client, book, sender
        self.unsettled: list[Unsettled] = list(seed.unsettled)
        self._not_enrolled: dict[Coverage, str] = {}

    async def settle_all(self, progress: Progress) -> list[ComparedLine]:
        """Lay the foundations, settle every insured line, and compare with the chain's logs.

        Errors: SeedRefused with the contract's reason if a foundation is; ChainUnavailable.
        """
        foundations = self._seed.foundations()
        enrolments = list(self._seed.enrolments())
        progress.stage("parties, plans, coverages, money", len(foundations) + len(enrolments))
        await self._sender.send(foundations, on_done=progress.advance)
        refused = await self._send_what_can([intent for _, intent in enrolments])
        for coverage, intent in enrolments:
            if intent in refused:
                self._not_enrolled[coverage] = f"its coverage is refused: {refused[intent]}"
        progress.advance(len(enrolments))
        progress.stage("claims", len(self._seed.lines))
        for batch in _rounds(self._seed.lines):
            await self._settle(batch)
            progress.advance(len(batch))
        compared = await self.compare()
        self.unsettled += [
            one.expected.line.unsettled("refused in an earlier run")
            for one in compared
            if one.settled is None
        ]
        return [one for one in compared if one.settled is not None]

    async def compare(self) -> list[ComparedLine]:
        """Put every line that could be settled beside what the chain's own logs say."""
        found = await settled_lines(self._client.rpc, self._book.settlement.address)
        unsettled = {one.key for one in self.unsettled}
        return [
            ComparedLine(one, found.get(self._claim_id(one)))
            for one in self._seed.lines
            if one.line.key not in unsettled
        ]

    async def _send_what_can(self, intents: Sequence[SignedIntent]) -> dict[SignedIntent, str]:
        """Make every intent take effect that can; return the others with the contract's reason."""
        refused: dict[SignedIntent, str] = {}
        left = list(intents)
        while left:
            try:
                await self._sender.send(left)
            except SeedRefused as error:
                # Those before it took effect and are passed over when the rest is sent again.
                refused[error.intent] = str(error.reason)
                left = left[left.index(error.intent) + 1 :]
            else:
                return refused
        return refused

    async def _settle(self, batch: Sequence[ExpectedLine]) -> None:
        fresh = await self._open_lines(batch)
        header = await self._client.final_head()
        expires_at = header.timestamp + QUOTE_LIFETIME_S
        signed: dict[SignedIntent, ExpectedLine] = {}
        for one, decision in zip(fresh, await self._quotes(fresh), strict=True):
            if isinstance(decision, str):
                self.unsettled.append(one.line.unsettled(decision))
                continue
            body = promised_claim(
                self._seed.claim_body(one),
                decision.settlement,
                accumulators_hash=decision.accumulators_hash,
                expires_at=expires_at,
            )
            signed[self._seed.claim_intent(one, body)] = one
        refused = await self._send_what_can(list(signed))
        self.unsettled += [signed[one].line.unsettled(why) for one, why in refused.items()]

    async def _open_lines(self, batch: Sequence[ExpectedLine]) -> list[ExpectedLine]:
        """Return the lines that no earlier run settled: their nonces are not burnt."""
        intents = [self._seed.claim_intent(one, self._seed.claim_body(one)).intent for one in batch]
        router = self._book.router
        burnt = await asyncio.gather(
            *(router.is_nonce_used(one.actor, one.nonce, block="latest") for one in intents)
        )
        return [one for one, used in zip(batch, burnt, strict=True) if not used]

    async def _quotes(self, batch: Sequence[ExpectedLine]) -> list[Decision | str]:
        return await asyncio.gather(*(self._quote(one) for one in batch))

    async def _quote(self, one: ExpectedLine) -> Decision | str:
        """Return what the contract would settle, or why it would not."""
        why = self._not_enrolled.get(self._seed.coverage_of(one.line))
        if why is not None:
            return why
        try:
            return await self._book.settlement.quote(
                self._seed.provider(one.line.organisation).account,
                encode_body(IntentKind.SETTLE_CLAIM, self._seed.claim_body(one)),
                block="latest",
            )
        except RpcError as error:
            refusal = revert_of(error)
            if refusal is None:
                raise
            return str(refusal)

    def _claim_id(self, one: ExpectedLine) -> str:
        provider = self._seed.provider(one.line.organisation).account
        number = bytes.fromhex(self._seed.claim_body(one).claim_number_hash[2:])
        data = keccak(encode(["address", "bytes32"], [provider, number]))
        return to_hex(data[:23]) + "0" * 18


def _rounds(lines: Sequence[ExpectedLine]) -> Iterator[list[ExpectedLine]]:
    """Yield batches in which each member and policy year stands at most once.

    Two claims of one year change each other's accumulators, so the second needs a new quote.
    """
    left = list(lines)
    while left:
        batch: list[ExpectedLine] = []
        rest: list[ExpectedLine] = []
        taken: set[tuple[str, int]] = set()
        for one in left:
            year = (one.line.patient, one.line.service_day.year)
            if year in taken:
                rest.append(one)
            else:
                taken.add(year)
                batch.append(one)
        yield batch
        left = rest
