"""network.md "What must be shown" 8: who is not of the consortium cannot send, join or listen."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from coincurve import PrivateKey

from node.chain.abi.transactions import Transaction, address_of, sign
from node.chain.rpc.json_rpc import RpcClient, RpcError
from node.devnet.network.validators import LocalNetwork
from node.validator.bridge.engine import Engine, EngineError
from node.validator.bridge.tokens import read_secret
from node.validator.home import ceremony
from node.validator.home import configuration as conf
from node.validator.unit.comet import ask_comet
from tests.chaos.validators.listening import is_loopback, listening
from tests.fixtures.validator.networks import EVM_CHAIN_ID, FIRST_BLOCK_S, local_network
from tests.fixtures.waiting import PATIENCE_S, until

pytestmark = [pytest.mark.validators, pytest.mark.timeout(900)]

ALL, OPEN = range(4), 1
"""Validator 1 takes p2p connections from everywhere, as a hospital's does; the others locally."""
INSIDER, STRANGER = PrivateKey(b"\x62" * 32), PrivateKey(b"\x63" * 32)
OUTSIDE_PORT = 60
POLLS, POLL_S = 40, 0.25


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalNetwork]:
    """Four validators, one of them open to the world at its p2p ports."""
    folder = tmp_path_factory.mktemp("outsiders") / "net"
    senders = [address_of(INSIDER.public_key)]
    with local_network(folder, senders=senders, start=False) as found:
        opened = replace(found.sites[OPEN], bind="0.0.0.0")
        conf.save_site(opened, found.homes[OPEN])
        found.start(with_parent=True)
        asyncio.run(found.wait_height(2, limit_s=FIRST_BLOCK_S))
        yield found


async def refusal(site: conf.Site, method: str, *params: Any) -> str:
    """Return why a validator's JSON-RPC refuses a call."""
    async with RpcClient(site.rpc_url, timeout_s=30) as rpc:
        with pytest.raises(RpcError) as caught:
            await rpc.call(method, *params)
    return str(caught.value)


def asked(**values: Any) -> Transaction:
    """A transaction, by default a payment of nothing to somebody."""
    chosen: dict[str, Any] = {
        "chain_id": EVM_CHAIN_ID, "tx_nonce": 0, "gas_limit": 21_000, "to": "0x" + "0d" * 20,
        "max_fee_per_gas": 10**9, "max_priority_fee_per_gas": 1,
    }  # fmt: skip
    return Transaction(**(chosen | values))


class TestTransactions:
    @pytest.mark.parametrize(
        ("transaction", "key", "reason"),
        [
            (asked(), STRANGER, "insufficient funds"),
            (asked(value=1), STRANGER, "insufficient funds"),
            (asked(to=None, data=b"\x60\x00", gas_limit=100_000), STRANGER, "insufficient funds"),
            (asked(max_fee_per_gas=0, max_priority_fee_per_gas=0), STRANGER, "below minimum"),
            (asked(max_fee_per_gas=0, max_priority_fee_per_gas=0), INSIDER, "below minimum"),
            (asked(chain_id=1), INSIDER, "chain"),
            (asked(data=bytes(131_072), gas_limit=16_000_000), INSIDER, "oversized"),
            (asked(gas_limit=16_777_217), INSIDER, "gas limit"),
        ],
        ids=["fee", "value", "contract", "free", "free-insider", "chain", "size", "gas"],
    )
    async def test_what_nobody_may_send__every_pool_refuses(
        self, network: LocalNetwork, transaction: Transaction, key: PrivateKey, reason: str
    ) -> None:
        """M09, S06.3: gas costs no money, and only funded accounts have any."""
        raw = "0x" + sign(transaction, key).raw.hex()
        for site in network.sites:
            assert reason in await refusal(site, "eth_sendRawTransaction", raw)
        print(f"counts: 4 of 4 pools refuse: {reason}")

    async def test_insider__is_heard(self, network: LocalNetwork) -> None:
        """The same asked with coin is final everywhere, so the refusals above say something."""
        signed = sign(asked(), INSIDER)
        async with RpcClient(network.sites[0].rpc_url) as rpc:
            await rpc.call("eth_sendRawTransaction", "0x" + signed.raw.hex())

        async def final() -> bool:
            found = []
            for site in network.sites:
                async with RpcClient(site.rpc_url) as rpc:
                    found.append(await rpc.call("eth_getTransactionReceipt", signed.tx_hash))
            return all(found)

        await until(final, "the payment is final")


class TestPorts:
    async def test_all_but_p2p__listen_on_loopback_only(self, network: LocalNetwork) -> None:
        """JSON-RPC, engine port, CometBFT's RPC, bridge and metrics are nobody else's."""
        counted = 0
        for place in ALL:
            site, pids = network.sites[place], network.pids(place)
            own = conf.load_network(network.homes[place]).entry(site.name)
            found = set().union(*(listening(pids[name]) for name in ("geth", "bridge", "comet")))
            ports = {port for _, _, port in found}
            assert ports >= {
                *(site.geth_http_port, site.geth_engine_port, site.comet_rpc_port),
                *(site.bridge_port, site.metrics_port, own.comet_port, own.geth_port),
            }
            outward = {(name, port) for name, address, port in found if not is_loopback(address)}
            p2p = {("tcp", own.comet_port), ("tcp", own.geth_port)}
            assert outward == (p2p if place == OPEN else set())
            counted += len(found)
        print(f"counts: {counted} listening sockets, 2 of them open, both p2p")

    async def test_engine_port__wants_the_token(self, network: LocalNetwork) -> None:
        site = network.sites[0]
        body = {"jsonrpc": "2.0", "id": 1, "method": "eth_blockNumber", "params": []}
        async with aiohttp.ClientSession() as session:
            for headers in ({}, {"Authorization": "Bearer x.y.z"}):
                async with session.post(site.engine_url, json=body, headers=headers) as reply:
                    assert reply.status == 401
        others = read_secret(network.homes[1] / "geth" / "jwt.hex")
        async with Engine(site.engine_url, secret=others) as engine:
            with pytest.raises(EngineError):
                await engine.block("latest")
        own = read_secret(network.homes[0] / "geth" / "jwt.hex")
        async with Engine(site.engine_url, secret=own) as engine:
            assert (await engine.block("latest")).number > 0

    @pytest.mark.parametrize(
        ("method", "params"),
        [
            ("debug_setHead", ["0x0"]),
            ("debug_traceBlockByNumber", ["0x1"]),
            ("admin_addPeer", ["enode://00"]),
            ("admin_nodeInfo", []),
            ("admin_peers", []),
            ("personal_listAccounts", []),
            ("miner_setGasPrice", ["0x0"]),
            ("txpool_content", []),
            ("engine_forkchoiceUpdatedV3", [{}, None]),
            ("engine_getPayloadV5", ["0x00"]),
            ("testing_buildBlockV1", []),
        ],
    )
    async def test_dangerous_calls__are_not_served(
        self, network: LocalNetwork, method: str, params: list[Any]
    ) -> None:
        for site in network.sites:
            assert "does not exist" in await refusal(site, method, *params)

    @pytest.mark.parametrize(
        "path", ["unsafe_flush_mempool", "dial_peers?peers=[]", "dial_seeds?seeds=[]"]
    )
    async def test_unsafe_calls_of_cometbft__are_not_served(
        self, network: LocalNetwork, path: str
    ) -> None:
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{network.sites[0].comet_url}/{path}") as reply,
        ):
            assert reply.status == 404

    async def test_transactions_do_not_enter_through_cometbft(self, network: LocalNetwork) -> None:
        assert await ask_comet(network.sites[0], "broadcast_tx_sync?tx=0x00") is None


def outsider_of(network: LocalNetwork) -> LocalNetwork:
    """Return a whole validator with the network's public files and keys that nobody knows."""
    folder = network.folder.parent / "outside"
    home = folder / "outsider"
    base_port = network.sites[0].comet_rpc_port - 2 + OUTSIDE_PORT
    entry = ceremony.solo(home, name="outsider", host=conf.LOOPBACK, base_port=base_port)
    shutil.copyfile(network.folder / "genesis.comet.json", home / ceremony.COMET_GENESIS)
    shutil.copyfile(network.folder / "genesis.evm.json", home / ceremony.EVM_GENESIS)
    conf.save_network(conf.load_network(network.folder).with_entry(entry), home)
    return LocalNetwork(folder)


async def comet_peers(site: conf.Site) -> set[str]:
    """Return the node ids of CometBFT's peers."""
    answer = await ask_comet(site, "net_info")
    return {one["node_info"]["id"] for one in (answer or {}).get("peers", ())}


async def geth_peers(site: conf.Site) -> int:
    """Return how many peers geth has."""
    async with RpcClient(site.rpc_url, timeout_s=30) as rpc:
        return int(await rpc.call("net_peerCount"), 16)


async def test_outsiders_node__gets_no_place_until_it_is_let_in(network: LocalNetwork) -> None:
    """S06.4: neither layer takes the outsider's node as a peer."""
    outside = outsider_of(network)
    site, entry = outside.sites[0], conf.load_network(outside.homes[0]).entry("outsider")
    try:
        outside.start(with_parent=True)

        async def is_up() -> bool:
            return (await ask_comet(site, "status")) is not None

        await until(is_up, "the outsider runs")
        seen_by_comet = seen_by_geth = seen_outside = learnt = 0
        for _ in range(POLLS):
            for one in network.sites:
                seen_by_comet += entry.node_id in await comet_peers(one)
                seen_by_geth += await geth_peers(one) > 3
            seen_outside += bool(await comet_peers(site)) + bool(await geth_peers(site))
            status = (await outside.status())[0]
            learnt += bool(status.height) + bool(status.comet_height)
            await asyncio.sleep(POLL_S)
        assert (seen_by_comet, seen_by_geth, learnt) == (0, 0, 0)
        tried = dials(outside.homes[0])
        assert tried, "it did not even try"
        print(
            f"counts: {POLLS} polls of 4 validators, {seen_by_comet} places at CometBFT, "
            f"{seen_by_geth} at geth, {seen_outside} glimpses of a peer, {learnt} blocks learnt, "
            f"{tried} dials"
        )
        await let_in(network, outside)
    finally:
        outside.kill([0])


def dials(home: Path) -> int:
    """Return how often a home's CometBFT tried to reach a peer."""
    return (home / "logs" / "comet.log").read_bytes().lower().count(b"dial")


async def let_in(network: LocalNetwork, outside: LocalNetwork) -> None:
    """Make the outsider a peer of one validator: then it sees the chain, so it could have."""
    entry = conf.load_network(outside.homes[0]).entry("outsider")
    host = network.homes[0]
    conf.save_network(conf.load_network(host).with_entry(entry), host)
    await network.stop([0])
    network.start([0], with_parent=True)
    await outside.wait_height(2, limit_s=PATIENCE_S)
    assert entry.node_id in await comet_peers(network.sites[0])
