"""What validators sign, byte for byte against generated protobuf code, and who must (M22)."""

from dataclasses import replace
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from google.protobuf.wrappers_pb2 import BytesValue, Int64Value, StringValue
from hypothesis import given
from hypothesis import strategies as st

from node.chain.proofs.consensus import (
    HASHES,
    MAX_SET,
    BlockId,
    FieldError,
    Header,
    Moment,
    ProofInvalidError,
    SignedHeader,
    Step,
    Validator,
    genesis_order,
    merkle_root,
    require_signed,
    set_hash,
    sign_bytes,
)
from node.validator.pb import canonical_pb2 as pb
from tests.fixtures.validator.signed_headers import FOUR, signed_by, validator

HASH = st.one_of(st.just(b""), st.binary(min_size=32, max_size=32))
MOMENTS = st.builds(
    Moment,
    st.one_of(st.sampled_from([0, 127, 128]), st.integers(0, 2**63 - 1)),
    st.one_of(st.just(0), st.integers(0, 10**9 - 1)),
)
BLOCK_IDS = st.builds(BlockId, HASH, st.integers(0, 2**32 - 1), HASH)
INT64 = st.one_of(st.sampled_from([0, 1, 127, 128, 2**63 - 1]), st.integers(0, 2**63 - 1))
CHAIN_IDS = st.text(max_size=50)
HEADERS = st.builds(
    Header,
    version_block=INT64,
    version_app=INT64,
    chain_id=CHAIN_IDS,
    height=INT64.filter(bool),
    time=MOMENTS,
    last_block_id=BLOCK_IDS,
    **dict.fromkeys(HASHES, HASH),
)
VALIDATORS = st.builds(
    Validator, st.binary(min_size=32, max_size=32), st.integers(1, (2**63 - 1) // 8)
)
ROUNDS = st.integers(0, 2**31 - 1)


def message_of(block_id: BlockId) -> pb.CanonicalBlockID:
    """Return a block id as generated code has it; the parts are always written."""
    parts = pb.CanonicalPartSetHeader(total=block_id.parts, hash=block_id.parts_hash)
    return pb.CanonicalBlockID(hash=block_id.hash, part_set_header=parts)


def stamp(moment: Moment) -> Timestamp:
    """Return a time as generated code has it."""
    return Timestamp(seconds=moment.seconds, nanos=moment.nanos)


class TestAgainstGeneratedCode:
    """`tests compare both`: node/validator/pb/canonical.proto."""

    @given(st.tuples(BLOCK_IDS, st.integers(1, 2**63 - 1), ROUNDS), st.tuples(MOMENTS, CHAIN_IDS))
    def test_sign_bytes(self, first: tuple[BlockId, int, int], second: tuple[Moment, str]) -> None:
        block_id, height, round_ = first
        time, chain_id = second
        vote = pb.CanonicalVote(
            type=2, height=height, round=round_, block_id=message_of(block_id), chain_id=chain_id
        )
        vote.timestamp.CopyFrom(stamp(time))
        made = sign_bytes(block_id, height=height, round_=round_, time=time, chain_id=chain_id)
        body = vote.SerializeToString(deterministic=True)
        assert made.endswith(body)
        # The length stands before it as a varint of at most two bytes here.
        size = len(body)
        prefix = bytes([size]) if size < 128 else bytes([size & 127 | 128, size >> 7])
        assert made == prefix + body

    @given(HEADERS)
    def test_header_hash(self, header: Header) -> None:
        leaves = [
            pb.ConsensusVersion(block=header.version_block, app=header.version_app),
            StringValue(value=header.chain_id),
            Int64Value(value=header.height),
            stamp(header.time),
            message_of(header.last_block_id),
            *(BytesValue(value=getattr(header, name)) for name in HASHES),
        ]
        assert header.hash() == merkle_root([one.SerializeToString() for one in leaves])

    @given(st.lists(VALIDATORS, max_size=7))
    def test_set_hash(self, validators: list[Validator]) -> None:
        leaves = [
            pb.SimpleValidator(
                pub_key=pb.SimplePublicKey(ed25519=one.key), voting_power=one.power
            ).SerializeToString()
            for one in validators
        ]
        assert set_hash(validators) == merkle_root(leaves)


# Roots of CometBFT's own test (crypto/merkle/rfc6962_test.go), after RFC 6962.
def test_merkle_root__is_that_of_rfc_6962() -> None:
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    leaf = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    pair = "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
    assert merkle_root([]).hex() == empty
    assert merkle_root([b""]).hex() == leaf
    assert merkle_root([b"", b"\x00"]).hex() == pair
    values = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657"]
    eighth = "606162636465666768696a6b6c6d6e6f"
    whole = [bytes.fromhex(one) for one in (*values, eighth)]
    assert merkle_root(whole).hex() == (
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    )
    assert merkle_root(whole[:7]).hex() == (
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"
    )


class TestFields:
    """A number that CometBFT's field cannot hold would be written as another one's bytes."""

    @pytest.mark.parametrize("power", [0, -1, 2**60, 2**64 + 10, 2**63])
    def test_powers(self, power: int) -> None:
        """2^64 + 10 has the bytes of 10 in a set's hash, and two thirds of every set."""
        with pytest.raises(FieldError, match="power"):
            Validator(bytes(32), power)

    def test_keys(self) -> None:
        for size in (0, 31, 33):
            with pytest.raises(FieldError, match="key"):
                Validator(bytes(size), 1)

    @pytest.mark.parametrize(("seconds", "nanos"), [(2**63, 0), (-1, 0), (0, 10**9), (0, -1)])
    def test_times(self, seconds: int, nanos: int) -> None:
        with pytest.raises(FieldError):
            Moment(seconds, nanos)

    def test_numbers_of_headers(self) -> None:
        header: Any = ONE.header
        for change in (
            {"height": 0},
            {"height": 2**63},
            {"version_block": 2**63},
            {"version_app": 2**63},
        ):
            with pytest.raises(FieldError):
                replace(header, **change)
        for change in ({"round": 2**31}, {"parts": 2**32}, {"round": -1}):
            with pytest.raises(FieldError):
                replace(ONE, **change)
        with pytest.raises(FieldError, match="parts"):
            BlockId(b"", 2**32, b"")


ONE = signed_by((0, 1, 2))


def refusal(signed: SignedHeader, validators: tuple[Validator, ...] = FOUR) -> tuple[Step, str]:
    """Return why a header is not signed."""
    with pytest.raises(ProofInvalidError) as refused:
        require_signed(signed, validators)
    return refused.value.step, str(refused.value)


class TestSignatures:
    def test_more_than_two_thirds__is_enough_and_two_thirds_is_not(self) -> None:
        """M22.2, M22.4: at the very edge."""
        require_signed(ONE, FOUR)
        require_signed(signed_by((0, 1, 2, 3)), FOUR)
        for places in ((), (0,), (1, 3)):
            step, text = refusal(signed_by(places))
            assert step is Step.SIGNATURES
            assert "more than two thirds" in text
        three = FOUR[:3]
        assert "2 of 3" in refusal(signed_by((0, 1), three), three)[1]
        require_signed(signed_by((0, 1, 2), three), three)

    def test_power__counts_not_heads(self) -> None:
        heavy = (validator(0, 7), validator(1), validator(2), validator(3))
        require_signed(signed_by((0,), heavy), heavy)
        assert "3 of 10" in refusal(signed_by((1, 2, 3), heavy), heavy)[1]

    def test_repeated_vote__is_refused(self) -> None:
        votes = ONE.votes
        for again in ((votes[0], votes[0], votes[1]), (votes[1], votes[0], votes[2])):
            step, text = refusal(replace(ONE, votes=again))
            assert (step, "each validator once" in text) == (Step.SIGNATURES, True)
        assert "once" in refusal(replace(ONE, votes=(*votes, votes[2])))[1]

    def test_vote_of_nobody__is_refused(self) -> None:
        stranger = replace(ONE.votes[2], place=4)
        assert "once" in refusal(replace(ONE, votes=(*ONE.votes, stranger)))[1]

    def test_one_bad_signature_among_enough__is_refused(self) -> None:
        full = signed_by((0, 1, 2, 3))
        for bad in (bytes(64), b"", full.votes[0].signature[:-1], full.votes[1].signature):
            votes = (*full.votes[:3], replace(full.votes[3], signature=bad))
            assert "validator 3 is not signed" in refusal(replace(full, votes=votes))[1]

    def test_other_round_parts_time_or_height__is_not_what_was_signed(self) -> None:
        changed = (
            replace(ONE, round=0),
            replace(ONE, parts=2),
            replace(ONE, parts_hash=b"q" * 32),
            replace(ONE, header=replace(ONE.header, height=9)),
            replace(ONE, header=replace(ONE.header, chain_id="other")),
            replace(ONE, votes=(replace(ONE.votes[0], time=Moment(1, 1)), *ONE.votes[1:])),
        )
        for one in changed:
            assert "not signed by it" in refusal(one)[1]

    def test_another_set__is_refused(self) -> None:
        for other in (FOUR[::-1], FOUR[:3], (*FOUR[:3], validator(3, 2)), (*FOUR, validator(4))):
            assert refusal(ONE, other) == (
                Step.VALIDATORS,
                "the header names another set of validators",
            )

    def test_validator_in_the_set_twice__does_not_count_twice(self) -> None:
        twice = (validator(0), validator(0), validator(0), validator(3))
        signed = signed_by((0,), twice)
        votes = tuple(replace(signed.votes[0], place=place) for place in range(3))
        assert "twice" in refusal(replace(signed, votes=votes), twice)[1]

    def test_size_of_a_set__is_bounded(self) -> None:
        many = tuple(Validator(place.to_bytes(32), 1) for place in range(MAX_SET + 1))
        assert "1 to 100" in refusal(signed_by((), many), many)[1]
        assert "1 to 100" in refusal(signed_by((), ()), ())[1]


def test_genesis_order__is_by_power_then_address() -> None:
    heavy = validator(6, 9)
    found = genesis_order([*FOUR, heavy])
    assert found[0] == heavy
    assert [one.address for one in found[1:]] == sorted(one.address for one in FOUR)
