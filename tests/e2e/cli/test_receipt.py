"""`receipt verify`: what is proved in plain words, offline, and how a failure ends (M22)."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_socket

from node.chain.proofs.bundles import ProvedReceipt, check
from node.cli.receipt import GENESIS_FILES
from node.cli.receipt_text import document, lines
from node.validator.home.ceremony import COMET_GENESIS
from node.wire.hexadecimal import to_hex
from tests.e2e.cli.conftest import Cli
from tests.e2e.cli.test_commands import imported_by
from tests.fixtures.actors import ANN, BANK, BEN
from tests.fixtures.proofs.data import BUNDLES, FOLDER, GENESIS, proof_data
from tests.fixtures.tools import ROOT

DATA = proof_data()
FACTS = DATA.facts
DEPOSIT, BALANCE = FOLDER / "deposit.proof", FOLDER / "balance.proof"
NEVER_NEEDED = {
    "aiohttp",
    "eth_abi",
    "rlp",
    "trie",
    "web3",
    "sqlalchemy",
    "fastapi",
    "coincurve",
}


@pytest.fixture(autouse=True)
def _no_network() -> Iterator[None]:
    """Verification needs none; only the socket pair of an event loop is left."""
    pytest_socket.disable_socket(allow_unix_socket=True)
    yield
    pytest_socket.enable_socket()


def spoiled(folder: Path, place: int) -> Path:
    """Return the deposit's proof with one byte flipped."""
    data = bytearray(DEPOSIT.read_bytes())
    data[place] ^= 1
    path = folder / "spoiled.proof"
    path.write_bytes(data)
    return path


class TestNotProved:
    """Exit 1 with the step, 2 for what is no proof or no genesis."""

    def test_flipped_byte__exits_1_with_the_step(self, cli: Cli, tmp_path: Path) -> None:
        """M22.3: told with the step that failed."""
        ran = cli("receipt", "verify", spoiled(tmp_path, -9), "--genesis", GENESIS)
        assert (ran.code, ran.out) == (1, "")
        assert ran.err.startswith("not proved: ")
        assert "(step: receipt)" in ran.err

    def test_flipped_byte__is_told_as_json(self, cli: Cli, tmp_path: Path) -> None:
        path = spoiled(tmp_path, -9)
        ran = cli("receipt", "verify", path, "--genesis", GENESIS, "--json")
        told = json.loads(ran.out)
        assert (ran.code, told["proved"], told["step"]) == (1, False, "receipt")
        assert told["reason"]

    def test_genesis_of_another_network__exits_1(self, cli: Cli, tmp_path: Path) -> None:
        genesis = json.loads(GENESIS.read_text())
        for change, step in (
            ({"chain_id": "yibao-8821"}, "chain"),
            ({"validators": genesis["validators"][:3]}, "validators"),
        ):
            path = tmp_path / "genesis.json"
            path.write_text(json.dumps(genesis | change))
            ran = cli("receipt", "verify", DEPOSIT, "--genesis", path)
            assert (ran.code, f"(step: {step})" in ran.err) == (1, True)

    @pytest.mark.parametrize("data", [b"", b"YBP", b"%PDF-1.7", b"YBP1\xc0", b"YBP2" + b"\x00" * 9])
    def test_other_file__exits_2(self, cli: Cli, tmp_path: Path, data: bytes) -> None:
        path = tmp_path / "other"
        path.write_bytes(data)
        ran = cli("receipt", "verify", path, "--genesis", GENESIS)
        assert (ran.code, ran.out, "not a proof" in ran.err) == (2, "", True)

    def test_genesis_that_is_none__exits_2(self, cli: Cli, tmp_path: Path) -> None:
        path = tmp_path / "genesis.json"
        for text in ("", "[]", "{}", "nothing", '{"chain_id": "x", "validators": []}'):
            path.write_text(text)
            ran = cli("receipt", "verify", DEPOSIT, "--genesis", path)
            assert (ran.code, "no genesis" in ran.err) == (2, True)
        for words in ((), ("--network", tmp_path / "none"), ("--genesis", tmp_path / "none")):
            ran = cli("receipt", "verify", DEPOSIT, *words)
            assert (ran.code, "genesis" in ran.err) == (2, True)
        both = ("--genesis", GENESIS, "--network", tmp_path)
        assert cli("receipt", "verify", DEPOSIT, *both).code == 2

    def test_balance_of_somebody_else__exits_1(self, cli: Cli) -> None:
        words = ("--genesis", GENESIS, "--account", BEN.account)
        ran = cli("receipt", "verify", BALANCE, *words)
        assert (ran.code, "not where WalletLedger keeps" in ran.err) == (1, True)
        assert cli("receipt", "verify", BALANCE, "--genesis", GENESIS, "--account", "BEN").code == 2


class TestProved:
    def test_deposit__is_told_in_plain_words(self, cli: Cli) -> None:
        ran = cli("receipt", "verify", DEPOSIT, "--genesis", GENESIS)
        assert (ran.code, ran.err) == (0, "")
        first, *rest = ran.out.splitlines()
        assert first == "proved"
        told = "\n".join(rest)
        for text in (
            DATA.anchor.chain_id,
            f"block         {FACTS['block']} of 20",
            "4 of 4 validators, voting power 4 of 4",
            FACTS["tx_hash"]["deposit"],
            "outcome       succeeded",
            f"Deposited, by contract {FACTS['contracts']['WalletOperations']}",
            "123,456 fen = 1,234.56 yuan",
            ANN.account,
            BANK.account,
            "not proved    whose contracts these are",
        ):
            assert text in told, text

    def test_deposit__is_told_as_json(self, cli: Cli) -> None:
        ran = cli("receipt", "verify", DEPOSIT, "--genesis", GENESIS, "--json")
        told = json.loads(ran.out)
        assert (ran.code, told["proved"], told["block"]["number"]) == (0, True, FACTS["block"])
        events = {one["event"]: one for one in told["receipt"]["events"]}
        assert events["Deposited"]["fields"]["amount_fen"] == FACTS["amount_fen"]
        assert events["Transfer"]["fields"]["amount_fen"] == FACTS["amount_fen"]
        assert events["Deposited"]["contract"] == FACTS["contracts"]["WalletOperations"]
        signers = [one.address.hex() for one in DATA.anchor.validators]
        assert told["signed"]["signers"] == signers
        assert len(told["genesis_sha256"]) == 64

    def test_balance__is_read_for_its_account(self, cli: Cli) -> None:
        words = ("receipt", "verify", BALANCE, "--genesis", GENESIS)
        told = cli(*words, "--account", ANN.account).out
        assert "available             123,456 fen = 1,234.56 yuan" in told
        assert ANN.account in told
        assert "--account" in cli(*words).out
        shown = json.loads(cli(*words, "--account", ANN.account.upper().replace("X", "x"),
                               "--json").out)["storage"]  # fmt: skip
        assert shown["balances"]["CASH"] == {"available_fen": 123_456, "held_fen": 0}

    @pytest.mark.parametrize("name", BUNDLES)
    def test_every_recorded_proof__is_proved_by_folder_and_home(
        self, cli: Cli, tmp_path: Path, name: str
    ) -> None:
        """M22.1: with every socket closed."""
        for place in GENESIS_FILES:
            network = tmp_path / place.replace("/", "-")
            (network / place).parent.mkdir(parents=True)
            shutil.copyfile(GENESIS, network / place)
            ran = cli("receipt", "verify", FOLDER / f"{name}.proof", "--network", network)
            assert (ran.code, ran.out.splitlines()[0]) == (0, "proved")
        assert str(COMET_GENESIS) in GENESIS_FILES

    def test_changed_set__is_said(self, cli: Cli) -> None:
        ran = cli("receipt", "verify", FOLDER / "changed.proof", "--genesis", GENESIS)
        assert "3 of 4 validators, voting power 3 of 4, after 3 changes" in ran.out

    def test_refused_receipt_and_unknown_event__are_said(self) -> None:
        found = check(DEPOSIT.read_bytes(), DATA.anchor)
        assert isinstance(found.subject, ProvedReceipt)
        odd = replace(found.subject, succeeded=False, logs=((bytes(20), (b"t" * 32,), b"d"),))
        told = "\n".join(lines(document(replace(found, subject=odd), genesis_sha256="")))
        assert "was refused by the contract" in told
        assert "unknown event" in told
        assert to_hex(b"t" * 32) in told
        none = replace(found.subject, logs=())
        assert "events        none" in "\n".join(
            lines(document(replace(found, subject=none), genesis_sha256=""))
        )


class TestProcess:
    """A process of its own: what it imports, and how long it takes."""

    @pytest.fixture(autouse=True)
    def _sockets(self) -> None:
        pytest_socket.enable_socket()

    def test_verify__imports_no_network_database_or_chain_library(self) -> None:
        words = ("receipt", "verify", str(DEPOSIT), "--genesis", str(GENESIS))
        assert not imported_by(*words) & NEVER_NEEDED

    def test_verify__ends_within_five_seconds(self) -> None:
        words = ["receipt", "verify", str(DEPOSIT), "--genesis", str(GENESIS)]
        command = [sys.executable, "-m", "node", *words]
        times = []
        for _ in range(3):
            before = time.perf_counter()
            subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=60)
            times.append(time.perf_counter() - before)
        assert min(times) < 5
        print(f"counts: verified in {min(times):.2f} s, with the start of the program")


class TestProve:
    """A node that does not answer, or that knows nothing, ends with a next step."""

    words = ("--rpc", "http://127.0.0.1:1", "--comet", "http://127.0.0.1:1")

    @pytest.fixture(autouse=True)
    def _sockets(self) -> None:
        pytest_socket.enable_socket()

    def test_no_node__exits_6_with_the_next_step(self, cli: Cli, tmp_path: Path) -> None:
        out = tmp_path / "one.proof"
        tx_hash = FACTS["tx_hash"]["deposit"]
        for more in ((), ("--genesis", GENESIS)):
            ran = cli("receipt", "prove", tx_hash, *self.words, "--out", out, *more)
            assert (ran.code, "next step" in ran.err, out.exists()) == (6, True, False)

    def test_name_of_nothing__exits_4(self, cli: Cli, tmp_path: Path) -> None:
        more = ("--out", tmp_path / "one.proof", "--genesis", GENESIS)
        ran = cli("receipt", "prove", "receipt-7", *self.words, *more)
        assert (ran.code, "0000001204-00017" in ran.err) == (4, True)

    def test_balance_of_no_account__exits_2(self, cli: Cli, tmp_path: Path) -> None:
        more = ("--ledger", "0x12", "--block", "3", "--out", tmp_path / "one.proof")
        ran = cli("receipt", "balance", ANN.account, *self.words, *more)
        assert (ran.code, "40 hex digits" in ran.err) == (2, True)
