"""BillRegistry and PremiumCollector: bills and quotes at a block."""

from node.chain.abi.layouts import RecordLayout
from node.chain.abi.records import Bill, PremiumQuote
from node.chain.contracts.base import Block, Contract, Function
from node.domain.premiums import BillState

QUOTE = Function("quote(bytes32,uint64)")
BILL_OF = Function("billOf(bytes32)")
STATE_ON = Function("stateOn(bytes32,int32)")

_QUOTE = RecordLayout(PremiumQuote)
_BILL = RecordLayout(Bill)


class PremiumCollector(Contract):
    """Quotes of premiums."""

    async def quote(self, bill_id: str, timestamp: int, *, block: Block) -> PremiumQuote:
        """Return what the next part of a bill costs at a moment (seconds).

        Errors: BillUnknown, BillAlreadyPaid, BillStateInvalid.
        """
        return await self.read_record(_QUOTE, QUOTE.call_data(bill_id, timestamp), block=block)


class BillRegistry(Contract):
    """Reads of premium bills."""

    async def bill_of(self, bill_id: str, *, block: Block) -> Bill:
        """Return a bill as stored. Errors: BillUnknown."""
        return await self.read_record(_BILL, BILL_OF.call_data(bill_id), block=block)

    async def state_on(self, bill_id: str, day: int, *, block: Block) -> BillState:
        """Return the state of a bill on a policy day, OVERDUE included. Errors: BillUnknown."""
        data = STATE_ON.call_data(bill_id, day)
        return BillState(await self.read_word("uint8", data, block=block))
