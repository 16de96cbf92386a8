"""What a newcomer copies works: programs of examples/ and shell blocks of README.md, as they stand.

One sandbox for all of them, started the way README.md says.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from node.devnet.network.local import free_port
from tests.fixtures.gateway.sandbox_process import (
    SandboxProcess,
    plain_environment,
    sandbox_process,
)
from tests.fixtures.guide import steps_of
from tests.fixtures.tools import ROOT, require_tool

EXAMPLES = ROOT / "examples"
LIMIT_S = 200


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """Start one sandbox for all tests of the module."""
    with sandbox_process(tmp_path_factory.mktemp("newcomer") / "home") as found:
        yield found


def ran(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a program in the root of the repository."""
    return subprocess.run(
        [str(word) for word in command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT_S,
        env=plain_environment(),
    )


def place(sandbox: SandboxProcess) -> tuple[str, ...]:
    """Return the options that say where the chain and its contracts are."""
    chain = sandbox.access["chain"]
    return "--rpc", chain["rpc_url"], "--directory", chain["directory"]


@pytest.fixture(scope="module")
def day(sandbox: SandboxProcess) -> dict[str, dict[str, Any]]:
    """Run the hospital's day and return its steps."""
    done = ran(sys.executable, EXAMPLES / "hospital.py", "--tokens", sandbox.tokens_file)
    assert done.returncode == 0, done.stdout + done.stderr
    steps = [json.loads(line) for line in done.stdout.splitlines()]
    return {one["step"]: one for one in steps}


class TestHospital:
    def test_first_day__ends_with_a_receipt(self, day: dict[str, dict[str, Any]]) -> None:
        """S04, S44: registered, contracted, quoted, signed by both, settled, and proved."""
        order = [
            "registered",
            "contracted",
            "premium paid",
            "visit",
            "quoted",
            "settled",
            "receipt",
        ]
        assert list(day) == order
        quoted = day["quoted"]
        borne = ("provider_fen", "pooled_fen", "big_illness_fen", "aid_fen", "member_fen")
        assert day["visit"]["total_fen"] == quoted["total_fen"] == sum(quoted[one] for one in borne)
        assert day["receipt"]["state"] == "ISSUED"

    def test_second_day__needs_no_premium(
        self, sandbox: SandboxProcess, day: dict[str, dict[str, Any]]
    ) -> None:
        done = ran(sys.executable, EXAMPLES / "hospital.py", "--tokens", sandbox.tokens_file)
        steps = [json.loads(line)["step"] for line in done.stdout.splitlines()]
        assert steps == [one for one in day if one != "premium paid"], done.stderr

    def test_no_gateway__is_told_without_a_traceback(self, sandbox: SandboxProcess) -> None:
        nobody = f"http://127.0.0.1:{free_port()}"
        program = (sys.executable, EXAMPLES / "hospital.py", "--tokens", sandbox.tokens_file)
        done = ran(*program, "--api", nobody)
        assert (done.returncode, "is the sandbox up?" in done.stderr) == (1, True)


@pytest.fixture(scope="module")
def report(sandbox: SandboxProcess, day: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Audit the chain with ethers."""
    require_tool("ethers")
    options = ("--abi", "node/artifacts", "--claim", day["receipt"]["claim_id"])
    done = ran("node", EXAMPLES / "audit.mjs", *place(sandbox), *options)
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


class TestAudit:
    def test_two_libraries__print_the_same_report(
        self, sandbox: SandboxProcess, report: dict[str, Any]
    ) -> None:
        """S55, M13: web3.py and ethers read one chain and agree to the letter."""
        options = ("--abi", "node/artifacts", "--claim", report["claim"]["claim_id"])
        done = ran(sys.executable, EXAMPLES / "audit.py", *place(sandbox), *options,
                   "--block", str(report["block"]))  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        assert json.loads(done.stdout) == report

    def test_balances__follow_from_the_events(self, report: dict[str, Any]) -> None:
        sums = report["sum_of_money_fen"], report["sum_of_points"], report["different"]
        assert sums == (0, 0, [])
        assert report["accounts"] > 10
        assert {one["kind"] for one in report["funds"]} >= {"POOLED", "BIG_ILLNESS", "SUBSIDY"}
        for fund in report["funds"]:
            assert fund["balance_fen"] == fund["received_fen"] - fund["paid_fen"] >= 0

    def test_claim__is_the_one_the_hospital_settled(
        self, report: dict[str, Any], day: dict[str, dict[str, Any]]
    ) -> None:
        """M13: event, figures, movements and signed lines say what the gateway said."""
        claim = report["claim"]
        assert (claim["claim_id"], claim["digest"]) == (
            day["receipt"]["claim_id"],
            day["settled"]["digest"],
        )
        assert claim["provider"] == day["registered"]["account"]
        figures = claim["figures_fen"]
        assert (figures["total"], figures["member"]) == (
            day["quoted"]["total_fen"],
            day["quoted"]["member_fen"],
        )
        assert [line["class"] for line in claim["lines"]] == ["A", "B"]
        assert (claim["state"], set(claim["checks"].values())) == ("SETTLED", {True})

    @pytest.mark.parametrize("program", [(sys.executable, "audit.py"), ("node", "audit.mjs")])
    def test_claim_that_nobody_settled__is_not_called_sound(
        self, sandbox: SandboxProcess, report: dict[str, Any], program: tuple[str, str]
    ) -> None:
        interpreter, name = program
        wanted = "0x" + "ab" * 32
        done = ran(interpreter, EXAMPLES / name, *place(sandbox), "--abi", "node/artifacts",
                   "--block", str(report["block"]), "--claim", wanted)  # fmt: skip
        assert (done.returncode, f"no claim {wanted}" in done.stderr) == (1, True)

    def test_refusals__are_explained_by_the_errors_of_the_abis(
        self, report: dict[str, Any]
    ) -> None:
        names = [one.partition("(")[0] for one in report["refusals"]["calls"]]
        assert names == ["AddressUnknown", "UseIntent", "CoverageUnknown"]

    def test_forged_abi__makes_the_audit_fail(
        self, sandbox: SandboxProcess, report: dict[str, Any], tmp_path: Path
    ) -> None:
        """An audit that cannot fail proves nothing: here it takes payers for receivers."""
        shutil.copytree(ROOT / "node/artifacts", tmp_path / "abi")
        forged = tmp_path / "abi" / "WalletLedger.json"
        document = json.loads(forged.read_text())
        for part in document["abi"]:
            if part.get("name") == "Transfer":
                part["inputs"][1]["name"], part["inputs"][2]["name"] = "receiver", "sender"
        forged.write_text(json.dumps(document))
        done = ran(sys.executable, EXAMPLES / "audit.py", *place(sandbox), "--abi",
                   tmp_path / "abi", "--block", str(report["block"]))  # fmt: skip
        assert (done.returncode, "Traceback" in done.stderr) == (1, False)


class TestReadme:
    """The shell blocks of README.md, with the sandbox's ports and folders in place of the usual."""

    def step(self, name: str, sandbox: SandboxProcess, tmp_path: Path) -> str:
        """Run a block and return what it printed."""
        script = steps_of(ROOT / "README.md")[name]
        swaps = {
            "http://127.0.0.1:8080": sandbox.access["api"],
            ".devnet/": f"{sandbox.home}/",
            "build/first": str(tmp_path / "first"),
            ".venv/bin/yibao": f"{sys.executable} -m node",
        }
        for usual, own in swaps.items():
            script = script.replace(usual, own)
        done = ran("bash", "-euo", "pipefail", "-c", script)
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def test_six_calls__answer(self, sandbox: SandboxProcess, tmp_path: Path) -> None:
        answers = documents(self.step("calls", sandbox, tmp_path))
        assert len(answers) == 6
        claim = answers[3]["items"][0]
        shown = json.loads(
            re.search(r"^```json\n(.*?)^```", (ROOT / "README.md").read_text(), re.M | re.S)[1]
        )
        assert set(shown) <= set(claim)
        assert set(shown["settlement"]) <= set(claim["settlement"])
        # The story is the same on every start, and so are its figures.
        assert shown["settlement"].items() <= claim["settlement"].items()

    def test_money__moves(self, sandbox: SandboxProcess, tmp_path: Path) -> None:
        """S04: prepared, signed by a key file and posted as it stands; the wallet has it."""
        before = documents(self.step("money", sandbox, tmp_path))[-1]
        state, after = documents(self.step("money", sandbox, tmp_path))[-2:]
        assert state["state"] == "FINAL"
        cash = [one["pockets"]["CASH"]["total_fen"] for one in (before, after)]
        assert cash[1] - cash[0] == 5_000

    def test_recorded_receipt__is_proved(self, sandbox: SandboxProcess, tmp_path: Path) -> None:
        assert self.step("verify", sandbox, tmp_path).startswith("proved")


def documents(text: str) -> list[dict[str, Any]]:
    """Return the JSON objects that a block printed one behind the other."""
    found: list[dict[str, Any]] = []
    decoder = json.JSONDecoder()
    while (start := text.find("{")) >= 0:
        document, end = decoder.raw_decode(text[start:])
        found.append(document)
        text = text[start + end :]
    return found
