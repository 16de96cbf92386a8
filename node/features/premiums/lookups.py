"""Finding open bills by number and name: one fixed answer for every wrong pair, few tries (S50).

A wrong pair costs the same work as a right one, so that nobody learns from the answer or its time
whether a number is insured.
"""

from __future__ import annotations

from dataclasses import dataclass

from node.db.repositories import lookup_attempts
from node.db.repositories.identities import IdentityVault
from node.db.unit_of_work import Database, UnitOfWork
from node.desk.callers import Caller
from node.desk.clock import Clock
from node.domain.days import Day, day_of
from node.domain.errors import NameMismatch, RateLimited
from node.domain.ids import NO_ACCOUNT
from node.domain.members import identity_number, mask_name
from node.readmodels.premiums import BillRow, open_bills

WINDOW_MS = 3_600_000
TRIES_OF_CALLER = 20
TRIES_WITH_NUMBER = 10


@dataclass(frozen=True, slots=True)
class Found:
    """Whose bills they are, masked, and what is still to pay on a policy day."""

    masked_name: str
    day: Day
    bills: list[BillRow]


class LookupsService:
    """Answers who has the right pair, and counts every try."""

    def __init__(self, database: Database, *, clock: Clock, vault: IdentityVault) -> None:
        self._database = database
        self._clock = clock
        self._vault = vault

    async def open_bills(self, caller: Caller, *, number: str, name: str) -> Found:
        """Return the open bills of whom number and name belong to.

        Errors: InvalidIdentityNumber (its form says so to anybody), RateLimited, NameMismatch for
        every wrong pair.
        """
        number = identity_number(number)
        vault = self._vault
        await self._count(caller, vault.try_hash(number))

        def read(unit: UnitOfWork) -> tuple[str | None, list[BillRow]]:
            known = vault.find_pair(unit, number, name)
            return (known and mask_name(known.name)), open_bills(
                unit, NO_ACCOUNT if known is None else known.member
            )

        masked, bills = await self._database.read(read)
        if masked is None:
            raise NameMismatch
        return Found(masked, day_of(self._clock.network_s()), bills)

    async def _count(self, caller: Caller, number_hash: str) -> None:
        now_ms = self._clock.now_ms()
        padded = f"0x{'0' * 24}{caller.account[2:]}"
        limits = ((padded, TRIES_OF_CALLER), (number_hash, TRIES_WITH_NUMBER))

        def count(unit: UnitOfWork) -> None:
            lookup_attempts.forget_tries(unit, until_ms=now_ms - WINDOW_MS)
            for subject, limit in sorted(limits):
                lookup_attempts.hold_subject(unit, subject)
                _require_tries(unit, subject, limit=limit, now_ms=now_ms)
            for subject, _ in limits:
                lookup_attempts.add_try(unit, subject, now_ms=now_ms)

        await self._database.write(count)


def _require_tries(unit: UnitOfWork, subject: str, *, limit: int, now_ms: int) -> None:
    tries = lookup_attempts.tries_since(unit, subject, since_ms=now_ms - WINDOW_MS)
    if len(tries) >= limit:
        left_ms = tries[-limit] + WINDOW_MS - now_ms
        raise RateLimited(-(-left_ms // 1000))
