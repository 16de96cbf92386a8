"""Which validators CometBFT is told to add or drop.

The registry on chain decides; this module reads what it decided and never passes on an update
that CometBFT could not apply, because one such update stops every node for good. The rule for
dropping depends on the chain alone, so all validators drop the same.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from node.validator.bridge.engine import Engine, EngineError
from node.wire.hashing import selector
from node.wire.hexadecimal import to_hex
from node.wire.words import WORD

# Everybody's. Not one: whether a validator is a third of the power CometBFT finds by whole division
# (4 // 3), and who is a third joins consensus at once and fetches slowly what it missed.
POWER = 10
KEY_BYTES = 32
ADDRESS_BYTES = 20
# What a change in a block does to the set shows two heights after the block that tells of it.
DELAY = 2

_CHANGE_AT = selector("changeAt(uint256)")
_VALIDATORS = selector("getValidators()")
_MINIMUM = selector("minimumValidators()")


class Drop(StrEnum):
    """Why an update is not passed on."""

    KEY_SIZE = "key_size"
    ABSENT = "absent"
    PRESENT = "present"
    DUPLICATE = "duplicate"
    TOO_FEW = "too_few"


@dataclass(frozen=True, slots=True)
class Change:
    """One decided change: an added key, a removed one, or one put in place of another.

    Keys are ed25519 public keys; empty means none.
    """

    removed: bytes = b""
    added: bytes = b""

    @property
    def is_none(self) -> bool:
        """Whether nothing changes."""
        return not self.removed and not self.added


@dataclass(frozen=True, slots=True)
class Update:
    """One line for CometBFT: a key and its power, 0 to drop it."""

    key: bytes
    power: int


def address_of(key: bytes) -> bytes:
    """Return the 20 bytes by which CometBFT names a key."""
    return hashlib.sha256(key).digest()[:ADDRESS_BYTES]


def updates_of(
    change: Change, *, current: frozenset[bytes], minimum: int
) -> tuple[tuple[Update, ...], Drop | None]:
    """Return the updates of a change to a set of addresses, or why there are none."""
    if change.is_none:
        return (), None
    drop = _why_dropped(change, current=current, minimum=minimum)
    if drop is not None:
        return (), drop
    removed = (Update(change.removed, 0),) if change.removed else ()
    added = (Update(change.added, POWER),) if change.added else ()
    return removed + added, None


def _why_dropped(change: Change, *, current: frozenset[bytes], minimum: int) -> Drop | None:
    keys = [key for key in (change.removed, change.added) if key]
    if any(len(key) != KEY_BYTES for key in keys):
        return Drop.KEY_SIZE
    if change.removed == change.added:
        return Drop.DUPLICATE
    if change.removed and address_of(change.removed) not in current:
        return Drop.ABSENT
    if change.added and address_of(change.added) in current:
        return Drop.PRESENT
    left = len(current) - bool(change.removed) + bool(change.added)
    if change.removed and left < minimum:
        return Drop.TOO_FEW
    return None


def applied(current: frozenset[bytes], updates: Iterable[Update]) -> frozenset[bytes]:
    """Return a set of addresses after updates."""
    for update in updates:
        address = frozenset([address_of(update.key)])
        current = current | address if update.power else current - address
    return current


@dataclass(frozen=True, slots=True)
class Registry:
    """The predeployed ValidatorRegistry, read through geth at decided blocks only."""

    engine: Engine
    address: str

    async def updates(
        self, *, height: int, parent: bytes, signers: frozenset[bytes]
    ) -> tuple[tuple[Update, ...], Drop | None]:
        """Return what the block before `height` changed, as FinalizeBlock answers it.

        `signers` are the addresses of the set of the block before, which the block's own commit
        names; changes that CometBFT knows of but does not show yet are added to it first. Errors:
        EngineError, which never means that nothing changed.
        """
        if height == 1:
            return (), None
        minimum = await self._minimum(parent)
        current = signers
        for block in range(max(1, height - 1 - DELAY), height - 1):
            known, _ = updates_of(
                await self._change_at(block, parent), current=current, minimum=minimum
            )
            current = applied(current, known)
        change = await self._change_at(height - 1, parent)
        return updates_of(change, current=current, minimum=minimum)

    async def validators(self, *, at: bytes) -> list[str]:
        """Return the node addresses of the validators at a block. Errors: EngineError."""
        answer = await self.engine.read(self.address, _VALIDATORS, at=at)
        words = [answer[place : place + WORD] for place in range(0, len(answer), WORD)]
        if len(words) < 2 or int.from_bytes(words[1], "big") != len(words) - 2:
            raise EngineError("eth_call", f"the registry answered {len(answer)} bytes")
        return [to_hex(word[-ADDRESS_BYTES:]) for word in words[2:]]

    async def _change_at(self, block: int, at: bytes) -> Change:
        answer = await self._read(_CHANGE_AT + block.to_bytes(WORD, "big"), at, words=2)
        removed, added = answer[:WORD], answer[WORD:]
        return Change(removed if any(removed) else b"", added if any(added) else b"")

    async def _minimum(self, at: bytes) -> int:
        return int.from_bytes(await self._read(_MINIMUM, at, words=1), "big")

    async def _read(self, data: bytes, at: bytes, *, words: int) -> bytes:
        answer = await self.engine.read(self.address, data, at=at)
        if len(answer) != words * WORD:
            raise EngineError("eth_call", f"the registry answered {len(answer)} bytes")
        return answer
