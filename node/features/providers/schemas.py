"""Shapes of organisations and the payee directory."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, Tag

from node.api.schemas import shapes
from node.api.schemas.base import Account, In, Out, chosen_by
from node.features.members.schemas import SignerRequest

KindName = Literal["PROVIDER", "INSURER", "EMPLOYER", "CHANNEL", "AUDITOR", "OPERATOR"]
ProviderTypeName = Literal["NONE", "HOSPITAL", "CLINIC", "PHARMACY"]
Level = Annotated[str, Field(pattern=shapes.PRINTABLE_OR_EMPTY, max_length=16, examples=["3"])]
Region = Annotated[str, Field(pattern=shapes.PRINTABLE, max_length=12, examples=["110000"])]


class RegistrationRequest(In):
    """A new organisation, registered by the operator under a new random account id."""

    actor_id: Account
    kind: KindName
    provider_type: ProviderTypeName = "NONE"
    level: Level = ""
    region: Region
    settlement_account_id: Account | None = None
    signer: SignerRequest


class ContractRequest(In):
    """An insurer contracts a provider, or ends the contract."""

    actor_id: Account
    provider_id: Account
    contracted: bool


ProviderRequest = Annotated[
    Annotated[ContractRequest, Tag("#contract")] | Annotated[RegistrationRequest, Tag("#register")],
    chosen_by("contracted", present="#contract", absent="#register"),
]


class OrganisationOut(Out):
    """An organisation as registered."""

    organisation_id: Account
    kind: str
    status: str
    provider_type: str
    level: str
    region: str
    settlement_account_id: Account
    registered_at: int
    block_number: int


class OrganisationDetailOut(OrganisationOut):
    """An organisation and who contracts it now."""

    insurer_ids: list[Account]
