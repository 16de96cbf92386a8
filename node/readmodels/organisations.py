"""Organisations and contracts: the provider directory (S44)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import exists, select

from node.db.models.parties import Officer, Organisation, ProviderContract
from node.db.models.wallets import Fund
from node.db.pages import ACCOUNT_PART, PageOf, PageRequest, page_of
from node.db.unit_of_work import UnitOfWork
from node.domain.parties import OrganisationKind, OrganisationStatus


class OrganisationRow(NamedTuple):
    """An organisation as registered; times are Unix seconds."""

    organisation: str
    kind: str
    status: str
    provider_type: str
    level: str
    region: str
    settlement_account: str
    registered_at: int
    block_number: int


class OfficerRow(NamedTuple):
    """For whom an officer acts, with a mask of OfficerRole."""

    organisation: str
    roles: int


class OfficerOf(NamedTuple):
    """An officer of an organisation, with a mask of OfficerRole."""

    officer: str
    roles: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryFilter:
    """What is looked for; None = any."""

    provider_type: str | None = None
    region: str | None = None
    level: str | None = None
    insurer: str | None = None


_COLUMNS = (
    *(Organisation.organisation, Organisation.kind, Organisation.status),
    *(Organisation.provider_type, Organisation.level, Organisation.region),
    *(Organisation.settlement_account, Organisation.registered_at, Organisation.block_number),
)


def find_organisation(unit: UnitOfWork, account: str) -> OrganisationRow | None:
    """Return an organisation of any kind and status, None if there is none."""
    row = unit.execute(select(*_COLUMNS).where(Organisation.organisation == account)).first()
    return None if row is None else OrganisationRow._make(row)


def insurer_regions(unit: UnitOfWork) -> list[str]:
    """Return the regions in which an insurer works."""
    query = select(Organisation.region).where(Organisation.kind == OrganisationKind.INSURER.name)
    return list(unit.execute(query.distinct()).scalars())


def find_officer(unit: UnitOfWork, account: str) -> OfficerRow | None:
    """Return an officer, None if there is none."""
    query = select(Officer.organisation, Officer.roles).where(Officer.officer == account)
    row = unit.execute(query).first()
    return None if row is None else OfficerRow._make(row)


def officers_of(unit: UnitOfWork, organisation: str) -> list[OfficerOf]:
    """Return who acts for an organisation."""
    query = select(Officer.officer, Officer.roles).where(Officer.organisation == organisation)
    return [OfficerOf._make(row) for row in unit.execute(query.order_by(Officer.officer))]


def list_providers(
    unit: UnitOfWork, wanted: DirectoryFilter, request: PageRequest
) -> PageOf[OrganisationRow]:
    """Return active providers with a contract, by id."""
    contract = exists().where(
        ProviderContract.provider == Organisation.organisation,
        ProviderContract.contracted.is_(True),
        *([ProviderContract.insurer == wanted.insurer] if wanted.insurer else ()),
    )
    query = select(*_COLUMNS).where(
        Organisation.kind == OrganisationKind.PROVIDER.name,
        Organisation.status == OrganisationStatus.ACTIVE.name,
        contract,
    )
    for column, value in (
        (Organisation.provider_type, wanted.provider_type),
        (Organisation.region, wanted.region),
        (Organisation.level, wanted.level),
    ):
        if value is not None:
            query = query.where(column == value)
    if (after := request.key(ACCOUNT_PART)) is not None:
        query = query.where(Organisation.organisation > after[0])
    rows = unit.execute(query.order_by(Organisation.organisation).limit(request.limit + 1)).all()
    return page_of(rows, request, build=OrganisationRow._make, key=lambda row: (row.organisation,))


def insurers_of(unit: UnitOfWork, provider: str) -> list[str]:
    """Return who contracts a provider now."""
    query = select(ProviderContract.insurer).where(
        ProviderContract.provider == provider, ProviderContract.contracted.is_(True)
    )
    return list(unit.execute(query.order_by(ProviderContract.insurer)).scalars())


def providers_of(unit: UnitOfWork, insurer: str) -> list[str]:
    """Return whom an insurer contracts or ever contracted: their receivables may still hold."""
    query = select(ProviderContract.provider).where(ProviderContract.insurer == insurer)
    return list(unit.execute(query.order_by(ProviderContract.provider)).scalars())


def contractors_of(unit: UnitOfWork, provider: str) -> list[str]:
    """Return who contracts a provider or ever did."""
    query = select(ProviderContract.insurer).where(ProviderContract.provider == provider)
    return list(unit.execute(query.order_by(ProviderContract.insurer)).scalars())


def is_fund_of(unit: UnitOfWork, *, account: str, insurer: str) -> bool:
    """Whether an account is a fund that an insurer runs."""
    query = select(Fund.account).where(Fund.account == account, Fund.insurer == insurer)
    return unit.execute(query).first() is not None
