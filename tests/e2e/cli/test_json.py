"""`--json`: on every command that reads, one document on stdout, and nothing where it fails."""

import inspect
import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from node.db.schema import upgrade
from node.validator.home.ceremony import local_network
from tests.e2e.cli.conftest import Cli
from tests.fixtures.commands import every_command
from tests.fixtures.tools import ROOT

DATA = ROOT / "tests" / "data"
PROOF = DATA / "proofs" / "deposit.proof"
WORD = DATA / "proofs" / "balance.proof"
GENESIS = DATA / "proofs" / "genesis.json"
READS = {
    "adjudicate",
    "features",
    "doctor",
    "tokens list",
    "db current",
    "organisations list",
    "network status",
    "network doctor",
    "network logs",
    "network validators",
    "receipt verify",
}
ACTS_AND_TELLS_AS_JSON = {
    "tokens issue",
    "indexer rebuild",
    "devnet up",
    "devnet seed",
    "network backup",
    "network snapshot",
    "network restore",
}
ACTS = {
    "sign",
    "serve",
    "keys sandbox",
    "tokens revoke",
    "db upgrade",
    "organisations name",
    "organisations forget",
    "indexer run",
    "relayer run",
    "devnet reset",
    *(f"network {one}" for one in ("install-engines", "init", "collect", "join", "peer", "up")),
    *(f"network {one}" for one in ("kill", "restart", "down", "propose", "vote", "enact")),
    "network report-evidence",
    *(f"validator {one}" for one in ("run", "repair", "new-key", "use-key")),
    "receipt prove",
    "receipt balance",
}
COMMANDS = dict(every_command())


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make what commands read: a database, results of tests, a network that does not run."""
    folder = tmp_path_factory.mktemp("read")
    upgrade(f"sqlite:///{folder / 'known.db'}")
    run = {"format": 2, "suite": "ordinary", "complete": True, "commit": None, "dirty": False}
    run |= {"inputs": [], "digest": None, "clauses": {}, "finished_at": "2026-03-02"}
    (folder / "results.json").write_text(json.dumps(run))
    local_network(folder / "net", validators=1, registry_code=b"\0", base_port=21_100)
    log = folder / "net" / "node0" / "logs" / "geth.log"
    log.parent.mkdir(exist_ok=True)
    log.write_text('{"t":"2026-12-01T08:00:00Z","lvl":"info","msg":"up"}\n')
    return folder


class TestJsonOption:
    def test_every_command__is_known_to_read_or_to_act(self) -> None:
        assert {*READS, *ACTS_AND_TELLS_AS_JSON, *ACTS} == set(COMMANDS)

    def test_option__is_on_every_command_that_reads_and_on_no_other(self) -> None:
        having = {
            words
            for words, function in COMMANDS.items()
            if "as_json" in inspect.signature(function).parameters
        }
        assert having == READS | ACTS_AND_TELLS_AS_JSON

    @pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
    def test_readme__promises_it_where_it_is(self, name: str) -> None:
        (promise,) = [one for one in (ROOT / name).read_text().split("\n\n") if "`--json`" in one]
        assert all(f"`{words}`" in promise for words in READS)
        assert not any(f"`{words}`" in promise for words in ACTS)


class TestDocument:
    @pytest.mark.parametrize(
        ("words", "codes"),
        [
            (("adjudicate", DATA / "adjudication.cases.json"), {0}),
            (("features", "--results", "results.json"), {1}),
            (("doctor",), {1}),
            (("tokens", "list"), {0}),
            (("db", "current"), {0}),
            (("organisations", "list"), {0}),
            (("network", "status", "net"), {1}),
            (("network", "doctor", "net"), {1}),
            (("network", "logs", "net"), {0}),
            (("receipt", "verify", PROOF, "--genesis", GENESIS), {0}),
            (("receipt", "verify", DATA / "proofs/changed.proof", "--genesis", GENESIS), {0, 1}),
            (("receipt", "verify", WORD, "--genesis", GENESIS, "--account", "0x" + "1" * 40), {1}),
            (("receipt", "verify", GENESIS, "--genesis", GENESIS), {2}),
        ],
    )
    def test_command_that_reads__prints_exactly_one_document(
        self, cli: Cli, places: Path, words: Iterable[str | Path], codes: set[int]
    ) -> None:
        made = {one.name for one in places.iterdir()}
        line = [places / one if one in made else one for one in words]
        ran = cli(*line, "--json", database_url=f"sqlite:///{places / 'known.db'}")
        assert ran.code in codes, ran.err
        assert isinstance(json.loads(ran.out), dict | list)

    def test_node_that_does_not_answer__leaves_stdout_empty(self, cli: Cli, places: Path) -> None:
        ran = cli("network", "validators", "--home", places / "net" / "node0", "--json")
        assert (ran.code, ran.out) == (6, "")
