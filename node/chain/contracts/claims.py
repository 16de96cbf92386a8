"""ClaimRegistry and ClaimSettlement: quotes, states, accumulators at a block."""

from node.chain.abi.layouts import RecordLayout
from node.chain.abi.packing import WordLayout
from node.chain.abi.records import Decision
from node.chain.contracts.base import Block, Contract, Function
from node.domain.adjudication.accumulators import Accumulators
from node.domain.claims import ClaimState
from node.wire.hashing import selector
from node.wire.words import WORD, uint

_LINE = "(uint8,uint64,uint64,uint16,bytes32)"
SETTLE_CLAIM = (
    "(address,bytes32,bytes32,uint32,uint8,int32,int32,int32,address,uint8,uint64,uint64,uint64,"
    f"uint64,uint64,bytes32,uint64,bytes32,{_LINE}[])"
)
QUOTE = selector(f"quote(address,{SETTLE_CLAIM})")
STATE_OF = Function("stateOf(bytes32)")
COMMITMENT_OF = Function("commitmentOf(bytes32)")
ACCUMULATORS_OF = Function("accumulatorsOf(address,uint16)")
LAST_CLAIM_OF = Function("lastClaimOf(address,uint16)")
PENDING_OF = Function("pendingOf(address,uint16)")
PROVIDER_DEBT_OF = Function("providerDebtOf(address,address)")

_DECISION = RecordLayout(Decision)
_ACCUMULATORS = RecordLayout(Accumulators)
_PROVIDER = WordLayout(["address"])


class ClaimSettlement(Contract):
    """Quotes of claims."""

    async def quote(self, provider: str, body: bytes, *, block: Block) -> Decision:
        """Return what settling a claim would decide; `body` is the encoded SettleClaim.

        Errors: whatever settling would be refused for, but the quote's own expiry and staleness.
        """
        data = QUOTE + _PROVIDER.pack([provider]) + uint(2 * WORD) + body
        return await self.read_record(_DECISION, data, block=block)


class ClaimRegistry(Contract):
    """Reads of claims and member-years."""

    async def state_of(self, claim_id: str, *, block: Block) -> ClaimState:
        """Return the state of a claim; NONE if it is unknown."""
        word = await self.read_word("uint8", STATE_OF.call_data(claim_id), block=block)
        return ClaimState(word)

    async def commitment_of(self, claim_id: str, *, block: Block) -> str:
        """Return the commitment of a claim: 31 bytes of a hash and a zero byte."""
        data = COMMITMENT_OF.call_data(claim_id)
        return str(await self.read_word("bytes32", data, block=block))

    async def accumulators_of(self, member: str, year: int, *, block: Block) -> Accumulators:
        """Return the accumulators of a member and policy year."""
        data = ACCUMULATORS_OF.call_data(member, year)
        return await self.read_record(_ACCUMULATORS, data, block=block)

    async def last_claim_of(self, member: str, year: int, *, block: Block) -> str:
        """Return the id of the last settled claim of a member-year, zero if none."""
        data = LAST_CLAIM_OF.call_data(member, year)
        return str(await self.read_word("bytes32", data, block=block))

    async def pending_of(self, member: str, year: int, *, block: Block) -> str:
        """Return the id of the one ADJUDICATED claim of a member-year, zero if none."""
        data = PENDING_OF.call_data(member, year)
        return str(await self.read_word("bytes32", data, block=block))

    async def provider_debt_of(self, provider: str, insurer: str, *, block: Block) -> int:
        """Return what a provider owes an insurer after reversals, in fen."""
        data = PROVIDER_DEBT_OF.call_data(provider, insurer)
        return int(await self.read_word("uint64", data, block=block))
