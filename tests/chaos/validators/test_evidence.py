"""One key on two machines: the network sees it, and the registry tells it once (S41, M10)."""

import shutil
from collections.abc import Iterator

import pytest

from node.chain.contracts.validator_registry import Report, ValidatorRegistry
from node.chain.rpc.json_rpc import RpcClient
from node.devnet.network.validators import LocalNetwork
from node.validator.home import ceremony
from node.validator.home import configuration as conf
from node.validator.home import keys as keyring
from node.validator.home.condition import KEY_FILE
from node.validator.home.registry_state import ADDRESS
from node.validator.unit.evidence import Kind, evidence_between
from tests.fixtures.validator.membership import Watch, run
from tests.fixtures.validator.networks import FIRST_BLOCK_S, local_network
from tests.fixtures.waiting import until

pytestmark = [pytest.mark.validators, pytest.mark.timeout(1_800)]
DOUBLE, TWIN = 4, 5
COUNTED = "yibao_validator_misbehaviour_total"


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalNetwork]:
    """Five validators, and a second machine that holds the key of the last; none runs yet."""
    with local_network(tmp_path_factory.mktemp("twins"), validators=5, start=False) as five:
        home = five.folder / "node4-twin"
        base_port = five.sites[0].comet_rpc_port - 2 + 5 * conf.SITE_PORTS
        entry = ceremony.solo(home, name=home.name, host=conf.LOOPBACK, base_port=base_port)
        network = conf.load_network(five.folder).with_entry(entry)
        ceremony.share(network, five.folder, five.homes)
        ceremony.adopt(home, five.folder)
        shutil.copyfile(five.homes[DOUBLE] / KEY_FILE, home / KEY_FILE)
        six = LocalNetwork(five.folder)
        assert six.homes[TWIN] == home
        try:
            yield six
        finally:
            six.kill(range(6))


async def test_key_on_two_machines__is_evidence_told_once(twins: LocalNetwork) -> None:
    """Every bridge logs and counts it, every node reports it, the registry has one event."""
    watch = Watch(twins)
    twins.start(range(5), with_parent=True)
    await twins.wait_height(1, places=range(5), limit_s=FIRST_BLOCK_S)
    twins.start([TWIN], with_parent=True)

    async def is_seen() -> bool:
        return await watch.metric(COUNTED, 0) > 0

    await until(is_seen, "evidence in a block", limit_s=600)
    await twins.stop([TWIN])
    await watch.later(3)
    found = await _evidence(watch)
    own = "0x" + watch.address(DOUBLE).hex()
    assert {(validator, kind) for validator, _, kind in found} == {(own, Kind.DUPLICATE_VOTE)}

    async def is_told() -> bool:
        return {(one.validator, one.height, one.kind) for one in await _reports(watch)} >= found

    await until(is_told, "every piece of evidence is told")
    sent = sum(len(watch.logged(place, "unit", "evidence_reported")) for place in range(5))
    counted = [await watch.metric(COUNTED, place) for place in range(5)]
    assert min(counted) >= 1
    assert all(watch.logged(place, "bridge", "misbehaviour") for place in range(5))

    # Nobody is prevented from telling it again; it stays one event.
    again = 0
    for home in twins.homes[:5]:
        told = await run("network", "report-evidence", "--home", home)
        assert told.out.count("known") >= len(found)
        async with RpcClient(watch.network.sites[0].rpc_url) as rpc:
            for validator, height, kind in sorted(found)[:1]:
                secret = keyring.account_secret(home, "relayer")
                await ValidatorRegistry(rpc, ADDRESS).report(secret, validator, height, kind)
                again += 1
    reports = [(one.validator, one.height, one.kind) for one in await _reports(watch)]
    assert len(reports) == len(set(reports))
    assert found <= set(reports)
    print(
        f"counts: evidence={len(found)} events={len(reports)} reports_sent={sent}"
        f" reports_again={again} blocks={await watch.height()}"
    )


async def _evidence(watch: Watch) -> set[tuple[str, int, int]]:
    site, head = watch.network.sites[0], await watch.height()
    return {
        (one.validator, one.height, int(one.kind))
        async for _, pieces in evidence_between(site, 1, head)
        for one in pieces
    }


async def _reports(watch: Watch) -> list[Report]:
    async with RpcClient(watch.network.sites[0].rpc_url) as rpc:
        return await ValidatorRegistry(rpc, ADDRESS).reports()
