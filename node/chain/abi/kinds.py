"""Closed word lists of the chain that the domain does not need; the numbers of contracts/src."""

import enum


class SignerStatus(enum.IntEnum):
    """Answer of a signer look-up; FROZEN covers a frozen signer and a frozen account."""

    UNKNOWN = 0
    ACTIVE = 1
    FROZEN = 2


class Purpose(enum.IntEnum):
    """Why money moved: part of the public record."""

    NONE = 0
    DEPOSIT = 1
    WITHDRAWAL = 2
    TRANSFER_SENT = 3
    TRANSFER_ACCEPTED = 4
    TRANSFER_RETURNED = 5
    PREMIUM = 6
    PREMIUM_REFUND = 7
    CLAIM = 8
    CLAIM_REVERSAL = 9
    FUND_TRANSFER = 10
    CORRECTION = 11
    CLEARING = 12
    INCENTIVE = 13
    GRANT = 14


class HoldState(enum.IntEnum):
    """State of a hold; all but OPEN are final."""

    NONE = 0
    OPEN = 1
    POSTED = 2
    VOIDED = 3
    EXPIRED = 4


class PlanStatus(enum.IntEnum):
    """State of a plan version; APPROVED versions never change."""

    NONE = 0
    PROPOSED = 1
    APPROVED = 2


class PlanKind(enum.IntEnum):
    """Which rules a plan version holds."""

    BENEFIT = 0
    PREMIUM = 1
