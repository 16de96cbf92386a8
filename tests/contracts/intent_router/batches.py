"""Calldata of IntentRouter.execute made by hand, so that single items can be garbage."""

from eth_abi.abi import encode
from eth_utils.abi import function_signature_to_4byte_selector

from node.intents.messages import SignedIntent
from tests.fixtures.evm.world import wire

ITEM = "(uint8,address,uint256,uint64,bytes,(address,uint8,bytes)[])"
SELECTOR = bytes(function_signature_to_4byte_selector(f"execute({ITEM}[])"))
WORD = 32
# Places of the envelope's words in an item.
KIND, ACTOR, NONCE, DEADLINE, BODY_AT, SIGNATURES_AT = range(0, 6 * WORD, WORD)


def number(value: int) -> bytes:
    """Return a word."""
    return value.to_bytes(WORD, "big")


def item_bytes(item: SignedIntent, body: bytes | None = None) -> bytes:
    """Return one item as it stands in the array, perhaps with another body."""
    return encode([ITEM], [wire(item, body)])[WORD:]


def with_word(item: bytes, place: int, value: int) -> bytes:
    """Return the item with one word replaced."""
    return item[:place] + number(value) + item[place + WORD :]


def word_at(item: bytes, place: int) -> int:
    """Return the word at a place."""
    return int.from_bytes(item[place : place + WORD], "big")


def batch_data(items: list[bytes], offsets: list[int] | None = None) -> str:
    """Return calldata of a batch; `offsets` overrides where the items are said to be."""
    places, place = [], len(items) * WORD
    for item in items:
        places.append(place)
        place += len(item)
    table = b"".join(number(value) for value in (offsets or places))
    data = SELECTOR + number(WORD) + number(len(items)) + table + b"".join(items)
    return "0x" + data.hex()
