"""Whom an intent is about: the account in the path must be the one that was signed."""

from __future__ import annotations

from node.desk.intents import Submission
from node.domain.errors import NotOwner, RequiredRelation


def require_actor(submission: Submission, account: str) -> None:
    """Make sure that an intent is of an account. Errors: NotOwner."""
    actor = submission.signed.intent.actor
    if actor != account:
        raise NotOwner(actor, account, RequiredRelation.ACCOUNT_HOLDER, field="/intent/actor")


def require_subject(submission: Submission, account: str, *, name: str) -> None:
    """Make sure that a field of an intent's body names an account. Errors: NotOwner.

    A body without that field belongs to another kind, which the desk refuses.
    """
    intent = submission.signed.intent
    if getattr(intent.body, name, account) != account:
        relation = RequiredRelation.ACCOUNT_HOLDER
        raise NotOwner(intent.actor, account, relation, field=f"/intent/body/{name}")
