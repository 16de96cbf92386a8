"""The thin thread: enqueue → batch → chain → events → FINAL, on both databases."""

import pytest

from node.readmodels.members import find_member
from node.readmodels.transactions import chain_intent
from tests.fixtures.actors import ANN, STRANGER
from tests.fixtures.chain.live_chain import newcomers
from tests.fixtures.chain.pipeline import Pipeline


@pytest.mark.any_engine
class TestPipeline:
    async def test_enqueued_intents__become_final_with_their_whole_history(
        self, pipeline: Pipeline
    ):
        """P56, P51: queued, submitted, mined, final with times, attempts and hash."""
        relayer = pipeline.relayer()
        await relayer.submitter.start()
        digests = await pipeline.put(*await pipeline.open_members(*newcomers(2)))
        assert await pipeline.states(digests) == ["QUEUED", "QUEUED"]

        await relayer.step()
        assert await pipeline.states(digests) == ["SENT", "SENT"]

        assert await pipeline.settle(digests, relayer=relayer) == ["FINAL", "FINAL"]
        entry = await pipeline.entry(digests[0])
        assert [step.event for step in entry.steps] == ["queued", "submitted", "mined", "final"]
        assert entry.attempts == 1
        assert entry.tx_hash is not None
        known = await pipeline.database.read(lambda unit: chain_intent(unit, digests[0]))
        assert known is not None
        assert (known.state, known.tx_hash) == ("FINAL", entry.tx_hash)

    async def test_bad_intent_in_a_batch__is_refused_by_name_and_spoils_nothing(
        self, pipeline: Pipeline
    ):
        """P54: the good ones apply, the bad one has its reason."""
        relayer = pipeline.relayer()
        await relayer.submitter.start()
        ann, ben = newcomers(2)
        items = await pipeline.open_members(ann, ann, ben)
        digests = await pipeline.put(*items)
        await relayer.step()
        assert await pipeline.settle(digests, relayer=relayer) == ["FINAL", "REFUSED", "FINAL"]
        assert (await pipeline.entry(digests[1])).reason_code == "AlreadyExists"

    async def test_member_and_wallet__stand_in_the_read_model(self, pipeline: Pipeline):
        relayer = pipeline.relayer()
        await relayer.submitter.start()
        (ann,) = newcomers(1)
        opening = await pipeline.open_members(ann)
        digests = await pipeline.put(*opening, await pipeline.open_wallet(ann))
        await relayer.step()
        await pipeline.settle(digests, relayer=relayer)
        member = await pipeline.database.read(lambda unit: find_member(unit, ann.account))
        assert member is not None
        assert member.wallet_opened_at is not None


class TestSkippedIntents:
    async def test_signature_of_another_key__stays_sent_and_is_rejected_after_the_deadline(
        self, pipeline: Pipeline
    ):
        relayer = pipeline.relayer()
        await relayer.submitter.start()
        intent = await pipeline.intent_of_opening(ANN)
        digests = await pipeline.put(pipeline.item(intent, STRANGER))
        await relayer.step()
        await pipeline.indexer.catch_up()
        entry = await pipeline.entry(digests[0])
        assert (entry.state, entry.reason_code) == ("SENT", "SignatureInvalid")
        await pipeline.chain.travel(intent.deadline + 1)
        await pipeline.indexer.catch_up()
        entry = await pipeline.entry(digests[0])
        assert (entry.state, entry.reason_code) == ("REJECTED", "SIGNATURE_INVALID")
