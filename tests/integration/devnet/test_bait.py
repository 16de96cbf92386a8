"""M07: no name, number or address of a patient leaves the gateway's sealed columns.

The whole Synthea folder is settled on a chain. Then a gateway reads that chain, registers every
patient by name, and is asked about them, also with wrong numbers. Everything that anybody else
could see is kept and searched: call data, logs of contracts, URLs, log lines.
"""

import asyncio
import csv
import io
import logging
from collections.abc import Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
import structlog
from eth_hash.auto import keccak
from starlette.types import ASGIApp, Receive, Scope, Send

from node.app import create_app
from node.bootstrap import Gateway
from node.chain.rpc.json_rpc import RpcClient
from node.cli.devnet.serving import served
from node.db.repositories.identities import IdentityVault
from node.db.schema import upgrade
from node.devnet.client.gateway import GatewayClient
from node.devnet.home.folder import DevnetHome
from node.devnet.network.local import free_port
from node.devnet.network.manifest import load_manifest
from node.devnet.seed.demo import DemoSeed
from node.devnet.seed.parties import member_party
from node.devnet.seed.people import seal_people
from node.devnet.seed.sandbox import Sandbox, running
from node.devnet.synthea import folder as synthea
from node.devnet.synthea.run import Progress, SyntheaRun
from node.devnet.synthea.seed import SyntheaSeed
from node.domain.members import check_character
from node.domain.parties import OrganisationKind
from node.domain.roles import Role
from node.keys import open_sealer
from node.observability import configure_logs
from tests.fixtures.chain.anvil import require_anvil
from tests.fixtures.tools import ROOT

FOLDER = ROOT / "tests" / "data" / "synthea"
LINES, PATIENTS = 155, 17
BLOCKS_AT_ONCE = 200
READY_S = 180
Forms = dict[str, list[bytes]]


@dataclass
class Seen:
    """Everything that leaves the gateway: public on the chain, or kept by operators."""

    equal: int = 0
    registered: int = 0
    call_data: list[bytes] = field(default_factory=list)
    events: list[bytes] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)
    logged: str = ""
    answers: list[int] = field(default_factory=list)
    found: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """Run everything once, with every log line kept."""
    require_anvil()
    folder = tmp_path_factory.mktemp("bait")
    root = logging.getLogger()
    before = list(root.handlers), root.level
    lines = io.StringIO()
    with redirect_stderr(lines):
        configure_logs(level=logging.DEBUG)
        found = asyncio.run(_run(folder))
    structlog.reset_defaults()
    root.handlers[:], root.level = before
    found.logged = lines.getvalue() + (folder / "anvil.log").read_text(errors="replace")
    return found


async def _run(folder: Path) -> Seen:
    seen = Seen()
    manifest = load_manifest()
    async with running(manifest, folder, port=free_port()) as sandbox:
        await sandbox.sender.send(DemoSeed(manifest, domain=sandbox.domain).intents())
        seen.equal = await _settle(sandbox)
        await _serve(folder, sandbox, seen)
        await _read_chain(sandbox.rpc, seen)
    return seen


async def _settle(sandbox: Sandbox) -> int:
    seed = SyntheaSeed(
        synthea.load(FOLDER),
        domain=sandbox.domain,
        operator=sandbox.party(OrganisationKind.OPERATOR),
        channel=sandbox.party(OrganisationKind.CHANNEL),
    )
    run = SyntheaRun(seed, client=sandbox.client, book=sandbox.book, sender=sandbox.sender)
    compared = await run.settle_all(Progress(lambda *_: None, lambda *_: None))
    return sum(one.is_equal for one in compared)


async def _serve(folder: Path, sandbox: Sandbox, seen: Seen) -> None:
    """Serve a gateway on the settled chain and ask it about every patient."""
    home, port = DevnetHome(folder), free_port()
    upgrade(home.database_url)
    settings, people = home.settings(sandbox), sandbox.manifest.members
    gateway = Gateway(settings)
    app = create_app(gateway)
    app.add_middleware(KeepUrls, kept=seen.urls)
    url = f"http://127.0.0.1:{port}"
    async with served(app, port=port):
        await _until_ready(url)
        operator = sandbox.party(OrganisationKind.OPERATOR)
        token = await _token(gateway, Role.OPERATOR, operator.account)
        async with GatewayClient(url, party=operator, token=token, domain=sandbox.domain) as client:
            for place, row in enumerate(patients()):
                await _register(client, place, row)
                seen.registered += 1
        member = member_party("patient 0")
        headers = {"Authorization": f"Bearer {await _token(gateway, Role.MEMBER, member.account)}"}
        async with httpx.AsyncClient(base_url=url, headers=headers) as http:
            for row in patients():
                seen.answers += [answer.status_code for answer in await _pry(http, row)]
            vault = IdentityVault(open_sealer(settings))
            await gateway.database.write(
                lambda unit: seal_people(
                    unit, vault, sandbox.manifest, now_ms=gateway.clock.now_ms()
                )
            )
        for one in people:
            account = member_party(one.name).account
            proof = {"Authorization": f"Bearer {await _token(gateway, Role.MEMBER, account)}"}
            async with httpx.AsyncClient(base_url=url, headers=proof) as http:
                pair = one.person.model_dump() if one.person else {}
                answer = await http.post("/v1/premiums/lookup", json=pair)
                seen.found.append(answer.json()["name"])


async def _until_ready(url: str) -> None:
    """Wait, as a load balancer does, until the gateway says that it has read the chain."""
    async with httpx.AsyncClient(base_url=url) as http, asyncio.timeout(READY_S):
        while True:
            answer = await http.get("/readyz")
            if answer.status_code == 200:
                return
            await asyncio.sleep(0.05)


async def _token(gateway: Gateway, role: Role, account: str) -> str:
    issued = await gateway.tokens.issue(role=role, account=account, label="bait")
    return issued.token


async def _register(client: GatewayClient, place: int, row: dict[str, str]) -> None:
    """Register a patient under the real name, with a number of the right form."""
    first = f"110101{row['BIRTHDATE'].replace('-', '')}{place:03d}"
    number, name = first + check_character(first), f"{row['FIRST']} {row['LAST']}"
    key = member_party(f"patient {place}").signer
    asked = {
        "actor_id": client.party.account,
        "number": number,
        "name": name,
        "signer": {"key": key.key, "kind": key.kind.name},
        "categories": [],
    }
    prepared = await client.prepare("/v1/members", asked)
    identity = {"number": number, "name": name, "salt": prepared["salt"]}
    await client.sign_and_send("/v1/members", prepared, more={"identity": identity})


async def _pry(http: httpx.AsyncClient, row: dict[str, str]) -> list[httpx.Response]:
    """Send personal data where it does not belong: it is refused each time and stays unseen."""
    name, home = f"{row['FIRST']} {row['LAST']}", row["ADDRESS"]
    lookup = "/v1/premiums/lookup"
    return [
        await http.post(lookup, json={"number": row["SSN"], "name": name}),
        await http.post(lookup, json={"number": "110101199003078515", "name": name}),
        await http.post(lookup, json={"number": row["SSN"], "name": name, "address": home}),
        await http.post(lookup, content=f'{{"name": "{name}", "number": {row["SSN"]}'),
        await http.post("/v1/premiums/quotes", json={"bill_id": home}),
    ]


async def _read_chain(rpc: RpcClient, seen: Seen) -> None:
    """Keep the call data of all transactions of all blocks, and all logs."""
    last = int(await rpc.call("eth_blockNumber"), 16)
    for start in range(0, last + 1, BLOCKS_AT_ONCE):
        numbers = range(start, min(start + BLOCKS_AT_ONCE, last + 1))
        calls = [("eth_getBlockByNumber", (hex(number), True)) for number in numbers]
        for block in await rpc.batch(calls, timeout_s=60.0):
            seen.call_data += [unhex(one["input"]) for one in block["transactions"]]
    everything = {"fromBlock": "0x0", "toBlock": "latest"}
    for log in await rpc.call("eth_getLogs", everything, timeout_s=60.0):
        seen.events.append(b"".join(map(unhex, log["topics"])) + unhex(log["data"]))


def unhex(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


class KeepUrls:
    """Keeps path and query of every request."""

    def __init__(self, app: ASGIApp, kept: list[str]) -> None:
        self._app, self._kept = app, kept

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self._kept.append(f"{scope['path']}?{scope['query_string'].decode()}")
        await self._app(scope, receive, send)


def patients() -> list[dict[str, str]]:
    with (FOLDER / "patients.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def forms_of(word: str) -> list[bytes]:
    """Return how a word could be written: plain, without signs, as hex, or as a bare hash."""
    plain = word.encode()
    bare = "".join(sign for sign in word if sign.isalnum()).encode()
    hashes = [digest(one) for one in {plain, bare} for digest in (keccak, _sha256)]
    texts = {plain.lower(), bare.lower(), word.lower().encode("utf-16-le")}
    return [*texts, *(one.hex().encode() for one in (plain, *hashes)), *hashes]


def _sha256(data: bytes) -> bytes:
    return sha256(data).digest()


def caught(words: Sequence[str], where: Sequence[bytes]) -> list[str]:
    """Return the words that are in any of the pieces, whatever their case."""
    haystack = b"\0".join(where)
    folded = haystack.lower()
    return [
        word for word in words if any(one in haystack or one in folded for one in forms_of(word))
    ]


@pytest.fixture(scope="module")
def words() -> list[str]:
    people = [one.person for one in load_manifest().members if one.person is not None]
    made_up = [word for one in people for word in (one.number, one.name)]
    return synthea.bait(FOLDER) + made_up


class TestSearch:
    """A search that finds nothing must be able to find something."""

    @pytest.mark.parametrize(
        "planted",
        [b"..Mann644..", b"MANN644", "Mann644".encode("utf-16-le"), b"Mann644".hex().encode(),
         keccak(b"Mann644"), _sha256(b"Mann644")],
    )  # fmt: skip
    def test_planted_word__is_found_in_every_form(self, planted: bytes) -> None:
        assert caught(["Gene733", "Mann644"], [b"something", planted]) == ["Mann644"]

    def test_number_without_its_dashes__is_found(self) -> None:
        assert caught(["999-45-3308"], [b"x999453308x"]) == ["999-45-3308"]

    def test_bait__holds_names_numbers_and_addresses(self, words: list[str]) -> None:
        row = patients()[0]
        assert {row["FIRST"], row["LAST"], row["SSN"], row["ADDRESS"]} <= set(words)
        assert len(words) > 4 * PATIENTS


class TestBait:
    """M07: after the whole set is run, none of the bait is where others can see it."""

    def test_run__was_a_whole_one(self, seen: Seen) -> None:
        """M07: what is searched below holds all claims, all patients and refused requests."""
        assert (seen.equal, seen.registered) == (LINES, PATIENTS)
        assert set(seen.answers) <= {400, 404, 422, 429}
        assert len(seen.answers) == 5 * PATIENTS
        assert len(seen.call_data) > 20
        assert len(seen.events) > LINES
        assert len(seen.urls) > 5 * PATIENTS
        assert "/v1/premiums/lookup" in seen.logged

    def test_people_of_the_devnet_file__are_found_by_number_and_name(self, seen: Seen) -> None:
        """S50: a newcomer can try the look-up, and sees a masked name."""
        assert seen.found == ["安**", "白**", "白**"]

    def test_call_data_of_all_transactions__holds_none(self, seen: Seen, words: list[str]) -> None:
        assert caught(words, seen.call_data) == []

    def test_events__hold_none(self, seen: Seen, words: list[str]) -> None:
        assert caught(words, seen.events) == []

    def test_urls__hold_none(self, seen: Seen, words: list[str]) -> None:
        assert caught(words, [one.encode() for one in seen.urls]) == []

    def test_log_lines__hold_none(self, seen: Seen, words: list[str]) -> None:
        assert caught(words, [seen.logged.encode()]) == []
