"""What all contract wrappers share: an address, a client, and reads pinned to one block.

Reads are hand-packed and go through the hot client, so a page of balances is one round trip. A
refused read raises the domain error that the contract names.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

from node.chain.abi.layouts import RecordLayout
from node.chain.abi.packing import Word, WordLayout
from node.chain.rpc.errors import revert_of
from node.chain.rpc.json_rpc import Rpc, RpcError
from node.domain.errors import ChainUnavailable
from node.wire.hashing import selector
from node.wire.hexadecimal import from_hex, to_hex

T = TypeVar("T")

Block = int | str
"""A block: its number, its hash as 0x text, or "latest"."""


def block_tag(block: Block) -> str | dict[str, Any]:
    """Return how JSON-RPC names a block. A hash must still be canonical (EIP-1898)."""
    if isinstance(block, int):
        return hex(block)
    if block.startswith("0x") and len(block) == 66:
        return {"blockHash": block, "requireCanonical": True}
    return block


class Function:
    """A view function with static arguments: `Function("get(bytes32)")`."""

    def __init__(self, signature: str, *, words: Sequence[Word | str] | None = None) -> None:
        """Take the words from the signature unless labels or enums need their own."""
        self.signature, self.selector = signature, selector(signature)
        inside = signature[signature.index("(") + 1 : -1]
        self.arguments = WordLayout(words or [one for one in inside.split(",") if one])

    def call_data(self, *values: Any) -> bytes:
        """Return the call data. Errors: PackingError."""
        return self.selector + self.arguments.pack(values)


class Contract:
    """A deployed contract at a fixed address."""

    def __init__(self, rpc: Rpc, address: str) -> None:
        self.rpc, self.address = rpc, address

    async def read(self, data: bytes, *, block: Block) -> bytes:
        """Return what a call gives at a block.

        Errors: the DomainError of the refusal, RpcError for other trouble, ChainUnavailable, also
        when there is no code at the address at that block.
        """
        try:
            result = await self.rpc.call(*self.call_of(data, block=block))
        except RpcError as error:
            refusal = revert_of(error)
            raise error if refusal is None else refusal from error
        return self._returned(result)

    def call_of(self, data: bytes, *, block: Block) -> tuple[str, Any, Any]:
        """Return method and parameters of a read, for `read_many`."""
        return "eth_call", {"to": self.address, "data": to_hex(data)}, block_tag(block)

    async def read_many(self, calls: Sequence[tuple[str, Any, Any]]) -> list[bytes]:
        """Return what many calls give. Errors: as `read`, for the first call that fails."""
        results = await self.rpc.batch([(method, params) for method, *params in calls])
        for result in results:
            if isinstance(result, RpcError):
                raise revert_of(result) or result
        return [self._returned(result) for result in results]

    def _returned(self, result: str) -> bytes:
        if result == "0x":
            raise ChainUnavailable() from LookupError(f"no contract at {self.address}")
        return from_hex(result)

    async def read_record(self, layout: RecordLayout[T], data: bytes, *, block: Block) -> T:
        """Return the struct a call gives at a block. Errors: as `read`, PackingError."""
        return layout.unpack(await self.read(data, block=block))

    async def read_word(self, word: str | Word, data: bytes, *, block: Block) -> Any:
        """Return the one word a call gives at a block. Errors: as `read`, PackingError."""
        return WordLayout([word]).unpack(await self.read(data, block=block))[0]
