"""The ABI of a contract or interface decodes every error that a call of it can end in."""

import re
from typing import Any

import pytest

from node import artifacts
from scripts.abi_errors import with_called_errors
from tests.architecture.solidity import Source, error_values, read_sources
from tests.fixtures.tools import ROOT

SOURCES = read_sources(ROOT / "contracts")
# The ledger's manual advises its callers to raise it.
OF_CALLERS = {"IWalletLedger": {"FundInsufficient"}}
INTERFACES = sorted(path.stem for path in (ROOT / "contracts/src/interfaces").glob("I*.sol"))


def errors_of(name: str) -> set[str]:
    """Return the names of the errors in an artifact's ABI."""
    return {part["name"] for part in artifacts.load(name)["abi"] if part["type"] == "error"}


def promised(source: Source, declared: set[str]) -> set[str]:
    """Return the errors that the comments of an interface name."""
    return set(re.findall(r"`([A-Z]\w+)(?:\([^`]*\))?`", source.text)) & declared


class TestErrorsOfAbis:
    @pytest.mark.parametrize("name", INTERFACES)
    def test_interface__decodes_every_error_its_manual_names(self, name: str) -> None:
        declared = set(error_values(SOURCES))
        wanted = promised(SOURCES[f"src/interfaces/{name}.sol"], declared)
        assert wanted - OF_CALLERS.get(name, set()) <= errors_of(name)

    @pytest.mark.parametrize("name", INTERFACES)
    def test_contract__decodes_what_its_interface_decodes(self, name: str) -> None:
        assert errors_of(name.removeprefix("I")) <= errors_of(name)

    def test_router__decodes_the_reason_of_any_refused_intent(self) -> None:
        assert set(error_values(SOURCES)) <= errors_of("IIntentRouter")


def made(name: str, *errors: str, kind: str = "contract", size: int = 200) -> dict[str, Any]:
    """Return an artifact that raises errors of its own."""
    return {
        "contractName": name,
        "kind": kind,
        "linkReferences": {},
        "deployedBytecode": "0x" + "00" * size,
        "abi": [
            {"type": "constructor"},
            *({"type": "error", "name": error, "inputs": []} for error in errors),
            {"type": "function", "name": "f"},
        ],
    }


TEXTS = {
    "IBank": "interface IBank {}",
    "Vault": 'import { IBank } from "./IBank.sol"; contract Vault is IBank {}',
    "Shop": "contract Shop { IBank private bank; /* IOther here */ }",
    "Watcher": "error Late(uint256 at);\ncontract Watcher { bytes4 a = IBank.pay.selector; }",
}


class TestCalledErrors:
    def completed(self, **changed: str) -> dict[str, list[str]]:
        """Return the names of the errors in each ABI."""
        given = {
            "IBank": made("IBank", kind="interface"),
            "Vault": made("Vault", "Empty"),
            "Shop": made("Shop", "Closed"),
            "Watcher": made("Watcher"),
        }
        texts = {name: [{**TEXTS, **changed}[name]] for name in given}
        found = with_called_errors(given, texts)
        assert with_called_errors(found, texts) == found, "a second pass changes nothing"
        assert found["Shop"]["abi"][0]["type"] == "constructor"
        return {
            name: [part["name"] for part in one["abi"] if part["type"] == "error"]
            for name, one in found.items()
        }

    def test_called_contract__gives_its_errors_to_caller_and_interface(self) -> None:
        assert self.completed() == {
            "IBank": ["Empty"],
            "Vault": ["Empty"],
            "Shop": ["Closed", "Empty"],
            "Watcher": [],
        }

    def test_call_that_is_gone__takes_its_errors_with_it(self) -> None:
        assert self.completed(Shop="contract Shop { /* IBank */ }")["Shop"] == ["Closed"]

    def test_error_told_by_its_selector__is_decoded_too(self) -> None:
        changed = TEXTS["Watcher"].replace("a =", "b = Late.selector; bytes4 a =")
        assert self.completed(Watcher=changed)["Watcher"] == ["Late"]
