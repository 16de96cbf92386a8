"""The keeper: what time decides is swept once, by whoever comes first (P12)."""

from node.db.models.wallets import Transfer
from node.db.unit_of_work import UnitOfWork
from node.outbox import keys, sweeps
from node.outbox.keys import KeyOwner, StoredAnswer
from node.relayer.keeper import Keeper
from tests.fixtures.actors import ANN, BEN
from tests.fixtures.chain.pipeline import Pipeline


def put_transfer(unit: UnitOfWork, *, digest: str, returns_at: int) -> None:
    row = {
        "digest": digest,
        "position": 1,
        "sender": ANN.account,
        "receiver": BEN.account,
        "amount_fen": 100,
        "returns_at": returns_at,
        "state": "PENDING",
        "sent_at": 1,
        "ended_at": None,
        "block_number": 1,
    }
    unit.insert_many(Transfer, [row])


class TestKeys:
    """P50: an answer is kept for 30 days; a running gateway forgets it after that."""

    async def test_key_older_than_thirty_days__is_forgotten_by_the_keeper(self, pipeline: Pipeline):
        owner, hashed = KeyOwner(ANN.account, "POST /v1/premiums/payments", "k"), "0x" + "01" * 32
        answer = StoredAnswer(202, b"{}", None)
        await pipeline.database.write(
            lambda unit: keys.store_answer(unit, owner, body_hash=hashed, answer=answer, now_ms=0)
        )
        for now_ms, kept in ((keys.KEPT_MS, answer), (keys.KEPT_MS + 1, None)):
            await Keeper(pipeline.database, now_ms=lambda at=now_ms: at).step()
            found = await pipeline.database.read(
                lambda unit: keys.find_answer(unit, owner, body_hash=hashed)
            )
            assert found == kept


class TestKeeper:
    async def test_nothing_due__enqueues_nothing(self, pipeline: Pipeline):
        await pipeline.indexer.catch_up()
        keeper = Keeper(pipeline.database, now_ms=pipeline.clock)
        later = await pipeline.now() + 1000
        await pipeline.database.write(
            lambda unit: put_transfer(unit, digest="0x" + "01" * 32, returns_at=later)
        )
        assert await keeper.step() == 0

    async def test_lapsed_transfer__is_enqueued_once_and_sent_to_its_contract(
        self, pipeline: Pipeline
    ):
        await pipeline.indexer.catch_up()
        keeper = Keeper(pipeline.database, now_ms=pipeline.clock)
        lapsed = await pipeline.now() - 1
        await pipeline.database.write(
            lambda unit: put_transfer(unit, digest="0x" + "01" * 32, returns_at=lapsed)
        )
        assert await keeper.step() == 1
        assert await keeper.step() == 0
        sweep = sweeps.return_transfer(
            target=pipeline.address("WalletOperations"), sender=ANN.account, returns_at=lapsed
        )
        assert await pipeline.states([sweep.digest]) == ["QUEUED"]
        relayer = pipeline.relayer()
        await relayer.submitter.start()
        await relayer.submitter.submit(await relayer._lease())
        assert await pipeline.states([sweep.digest]) == ["SENT"]
