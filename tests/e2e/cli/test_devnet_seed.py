"""`devnet seed`: every insurer-paid line of a folder settles on chain to the cent (M13)."""

import csv
import json
import shutil
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from coincurve import PrivateKey

from node.chain.abi.transactions import address_of
from node.cli.devnet import commands as command
from node.devnet.synthea import folder as synthea
from node.devnet.synthea.seed import pooled_of, second_layer_of
from tests.e2e.cli.conftest import Cli, Devnet, Ran
from tests.fixtures.tools import ROOT

FOLDER = ROOT / "tests" / "data" / "synthea"
LINES, PRIMARY, SECONDARY, CHARGES = 155, 1_283_586, 52_328, 2_122_598
# keccak256 of Transfer(address,address,address,uint256,uint256), as ERC-6909 publishes it.
TRANSFER = "0x1b3d7edb2e9c0b0e7c525b20aaaef0f5940d2ed71663c7d39266ecafac728859"

PATIENT = "261ad2a4-7c6f-da54-6a5b-3441beab9a6a"
BLUE_CROSS = "6e2f1a2d-27bd-3701-8d08-dae202c58632"
MEDICAID, ANTHEM = "7c4411ce-02f1-39b5-b9ec-dfbea9ad3c1a", "42c4fca7-f8a9-3cd1-982a-dd9751bf3e2a"
# Blue Cross paid on 5 January, 6 April (in the gap) and 5 October 1975.
NASTY_HISTORY = [
    (MEDICAID, "1975-10-01", "1976-01-01"),
    (ANTHEM, "1974-01-01", "1975-01-05"),
    (BLUE_CROSS, "1975-01-05T08:00:00Z", "1975-01-05T12:00:00Z"),
    (ANTHEM, "1975-01-05T12:00:00Z", "1975-04-06T00:00:00Z"),
    (BLUE_CROSS, "1975-09-01", "1975-10-05"),
    (ANTHEM, "1975-09-10", "1975-09-10"),
    ("nobody", "1975-09-12", "1975-09-20"),
    ("", "1976-02-01", "1976-03-01"),
]
MOVED = 1_000_000
"""What charges get in addition, so that their claims are new to the chain."""


@pytest.fixture
def seed(cli: Cli, devnet: Devnet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Run `devnet seed` against the devnet of this module, whatever runs in the usual home."""
    monkeypatch.setattr(command, "FOLDER", tmp_path / "no home")
    monkeypatch.setattr(command, "load_manifest", lambda: devnet.manifest)

    def run(folder: Path) -> Ran:
        return cli("devnet", "seed", "--data", folder, "--json")

    return run


@pytest.fixture(scope="module")
def first_runs() -> list[Ran]:
    """Hold the first run against the devnet of this module."""
    return []


@pytest.fixture
def settled(seed: Cli, first_runs: list[Ran]) -> Ran:
    """Return the run that settled the shipped folder; whichever test comes first makes it."""
    if not first_runs:
        ran = seed(FOLDER)
        assert ran.code == 0, ran.err
        first_runs.append(ran)
    return first_runs[0]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "set"))


def edit(path: Path, change: Any) -> None:
    """Rewrite the rows of a CSV file: `change(row)` returns whether it is done."""
    with path.open(newline="") as file:
        reader = csv.DictReader(file)
        rows, names = list(reader), list(reader.fieldnames or [])
    next(row for row in rows if change(row))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)


def rpc(devnet: Devnet, method: str, *params: Any) -> Any:
    """Ask the node with the standard library only."""
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    request = urllib.request.Request(
        devnet.url, data=body, headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)["result"]


def sent_by(devnet: Devnet) -> Counter[str]:
    """Sum what left each account over all Transfer logs of the chain."""
    everything = {"fromBlock": "0x0", "toBlock": "latest", "topics": [TRANSFER]}
    sums: Counter[str] = Counter()
    for log in rpc(devnet, "eth_getLogs", everything):
        sums["0x" + log["topics"][1][-40:]] += int(log["data"][2 + 64 :], 16)
    return sums


class TestFolder:
    def test_not_a_synthea_folder__exits_2_and_names_the_file(
        self, cli: Cli, tmp_path: Path
    ) -> None:
        ran = cli("devnet", "seed", "--data", tmp_path)
        assert (ran.code, "patients.csv" in ran.err) == (2, True)

    def test_malformed_amount__exits_2_with_row_and_column(self, seed: Cli, folder: Path) -> None:
        def spoil(row: dict[str, str]) -> bool:
            if row["METHOD"] == "ECHECK":
                row["PAYMENTS"] = "12.345"
            return row["METHOD"] == "ECHECK"

        edit(folder / "claims_transactions.csv", spoil)
        ran = seed(folder)
        assert ran.code == 2
        assert "claims_transactions.csv row " in ran.err
        assert "PAYMENTS" in ran.err

    def test_payer_without_a_rule__exits_2_and_names_it(self, seed: Cli, folder: Path) -> None:
        def rename(row: dict[str, str]) -> bool:
            if found := row["NAME"] == "Medicaid":
                row["NAME"] = "Unheard-of Mutual"
            return found

        edit(folder / "payers.csv", rename)
        ran = seed(folder)
        assert (ran.code, "Unheard-of Mutual" in ran.err) == (2, True)


class TestSeed:
    """On one chain; no test needs another one to have run."""

    def test_shipped_folder__settles_155_of_155(self, settled: Ran) -> None:
        """M13.1: equal to the cent, primary and secondary insurers, totals as published."""
        report = json.loads(settled.out)
        assert (settled.code, report["lines"], report["equal"], report["different"]) == (
            0, LINES, LINES, 0,
        )  # fmt: skip
        totals: Counter[str] = Counter()
        for payer in report["payers"]:
            totals.update({name: sum_ for name, sum_ in payer.items() if name != "name"})
        assert totals["charges"] == CHARGES
        assert totals["primary_in_file"] == totals["primary_on_chain"] == PRIMARY
        assert totals["secondary_in_file"] == totals["secondary_on_chain"] == SECONDARY

    @pytest.mark.usefixtures("settled")
    def test_money_that_left_the_funds__is_that_of_the_file(self, devnet: Devnet) -> None:
        """M13: re-summed from raw transfer logs by code that shares nothing with the indexer."""
        loaded = synthea.load(FOLDER)
        expected: Counter[str] = Counter()
        for line in loaded.insured_lines():
            expected[line.payer] += line.primary or 0
            expected[line.secondary_payer] += line.secondary or 0
        sent = sent_by(devnet)
        found = Counter(
            {one: sent[pooled_of(one)] + sent[second_layer_of(one)] for one in loaded.payers}
        )
        assert +found == +expected
        assert found.total() == PRIMARY + SECONDARY

    @pytest.mark.usefixtures("settled")
    def test_second_run__changes_nothing_and_finds_the_same(
        self, seed: Cli, devnet: Devnet
    ) -> None:
        """M13: running it again sends no transaction."""
        before = sent_by(devnet), transactions(devnet)
        ran = seed(FOLDER)
        assert (ran.code, json.loads(ran.out)["equal"]) == (0, LINES)
        assert (sent_by(devnet), transactions(devnet)) == before

    @pytest.mark.usefixtures("settled")
    def test_altered_amount__exits_1_and_names_the_charge(self, seed: Cli, folder: Path) -> None:
        """M13: one cent more in the file is one line that differs."""
        altered: list[str] = []

        def add_a_cent(row: dict[str, str]) -> bool:
            if row["METHOD"] == "ECHECK":
                whole, _, cents = row["PAYMENTS"].partition(".")
                total = int(whole) * 100 + int(cents.ljust(2, "0")) + 1
                row["PAYMENTS"] = f"{total // 100}.{total % 100:02d}"
                altered.append(row["CLAIMID"])
            return row["METHOD"] == "ECHECK"

        edit(folder / "claims_transactions.csv", add_a_cent)
        ran = seed(folder)
        report = json.loads(ran.out)
        assert (ran.code, report["different"]) == (1, 1)
        (difference,) = report["differences"]
        charged = {line.charge_id: line.claim_id for line in synthea.load(FOLDER).lines}
        assert charged[difference["charge_id"]] == altered[0]


class TestNastyFolder:
    def test_history_with_days_overlaps_and_a_gap__settles_all_but_the_named_lines(
        self, seed: Cli, folder: Path
    ) -> None:
        """M13: one day covers its day, a line in the gap is named, and the others are settled."""
        left_with_one_patient(folder, NASTY_HISTORY)
        ran = seed(folder)
        report = json.loads(ran.out)
        assert (ran.code, report["lines"], report["equal"], report["different"]) == (1, 7, 5, 2)
        gap = "no payer history row of its insurer holds the day"
        assert [(one["charge_id"], one["reason"]) for one in report["unsettled"]] == [
            (83 + MOVED, gap),
            (95 + MOVED, gap),
        ]
        assert all(
            one["place"].startswith("claims_transactions.csv row ") for one in report["unsettled"]
        )
        # Members are enrolled in order: the chain does not take what the file shows too late.
        left_with_one_patient(folder, [*NASTY_HISTORY, (BLUE_CROSS, "1975-04-06", "1975-04-07")])
        again = seed(folder)
        later = json.loads(again.out)
        assert (again.code, later["lines"], later["equal"]) == (1, 7, 5)
        assert {one["charge_id"] for one in later["unsettled"]} == {83 + MOVED, 95 + MOVED}
        for one in later["unsettled"]:
            assert "its coverage is refused: InvalidPeriod(" in one["reason"]


def left_with_one_patient(folder: Path, history: list[tuple[str, str, str]]) -> None:
    """Keep the lines of one patient under another id, claims of other numbers, and a history."""
    path = folder / "claims_transactions.csv"
    with (FOLDER / path.name).open(newline="") as file:
        reader = csv.DictReader(file)
        rows = [row for row in reader if row["PATIENTID"] == PATIENT]
        names = list(reader.fieldnames or [])
    for row in rows:
        row |= {"PATIENTID": "nasty", "CHARGEID": str(int(row["CHARGEID"]) + MOVED)}
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)
    (folder / "patients.csv").write_text("Id\r\nnasty\r\n")
    lines = ["PATIENT,PAYER,START_YEAR,END_YEAR", *(",".join(("nasty", *row)) for row in history)]
    (folder / "payer_transitions.csv").write_text("\ufeff" + "\n".join(lines) + "\n")


def transactions(devnet: Devnet) -> int:
    """Count what the deployer and the relayers have sent."""
    keys = devnet.manifest.chain.keys
    senders = [PrivateKey(keys.secret(index)) for index in (keys.deployer, *keys.relayers)]
    accounts = [address_of(one.public_key) for one in senders]
    return sum(int(rpc(devnet, "eth_getTransactionCount", one, "latest"), 16) for one in accounts)
