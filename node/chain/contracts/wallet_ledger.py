"""WalletLedger: balances, holds and pending transfers at a block."""

from collections.abc import Sequence

from node.chain.abi.layouts import RecordLayout
from node.chain.abi.packing import WordLayout
from node.chain.abi.records import Balances, Hold, TransferState
from node.chain.contracts.base import Block, Contract, Function
from node.domain.kinds import Pocket

BALANCE_OF = Function("balanceOf(address,uint256)")
HELD_OF = Function("heldOf(address,uint8)")
COUNTER_OF = Function("counterOf(address)")
BALANCES_OF = Function("balancesOf(address)")
IS_FROZEN = Function("isFrozen(address)")
HOLD_OF = Function("holdOf(bytes32)")
TRANSFER_STATE_OF = Function("transferStateOf(address,int32)")

_SIX = WordLayout(["uint64"] * 6)
_HOLD = RecordLayout(Hold)
_TRANSFER_STATE = RecordLayout(TransferState)


class WalletLedger(Contract):
    """Reads of the ledger. All amounts are fen."""

    async def balances_of(self, account: str, *, block: Block) -> Balances:
        """Return available and held money of all pockets in one read."""
        return _balances(await self.read(BALANCES_OF.call_data(account), block=block))

    async def balances_of_many(
        self, accounts: Sequence[str], *, block: Block
    ) -> dict[str, Balances]:
        """Return the balances of many accounts at one block, for reconciliation."""
        calls = [self.call_of(BALANCES_OF.call_data(one), block=block) for one in accounts]
        results = await self.read_many(calls)
        return {one: _balances(data) for one, data in zip(accounts, results, strict=True)}

    async def balance_of(self, account: str, pocket: Pocket, *, block: Block) -> int:
        """Return the available money of a pocket; 0 for counters."""
        data = BALANCE_OF.call_data(account, pocket)
        return int(await self.read_word("uint256", data, block=block))

    async def held_of(self, account: str, pocket: Pocket, *, block: Block) -> int:
        """Return the held money of a pocket."""
        return int(await self.read_word("uint256", HELD_OF.call_data(account, pocket), block=block))

    async def counter_of(self, account: str, *, block: Block) -> int:
        """Return the value of a signed counter, usually below zero; 0 for other accounts."""
        return int(await self.read_word("int256", COUNTER_OF.call_data(account), block=block))

    async def is_frozen(self, account: str, *, block: Block) -> bool:
        """Tell whether the account can receive and not spend."""
        return bool(await self.read_word("bool", IS_FROZEN.call_data(account), block=block))

    async def hold_of(self, hold_id: str, *, block: Block) -> Hold:
        """Return a hold; its state is NONE if it is unknown."""
        return await self.read_record(_HOLD, HOLD_OF.call_data(hold_id), block=block)

    async def transfer_state_of(self, sender: str, day: int, *, block: Block) -> TransferState:
        """Return the pending transfer of a sender and how many were sent on a policy day."""
        data = TRANSFER_STATE_OF.call_data(sender, day)
        return await self.read_record(_TRANSFER_STATE, data, block=block)


def _balances(data: bytes) -> Balances:
    cash, medical, points, *held = _SIX.unpack(data)
    return Balances((cash, medical, points), (held[0], held[1], held[2]))
