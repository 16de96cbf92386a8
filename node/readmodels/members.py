"""Members, their guardians and family links, as the registry says at the last block read."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import or_, select

from node.db.models.members import FamilyLink, Guardian, Member
from node.db.unit_of_work import UnitOfWork
from node.domain.kinds import Relation
from node.readmodels.records import known_of


class MemberRow(NamedTuple):
    """A member account; nothing personal. `categories` is a mask, times are Unix seconds."""

    account: str
    categories: int
    opened_by: str
    opened_at: int
    wallet_opened_at: int | None
    block_number: int


class GuardianRow(NamedTuple):
    """Who signs for a minor, until a policy day."""

    guardian: str
    until_day: int


class WardRow(NamedTuple):
    """For whom somebody signs, until a policy day."""

    member: str
    until_day: int


class FamilyLinkRow(NamedTuple):
    """A link: the relative's care may be paid from the holder's MEDICAL pocket."""

    holder: str
    relative: str
    relation: str
    active: bool
    linked_at: int
    ended_at: int | None
    block_number: int


def find_member(unit: UnitOfWork, account: str) -> MemberRow | None:
    """Return a member, None if there is none."""
    row = unit.execute(
        select(
            *(Member.account, Member.categories, Member.opened_by, Member.opened_at),
            *(Member.wallet_opened_at, Member.block_number),
        ).where(Member.account == account)
    ).first()
    return None if row is None else MemberRow._make(row)


def known_members(unit: UnitOfWork, accounts: Collection[str]) -> set[str]:
    """Return which of many accounts are members."""
    return known_of(unit, Member.account, accounts)


def guardians_of(unit: UnitOfWork, member: str) -> list[GuardianRow]:
    """Return who signs for a member."""
    query = select(Guardian.guardian, Guardian.until_day).where(Guardian.member == member)
    return [GuardianRow._make(row) for row in unit.execute(query.order_by(Guardian.guardian))]


def wards_of(unit: UnitOfWork, guardian: str, *, day: int) -> list[WardRow]:
    """Return for whom an account may sign on a policy day."""
    query = select(Guardian.member, Guardian.until_day).where(
        Guardian.guardian == guardian, Guardian.until_day > day
    )
    return [WardRow._make(row) for row in unit.execute(query.order_by(Guardian.member))]


def links_of(unit: UnitOfWork, account: str) -> list[FamilyLinkRow]:
    """Return the links in which an account is holder or relative, ended ones too."""
    query = (
        select(
            *(FamilyLink.holder, FamilyLink.relative, FamilyLink.relation, FamilyLink.active),
            *(FamilyLink.linked_at, FamilyLink.ended_at, FamilyLink.block_number),
        )
        .where(or_(FamilyLink.holder == account, FamilyLink.relative == account))
        .order_by(FamilyLink.holder, FamilyLink.relative)
    )
    return [FamilyLinkRow._make(row) for row in unit.execute(query)]


def relation_between(unit: UnitOfWork, first: str, second: str) -> Relation:
    """Return the relation of an active link in either direction, NONE without one."""
    for row in links_of(unit, first):
        if row.active and second in (row.holder, row.relative):
            return Relation[row.relation]
    return Relation.NONE
