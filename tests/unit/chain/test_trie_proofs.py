"""Proofs of a value in a trie, against the `trie` library (M22)."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from trie.hexary import HexaryTrie

from node.chain.abi.rlp_items import integer, rlp_encode
from node.chain.proofs.source import trie_nodes
from node.chain.proofs.trie import TrieProofError, value_at
from node.wire.hashing import keccak

# Short keys over few digits share their beginnings; some are the beginning of others.
KEYS = st.lists(st.sampled_from([0x00, 0x01, 0x10, 0x11, 0x12]), min_size=0, max_size=4).map(bytes)
VALUES = st.one_of(st.binary(min_size=1, max_size=8), st.binary(min_size=30, max_size=60))
CONTENTS = st.dictionaries(KEYS, VALUES, min_size=1, max_size=12)


def trie_of(content: dict[bytes, bytes]) -> HexaryTrie:
    """Return the library's trie."""
    trie = HexaryTrie({})
    for key, value in content.items():
        trie[key] = value
    return trie


def way_to(trie: HexaryTrie, key: bytes) -> list[bytes]:
    """Return the library's proof: the nodes that are named by a hash."""
    nodes = [rlp_encode(node) for node in trie.get_proof(key)]  # type: ignore[no-untyped-call]
    return [node for place, node in enumerate(nodes) if place == 0 or len(node) >= 32]


def reason(root: bytes, key: bytes, nodes: list[bytes]) -> str:
    """Return why nodes prove nothing."""
    with pytest.raises(TrieProofError) as refused:
        value_at(root, key, nodes)
    return str(refused.value)


BLOCK = [b"value %d " % place * 8 for place in range(300)]
BLOCK_TRIE = trie_of({rlp_encode(integer(at)): one for at, one in enumerate(BLOCK)})


class TestAgainstTheLibrary:
    @given(CONTENTS, st.data())
    def test_every_value__is_proved_by_the_librarys_nodes(
        self, content: dict[bytes, bytes], data: st.DataObject
    ) -> None:
        key = data.draw(st.sampled_from(sorted(content)))
        trie = trie_of(content)
        assert value_at(trie.root_hash, key, way_to(trie, key)) == content[key]

    @given(CONTENTS, KEYS)
    def test_absent_keys__prove_nothing(self, content: dict[bytes, bytes], key: bytes) -> None:
        assume(key not in content)
        trie = trie_of(content)
        assert reason(trie.root_hash, key, way_to(trie, key))

    @given(CONTENTS, st.data())
    def test_any_change_of_a_node__is_refused_by_both(
        self, content: dict[bytes, bytes], data: st.DataObject
    ) -> None:
        key = data.draw(st.sampled_from(sorted(content)))
        trie = trie_of(content)
        nodes = way_to(trie, key)
        place = data.draw(st.integers(0, len(nodes) - 1))
        at = data.draw(st.integers(0, len(nodes[place]) - 1))
        node = bytearray(nodes[place])
        node[at] ^= data.draw(st.integers(1, 255))
        changed = [*nodes[:place], bytes(node), *nodes[place + 1 :]]
        assert "named above" in reason(trie.root_hash, key, changed)

    @settings(max_examples=15)
    @given(st.integers(1, 200), st.data())
    def test_place_in_a_block__is_proved(self, count: int, data: st.DataObject) -> None:
        values = [place.to_bytes(2) * (1 + place % 40) for place in range(count)]
        index = data.draw(st.integers(0, count - 1))
        root = trie_of({rlp_encode(integer(at)): one for at, one in enumerate(values)}).root_hash
        found = value_at(root, rlp_encode(integer(index)), trie_nodes(values, index))
        assert found == values[index]

    @pytest.mark.parametrize("index", [0, 1, 126, 127, 128, 129, 255, 256, 299])
    def test_places_around_127__are_written_as_the_chain_does(self, index: int) -> None:
        """rlp(127) is one byte, rlp(128) two: the order in the trie is not that of the block."""
        key = rlp_encode(integer(index))
        nodes = trie_nodes(BLOCK, index)
        assert value_at(BLOCK_TRIE.root_hash, key, nodes) == BLOCK[index]
        for other in (0, 1, 127, 128, 299):
            if other != index:
                assert reason(BLOCK_TRIE.root_hash, rlp_encode(integer(other)), list(nodes))


CONTENT = {b"\x12\x34": b"first" * 9, b"\x12\x35": b"second" * 9, b"\x92\x34": b"third" * 9}


class TestStrangers:
    """Nodes that are on no way are refused by name."""

    trie = trie_of(CONTENT)
    key = b"\x12\x34"
    nodes = way_to(trie, key)

    def test_missing_and_left_over_nodes(self) -> None:
        root = self.trie.root_hash
        assert "missing" in reason(root, self.key, [])
        assert "missing" in reason(root, self.key, self.nodes[:-1])
        assert "not on the way" in reason(root, self.key, [*self.nodes, self.nodes[-1]])

    def test_sibling_at_the_end__is_not_on_the_way(self) -> None:
        """The branch names it, so a check that looks for its hash in the parent takes it."""
        other = way_to(self.trie, b"\x12\x35")[-1]
        assert keccak(other) in self.nodes[-2]
        assert "not on the way" in reason(self.trie.root_hash, self.key, [*self.nodes, other])
        swapped = [*self.nodes[:-1], other]
        assert "named above" in reason(self.trie.root_hash, self.key, swapped)

    def test_longer_and_shorter_keys(self) -> None:
        root = self.trie.root_hash
        for key in (self.key + b"\x00", self.key[:1], b""):
            assert reason(root, key, self.nodes)

    @pytest.mark.parametrize(
        ("node", "text"),
        [
            (b"\xc0\x00", "cannot be read"),
            (b"\xa0" + bytes(32), "no known shape"),
            (rlp_encode([b"\x20" + b"\x12\x34", b"v", b"w"]), "no known shape"),
            (rlp_encode([[], b"v"]), "no known shape"),
            (rlp_encode([b"\x20\x12\x34", b""]), "nothing"),
            (rlp_encode([b"\x20\x12\x34", [b"v"]]), "nothing"),
            (rlp_encode([b"\x20\x12\x35", b"v" * 40]), "another key"),
            (rlp_encode([b"\x2f\x12\x34", b"v" * 40]), "one form"),
            (rlp_encode([b"\x40\x12\x34", b"v" * 40]), "one form"),
            (rlp_encode([b"", b"v" * 40]), "one form"),
            (rlp_encode([b"\x20\x12", b"v" * 40]), "before the key"),
            (rlp_encode([b"\x00", bytes(32)]), "without digits"),
            (rlp_encode([b"\x00\x12", b"v" * 31]), "nothing"),
            (rlp_encode([b"\x00\x12\x34", [b"\x20", b"v"]]), ""),
        ],
    )
    def test_odd_nodes(self, node: bytes, text: str) -> None:
        if not text:
            # A leaf may stand inside its parent.
            assert value_at(keccak(node), self.key, [node]) == b"v"
            return
        assert text in reason(keccak(node), self.key, [node])
