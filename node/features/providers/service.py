"""Organisations: registration by the operator, contracts by insurers, the payee directory (S44)."""

from __future__ import annotations

from dataclasses import dataclass

from node.db.pages import PageOf, PageRequest
from node.db.unit_of_work import Database, UnitOfWork
from node.desk.callers import Caller
from node.desk.intents import IntentDesk, PreparedIntent
from node.desk.readers import AccountNames
from node.domain.errors import MalformedBody, ProviderUnknown
from node.domain.kinds import ProviderType
from node.domain.parties import OrganisationKind, SignerKind
from node.intents.bodies import ContractProvider, RegisterOrganisation
from node.intents.encoding import short_text
from node.intents.messages import IntentKind
from node.readmodels.organisations import (
    DirectoryFilter,
    OrganisationRow,
    find_organisation,
    insurers_of,
    list_providers,
)

LEVEL_BYTES, REGION_BYTES = 16, 12


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrganisation:
    """What is registered; without a settlement account its own account receives its money."""

    kind: OrganisationKind
    provider_type: ProviderType
    level: str
    region: str
    settlement_account: str | None
    signer_key: str
    signer_kind: SignerKind


class ProvidersService:
    """Commands and questions about organisations."""

    def __init__(self, database: Database, *, desk: IntentDesk, names: AccountNames) -> None:
        self._database = database
        self._desk = desk
        self._names = names

    async def prepare_registration(
        self, caller: Caller, *, actor: str, organisation: NewOrganisation
    ) -> PreparedIntent:
        """Prepare a new organisation with a random id.

        Errors: MalformedBody (long texts; a settlement account that is no organisation's).
        """
        account = self._names.new_organisation_id()
        settlement = organisation.settlement_account or account
        if settlement[:3] != account[:3]:
            raise MalformedBody("an organisation's account", field="/settlement_account_id")
        body = RegisterOrganisation(
            organisation=account,
            kind=int(organisation.kind),
            provider_type=int(organisation.provider_type),
            level=short_text(organisation.level, LEVEL_BYTES),
            region=short_text(organisation.region, REGION_BYTES),
            settlement_account=settlement,
            signer_key=organisation.signer_key,
            signer_kind=int(organisation.signer_kind),
        )
        return await self._desk.prepare(
            caller, kind=IntentKind.REGISTER_ORGANISATION, actor=actor, body=body
        )

    async def prepare_contract(
        self, caller: Caller, *, actor: str, provider: str, contracted: bool
    ) -> PreparedIntent:
        """Prepare a contract with a provider, or its end. Errors: ProviderUnknown."""

        def check(unit: UnitOfWork) -> None:
            found = find_organisation(unit, provider)
            if found is None or found.kind != OrganisationKind.PROVIDER.name:
                raise ProviderUnknown(provider, field="/provider_id")

        return await self._desk.prepare(
            caller,
            kind=IntentKind.CONTRACT_PROVIDER,
            actor=actor,
            body=ContractProvider(provider, contracted),
            check=check,
        )

    async def directory(
        self, wanted: DirectoryFilter, request: PageRequest
    ) -> PageOf[OrganisationRow]:
        """Return active contracted providers, the only ones that can be paid."""
        return await self._database.read(lambda unit: list_providers(unit, wanted, request))

    async def find(self, account: str) -> tuple[OrganisationRow, list[str]]:
        """Return an organisation and who contracts it. Errors: ProviderUnknown."""

        def read(unit: UnitOfWork) -> tuple[OrganisationRow, list[str]]:
            found = find_organisation(unit, account)
            if found is None:
                raise ProviderUnknown(account)
            return found, insurers_of(unit, account)

        return await self._database.read(read)
