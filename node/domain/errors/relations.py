"""In which relation an account must stand to a thing before it may read or move it."""

from __future__ import annotations

import enum


class RequiredRelation(enum.StrEnum):
    """The relation that `NotOwner` misses. A closed list; its texts are in domain/wording.

    Visits, claims, receipts and transactions have none: to strangers they are unknown.
    """

    OWNER = "OWNER"
    """Said by contracts, which name no finer relation."""

    ACCOUNT_HOLDER = "ACCOUNT_HOLDER"
    HOLDER_OR_GUARDIAN = "HOLDER_OR_GUARDIAN"
    ACTOR_OR_OFFICER = "ACTOR_OR_OFFICER"
    CARING_PROVIDER = "CARING_PROVIDER"
    COVERING_INSURER = "COVERING_INSURER"
    REGISTRAR = "REGISTRAR"
    PLAN_INSURER = "PLAN_INSURER"
    REGION_INSURER = "REGION_INSURER"
    FUND_INSURER = "FUND_INSURER"
    BILL_INSURER = "BILL_INSURER"
    BILL_PAYER = "BILL_PAYER"
    BILL_PARTY = "BILL_PARTY"
    PAYS_FOR_MEMBER = "PAYS_FOR_MEMBER"
    MONEY_HOLDER = "MONEY_HOLDER"
    EMPLOYER = "EMPLOYER"
    OFFICER = "OFFICER"
    KEY_HOLDER = "KEY_HOLDER"
    INTENT_ACTOR = "INTENT_ACTOR"
