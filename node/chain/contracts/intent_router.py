"""IntentRouter: digests, nonce bits, type hashes and gas budgets at a block."""

from node.chain.abi.packing import PackedIntent, pack_digest_of, pack_execute
from node.chain.contracts.base import Block, Contract, Function
from node.intents.messages import IntentKind

IS_NONCE_USED = Function("isNonceUsed(address,uint256)")
TYPE_HASH_OF = Function("typeHashOf(uint8)")
GAS_BUDGET_OF = Function("gasBudgetOf(uint8,uint256)")


class IntentRouter(Contract):
    """Reads of the router; `execute_data` is what the relayer signs."""

    @staticmethod
    def execute_data(items: list[PackedIntent]) -> bytes:
        """Return the call data of a batch. Errors: PackingError."""
        return pack_execute(items)

    async def digest_of(self, item: PackedIntent, *, block: Block) -> str:
        """Return the digest of an intent. Errors: ContractRefusal KindUnknown, BodyNotCanonical."""
        return str(await self.read_word("bytes32", pack_digest_of(item), block=block))

    async def is_nonce_used(self, actor: str, intent_nonce: int, *, block: Block) -> bool:
        """Tell whether the nonce bit of an actor is burnt."""
        data = IS_NONCE_USED.call_data(actor, intent_nonce)
        return bool(await self.read_word("bool", data, block=block))

    async def type_hash_of(self, kind: IntentKind, *, block: Block) -> str:
        """Return the EIP-712 type hash of a kind."""
        return str(await self.read_word("bytes32", TYPE_HASH_OF.call_data(kind), block=block))

    async def gas_budget_of(self, kind: IntentKind, body_bytes: int, *, block: Block) -> int:
        """Return the gas that must be left for an item with a body of that size."""
        data = GAS_BUDGET_OF.call_data(kind, body_bytes)
        return int(await self.read_word("uint256", data, block=block))
