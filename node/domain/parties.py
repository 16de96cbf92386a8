"""Kinds of organisations, officers and signers, numbered as in contracts/src/types/Parties.sol."""

from __future__ import annotations

import enum


class SignerKind(enum.IntEnum):
    """Curve of a signer's key."""

    SECP256K1 = 0
    P256 = 1


class OrganisationKind(enum.IntEnum):
    """What an organisation is; it decides which intents it may sign."""

    NONE = 0
    PROVIDER = 1
    INSURER = 2
    EMPLOYER = 3
    CHANNEL = 4
    AUDITOR = 5
    OPERATOR = 6


class OrganisationStatus(enum.IntEnum):
    """ACTIVE organisations may act; SUSPENDED ones keep their money and history."""

    NONE = 0
    ACTIVE = 1
    SUSPENDED = 2


class OfficerRole(enum.IntFlag):
    """What an officer may do, as bits of a mask."""

    PLANS = 1
    PAUSE = 2
    CORRECTION = 4
    REVIEW = 8


class ActionKind(enum.IntEnum):
    """What two officers can decide together, numbered as in IActionRegistry.sol."""

    NONE = 0
    PAUSE = 1
    UNPAUSE = 2
    CORRECT = 3
