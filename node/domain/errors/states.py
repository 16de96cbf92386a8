"""Refusals of a state machine, beyond the catalogue.

The catalogue names the frequent ones (`BillAlreadyPaid`, `ClaimNotSettled`, `HoldEnded`); these say
that anything else is refused. Where a contract raises them, its error has the same name.
"""

# The catalogue gives the names: no suffix.

from __future__ import annotations

from dataclasses import dataclass

from node.domain.errors.base import Conflict


@dataclass(eq=False)
class ClaimStateInvalid(Conflict):
    """The state of the claim does not allow this event."""

    claim_id: str
    state: str


@dataclass(eq=False)
class BillStateInvalid(Conflict):
    """The state of the bill does not allow this event."""

    bill_id: str
    state: str


@dataclass(eq=False)
class VisitStateInvalid(Conflict):
    """The state of the visit does not allow this event."""

    visit_id: str
    state: str


@dataclass(eq=False)
class TransactionStateInvalid(Conflict):
    """The transaction cannot go from one state to the other."""

    state: str
    target: str


@dataclass(eq=False)
class AlreadyExists(Conflict):
    """There is one with this id already."""

    subject: str


@dataclass(eq=False)
class RefundNotAllowed(Conflict):
    """The reason does not allow a refund at this time."""

    bill_id: str
    reason: str
