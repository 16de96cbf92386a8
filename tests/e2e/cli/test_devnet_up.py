"""`devnet up`, `reset`: the story as lines, two sandboxes at once, a home in use (P27, S04).

One sandbox of this module is a process of its own, as people start it; a second one beside it runs
in this process.
"""

import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from node.config import PREFIX
from node.devnet.client.gateway import GatewayClient
from node.devnet.client.story_wording import StepName
from node.devnet.home.lock import is_claimed
from node.devnet.network.local import ROOT, free_port
from tests.e2e.cli.conftest import Cli, Ran
from tests.fixtures.chain.anvil import require_anvil

FUNDS = ("pooled_fen", "big_illness_fen", "aid_fen", "supplementary_fen")
BESIDE = "--home DIR --port N --chain-port N"
KEPT = {"gateway.env", "tokens.json", "relayer.key", "yibao.sqlite3"}
"""In a home from the start on; the chain's state follows within ten seconds."""
OF_THE_CLINIC = ("visit_recorded", "claim_quoted", "claim_reversed")
Steps = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Place:
    """A home and ports for one sandbox."""

    home: Path
    port: int
    chain_port: int

    def options(self) -> tuple[str, ...]:
        return ("--home", str(self.home), "--port", str(self.port),
                "--chain-port", str(self.chain_port))  # fmt: skip


@dataclass(frozen=True)
class Running:
    """A sandbox that runs, and what its story said."""

    place: Place
    process: "subprocess.Popen[str]"
    lines: list[str]

    def access(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.place.home / "tokens.json").read_text())
        return found


def new_place(folder: Path) -> Place:
    return Place(folder / "home", free_port(), free_port())


def steps_of(lines: list[str]) -> Steps:
    return {one["step"]: one for one in map(json.loads, lines)}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Start a sandbox whose story is told in Chinese, because the locale is, and keep it up."""
    require_anvil()
    place = new_place(tmp_path_factory.mktemp("first"))
    clean = {name: one for name, one in os.environ.items() if not name.startswith(PREFIX)}
    command = [sys.executable, "-m", "node", "devnet", "up", "--json", *place.options()]
    with (
        (place.home.parent / "stderr").open("w") as errors,
        subprocess.Popen(
            command,
            cwd=ROOT,
            env=clean | {"LC_ALL": "zh_CN.UTF-8", "PYTHONUTF8": "1", "COLUMNS": "80"},
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in StepName]
        while "Ctrl-C" not in (place.home.parent / "stderr").read_text():
            assert process.poll() is None, (place.home.parent / "stderr").read_text()
            time.sleep(0.05)
        yield Running(place, process, lines)
        process.kill()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Choose where the second sandbox of this module is started, time and again."""
    return new_place(tmp_path_factory.mktemp("second"))


def refused(ran: Ran, code: int, *words: str) -> None:
    """Make sure that a command ended with a line that has all words."""
    told = " ".join(ran.err.split())
    assert ran.code == code, told
    assert [word for word in words if word not in told] == [], told
    assert "Traceback" not in told


def files_of(home: Path) -> set[str]:
    return {one.name for one in home.iterdir()}


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


class TestStory:
    def test_json__is_one_line_per_step_in_order(self, first: Running) -> None:
        documents = [json.loads(line) for line in first.lines]
        assert [one["step"] for one in documents] == [one.value for one in StepName]
        shape = ["step", "title", "text", "amounts", "facts", "reasons", "path"]
        assert {tuple(one) for one in documents} == {tuple(shape)}

    def test_lines__add_up_to_the_fen(self, first: Running) -> None:
        """P27.2, S04: these lines are enough: reasons, funds, balances before and after."""
        steps = steps_of(first.lines)
        amounts = {name: one["amounts"] for name, one in steps.items()}
        assert all(isinstance(fen, int) for one in amounts.values() for fen in one.values())
        claim, premium = amounts["claim_quoted"], amounts["premium_quoted"]
        funds_fen = sum(claim[name] for name in FUNDS)
        reasons = steps["refusals_explained"]["reasons"]
        assert funds_fen + claim["provider_fen"] + claim["member_fen"] == claim["total_fen"]
        assert sum(one["amount_fen"] for one in reasons) == claim["total_fen"] - funds_fen
        assert len({one["code"] for one in reasons}) == len(reasons) == 5
        assert premium["gross_fen"] - premium["subsidy_fen"] == premium["payable_fen"]
        before_fen = amounts["wallet_topped_up"]["cash_fen"]
        left_fen = before_fen - premium["payable_fen"] - claim["cash_fen"]
        assert amounts["balance_read"]["cash_fen"] == left_fen
        assert amounts["balance_restored"]["cash_fen"] == left_fen + claim["cash_fen"]
        assert amounts["receipt_issued"]["amount_fen"] == claim["total_fen"]

    def test_locale_in_chinese__tells_it_in_chinese(self, first: Running) -> None:
        steps = steps_of(first.lines)
        assert steps["member_registered"]["title"] == "参保人已登记"
        assert "起付线" in {one["text"] for one in steps["refusals_explained"]["reasons"]}
        assert "沙盒已启动" in (first.place.home.parent / "stderr").read_text()

    def test_paths__are_answered_to_whoever_acted(self, first: Running) -> None:
        access = first.access()
        for step in steps_of(first.lines).values():
            reader = access["holders"]["CLINIC" if step["step"] in OF_THE_CLINIC else "STORY"]
            proof = {"Authorization": f"Bearer {reader['token']}"}
            asked = urllib.request.Request(access["api"] + step["path"], headers=proof)
            with urllib.request.urlopen(asked, timeout=30) as answer:
                assert answer.status == 200


class TestSecond:
    def test_beside_the_first__is_a_network_of_its_own(
        self, cli: Cli, first: Running, place: Place
    ) -> None:
        """P27.1: other ports and another home are all it takes; this one speaks English."""
        ran = cli("devnet", "up", "--once", "--json", "--lang", "en", *place.options())
        assert ran.code == 0, ran.err
        lines = ran.out.splitlines()
        assert json.loads(lines[0])["title"] == "member registered"
        assert [json.loads(line)["step"] for line in lines] == list(StepName)
        access = json.loads((place.home / "tokens.json").read_text())
        assert access["api"] == f"http://127.0.0.1:{place.port}"
        assert access["chain"]["rpc_url"] == f"http://127.0.0.1:{place.chain_port}"
        assert first.process.poll() is None

    def test_false_trace__ends_the_story_with_exit_1(
        self, cli: Cli, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """S04: figures that do not add up are never told as if they did."""
        honest = GatewayClient.get

        async def lie(self: GatewayClient, path: str, **query: str | int) -> dict[str, Any]:
            answer = await honest(self, path, **query)
            if path.endswith("/trace"):
                answer["lines"][0]["refused"][0]["amount_fen"] -= 1
            return answer

        monkeypatch.setattr(GatewayClient, "get", lie)
        ran = cli("devnet", "up", "--once", "--json", *place.options())
        refused(ran, 1, "FiguresDiffer: what no fund pays: ", "(-1 fen)")
        assert json.loads(ran.out.splitlines()[-1])["step"] == "claim_settled"


class TestAccess:
    def test_file__says_who_calls_and_where(self, first: Running) -> None:
        """P27.2: the members there are, with their tokens."""
        access, place = first.access(), first.place
        assert access["api"] == f"http://127.0.0.1:{place.port}"
        assert access["chain"]["rpc_url"] == f"http://127.0.0.1:{place.chain_port}"
        assert access["chain"]["chain_id"] == 8820
        assert access["chain"]["directory"].startswith("0x")
        assert access["holders"]["AUDITOR"]["role"] == "AUDITOR"
        assert access["holders"]["ANN"]["account"].startswith("0x1")
        mode = (place.home / "tokens.json").stat().st_mode
        assert stat.S_IMODE(mode) == 0o600

    def test_start_table__shows_the_same(self, first: Running) -> None:
        """P27.3: the first line says that there is test money only."""
        told = (first.place.home.parent / "stderr").read_text()
        access = first.access()
        for word in (access["chain"]["rpc_url"], access["chain"]["directory"], "AUDITOR"):
            assert word in told
        assert "只有测试资金" in told
        assert all(one["account"] in told for one in access["holders"].values())
        assert not any(one["token"] in told for one in access["holders"].values())

    def test_auditor__reads_everybody(self, first: Running) -> None:
        access = first.access()
        proof = {"Authorization": f"Bearer {access['holders']['AUDITOR']['token']}"}
        bills = urllib.request.Request(f"{access['api']}/v1/claims", headers=proof)
        with urllib.request.urlopen(bills, timeout=30) as answer:
            assert json.load(answer)["items"]


class TestPorts:
    def test_busy_port_of_the_gateway__names_the_options(
        self, cli: Cli, first: Running, place: Place
    ) -> None:
        busy = Place(place.home, first.place.port, place.chain_port)
        refused(cli("devnet", "up", *busy.options()), 6, "is in use", BESIDE)

    def test_busy_port_of_the_chain__names_the_options(
        self, cli: Cli, first: Running, place: Place
    ) -> None:
        busy = Place(place.home, place.port, first.place.chain_port)
        refused(cli("devnet", "up", *busy.options()), 6, "a chain with id 8820", BESIDE)

    def test_busy_port_of_a_fresh_start__forgets_nothing(
        self, cli: Cli, first: Running, tmp_path: Path
    ) -> None:
        (tmp_path / "gateway.env").write_text("YIBAO_PROFILE=sandbox\n")
        (tmp_path / "chain.json").touch()
        busy = Place(tmp_path, free_port(), first.place.chain_port)
        refused(cli("devnet", "up", "--fresh", *busy.options()), 6, "next step")
        assert (tmp_path / "chain.json").exists()

    @pytest.mark.parametrize("option", ["--port", "--chain-port"])
    @pytest.mark.parametrize("value", ["0", "-1", "70000", "99999999999999999999", "x", "1.5", ""])
    def test_no_port__exits_2_and_names_the_option(
        self, cli: Cli, tmp_path: Path, option: str, value: str
    ) -> None:
        ran = cli("devnet", "up", "--home", tmp_path / "home", f"{option}={value}")
        refused(ran, 2, f"Invalid value for '{option}'")
        assert not (tmp_path / "home").exists()

    def test_ports_of_validators_too_high__exits_2_with_the_bound(
        self, cli: Cli, tmp_path: Path
    ) -> None:
        ran = cli(
            "devnet", "up", "--engine", "validators", "--home", tmp_path, "--chain-port=32760"
        )
        refused(ran, 2, "'--chain-port'", "below 32768")

    def test_one_port_for_both__exits_2(self, cli: Cli, tmp_path: Path) -> None:
        port = free_port()
        ran = cli("devnet", "up", *Place(tmp_path, port, port).options())
        refused(ran, 2, "'--port'", "the port of the chain too")


class TestReset:
    def test_running_sandbox__is_refused_and_goes_on(self, cli: Cli, first: Running) -> None:
        ran = cli("devnet", "reset", "--home", first.place.home)
        refused(
            ran, 5, f"process {first.process.pid}", first.access()["api"], "stop it with Ctrl-C"
        )
        assert files_of(first.place.home) >= KEPT
        with urllib.request.urlopen(first.access()["api"] + "/readyz", timeout=30) as answer:
            assert answer.status == 200

    @pytest.mark.parametrize("more", [(), ("--fresh",)])
    def test_second_start_in_its_home__is_refused(
        self, cli: Cli, first: Running, more: tuple[str, ...]
    ) -> None:
        other = Place(first.place.home, free_port(), free_port())
        ran = cli("devnet", "up", *more, *other.options())
        refused(ran, 5, f"process {first.process.pid}", BESIDE)

    def test_folder_of_other_things__is_left_as_it_is(self, cli: Cli, tmp_path: Path) -> None:
        (tmp_path / "thesis.tex").touch()
        refused(cli("devnet", "reset", "--home", tmp_path), 2, "NotAHome", "next step")
        refused(cli("devnet", "reset", "--home", "/etc"), 2, "NotAHome", "next step")
        assert [one.name for one in tmp_path.iterdir()] == ["thesis.tex"]

    def test_no_folder__has_nothing_to_forget(self, cli: Cli, tmp_path: Path) -> None:
        ran = cli("devnet", "reset", "--home", tmp_path / "none")
        assert (ran.code, "nothing to forget" in ran.err) == (0, True)
        assert not (tmp_path / "none").exists()

    @pytest.mark.skipif(sys.platform != "linux", reason="finds the chain by Linux's means")
    def test_killed_sandbox__is_forgotten_once_its_chain_has_ended(
        self, cli: Cli, first: Running
    ) -> None:
        """P27: the chain saves its state when its starter is gone; the reset comes after that."""
        pid = first.process.pid
        chain = int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])
        # Loads the command, so that the second reset begins before the chain is woken.
        refused(cli("devnet", "reset", "--home", first.place.home), 5, "next step")
        os.kill(chain, signal.SIGSTOP)
        first.process.kill()
        # It has ended and nobody has asked how: so a shell leaves it, and so the lock names it.
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        waking = threading.Timer(1.0, os.kill, (chain, signal.SIGCONT))
        waking.start()
        ran = cli("devnet", "reset", "--home", first.place.home)
        waking.join()
        assert ran.code == 0, ran.err
        while runs(chain):
            time.sleep(0.05)
        assert [one.name for one in first.place.home.iterdir()] == ["devnet.lock"]
        assert not is_claimed(first.place.home)
        again = cli("devnet", "up", "--once", *first.place.options())
        assert again.code == 0, again.err
