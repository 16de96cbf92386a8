"""Shapes of what a caller is told about itself."""

from __future__ import annotations

from pydantic import ConfigDict

from node.api.schemas.base import (
    ACCOUNT_EXAMPLE,
    DIGEST_EXAMPLE,
    PROVIDER_EXAMPLE,
    Account,
    Day,
    Out,
)
from node.api.schemas.base import example as shown
from node.api.schemas.coverages import CoverageOut
from node.api.schemas.members import FamilyLinkOut, GuardianOut
from node.api.schemas.premiums import BillOut
from node.api.schemas.wallets import PocketsOut
from node.domain.kinds import Pocket

_POCKETS = {
    name: {"available_fen": 12_345, "held_fen": 655, "total_fen": 13_000}
    for name in Pocket.__members__
}
_COVERAGE = {
    "member": ACCOUNT_EXAMPLE, "scheme": "RESIDENT", "coverage": "ACTIVE", "start": "2026-01-01",
    "end": "2027-01-01", "care_from": "2026-01-01", "insurer": PROVIDER_EXAMPLE,
    "member_kind": "ADULT", "region": "110000", "tenure_years": 3, "bill_id": DIGEST_EXAMPLE,
    "block_number": 1204,
}  # fmt: skip


class TokenOut(Out):
    """The token of this request: its label and its end in Unix milliseconds, null without one."""

    label: str
    created_at_ms: int
    expires_at_ms: int | None


class WardOut(Out):
    """A minor for whom the caller signs, up to and without a day."""

    member: Account
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

    officer: Account
    roles: list[str]


class MyOrganisationOut(Out):
    """The own organisation; `insurers` are those that contract a provider now, null for others."""

    kind: str
    status: str
    provider_type: str
    level: str
    region: str
    settlement_account: Account
    officers: list[OfficerOut]
    insurers: list[Account] | None


class MeOut(Out):
    """Who the token of this request acts as.

    People have `member`, organisations `organisation`; both are null while the chain does not know
    the account in that role.
    """

    model_config = ConfigDict(
        json_schema_extra=shown(
            {"role": "MEMBER", "account": ACCOUNT_EXAMPLE, "day": "2026-03-02",
             "token": {"label": "phone", "created_at_ms": 1_772_416_800_000,
                       "expires_at_ms": None},
             "member": {"name": "A**", "categories": [], "wallet_open": True, "pockets": _POCKETS,
                        "family_medical_fen": 30_000, "coverages": [_COVERAGE], "guardians": [],
                        "wards": [{"member": PROVIDER_EXAMPLE, "until": "2031-05-01"}],
                        "family_links": [], "bills": []},
             "organisation": None}
        )
    )  # fmt: skip

    role: str
    account: Account
    day: Day
    token: TokenOut
    member: MyMemberOut | None
    organisation: MyOrganisationOut | None
