"""Shapes of what a caller is told about itself."""

from __future__ import annotations

from node.api.schemas.base import (
    Account,
    Day,
    Out,
)
from node.features.coverages.schemas import CoverageOut
from node.features.members.schemas import FamilyLinkOut, GuardianOut
from node.features.premiums.schemas import BillOut
from node.features.wallets.schemas import PocketsOut


class TokenOut(Out):
    """The token of this request: its label and its end in Unix milliseconds, null without one."""

    label: str
    created_at_ms: int
    expires_at_ms: int | None


class WardOut(Out):
    """A minor for whom the caller signs, up to and without a day."""

    member_id: Account
    until: Day


class MyMemberOut(Out):
    """The own member account.

    `coverages` are those of today and later, `bills` those to pay and those paid without an
    enrolment (`coverage: PENDING_ENROLMENT`); both with those of the wards. `family_links` has both
    directions, ended ones too. `name` is masked, and null where this gateway does not know it.
    """

    name: str | None
    categories: list[str]
    wallet_open: bool
    pockets: PocketsOut
    family_medical_fen: int
    coverages: list[CoverageOut]
    guardians: list[GuardianOut]
    wards: list[WardOut]
    family_links: list[FamilyLinkOut]
    bills: list[BillOut]


class OfficerOut(Out):
    """Who acts for the organisation, and what for."""

    officer_id: Account
    roles: list[str]


class MyOrganisationOut(Out):
    """The own organisation; `insurer_ids`: who contracts a provider now, null for other kinds."""

    kind: str
    status: str
    provider_type: str
    level: str
    region: str
    settlement_account_id: Account
    officers: list[OfficerOut]
    insurer_ids: list[Account] | None


class MeOut(Out):
    """Who the token of this request acts as.

    People have `member`, organisations `organisation`; both are null while the chain does not know
    the account in that role.
    """

    role: str
    account_id: Account
    day: Day
    token: TokenOut
    member: MyMemberOut | None
    organisation: MyOrganisationOut | None
