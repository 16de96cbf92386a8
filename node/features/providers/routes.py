"""Organisations: the payee directory, registration, contracts."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Depends, Query
from fastapi.responses import Response

from node.api.deps import CallerDep, service
from node.api.idempotency import Money
from node.api.pagination import Page, PageDep, list_route, shown_page
from node.api.pairs import MoneyRouter
from node.api.schemas import shapes
from node.api.schemas.base import AccountPath, AccountQuery
from node.api.tags import IfNoneMatch, tagged_model
from node.desk.intents import PreparedIntent
from node.domain.kinds import ProviderType
from node.domain.parties import OrganisationKind, SignerKind
from node.features.providers.access import ACCESS
from node.features.providers.schemas import (
    ContractRequest,
    OrganisationDetailOut,
    OrganisationOut,
    ProviderRequest,
)
from node.features.providers.service import NewOrganisation, ProvidersService
from node.intents.messages import IntentKind
from node.readmodels.organisations import DirectoryFilter, OrganisationRow

router = MoneyRouter("/v1/providers", tag="providers", access=ACCESS)
ProvidersDep = Annotated[ProvidersService, Depends(service(ProvidersService))]

Type = Annotated[
    Literal["HOSPITAL", "CLINIC", "PHARMACY"] | None,
    Query(alias="type", description="Only those of this type."),
]
RegionLabel = Annotated[
    str | None,
    Query(
        max_length=16,
        pattern=shapes.PRINTABLE_OR_EMPTY,
        description="Only those of this region, such as 110000.",
    ),
]
LevelLabel = Annotated[
    str | None,
    Query(
        max_length=16,
        pattern=shapes.PRINTABLE_OR_EMPTY,
        description="Only those of this level, such as 3.",
    ),
]


@router.get(
    "", **list_route("listProviders", "List the providers that can be paid", Page[OrganisationOut])
)
async def providers(
    *,
    providers: ProvidersDep,
    page: PageDep,
    provider_type: Type = None,
    region: RegionLabel = None,
    level: LevelLabel = None,
    insurer_id: AccountQuery = None,
) -> Page[OrganisationOut]:
    """Return active contracted providers by type: the only payees there are (S44)."""
    wanted = DirectoryFilter(
        provider_type=provider_type, region=region, level=level, insurer=insurer_id
    )
    found = await providers.directory(wanted, page)
    return shown_page(found, lambda row: OrganisationOut(**shown_organisation(row)))


@router.get(
    "/{provider_id}",
    operation_id="readProvider",
    summary="Read an organisation",
    response_model=OrganisationDetailOut,
)
async def provider(
    provider_id: AccountPath, providers: ProvidersDep, if_none_match: IfNoneMatch = None
) -> Response:
    """Return an organisation of any status and who contracts it."""
    row, insurers = await providers.find(provider_id)
    shown = OrganisationDetailOut(**shown_organisation(row), insurer_ids=insurers)
    return tagged_model(shown, known=if_none_match)


@router.prepare("", "prepareProvider", "Prepare an organisation or a contract")
async def prepare_provider(
    asked: ProviderRequest, caller: CallerDep, providers: ProvidersDep
) -> PreparedIntent:
    """Prepare the registration of an organisation, or a contract with a provider."""
    if isinstance(asked, ContractRequest):
        return await providers.prepare_contract(
            caller, actor=asked.actor_id, provider=asked.provider_id, contracted=asked.contracted
        )
    organisation = NewOrganisation(
        kind=OrganisationKind[asked.kind],
        provider_type=ProviderType[asked.provider_type],
        level=asked.level,
        region=asked.region,
        settlement_account=asked.settlement_account_id,
        signer_key=asked.signer.key,
        signer_kind=SignerKind[asked.signer.kind],
    )
    return await providers.prepare_registration(
        caller, actor=asked.actor_id, organisation=organisation
    )


@router.submit(
    "",
    "registerProvider",
    "Register an organisation or a contract",
    kinds=(IntentKind.REGISTER_ORGANISATION, IntentKind.CONTRACT_PROVIDER),
)
async def register_provider(money: Money) -> None:
    """Hand in a signed registration or contract."""
    # The contract on chain checks the actor's kind.


def shown_organisation(row: OrganisationRow) -> dict[str, Any]:
    """Return an organisation as it is answered."""
    return {
        "organisation_id": row.organisation,
        "kind": row.kind,
        "status": row.status,
        "provider_type": row.provider_type,
        "level": row.level,
        "region": row.region,
        "settlement_account_id": row.settlement_account,
        "registered_at": row.registered_at,
        "block_number": row.block_number,
    }
