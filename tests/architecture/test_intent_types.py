"""Intents have one definition: Solidity structs, compiled ABI, type strings and Python agree."""

import re

from eth_hash.auto import keccak

from node.chain import accounts
from node.chain.deployment.roles import ContractRole
from node.domain.kinds import FundKind, Scheme
from node.intents import bodies
from node.intents.messages import KINDS, IntentKind
from node.intents.schema import PYTHON_NAMES, schema_of, snake_case, type_string
from node.intents.typed_data import type_hash
from tests.fixtures.actors import BANK, CLINIC, INSURER, REGION
from tests.fixtures.evm.world import World
from tests.fixtures.intents.bodies import ALL_KINDS
from tests.fixtures.tools import ROOT

SOURCES = ROOT / "contracts" / "src"
STRUCT = re.compile(r"^struct (\w+) \{\n(.*?)^\}", re.M | re.S)
MEMBER = re.compile(r"^\s+[\w\[\]]+ (\w+);", re.M)
CONSTANT = re.compile(r"uint64 internal constant (\w+) = (\d+);")


def enum_members(text: str, name: str) -> list[str]:
    """Return the members of a Solidity enum in order."""
    found = re.search(rf"enum {name} \{{(.*?)\}}", text, re.S)
    assert found is not None
    return re.findall(r"\b([A-Z][A-Z0-9_]*)\b(?=,|\s*$)", re.sub(r"//.*", "", found[1]), re.M)


def quoted_types(text: str) -> dict[str, str]:
    """Return the type string of each kind as IntentTypes.sol spells it."""
    branches = re.findall(r"IntentKind\.(\w+)\)\s*\{\s*return\s+keccak256\((.*?)\);", text, re.S)
    return {kind: "".join(re.findall(r'"([^"]*)"', literal)) for kind, literal in branches}


class TestDefinition:
    def test_kinds__have_the_same_numbers(self) -> None:
        text = (SOURCES / "types" / "Intents.sol").read_text()
        assert enum_members(text, "IntentKind") == [kind.name for kind in IntentKind]
        assert set(KINDS) == set(ALL_KINDS)

    def test_bodies__have_the_fields_of_their_structs(self) -> None:
        structs = dict(STRUCT.findall((SOURCES / "types" / "Intents.sol").read_text()))
        named = {rule.body.__name__ for rule in KINDS.values()}
        assert named == set(structs) - {"Intent", "IntentSignature"}
        for name in named:
            fields = [snake_case(field) for field in MEMBER.findall(structs[name])]
            assert fields == list(getattr(bodies, name).__slots__), name
        assert not set(PYTHON_NAMES.values()) & set(PYTHON_NAMES)

    def test_type_strings__are_those_of_the_compiled_handlers(self) -> None:
        spelled = quoted_types((SOURCES / "libraries" / "intents" / "IntentTypes.sol").read_text())
        assert spelled == {kind.name: type_string(kind) for kind in ALL_KINDS}

    def test_type_names_and_hashes__are_all_different(self) -> None:
        assert len({KINDS[kind].type_name for kind in ALL_KINDS}) == len(ALL_KINDS)
        assert len({type_hash(kind) for kind in ALL_KINDS}) == len(ALL_KINDS)

    def test_counterparty__is_the_first_word(self) -> None:
        for kind, rule in KINDS.items():
            if rule.counterparty:
                first = schema_of(kind).words[0]
                assert (first.name, first.abi_type) == (rule.counterparty, "address")


class TestDeployedRouter:
    def test_every_kind__has_the_type_hash_of_python(self, world: World) -> None:
        for kind in ALL_KINDS:
            answer = world.call("IntentRouter", "typeHashOf", int(kind))
            assert answer == "0x" + keccak(type_string(kind).encode()).hex(), kind.name


class TestMirrors:
    def test_roles__have_the_numbers_of_solidity(self) -> None:
        found = CONSTANT.findall((SOURCES / "access" / "Roles.sol").read_text())
        ours = {role.name: role.value for role in ContractRole if role is not ContractRole.ADMIN}
        assert {name: int(number) for name, number in found} == ours

    def test_account_ids__are_those_of_solidity(self, world: World) -> None:
        world.create("AccountsHarness")
        pair = (CLINIC.account, INSURER.account)
        expected = {
            ("fund", REGION, 2, 1): accounts.fund(REGION, Scheme.RESIDENT, FundKind.BIG_ILLNESS),
            ("receivable", *pair): accounts.receivable(*pair),
            ("retention", *pair): accounts.retention(*pair),
            ("externalOf", BANK.account): accounts.external_of(BANK.account),
            ("fees",): accounts.fees(),
            ("suspense",): accounts.suspense(),
            ("pointsIssuer",): accounts.points_issuer(),
        }
        for (function, *arguments), account in expected.items():
            assert world.call("AccountsHarness", function, *arguments) == account
        for new, member in ((accounts.new_member_id, True), (accounts.new_organisation_id, False)):
            assert world.call("AccountsHarness", "isMemberId", new()) is member
            assert world.call("AccountsHarness", "isOrganisationId", new()) is not member
