"""network.md "Validity": each rule alone makes a proposal fall."""

import pytest

from node.validator.bridge.payload import Payload, encode
from node.validator.bridge.validity import (
    WINDOW_S,
    Head,
    RejectedProposalError,
    Rejection,
    require_valid,
    window_of,
)
from node.validator.home.genesis import GAS_LIMIT
from tests.factories.validator import PARENT, payload

HEAD = Head(6, PARENT, 1_000)


def judged(one: Payload, *, height: int = 7, block_time_s: int = 1_000) -> Payload:
    return require_valid(
        [encode(one)], head=HEAD, height=height, block_time_s=block_time_s, gas_limit=GAS_LIMIT
    )


class TestRules:
    def test_honest_proposal__passes(self) -> None:
        assert judged(payload()) == payload()

    @pytest.mark.parametrize(
        ("values", "rejection"),
        [
            ({"parent_hash": b"\x12" * 32}, Rejection.PARENT),
            ({"block_number": 8}, Rejection.NUMBER),
            ({"fee_recipient": b"\x01" * 20}, Rejection.FEE_RECIPIENT),
            ({"prev_randao": bytes(32)}, Rejection.RANDAO),
            ({"gas_limit": GAS_LIMIT + 1}, Rejection.GAS_LIMIT),
            ({"extra_data": bytes(33)}, Rejection.EXTRA_DATA),
            ({"withdrawals": 1}, Rejection.WITHDRAWALS),
            ({"blob_gas_used": 1}, Rejection.BLOBS),
            ({"excess_blob_gas": 1}, Rejection.BLOBS),
            ({"requests": (b"\x01a", b"\x00a")}, Rejection.REQUESTS),
            ({"requests": (b"\x00a", b"\x00b")}, Rejection.REQUESTS),
            ({"requests": (b"\x00",)}, Rejection.REQUESTS),
            ({"requests": (b"",)}, Rejection.REQUESTS),
            ({"timestamp": 1_000}, Rejection.TIMESTAMP),
            ({"timestamp": 1_011}, Rejection.TIMESTAMP),
        ],
    )
    def test_forged_value__is_rejected_by_name(
        self, values: dict[str, object], rejection: Rejection
    ) -> None:
        with pytest.raises(RejectedProposalError) as caught:
            judged(payload(**values))
        assert caught.value.rejection is rejection

    @pytest.mark.parametrize(
        "values",
        [
            {"requests": ()},
            {"requests": (b"\x00a", b"\x01a", b"\x02a")},
            {"extra_data": bytes(32)},
            {"timestamp": 1_010},
        ],
    )
    def test_value_at_the_edge__passes(self, values: dict[str, object]) -> None:
        assert judged(payload(**values)) == payload(**values)

    @pytest.mark.parametrize("count", [0, 2])
    def test_other_than_one_transaction__is_rejected(self, count: int) -> None:
        with pytest.raises(RejectedProposalError) as caught:
            require_valid(
                [encode(payload())] * count,
                head=HEAD,
                height=7,
                block_time_s=1_000,
                gas_limit=GAS_LIMIT,
            )
        assert caught.value.rejection is Rejection.TRANSACTION_COUNT

    def test_garbage__is_malformed(self) -> None:
        with pytest.raises(RejectedProposalError) as caught:
            require_valid(
                [b"garbage"], head=HEAD, height=7, block_time_s=1_000, gas_limit=GAS_LIMIT
            )
        assert caught.value.rejection is Rejection.MALFORMED

    def test_head_behind__is_no_reason_to_accept(self) -> None:
        with pytest.raises(RejectedProposalError) as caught:
            judged(payload(block_number=8), height=8)
        assert caught.value.rejection is Rejection.NUMBER


class TestWindow:
    def test_follows_consensus_time__not_a_clock(self) -> None:
        window = window_of(1_000, 2_000)
        assert (window.first, window.last) == (2_000 - WINDOW_S, 2_000 + WINDOW_S)

    def test_never_before_its_parent(self) -> None:
        window = window_of(1_000, 900)
        assert (window.first, window.last) == (1_001, 1_001)
        assert window.clamp(5) == window.clamp(5_000) == 1_001

    def test_clamps_into_itself(self) -> None:
        window = window_of(1_000, 1_005)
        assert [window.clamp(moment) for moment in (0, 1_007, 9_999)] == [1_001, 1_007, 1_015]
        assert 1_000 not in window
        assert 1_015 in window
