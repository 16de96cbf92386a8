"""The groups of the description, in the order in which a newcomer needs them.

A route's tag names its group; a tag that is not here fails the build of the description.
"""

from __future__ import annotations

GROUPS: dict[str, str] = {
    "health": "First steps: does the gateway answer, is it fit to serve, and which network is it?",
    "me": "Who am I: the own account, coverage and pockets, wards, links, and what is to be done.",
    "members": "Register a member, see who may sign for it and what it is entitled to.",
    "providers": "Find whom the funds can pay; register organisations and contract providers.",
    "coverages": "Enrol a member for a period and a plan, or end the period early.",
    "premiums": "Issue a bill, find it, quote it, pay it or refund it; employers declare staff.",
    "visits": "Record care as it happens: diagnoses, fee lines, discharge. Nothing is paid yet.",
    "claims": "Quote a visit, settle it with two signatures, see who pays each fen, undo it.",
    "receipts": "Read the numbered proof of every payment as JSON or PDF.",
    "wallets": "Read balances and entries, pay money in and out, and send it to near relatives.",
    "plans": "Read the rules that premiums and claims follow; two officers publish a version.",
    "catalogue": "Look up what care may be charged at which price, or publish a new version.",
    "transactions": "Follow a signed intent from the queue to its final block, or cancel it.",
    "sandbox": "Have an intent signed by a test key. Only in a sandbox, never with real money.",
}


def place_of(tags: list[str]) -> int:
    """Return the place of the group that the first tag names. Errors: LookupError."""
    names = list(GROUPS)
    if not tags or tags[0] not in names:
        raise LookupError(f"{tags}: a route needs the tag of a group in node/api/groups.py")
    return names.index(tags[0])
