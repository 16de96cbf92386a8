"""Sealed columns: bound to their cell, readable after a key change (S11, S12)."""

import pytest

from node.db.sealing import Sealer, SealError

OLD, NEW, LOOKUP = b"o" * 32, b"n" * 32, b"l" * 32
PLACE = {"table": "identities", "column": "name_sealed", "row_id": "0x01"}


class TestSealer:
    def test_value_of_another_cell__does_not_open(self):
        sealer = Sealer({1: OLD}, lookup_key=LOOKUP)
        sealed = sealer.seal("张三", **PLACE)
        for other in ("table", "column", "row_id"):
            with pytest.raises(SealError):
                sealer.unseal(sealed, **{**PLACE, other: "other"})

    def test_changed_byte__does_not_open(self):
        sealer = Sealer({1: OLD}, lookup_key=LOOKUP)
        sealed = bytearray(sealer.seal("张三", **PLACE))
        sealed[-1] ^= 1
        with pytest.raises(SealError):
            sealer.unseal(bytes(sealed), **PLACE)

    def test_value_under_a_lost_key__names_the_trouble(self):
        sealed = Sealer({1: OLD}, lookup_key=LOOKUP).seal("张三", **PLACE)
        with pytest.raises(SealError, match="unknown key"):
            Sealer({2: NEW}, lookup_key=LOOKUP).unseal(sealed, **PLACE)

    def test_rotated_key__keeps_old_values_readable_and_seals_with_the_new(self):
        sealed = Sealer({1: OLD}, lookup_key=LOOKUP).seal("张三", **PLACE)
        rotated = Sealer({1: OLD, 2: NEW}, lookup_key=LOOKUP)
        assert rotated.unseal(sealed, **PLACE) == "张三"
        assert rotated.seal("李四", **PLACE)[0] == 2

    def test_same_text__seals_differently_and_is_looked_up_alike(self):
        sealer = Sealer({1: OLD}, lookup_key=LOOKUP)
        assert sealer.seal("a", **PLACE) != sealer.seal("a", **PLACE)
        assert sealer.lookup_hash("number", "a") == sealer.lookup_hash("number", "a")
        assert sealer.lookup_hash("number", "a") != sealer.lookup_hash("name", "a")

    def test_short_key__is_refused(self):
        with pytest.raises(ValueError, match="32 bytes"):
            Sealer({1: b"short"}, lookup_key=LOOKUP)
