"""Payments over HTTP while validators die: final once, or waiting, never twice (M02, M09, P51)."""

import time
from pathlib import Path

import httpx
import pytest

from node.db.unit_of_work import Database
from node.devnet.home.folder import DevnetHome
from node.devnet.network.local import free_port
from node.devnet.network.manifest import load_manifest
from node.devnet.network.validators import LocalNetwork
from node.devnet.seed.demo import DemoSeed
from node.devnet.seed.sandbox import Sandbox, attached
from node.domain.kinds import Pocket
from node.intents.typed_data import digest
from node.outbox.history import find_entry
from node.readmodels.premiums import payments_of
from node.readmodels.wallets import balance
from scripts.bench.pay_workload import PREMIUM_FEN, Payment, Workload, issue_tokens
from tests.chaos.validators.payers import GatewayProcess, Payer, executed, paid
from tests.fixtures.waiting import until

pytestmark = pytest.mark.validators

PAYMENTS, PACE_S = 400, 0.25
EACH_TIME = 24
OWN, SECOND = 0, 1
"""The gateway's own node is the first to die."""
HALTED_AFTER_S = 10


class Shop:
    """The gateway, its payer, and where to look whether all was paid once."""

    def __init__(self, sandbox: Sandbox, network: LocalNetwork, home: DevnetHome) -> None:
        self.sandbox, self.network, self.home = sandbox, network, home
        self.process = GatewayProcess(home.folder, free_port())
        self.payer = Payer([], PACE_S)
        self.tokens: dict[str, str] = {}

    async def open(self) -> None:
        """Seed the parties, issue the bills and sign all payments."""
        manifest, domain = self.sandbox.manifest, self.sandbox.domain
        await self.sandbox.sender.send(DemoSeed(manifest, domain=domain).intents())
        workload = Workload(self.sandbox, label="chaos")
        bills = await workload.lay_out(PAYMENTS)
        self.home.settings(self.sandbox)
        self.tokens = await issue_tokens(self.home.database_url, workload.members)
        self.payer.waiting = await workload.payments(bills, self.tokens)

    def name(self, payment: Payment) -> str:
        return digest(payment.signed.intent, self.sandbox.domain)

    async def heads(self) -> list[tuple[int | None, str | None]]:
        return [(one.height, one.hash) for one in await self.network.status()]

    async def states(self) -> list[str]:
        """Return the states of all accepted payments in the outbox."""
        names = [self.name(one) for one in self.payer.accepted]
        async with Database(self.home.database_url) as database:
            found = [
                await database.read(lambda unit, one=one: find_entry(unit, one)) for one in names
            ]
        return [one.state for one in found if one is not None]

    async def all_final(self) -> bool:
        return await self.states() == ["FINAL"] * len(self.payer.accepted)

    async def require_paid_once(self, *places: int) -> None:
        """Every accepted payment took effect once, no other one did: by raw logs of each node."""
        names = {self.name(one) for one in self.payer.accepted}
        addresses = self.sandbox.book.addresses
        ours = names | {self.name(one) for one in self.payer.waiting}
        for place in places:
            url = self.network.sites[place].rpc_url
            for counts in (
                await executed(url, addresses["IntentRouter"]),
                await paid(url, addresses["PremiumCollector"]),
            ):
                assert {one: counts[one] for one in ours & set(counts)} == dict.fromkeys(names, 1)

    async def require_read_once(self) -> None:
        """The read model has one payment per accepted bill, and the members paid no fen more."""
        async with Database(self.home.database_url) as database:
            rows = [
                await database.read(
                    lambda unit, one=one: payments_of(unit, one.signed.intent.body.bill_id)
                )
                for one in self.payer.accepted
            ]
            assert [len(one) for one in rows] == [1] * len(self.payer.accepted)
            members = {one.signed.intent.actor for one in self.payer.accepted}
            held = [
                await database.read(lambda unit, one=one: balance(unit, one)) for one in members
            ]
        first = PREMIUM_FEN * (PAYMENTS // len(self.tokens) + 1)
        left = sum(one.pockets[Pocket.CASH].available_fen for one in held if one is not None)
        assert left == first * len(members) - PREMIUM_FEN * len(self.payer.accepted)

    async def read(self, http: httpx.AsyncClient) -> int:
        """Read a member's balance and a bill; return the status."""
        payment = self.payer.accepted[0]
        proof = {"Authorization": payment.headers["Authorization"]}
        account = payment.signed.intent.actor
        answers = [
            await http.get(path, headers=proof)
            for path in (
                f"/v1/wallets/{account}/balance",
                f"/v1/premiums/bills/{payment.signed.intent.body.bill_id}",
            )
        ]
        return max(one.status_code for one in answers)


async def test_validators_killed_under_payments__each_is_final_once(
    funded: LocalNetwork, tmp_path: Path
) -> None:
    """M02, M09.1, M09.2, M09.3, M09.4, P51, S06.2: one away, two away, both back."""
    urls = [site.rpc_url for site in funded.sites]
    async with attached(load_manifest(), *urls) as sandbox:
        shop = Shop(sandbox, funded, DevnetHome(tmp_path / "home"))
        await shop.open()
        start = (await shop.heads())[2][0] or 0
        async with shop.process.running(halted_after_s=HALTED_AFTER_S) as http:
            assert (await http.get("/readyz")).status_code == 200
            await one_away(shop, http)
            await two_away(shop, http)
        await refusing(shop)
        async with shop.process.running(halted_after_s=HALTED_AFTER_S) as http:
            await both_back(shop, http)
        end = (await shop.heads())[2][0] or 0
        print(
            f"counts: payments={len(shop.payer.accepted)} kills=2 restarts=2"
            f" blocks={end - start} refused={dict(shop.payer.refused)}"
        )


async def one_away(shop: Shop, http: httpx.AsyncClient) -> None:
    """The gateway's own node dies: blocks go on, and so do payments, by way of the others."""
    async with shop.payer.paying(http):
        await shop.payer.accepts(EACH_TIME)
        shop.network.kill([OWN])
        height = max(height or 0 for height, _ in await shop.heads())
        await shop.network.wait_height(height + 5, places=[1, 2, 3])
        await shop.payer.accepts(EACH_TIME)
    await until(shop.all_final, "payments final with one validator away")
    await shop.require_paid_once(1, 2, 3)
    await shop.require_read_once()
    assert (await http.get("/readyz")).status_code == 200
    assert not shop.payer.refused


async def two_away(shop: Shop, http: httpx.AsyncClient) -> None:
    """Two of four: the others stop at one head; reads go on, payments wait in the outbox."""
    async with shop.payer.paying(http):
        await shop.payer.accepts(EACH_TIME // 4)
        shop.network.kill([SECOND])

        async def is_halted() -> bool:
            answer = await http.get("/readyz")
            found = answer.json()
            return (answer.status_code, found["code"]) == (503, "ChainLagging")

        await until(is_halted, "the gateway says that the chain halts")
        before = await halted_head(shop)
        await shop.payer.accepts(EACH_TIME)
    found = (await http.get("/readyz")).json()
    assert (found["checks"]["blocks"], found["checks"]["chain"]) == (False, True)
    assert await shop.read(http) == 200
    assert set((await shop.states())[-EACH_TIME:]) <= {"QUEUED", "SIGNED", "SENT"}
    assert await halted_head(shop) == before
    assert not shop.payer.refused


async def halted_head(shop: Shop) -> tuple[int | None, str | None]:
    """Return the one head of both validators that are left."""
    *_, third, fourth = await shop.heads()
    assert third == fourth
    assert third[0]
    return third


async def refusing(shop: Shop) -> None:
    """As configured: 503 for what is new, the first answer for what is known, reads go on."""
    before, accepted = await halted_head(shop), len(shop.payer.accepted)
    settings = {"halted_after_s": HALTED_AFTER_S, "while_halted": "refuse"}
    async with shop.process.running(**settings) as http:
        statuses = [await shop.payer.pay(http) for _ in range(3)]
        again = await shop.payer.hand_in(http, shop.payer.accepted[-1])
        assert await shop.read(http) == 200
        assert (await http.get("/readyz")).json()["code"] == "ChainLagging"
    assert (statuses, shop.payer.refused) == ([503] * 3, {"503 ChainLagging": 3})
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (202, "true")
    assert (len(shop.payer.accepted), await halted_head(shop)) == (accepted, before)


async def both_back(shop: Shop, http: httpx.AsyncClient) -> None:
    """They catch up, and everything that was accepted is paid, nothing of it twice."""
    height, _ = await halted_head(shop)
    started = time.monotonic()
    shop.network.start([OWN, SECOND], with_parent=True)
    await shop.network.wait_height((height or 0) + 3)
    print(f"counts: seconds from restart to three new blocks={time.monotonic() - started:.1f}")
    async with shop.payer.paying(http):
        await shop.payer.accepts(EACH_TIME)
    await until(shop.all_final, "everything final")
    highest = max(height or 0 for height, _ in await shop.heads())
    await shop.network.wait_height(highest + 1)
    await shop.require_paid_once(0, 1, 2, 3)
    await shop.require_read_once()

    async def is_ready() -> bool:
        return (await http.get("/readyz")).status_code == 200

    await until(is_ready, "the gateway is ready again")
