"""A value in a Merkle-Patricia trie, proved by the nodes on the way from the root to it.

Written out because an auditor's computer checks it and nothing else of a trie is needed: every
node given must be on the way, none is left over, and the value stands under exactly that key.
Tests compare it with the `trie` library.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from node.chain.abi.rlp_items import ItemError, rlp_decode
from node.wire.hashing import keccak

HASH_BYTES = 32
MAX_NODES = 65
"""A key of 32 bytes has 64 digits: a node for each, and the leaf."""
_BRANCH, _SHORT = 17, 2


class TrieProofError(ValueError):
    """The nodes do not lead from the root to a value of the key; the text says where it ends."""


def value_at(root: bytes, key: bytes, nodes: Sequence[bytes]) -> bytes:
    """Return the value under a key. `nodes` from the root down. Errors: TrieProofError."""
    value = _follow(root, key, list(reversed(nodes)))
    if not isinstance(value, bytes) or not value:
        raise TrieProofError("nothing is stored under the key")
    return value


def _follow(root: bytes, key: bytes, nodes: list[bytes]) -> Any:
    """Return what stands at the end of the way; `nodes` from the last to the root's."""
    path, reference = _digits(key), root
    while True:
        kind, *content = _open(reference, nodes)
        if kind == "branch":
            if not path:
                break
            reference, path = content[path[0]], path[1:]
            continue
        part, reference = content
        if path[: len(part)] != part:
            raise TrieProofError("the way leads to another key")
        path = path[len(part) :]
        if kind == "leaf":
            if path:
                raise TrieProofError("the way ends before the key")
            content = [reference]
            break
    if nodes:
        raise TrieProofError("a node is not on the way")
    return content[-1]


def _open(reference: Any, nodes: list[bytes]) -> list[Any]:
    """Return a node as ["branch", 16 children, value], ["leaf" or "extension", digits, what]."""
    node = reference
    if isinstance(reference, bytes):
        if len(reference) != HASH_BYTES:
            raise TrieProofError("nothing is stored under the key")
        if not nodes:
            raise TrieProofError("a node is missing")
        data = nodes.pop()
        if keccak(data) != reference:
            raise TrieProofError("a node is not the one that is named above it")
        try:
            node = rlp_decode(data)
        except ItemError as error:
            raise TrieProofError(f"a node cannot be read: {error}") from error
    if isinstance(node, list) and len(node) == _BRANCH:
        return ["branch", *node]
    if not isinstance(node, list) or len(node) != _SHORT or not isinstance(node[0], bytes):
        raise TrieProofError("a node has no known shape")
    is_leaf, part = _compact(node[0])
    return ["leaf" if is_leaf else "extension", part, node[1]]


def _digits(data: bytes) -> tuple[int, ...]:
    return tuple(digit for byte in data for digit in (byte >> 4, byte & 15))


def _compact(data: bytes) -> tuple[bool, tuple[int, ...]]:
    """Return whether a short node is a leaf, and its digits, from their packed form."""
    digits = _digits(data)
    flag = digits[0] if digits else 4
    is_odd = flag & 1
    if flag > 3 or (not is_odd and digits[1]):
        raise TrieProofError("a node's digits are not in their one form")
    part = digits[1:] if is_odd else digits[2:]
    if flag < 2 and not part:
        # Would be a way of no digits: it could go on for ever.
        raise TrieProofError("an extension without digits")
    return flag >= 2, part
