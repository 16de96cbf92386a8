"""Guards of the outbox: nothing leaves a terminal state (P53); signatures keep their bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.domain.parties import SignerKind
from node.domain.transactions import TERMINAL, TX_TRANSITIONS, TxStatus
from node.intents.messages import Signature
from node.outbox import sweeps
from node.outbox.items import pack_signatures, unpack_signatures
from node.outbox.states import is_terminal, sources_of

SIGNATURES = st.builds(
    Signature,
    account=st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex()),
    kind=st.sampled_from(SignerKind),
    data=st.binary(max_size=200),
)


class TestGuards:
    @pytest.mark.parametrize("target", TxStatus)
    def test_no_mark__starts_from_a_terminal_state(self, target: TxStatus):
        assert not set(sources_of(target)) & {state.value for state in TERMINAL}

    @pytest.mark.parametrize("target", TxStatus)
    def test_guards__are_the_table_of_the_domain(self, target: TxStatus):
        expected = {state for state, ends in TX_TRANSITIONS.items() if target in ends}
        assert {TxStatus(state) for state in sources_of(target)} == expected

    def test_terminal_states__are_three(self):
        assert [s.value for s in TxStatus if is_terminal(s.value)] == [
            *("FINAL", "REFUSED", "REJECTED"),
        ]


class TestItems:
    @given(st.lists(SIGNATURES, max_size=4))
    def test_signatures__come_back_as_they_were(self, signatures: list[Signature]):
        assert unpack_signatures(pack_signatures(signatures)) == tuple(signatures)

    def test_sweeps_of_two_moments__are_two_items(self):
        sender, target = "0x1" + "0" * 39, "0x" + "ee" * 20
        first = sweeps.return_transfer(target=target, sender=sender, returns_at=100)
        second = sweeps.return_transfer(target=target, sender=sender, returns_at=200)
        assert first.digest != second.digest
        assert first.is_sweep
        assert first.body == second.body
