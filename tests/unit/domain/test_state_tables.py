"""State tables of claims, outbox transactions and visits: every pair is decided (P37, P29)."""

from __future__ import annotations

from itertools import product

import pytest

from node.domain.claims import (
    CLAIM_TRANSITIONS,
    FINAL_CLAIM_STATES,
    ClaimEvent,
    ClaimState,
    next_claim_state,
)
from node.domain.errors import (
    ClaimNotSettled,
    ClaimStateInvalid,
    InvalidServiceDate,
    VisitStateInvalid,
)
from node.domain.ids import ClaimId, VisitId
from node.domain.kinds import ProviderType
from node.domain.transactions import TERMINAL, TX_TRANSITIONS, TxStatus
from node.domain.visits import (
    Visit,
    VisitEvent,
    VisitState,
    next_visit_state,
    require_service_day,
)

CLAIM = ClaimId("0x" + "c1" * 32)


def visit(state: VisitState, *, lines: int = 0, end: int | None = None) -> Visit:
    """Return a visit that began on day 100."""
    return Visit(VisitId("v"), state, 100, end, lines)


class TestClaims:
    @pytest.mark.parametrize(("state", "event"), list(product(ClaimState, ClaimEvent)))
    def test_every_pair__follows_the_table(self, state: ClaimState, event: ClaimEvent) -> None:
        target = CLAIM_TRANSITIONS.get((state, event))
        if target is not None:
            assert next_claim_state(CLAIM, state, event) is target
            return
        refused = ClaimNotSettled if event is ClaimEvent.REVERSE else ClaimStateInvalid
        with pytest.raises(refused):
            next_claim_state(CLAIM, state, event)

    def test_final_states__never_flip(self) -> None:
        assert not any(state in FINAL_CLAIM_STATES for state, _ in CLAIM_TRANSITIONS)

    def test_settled_claim__leaves_only_by_reversal(self) -> None:
        leaving = [event for state, event in CLAIM_TRANSITIONS if state is ClaimState.SETTLED]
        assert leaving == [ClaimEvent.REVERSE]


class TestTransactions:
    def test_only_three_states__are_terminal(self) -> None:
        assert {TxStatus.FINAL, TxStatus.REFUSED, TxStatus.REJECTED} == TERMINAL

    def test_whatever_was_mined__is_never_rejected(self) -> None:
        assert TxStatus.REJECTED not in TX_TRANSITIONS[TxStatus.MINED]

    def test_raw_bytes__are_stored_before_they_are_sent(self) -> None:
        assert TxStatus.SENT not in TX_TRANSITIONS[TxStatus.QUEUED]
        assert TxStatus.SENT not in TX_TRANSITIONS[TxStatus.LEASED]


# Written by hand, so that a changed table is noticed: an event, from where to where.
_N, _R, _A, _D = VisitState.NONE, VisitState.REGISTERED, VisitState.ADMITTED, VisitState.DISCHARGED
_SV, _SS, _C = VisitState.SETTLED_VISIT, VisitState.SETTLED_STAY, VisitState.CANCELLED
_STAYING_OPEN = {_R: _R, _A: _A, _D: _D}
ALLOWED: dict[VisitEvent, dict[VisitState, VisitState]] = {
    VisitEvent.REGISTER: {_N: _R},
    VisitEvent.ADMIT: {_N: _A},
    VisitEvent.DIAGNOSE: _STAYING_OPEN,
    VisitEvent.ADD_LINES: _STAYING_OPEN,
    VisitEvent.REVOKE_LINES: _STAYING_OPEN,
    VisitEvent.CHANGE: _STAYING_OPEN,
    VisitEvent.CANCEL: {_R: _C, _A: _C},
    VisitEvent.DISCHARGE: {_A: _D},
    VisitEvent.CANCEL_DISCHARGE: {_D: _A},
    VisitEvent.SETTLE: {_R: _SV, _D: _SS},
    VisitEvent.REVERSE: {_SV: _R, _SS: _D},
}


class TestVisits:
    @pytest.mark.parametrize(("state", "event"), list(product(VisitState, VisitEvent)))
    def test_every_pair__is_allowed_or_refused_as_written_here(
        self, state: VisitState, event: VisitEvent
    ) -> None:
        """P37.1, P37.2, P37.3, P37.4, P37.5, P37.6, P37.7: no stay is settled before discharge."""
        subject = visit(state, lines=0 if event is VisitEvent.CANCEL else 1)
        target = ALLOWED[event].get(state)
        if target is not None:
            assert next_visit_state(subject, event) is target
            return
        with pytest.raises(VisitStateInvalid):
            next_visit_state(subject, event)

    def test_visit_with_live_lines__is_not_cancelled(self) -> None:
        """P37.7: lines are revoked first."""
        with pytest.raises(VisitStateInvalid):
            next_visit_state(visit(VisitState.REGISTERED, lines=1), VisitEvent.CANCEL)

    def test_visit_without_lines__is_not_settled(self) -> None:
        """P37.7: there is nothing to settle."""
        with pytest.raises(VisitStateInvalid):
            next_visit_state(visit(VisitState.REGISTERED), VisitEvent.SETTLE)

    def test_pharmacy__admits_no_stay(self) -> None:
        with pytest.raises(VisitStateInvalid):
            next_visit_state(
                visit(VisitState.NONE), VisitEvent.ADMIT, provider_type=ProviderType.PHARMACY
            )

    def test_stay__is_settled_after_discharge_and_reversed_to_it(self) -> None:
        state = VisitState.NONE
        for event in (
            VisitEvent.ADMIT,
            VisitEvent.DIAGNOSE,
            VisitEvent.ADD_LINES,
            VisitEvent.DISCHARGE,
            VisitEvent.SETTLE,
            VisitEvent.REVERSE,
        ):
            state = next_visit_state(visit(state, lines=1), event)
        assert state is VisitState.DISCHARGED


class TestServiceDay:
    @pytest.mark.parametrize(
        ("end", "day", "allowed"),
        [
            (None, 99, False),
            (None, 100, True),
            (None, 120, True),
            (None, 121, False),
            (110, 110, True),
            (110, 111, False),
        ],
    )
    def test_line__lies_in_the_visit_and_not_in_the_future_p37(
        self,
        end: int | None,
        day: int,
        allowed: bool,
    ) -> None:
        subject = visit(VisitState.DISCHARGED, end=end)
        if allowed:
            require_service_day(subject, service_day=day, today=120)
            return
        with pytest.raises(InvalidServiceDate):
            require_service_day(subject, service_day=day, today=120)
