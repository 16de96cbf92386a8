"""Typed contracts, events and errors against the deployed network (P25)."""

import secrets

import pytest

from node.chain.abi.kinds import PlanStatus, SignerStatus
from node.chain.abi.packing import PackedIntent, PackedSignature, pack_execute
from node.chain.abi.transactions import LEAST_FEE_WEI, LEAST_TIP_WEI, Transaction, sign
from node.chain.contracts.registries import NetworkDirectory
from node.chain.events import (
    IntentExecuted,
    IntentRefused,
    IntentSkipped,
    MemberOpened,
    decode_entry,
)
from node.chain.rpc.errors import (
    ContractRefusal,
    Reason,
    Trouble,
    decode_revert,
    error_name,
    reason_of,
    revert_of,
    trouble_of,
)
from node.chain.rpc.json_rpc import RpcError
from node.domain.adjudication.accumulators import Accumulators
from node.domain.claims import ClaimState
from node.domain.errors import BillUnknown, ChainUnavailable, CoverageUnknown, ProviderUnknown
from node.domain.kinds import Pocket, Relation, Scheme
from node.domain.parties import OrganisationKind, OrganisationStatus, SignerKind
from node.intents.encoding import encode_body
from node.intents.messages import Intent, IntentKind
from node.intents.typed_data import Domain, digest
from node.wire.hexadecimal import from_hex
from tests.fixtures.actors import ANN, OPERATOR, Member, word
from tests.fixtures.chain.live_chain import LiveChain, newcomers

pytestmark = pytest.mark.any_engine

DEADLINE = 2**40
NOBODY = "0x" + "77" * 20


def packed(chain: LiveChain, intent: Intent, *, forged: bool = False) -> tuple[str, PackedIntent]:
    """Return digest and packed form of an intent that the operator signed."""
    name = digest(intent, Domain(chain.node.chain_id, chain.book.router.address.lower()))
    data = bytes(65) if forged else OPERATOR.signer.sign(name, intent.actor).data
    signature = PackedSignature(intent.actor, SignerKind.SECP256K1, data)
    body = encode_body(intent.kind, intent.body)
    return name, PackedIntent(
        intent.kind, intent.actor, intent.nonce, intent.deadline, body, (signature,)
    )


def opening(member: Member) -> Intent:
    nonce = secrets.randbits(250)
    return Intent(IntentKind.OPEN_MEMBER, OPERATOR.account, nonce, DEADLINE, member.opening)


@pytest.fixture
def newcomer() -> Member:
    """Return a member whom the chain has not seen."""
    return newcomers(1)[0]


class TestReads:
    """Every read names a block and gives typed values."""

    async def test_unused_ids__read_as_empty(self, live_chain: LiveChain) -> None:
        book, block = live_chain.book, await live_chain.client.head()
        zero = "0x" + "00" * 32
        balances = await book.ledger.balances_of(ANN.account, block=block)
        assert (balances.available, balances.held) == ((0, 0, 0), (0, 0, 0))
        assert await book.ledger.balance_of(ANN.account, Pocket.CASH, block=block) == 0
        assert await book.ledger.held_of(ANN.account, Pocket.MEDICAL, block=block) == 0
        assert await book.ledger.counter_of(ANN.account, block=block) == 0
        assert not await book.ledger.is_frozen(ANN.account, block=block)
        assert (await book.ledger.hold_of(zero, block=block)).state == 0
        state = await book.ledger.transfer_state_of(ANN.account, 20_000, block=block)
        assert (state.pending.amount_fen, state.sent_today) == (0, 0)
        assert await book.claims.state_of(zero, block=block) is ClaimState.NONE
        assert await book.claims.commitment_of(zero, block=block) == zero
        assert await book.claims.last_claim_of(ANN.account, 2026, block=block) == zero
        assert await book.claims.pending_of(ANN.account, 2026, block=block) == zero
        assert await book.claims.provider_debt_of(NOBODY, NOBODY, block=block) == 0
        year = await book.claims.accumulators_of(ANN.account, 2026, block=block)
        assert year == Accumulators()
        assert not await book.members.exists(ANN.account, block=block)
        assert not await book.members.wallet_open(ANN.account, block=block)
        assert await book.members.categories_of(ANN.account, block=block) == 0
        assert not await book.members.is_guardian(ANN.account, NOBODY, block=block)
        relation = await book.members.relation_of(ANN.account, NOBODY, block=block)
        assert relation is Relation.NONE
        assert (await book.plans.head_of(zero, 1, block=block)).status is PlanStatus.NONE
        assert await book.plans.body_hash_of(zero, 1, block=block) == zero
        assert await book.plans.last_version_of(zero, block=block) == 0
        assert not await book.actions.paused(block=block)

    async def test_operator__is_read_as_registered(self, live_chain: LiveChain) -> None:
        block = await live_chain.client.head()
        providers = live_chain.book.providers
        found = await providers.organisation_of(OPERATOR.account, block=block)
        assert (found.kind, found.status, found.region) == (
            *(OrganisationKind.OPERATOR, OrganisationStatus.ACTIVE, "110000"),
        )
        kind = await providers.active_kind_of(OPERATOR.account, block=block)
        assert kind is OrganisationKind.OPERATOR
        key, curve = OPERATOR.signer.key, SignerKind(OPERATOR.signer.kind)
        status = await providers.signer_status(OPERATOR.account, key, curve, block=block)
        assert status is SignerStatus.ACTIVE
        assert not await providers.is_contracted(NOBODY, OPERATOR.account, block=block)

    async def test_refused_reads__raise_the_error_of_the_contract(
        self, live_chain: LiveChain
    ) -> None:
        book, zero = live_chain.book, "0x" + "00" * 32
        with pytest.raises(ProviderUnknown) as provider:
            await book.providers.organisation_of(NOBODY, block="latest")
        assert provider.value.provider == NOBODY
        with pytest.raises(BillUnknown):
            await book.collector.quote(zero, 1_800_000_000, block="latest")
        with pytest.raises(BillUnknown):
            await book.bills.bill_of(zero, block="latest")
        with pytest.raises(CoverageUnknown) as coverage:
            await book.coverages.coverage_of(NOBODY, Scheme.RESIDENT, -7, block="latest")
        assert coverage.value.start_day == -7
        with pytest.raises(ContractRefusal) as directory:
            await book.directory.get("Nothing", block="latest")
        assert directory.value.code == "AddressUnknown"
        assert directory.value.details == {"name": "Nothing"}

    async def test_read_at_a_block__does_not_see_later_ones(
        self, live_chain: LiveChain, newcomer: Member
    ) -> None:
        before = await live_chain.client.header("latest")
        assert before is not None
        await live_chain.send(
            to=live_chain.book.router.address,
            data=pack_execute([packed(live_chain, opening(newcomer))[1]]),
        )
        exists = live_chain.book.members.exists
        assert not await exists(newcomer.account, block=before.number)
        assert not await exists(newcomer.account, block=before.block_hash)
        assert await exists(newcomer.account, block="latest")

    async def test_no_code_at_the_address__is_unavailable_not_empty(
        self, live_chain: LiveChain
    ) -> None:
        stranger = NetworkDirectory(live_chain.rpc, NOBODY)
        with pytest.raises(ChainUnavailable):
            await stranger.entry("WalletLedger", block="latest")

    async def test_many_balances__are_one_round_trip(self, live_chain: LiveChain) -> None:
        accounts = [f"0x1{number:039x}" for number in range(250)]
        found = await live_chain.book.ledger.balances_of_many(accounts, block="latest")
        assert list(found) == accounts


class TestRouter:
    async def test_batch__is_executed_and_its_events_are_typed(
        self, live_chain: LiveChain, newcomer: Member
    ) -> None:
        """Packed call data is what the router understands."""
        book = live_chain.book
        intent = opening(newcomer)
        name, item = packed(live_chain, intent)
        assert await book.router.digest_of(item, block="latest") == name
        is_used = book.router.is_nonce_used
        assert not await is_used(OPERATOR.account, intent.nonce, block="latest")
        tx_receipt = await live_chain.send(
            to=book.router.address, data=book.router.execute_data([item])
        )
        assert tx_receipt.succeeded
        events = [decode_entry(log).event for log in tx_receipt.logs]
        assert IntentExecuted(name, OPERATOR.account, IntentKind.OPEN_MEMBER) in events
        opened = next(event for event in events if isinstance(event, MemberOpened))
        assert (opened.member, opened.identity_commitment) == (
            *(newcomer.account, word(f"identity of {newcomer.name}")),
        )
        assert await is_used(OPERATOR.account, intent.nonce, block="latest")

    async def test_bad_items__say_why_in_their_events(
        self, live_chain: LiveChain, newcomer: Member
    ) -> None:
        book = live_chain.book
        first, good = packed(live_chain, opening(newcomer))
        second, again = packed(live_chain, opening(newcomer))
        third, forged = packed(live_chain, opening(newcomer), forged=True)
        tx_receipt = await live_chain.send(
            to=book.router.address, data=pack_execute([good, again, forged])
        )
        events = [decode_entry(log).event for log in tx_receipt.logs]
        executed, refused, skipped = (
            [event for event in events if isinstance(event, kind)]
            for kind in (IntentExecuted, IntentRefused, IntentSkipped)
        )
        assert [event.digest for event in executed] == [first]
        assert [event.digest for event in refused] == [second]
        assert decode_revert(refused[0].reason).code == "AlreadyExists"
        assert [event.digest for event in skipped] == [third]
        assert error_name(from_hex(skipped[0].reason)) == "SignatureInvalid"

    async def test_stranger__may_not_execute(self, live_chain: LiveChain) -> None:
        data = pack_execute([packed(live_chain, opening(ANN))[1]])
        with pytest.raises(RpcError) as caught:
            await live_chain.client.simulate(
                sender=NOBODY, to=live_chain.book.router.address, data=data, gas=16_000_000
            )
        refusal = revert_of(caught.value)
        assert refusal is not None
        assert refusal.code == "AccessManagedUnauthorized"
        assert trouble_of(caught.value) is Trouble.REVERTED

    async def test_gas_budget__grows_with_the_body(self, live_chain: LiveChain) -> None:
        budget = live_chain.book.router.gas_budget_of
        small = await budget(IntentKind.SETTLE_CLAIM, 1_000, block="latest")
        assert small < await budget(IntentKind.SETTLE_CLAIM, 4_000, block="latest")


class TestSendTrouble:
    """What a node answers to a bad transaction leads to the right decision."""

    async def test_bytes_sent_twice__lead_to_the_receipt(self, live_chain: LiveChain) -> None:
        nonce = await live_chain.client.tx_count(live_chain.node.account(1))
        transaction = Transaction(
            chain_id=live_chain.node.chain_id,
            tx_nonce=nonce,
            gas_limit=21_000,
            to=NOBODY,
            max_fee_per_gas=LEAST_FEE_WEI,
            max_priority_fee_per_gas=LEAST_TIP_WEI,
        )
        raw = sign(transaction, live_chain.node.key(1)).raw
        await live_chain.client.send_raw(raw)
        error = await self.failure(live_chain, raw)
        assert reason_of(trouble_of(error)) is Reason.LOOK_FOR_RECEIPT

    @pytest.mark.parametrize(
        ("change", "trouble", "reason"),
        [
            ({"chain_id": 1}, Trouble.MALFORMED, Reason.REJECT),
            ({"gas_limit": 20_000}, Trouble.MALFORMED, Reason.REJECT),
            ({"gas_limit": 4_000_000_000}, Trouble.MALFORMED, Reason.REJECT),
            ({"value": 2**100}, Trouble.NO_FUNDS, Reason.SUSPEND),
        ],
    )
    async def test_bad_transaction__is_classified(
        self,
        live_chain: LiveChain,
        change: dict[str, int],
        trouble: Trouble,
        reason: Reason,
    ) -> None:
        nonce = await live_chain.client.tx_count(live_chain.node.account(1))
        fields = {
            "chain_id": live_chain.node.chain_id,
            "tx_nonce": nonce,
            "gas_limit": 21_000,
            "max_fee_per_gas": LEAST_FEE_WEI,
            "max_priority_fee_per_gas": LEAST_TIP_WEI,
            **change,
        }
        raw = sign(Transaction(to=NOBODY, **fields), live_chain.node.key(1)).raw
        error = await self.failure(live_chain, raw)
        assert trouble_of(error) is trouble, error
        assert reason_of(trouble) is reason

    async def test_garbage__is_rejected(self, live_chain: LiveChain) -> None:
        error = await self.failure(live_chain, b"\x02\xc0")
        assert reason_of(trouble_of(error)) is Reason.REJECT

    @staticmethod
    async def failure(chain: LiveChain, raw: bytes) -> RpcError:
        with pytest.raises(RpcError) as caught:
            await chain.client.send_raw(raw)
        return caught.value
