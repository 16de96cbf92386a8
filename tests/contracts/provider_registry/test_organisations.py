"""ProviderRegistry: organisations, contracts with insurers, officers, status."""

from dataclasses import replace

import pytest

from node.domain.kinds import ProviderType
from node.domain.parties import OfficerRole, OrganisationKind
from node.intents.bodies import ContractProvider, RegisterOfficer
from node.intents.encoding import short_text
from tests.fixtures.actors import (
    ANN,
    BANK,
    CLERK,
    CLINIC,
    EMPLOYER,
    GUARD_A,
    INSURER,
    INSURER_2,
    NO_ACCOUNT,
    OFFICER_A,
    OPERATOR,
    REGION,
    Officer,
    Organisation,
    left,
    word,
)
from tests.fixtures.evm.world import World

REGISTRY = "ProviderRegistry"
NEW = Organisation("NEW", provider_type=ProviderType.CLINIC, level="2")
KINDS = {
    OPERATOR: "OPERATOR",
    INSURER: "INSURER",
    EMPLOYER: "EMPLOYER",
    BANK: "CHANNEL",
    CLINIC: "PROVIDER",
}


def padded(account: str) -> str:
    return "0x" + "0" * 24 + account[2:]


def suspend(world: World, organisation: Organisation, status: int = 2) -> None:
    arguments = (organisation.account, status, word("audit"))
    world.transact(REGISTRY, "setStatus", *arguments, sender=world.keeper)


class TestRegister:
    @pytest.mark.parametrize("actor", [INSURER, CLINIC, ANN, GUARD_A])
    def test_other_actor__is_refused(self, world: World, actor: Organisation) -> None:
        with world.reverts("RoleMissing", actor.account, left("OPERATOR")):
            world.handle(REGISTRY, "register", actor, NEW.registration)

    @pytest.mark.parametrize("digit", ["0", "1", "f"])
    def test_id_of_another_kind__is_refused(self, world: World, digit: str) -> None:
        """Nobody registers an organisation under the id of a member or of a fund."""
        account = f"0x{digit}{NEW.account[3:]}"
        with world.reverts("AccountIdInvalid", account):
            body = replace(NEW.registration, organisation=account)
            world.handle(REGISTRY, "register", OPERATOR, body)

    @pytest.mark.parametrize("taken", [CLINIC, OFFICER_A])
    def test_taken_id__is_refused(self, world: World, taken: Organisation) -> None:
        with world.reverts("AlreadyExists", padded(taken.account)):
            body = replace(NEW.registration, organisation=taken.account)
            world.handle(REGISTRY, "register", OPERATOR, body)

    @pytest.mark.parametrize("taken", [CLINIC, OFFICER_A])
    def test_taken_key__is_refused(self, world: World, taken: Organisation) -> None:
        with world.reverts("SignerTaken", taken.signer.key):
            body = replace(NEW.registration, signer_key=taken.signer.key)
            world.handle(REGISTRY, "register", OPERATOR, body)

    @pytest.mark.parametrize(
        ("kind", "provider_type"),
        [
            (OrganisationKind.NONE, ProviderType.NONE),
            (OrganisationKind.NONE, ProviderType.CLINIC),
            (OrganisationKind.PROVIDER, ProviderType.NONE),
            (OrganisationKind.INSURER, ProviderType.HOSPITAL),
        ],
    )
    def test_kind_and_type_that_do_not_fit__are_refused(
        self, world: World, kind: OrganisationKind, provider_type: ProviderType
    ) -> None:
        with world.reverts("KindUnknown", int(kind)):
            body = replace(NEW.registration, kind=kind, provider_type=provider_type)
            world.handle(REGISTRY, "register", OPERATOR, body)

    @pytest.mark.parametrize(
        "account", [ANN.account, "0xf" + "1" * 39, "0x" + "0" * 40], ids=["member", "fund", "none"]
    )
    def test_settlement_account_of_no_organisation__is_refused(
        self, world: World, account: str
    ) -> None:
        """A reversal takes from it, and it is shown to the organisation."""
        with world.reverts("AccountIdInvalid", account):
            body = replace(NEW.registration, settlement_account=account)
            world.handle(REGISTRY, "register", OPERATOR, body)

    def test_new_organisation__is_active_with_its_signer(self, world: World) -> None:
        body = replace(NEW.registration, settlement_account=BANK.account)
        outcome = world.handle(REGISTRY, "register", OPERATOR, body)
        described = {
            "kind": OrganisationKind.PROVIDER,
            "providerType": ProviderType.CLINIC,
            "level": short_text("2", 16),
            "region": REGION,
            "settlementAccount": BANK.account,
        }
        assert outcome.one("OrganisationRegistered").args == {
            "organisation": NEW.account,
            **described,
        }
        assert outcome.one("SignerSet")["key"] == NEW.signer.key
        stored = world.call(REGISTRY, "organisationOf", NEW.account)
        assert stored == [1, 1, 2, short_text("2", 16), REGION, BANK.account]
        assert world.call(REGISTRY, "signerStatus", NEW.account, NEW.signer.key, 0) == 1

    def test_unknown_organisation__is_told(self, world: World) -> None:
        with world.reverts("ProviderUnknown", NEW.account):
            world.call(REGISTRY, "organisationOf", NEW.account)


class TestBootstrap:
    def test_second_operator_by_the_deployer__is_refused(self, world: World) -> None:
        body = replace(NEW, kind=OrganisationKind.OPERATOR, provider_type=0).registration
        with world.reverts("AlreadyExists", left("OPERATOR")):
            world.transact(REGISTRY, "bootstrap", vars_of(body), sender=world.deployer)

    def test_anybody_but_the_deployer__is_refused(self, world: World) -> None:
        with world.reverts("AccessManagedUnauthorized", world.keeper):
            world.transact(REGISTRY, "bootstrap", vars_of(NEW.registration), sender=world.keeper)

    def test_first_organisation__must_be_an_operator(self) -> None:
        world = World.deploy(frozenset({REGISTRY}), operator=None, populate=False)
        with world.reverts("KindUnknown", 1):
            world.transact(REGISTRY, "bootstrap", vars_of(NEW.registration))
        world.transact(REGISTRY, "bootstrap", vars_of(OPERATOR.registration))
        assert world.call(REGISTRY, "activeKindOf", OPERATOR.account) == OrganisationKind.OPERATOR


def vars_of(body: object) -> tuple[object, ...]:
    """Return a body as a tuple."""
    return tuple(getattr(body, name) for name in body.__slots__)  # type: ignore[attr-defined]


class TestKinds:
    @pytest.mark.parametrize(("organisation", "role"), KINDS.items())
    def test_each_organisation__has_its_own_kind_only(
        self, world: World, organisation: Organisation, role: str
    ) -> None:
        account = organisation.account
        world.call(REGISTRY, "requireKind", account, int(organisation.kind))
        assert world.call(REGISTRY, "activeKindOf", account) == organisation.kind
        for other, other_role in KINDS.items():
            if other_role != role:
                with world.reverts("RoleMissing", account, left(other_role)):
                    world.call(REGISTRY, "requireKind", account, int(other.kind))

    def test_no_kind__is_nobodys(self, world: World) -> None:
        for account in (OPERATOR.account, NEW.account):
            with world.reverts("RoleMissing", account, left("")):
                world.call(REGISTRY, "requireKind", account, 0)
        with world.reverts("RoleMissing", OPERATOR.account, left("AUDITOR")):
            world.call(REGISTRY, "requireKind", OPERATOR.account, 5)

    def test_suspended_organisation__has_no_kind_until_restored(self, world: World) -> None:
        suspend(world, CLINIC)
        assert world.call(REGISTRY, "activeKindOf", CLINIC.account) == 0
        with world.reverts("RoleMissing", CLINIC.account, left("PROVIDER")):
            world.call(REGISTRY, "requireKind", CLINIC.account, 1)
        assert world.call(REGISTRY, "signerStatus", CLINIC.account, CLINIC.signer.key, 0) == 2
        suspend(world, CLINIC, 1)
        world.call(REGISTRY, "requireKind", CLINIC.account, 1)
        assert world.call(REGISTRY, "signerStatus", CLINIC.account, CLINIC.signer.key, 0) == 1


class TestSetStatus:
    def test_unknown_organisation__is_refused(self, world: World) -> None:
        with world.reverts("ProviderUnknown", NEW.account):
            suspend(world, NEW)

    def test_no_status__is_refused(self, world: World) -> None:
        with world.reverts("KindUnknown", 0):
            suspend(world, CLINIC, 0)

    def test_anybody_but_the_keeper__is_refused(self, world: World) -> None:
        with world.reverts("AccessManagedUnauthorized", world.nobody):
            arguments = (CLINIC.account, 2, word("audit"))
            world.transact(REGISTRY, "setStatus", *arguments, sender=world.nobody)

    def test_status__is_told(self, world: World) -> None:
        arguments = (CLINIC.account, 2, word("audit"))
        outcome = world.transact(REGISTRY, "setStatus", *arguments, sender=world.keeper)
        expected = {"organisation": CLINIC.account, "status": 2, "reasonCode": word("audit")}
        assert outcome.one("OrganisationStatusSet").args == expected


class TestContractProvider:
    """S44."""

    @pytest.mark.parametrize("actor", [OPERATOR, CLINIC])
    def test_other_actor__is_refused(self, world: World, actor: Organisation) -> None:
        with world.reverts("RoleMissing", actor.account, left("INSURER")):
            body = ContractProvider(CLINIC.account, True)
            world.handle(REGISTRY, "contractProvider", actor, body)

    @pytest.mark.parametrize("provider", [NEW, EMPLOYER, INSURER_2])
    def test_somebody_who_is_no_provider__is_refused(
        self, world: World, provider: Organisation
    ) -> None:
        with world.reverts("ProviderUnknown", provider.account):
            body = ContractProvider(provider.account, True)
            world.handle(REGISTRY, "contractProvider", INSURER, body)

    def test_contract__is_between_two_and_can_end(self, world: World) -> None:
        pair = (CLINIC.account, INSURER_2.account)
        for contracted in (True, False):
            body = ContractProvider(CLINIC.account, contracted)
            outcome = world.handle(REGISTRY, "contractProvider", INSURER_2, body)
            assert outcome.one("ProviderContracted").args == {
                "provider": CLINIC.account,
                "insurer": INSURER_2.account,
                "contracted": contracted,
            }
            assert world.call(REGISTRY, "isContracted", *pair) is contracted
            assert world.call(REGISTRY, "isContracted", CLINIC.account, INSURER.account)

    @pytest.mark.parametrize("suspended", [CLINIC, INSURER])
    def test_suspended_side__stops_the_contract(
        self, world: World, suspended: Organisation
    ) -> None:
        pair = (CLINIC.account, INSURER.account)
        suspend(world, suspended)
        assert not world.call(REGISTRY, "isContracted", *pair)
        with world.reverts("ProviderNotContracted", *pair):
            world.call(REGISTRY, "contractedProvider", *pair)
        suspend(world, suspended, 1)
        assert world.call(REGISTRY, "isContracted", *pair)
        assert world.call(REGISTRY, "contractedProvider", *pair)[1] == CLINIC.account

    def test_no_or_ended_contract__has_no_settlement_account(self, world: World) -> None:
        pair = (CLINIC.account, INSURER_2.account)
        for _ in range(2):
            with world.reverts("ProviderNotContracted", *pair):
                world.call(REGISTRY, "contractedProvider", *pair)
            for contracted in (True, False):
                body = ContractProvider(CLINIC.account, contracted)
                world.handle(REGISTRY, "contractProvider", INSURER_2, body)


class TestOfficers:
    new = Officer("NEW OFFICER", roles=int(OfficerRole.PLANS | OfficerRole.REVIEW))

    @pytest.mark.parametrize("actor", [ANN, NEW, OFFICER_A])
    def test_somebody_who_is_no_organisation__is_refused(
        self, world: World, actor: Organisation
    ) -> None:
        with world.reverts("RoleMissing", actor.account, left("ORGANISATION")):
            world.handle(REGISTRY, "registerOfficer", actor, self.new.registration)

    def test_suspended_organisation__is_refused(self, world: World) -> None:
        suspend(world, INSURER)
        with world.reverts("RoleMissing", INSURER.account, left("ORGANISATION")):
            world.handle(REGISTRY, "registerOfficer", INSURER, self.new.registration)

    def test_id_of_another_kind__is_refused(self, world: World) -> None:
        with world.reverts("AccountIdInvalid", NO_ACCOUNT):
            body = replace(self.new.registration, officer=NO_ACCOUNT)
            world.handle(REGISTRY, "registerOfficer", INSURER, body)

    @pytest.mark.parametrize("taken", [OFFICER_A, CLINIC])
    def test_taken_id__is_refused(self, world: World, taken: Organisation) -> None:
        with world.reverts("AlreadyExists", padded(taken.account)):
            body = replace(self.new.registration, officer=taken.account)
            world.handle(REGISTRY, "registerOfficer", INSURER, body)

    def test_key_of_another_officer__is_refused(self, world: World) -> None:
        """Two officers never share a key, so two approvals are two people's."""
        with world.reverts("SignerTaken", OFFICER_A.signer.key):
            body = replace(self.new.registration, signer_key=OFFICER_A.signer.key)
            world.handle(REGISTRY, "registerOfficer", INSURER, body)

    def test_officer__has_exactly_its_roles(self, world: World) -> None:
        outcome = world.handle(REGISTRY, "registerOfficer", INSURER, self.new.registration)
        account = self.new.account
        expected = {"officer": account, "organisation": INSURER.account, "roles": 9}
        assert outcome.one("OfficerRegistered").args == expected
        for roles in (1, 8, 9):
            assert world.call(REGISTRY, "requireOfficer", account, roles) == INSURER.account
        for roles in (2, 3, 4, 15):
            with world.reverts("RoleMissing", account, left("OFFICER")):
                world.call(REGISTRY, "requireOfficer", account, roles)
        assert world.call(REGISTRY, "signerStatus", account, self.new.signer.key, 0) == 1

    @pytest.mark.parametrize("somebody", [ANN, INSURER, NEW])
    def test_somebody_else__is_no_officer(self, world: World, somebody: Organisation) -> None:
        body = RegisterOfficer(self.new.account, 0, self.new.signer.key, 0)
        world.handle(REGISTRY, "registerOfficer", INSURER, body)
        for roles in (0, 1):
            with world.reverts("RoleMissing", somebody.account, left("OFFICER")):
                world.call(REGISTRY, "requireOfficer", somebody.account, roles)

    def test_officer_of_a_suspended_organisation__is_frozen(self, world: World) -> None:
        suspend(world, INSURER)
        with world.reverts("RoleMissing", CLERK.account, left("OFFICER")):
            world.call(REGISTRY, "requireOfficer", CLERK.account, int(OfficerRole.REVIEW))
        assert world.call(REGISTRY, "signerStatus", CLERK.account, CLERK.signer.key, 0) == 2
        assert world.call(REGISTRY, "signerStatus", GUARD_A.account, GUARD_A.signer.key, 0) == 1


class TestRoles:
    @pytest.mark.parametrize(
        ("function", "actor", "body"),
        [
            ("register", OPERATOR, NEW.registration),
            ("contractProvider", INSURER, ContractProvider(CLINIC.account, True)),
            ("registerOfficer", INSURER, TestOfficers.new.registration),
        ],
    )
    def test_anybody_but_the_router__is_refused(
        self, world: World, function: str, actor: Organisation, body: ContractProvider
    ) -> None:
        with world.reverts("AccessManagedUnauthorized", world.nobody):
            world.handle(REGISTRY, function, actor, body, sender=world.nobody)
