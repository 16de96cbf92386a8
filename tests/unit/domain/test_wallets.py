"""The limits of wallet transfers on chain time (P12)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.domain.days import day_start, second_of_day
from node.domain.errors import (
    InvalidAmount,
    NotNearRelative,
    TransferClosedHours,
    TransferDailyLimit,
    TransferPending,
    TransferTooLarge,
    WalletNotOpen,
)
from node.domain.ids import AccountId
from node.domain.kinds import Relation
from node.domain.wallets import (
    SenderState,
    TransferRequest,
    returns_at,
    send,
)

ANN, BEN = AccountId("0x" + "a1" * 20), AccountId("0x" + "b2" * 20)
REQUEST = TransferRequest(ANN, BEN, 200_000, Relation.SPOUSE)
MIDNIGHT = day_start(20_000)
NOON = MIDNIGHT + 12 * 3600


def at(hour: int, minute: int = 0, second: int = 0) -> int:
    """Return a moment of policy day 20,000."""
    return MIDNIGHT + hour * 3600 + minute * 60 + second


class TestSend:
    def test_closed_wallet_of_either_side__is_refused(self) -> None:
        for request, account in (
            (replace(REQUEST, sender_open=False), ANN),
            (replace(REQUEST, receiver_open=False), BEN),
        ):
            with pytest.raises(WalletNotOpen) as refused:
                send(request, SenderState(), NOON)
            assert refused.value.account == account

    @pytest.mark.parametrize(
        "request_", [replace(REQUEST, relation=Relation.NONE), replace(REQUEST, receiver=ANN)]
    )
    def test_non_relative_or_oneself__is_refused(self, request_: TransferRequest) -> None:
        with pytest.raises(NotNearRelative):
            send(request_, SenderState(), NOON)

    def test_one_fen_above_the_limit__is_refused(self) -> None:
        with pytest.raises(TransferTooLarge) as refused:
            send(replace(REQUEST, amount_fen=200_001), SenderState(), NOON)
        assert refused.value.values() == {"amount_fen": 200_001, "limit_fen": 200_000}

    def test_nothing__is_refused(self) -> None:
        with pytest.raises(InvalidAmount):
            send(replace(REQUEST, amount_fen=0), SenderState(), NOON)

    @pytest.mark.parametrize("moment", [at(22), at(23, 59, 59), at(0), at(5, 59, 59)])
    def test_closed_hours__are_refused(self, moment: int) -> None:
        with pytest.raises(TransferClosedHours) as refused:
            send(REQUEST, SenderState(), moment)
        assert refused.value.second_of_day == second_of_day(moment)

    @pytest.mark.parametrize("moment", [at(6), at(21, 59, 59)])
    def test_open_hours__include_their_first_and_last_second(self, moment: int) -> None:
        assert send(REQUEST, SenderState(), moment).sent_on_last_day == 1

    def test_second_while_one_is_unaccepted__is_refused(self) -> None:
        state = send(REQUEST, SenderState(), NOON)
        with pytest.raises(TransferPending):
            send(REQUEST, state, NOON + 1)

    def test_fourth_of_a_day__is_refused_and_the_next_day_is_free(self) -> None:
        state = SenderState()
        for _ in range(3):
            state = replace(send(REQUEST, state, NOON), pending_returns_at=None)
        with pytest.raises(TransferDailyLimit) as refused:
            send(REQUEST, state, NOON)
        assert refused.value.sent_today == 3
        assert send(REQUEST, state, NOON + 86_400).sent_on_last_day == 1

    def test_returned_transfer__no_longer_blocks_but_still_counts(self) -> None:
        state = SenderState(20_000, 2, at(6))
        assert send(REQUEST, state, at(6)).sent_on_last_day == 3
        with pytest.raises(TransferDailyLimit):
            send(REQUEST, SenderState(20_000, 3, at(6)), at(6))


class TestReturn:
    @pytest.mark.parametrize(
        ("sent", "back"), [(at(5, 59, 59), at(6)), (at(6), at(30)), (at(21), at(30))]
    )
    def test_money__is_back_at_the_next_six_o_clock(self, sent: int, back: int) -> None:
        assert returns_at(sent) == back

    @given(st.integers(0, 4 * 10**9))
    def test_return__is_always_later_at_six(self, sent: int) -> None:
        assert returns_at(sent) > sent
        assert second_of_day(returns_at(sent)) == 6 * 3600
