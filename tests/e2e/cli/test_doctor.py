"""Doctor: fit for money, or the reason and the next step (P25)."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from node.chain.client import CONTRACT_NAMES
from node.chain.deployment import diagnosis
from node.chain.rpc.json_rpc import RpcClient
from node.devnet.network.local import free_port
from tests.e2e.cli.conftest import Cli, Devnet, Ran

ELSEWHERE = "0x" + "77" * 20


def failed(ran: Ran) -> list[dict[str, Any]]:
    """Return the findings of a run that failed, each with a reason and a next step."""
    findings = [one for one in json.loads(ran.out) if not one["ok"]]
    assert (ran.code, bool(findings)) in ((1, True), (0, False))
    assert all(one["reason"] and one["next_step"] for one in findings)
    return findings


def checks(ran: Ran) -> list[str]:
    return [one["check"] for one in failed(ran)]


@pytest.fixture
def doctor(cli: Cli, devnet: Devnet) -> Cli:
    """Run doctor with the devnet's settings, some of them changed."""

    def run(**changes: object) -> Ran:
        return cli("--env-file", devnet.env_file, "doctor", "--json", **changes)

    return run


class TestDoctor:
    """P25: fails with the reason and the next step, and passes on a fit installation."""

    def test_no_chain__names_the_endpoint(self, doctor: Cli) -> None:
        (one,) = failed(doctor(rpc_url=f"http://127.0.0.1:{free_port()}"))
        assert (one["check"], "no answer" in one["reason"]) == ("chain id", True)

    def test_wrong_chain_id__is_named_and_nothing_else_is_asked(self, doctor: Cli) -> None:
        """P25.1: named with both ids."""
        (one,) = failed(doctor(chain_id=31_337))
        assert one["check"] == "chain id"
        assert "this installation belongs to 31337" in one["reason"]

    def test_directory_without_code__is_named(self, doctor: Cli) -> None:
        (one,) = failed(doctor(directory_address=ELSEWHERE))
        assert (one["check"], ELSEWHERE in one["reason"]) == ("code of NetworkDirectory", True)

    def test_another_contract_as_directory__is_named(self, doctor: Cli, devnet: Devnet) -> None:
        router = router_of(devnet)
        assert checks(doctor(directory_address=router)) == ["code of NetworkDirectory"]

    def test_changed_code__is_named_with_both_hashes(self, doctor: Cli, devnet: Devnet) -> None:
        """P25.2: code that is not what the directory says."""
        router = router_of(devnet)
        with PatchedCode(devnet, router, b"\x60\x00"):
            findings = {one["check"]: one["reason"] for one in failed(doctor())}
        assert "the directory says" in findings["code of IntentRouter"]
        assert "CLAIM" in findings["type hashes"]

    def test_missing_code__is_named(self, doctor: Cli, devnet: Devnet) -> None:
        router = router_of(devnet)
        with PatchedCode(devnet, router, b""):
            findings = {one["check"]: one["reason"] for one in failed(doctor())}
        assert findings["code of IntentRouter"] == f"no code at {router}"

    def test_other_artifact__is_not_the_program_s_contract(
        self, doctor: Cli, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def swapped(name: str) -> dict[str, Any]:
            found = load(name)
            code = found["deployedBytecode"]
            return {**found, "deployedBytecode": code[:-2] + "ff"} if name == ALTERED else found

        load = diagnosis.load
        monkeypatch.setattr(diagnosis, "load", swapped)
        (one,) = failed(doctor())
        assert one["check"] == "code of ClaimSettlement"
        assert f"{ALTERED} at" in one["reason"]

    def test_other_type_hash__names_the_kind(
        self, doctor: Cli, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """P25.3: the kind whose type differs."""
        real = diagnosis.type_hash
        monkeypatch.setattr(
            diagnosis, "type_hash", lambda kind: b"\0" * 32 if kind.name == "ENROL" else real(kind)
        )
        (one,) = failed(doctor())
        assert (one["check"], one["reason"].endswith(": ENROL")) == ("type hashes", True)

    def test_key_without_the_role__names_the_account(self, doctor: Cli, tmp_path: Path) -> None:
        """P25.4: a relayer that may not relay."""
        key = tmp_path / "stranger.key"
        key.write_text("11" * 32)
        (one,) = failed(doctor(relayer_key_file=key))
        assert (one["check"], one["reason"].endswith("lacks the role RELAYER")) == (
            "relayer role",
            True,
        )

    def test_key_file_that_is_missing__is_named(self, doctor: Cli, tmp_path: Path) -> None:
        assert checks(doctor(relayer_key_file=tmp_path / "none.key")) == ["relayer key"]

    def test_clock_far_from_the_chain__is_named(
        self, doctor: Cli, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """P25.5: a clock further off than is allowed."""
        monkeypatch.setattr("node.cli.doctor.SANDBOX_SKEW_S", -1)
        assert checks(doctor()) == ["clock"]

    def test_empty_database__asks_for_the_upgrade(self, doctor: Cli, tmp_path: Path) -> None:
        path = tmp_path / "new.sqlite3"
        (one,) = failed(doctor(database_url=f"sqlite:///{path}"))
        assert (one["check"], one["next_step"]) == ("database", "run yibao db upgrade")
        assert not path.exists()

    def test_slow_backends__are_named(self, doctor: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
        from eth_hash.auto import keccak
        from eth_keys import backends

        class SlowBackend:
            def keccak256(self, _data: bytes) -> bytes:
                return b""

        monkeypatch.setattr(keccak, "hasher", SlowBackend().keccak256)
        monkeypatch.setattr(backends, "get_backend", SlowBackend)
        assert checks(doctor(rpc_url="http://127.0.0.1:1"))[:2] == ["keccak", "secp256k1"]

    def test_healthy__passes_every_check(self, doctor: Cli, cli: Cli, devnet: Devnet) -> None:
        ran = doctor()
        found = {one["check"] for one in json.loads(ran.out)}
        assert failed(ran) == []
        assert found == {
            *("keccak", "secp256k1", "database", "chain id", "clock"),
            *("type hashes", "relayer role", "code of NetworkDirectory"),
            *(f"code of {name}" for name in CONTRACT_NAMES),
        }
        shown = cli("--env-file", devnet.env_file, "doctor")
        assert (shown.code, f"{len(found)} of {len(found)} checks passed" in shown.out) == (0, True)


ALTERED = "ClaimHolds"


def router_of(devnet: Devnet) -> str:
    """Return the router as the directory names it."""
    from node.chain.client import ContractBook

    async def ask() -> str:
        async with RpcClient(devnet.url) as rpc:
            address = devnet.settings()["directory_address"]
            return (await ContractBook.open(rpc, address, block="latest")).router.address

    return asyncio.run(ask())


class PatchedCode:
    """Other code at an address while the block lasts."""

    def __init__(self, devnet: Devnet, address: str, code: bytes) -> None:
        self._url, self._address, self._code = devnet.url, address, "0x" + code.hex()
        self._before = ""

    def __enter__(self) -> None:
        self._before = asyncio.run(self._swap(self._code))

    def __exit__(self, *_: object) -> None:
        asyncio.run(self._swap(self._before))

    async def _swap(self, code: str) -> str:
        async with RpcClient(self._url) as rpc:
            before: str = await rpc.call("eth_getCode", self._address, "latest")
            await rpc.call("anvil_setCode", self._address, code)
            # What is asked next is the newest block, which must have the new code.
            await rpc.call("evm_mine")
            return before
