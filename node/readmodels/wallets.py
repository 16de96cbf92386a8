"""Wallets as their owners see them: balances, holds, transfers, funds (S01); see `entries`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import and_, func, select

from node.db.models.members import FamilyLink
from node.db.models.wallets import (
    AccountFreeze,
    Entry,
    Fund,
    Transfer,
    Wallet,
)
from node.db.pages import PageOf, PageRequest, page_of
from node.db.unit_of_work import UnitOfWork
from node.domain.kinds import Pocket
from node.readmodels.network import BlockRef, final_head
from node.readmodels.records import builder_of, built, query_for


@dataclass(frozen=True, slots=True)
class PocketRow:
    """Fen in one pocket; total = available + held. A counter may be negative."""

    pocket: int
    available_fen: int
    held_fen: int
    is_counter: bool


@dataclass(frozen=True, slots=True)
class FamilyShare:
    """MEDICAL money of a holder that may pay this member's care."""

    holder: str
    relation: str
    available_fen: int


@dataclass(frozen=True, slots=True)
class Balance:
    """Everything one balance query says, at one final block."""

    account: str
    pockets: tuple[PocketRow, ...]
    family: tuple[FamilyShare, ...]
    frozen: bool
    block: BlockRef


@dataclass(frozen=True, slots=True)
class TransferRow:
    """A wallet transfer; LAPSED is for readers what the next sweep makes RETURNED."""

    digest: str
    position: int
    sender: str
    receiver: str
    amount_fen: int
    returns_at: int
    state: str
    sent_at: int
    ended_at: int | None


@dataclass(frozen=True, slots=True)
class FundRow:
    """A named fund account and what is in it."""

    account: str
    region: str
    scheme: str
    kind: str
    insurer: str
    available_fen: int
    held_fen: int


def balance(unit: UnitOfWork, account: str) -> Balance | None:
    """Return all pockets of an account at the final block; None before the first block."""
    block = final_head(unit)
    if block is None:
        return None
    query = query_for(PocketRow, Wallet).where(Wallet.account == account).order_by(Wallet.pocket)
    known = {row.pocket: built(PocketRow, row) for row in unit.execute(query)}
    pockets = tuple(known.get(int(p), PocketRow(int(p), 0, 0, False)) for p in Pocket)
    frozen = select(AccountFreeze.frozen).where(AccountFreeze.account == account)
    return Balance(
        account=account,
        pockets=pockets,
        family=family_shares(unit, account),
        frozen=bool(unit.execute(frozen).scalar_one_or_none()),
        block=block,
    )


def balance_at(unit: UnitOfWork, account: str, *, block_number: int) -> dict[int, int]:
    """Return available + held per pocket after a block, from the entries (P05)."""
    latest = (
        select(Entry.pocket, func.max(Entry.position).label("position"))
        .where(Entry.account == account, Entry.block_number <= block_number)
        .group_by(Entry.pocket)
        .subquery()
    )
    same = and_(Entry.account == account, Entry.position == latest.c.position)
    query = select(Entry.pocket, Entry.balance_fen).join(latest, same)
    return {row.pocket: row.balance_fen for row in unit.execute(query)}


def family_shares(unit: UnitOfWork, relative: str) -> tuple[FamilyShare, ...]:
    """Return the holders whose MEDICAL pocket may pay for a member."""
    in_pocket = and_(Wallet.account == FamilyLink.holder, Wallet.pocket == int(Pocket.MEDICAL))
    query = (
        select(FamilyLink.holder, FamilyLink.relation, func.coalesce(Wallet.available_fen, 0))
        .outerjoin(Wallet, in_pocket)
        .where(FamilyLink.relative == relative, FamilyLink.active.is_(True))
        .order_by(FamilyLink.holder)
    )
    return tuple(built(FamilyShare, row) for row in unit.execute(query))


def transfers(
    unit: UnitOfWork,
    account: str,
    request: PageRequest,
    *,
    direction: Literal["SENT", "RECEIVED"] = "SENT",
) -> PageOf[TransferRow]:
    """Return wallet transfers of an account, newest first."""
    owner = Transfer.sender if direction == "SENT" else Transfer.receiver
    query = query_for(TransferRow, Transfer).where(owner == account)
    if (after := request.key(int)) is not None:
        query = query.where(Transfer.position < after[0])
    rows = unit.execute(query.order_by(Transfer.position.desc()).limit(request.limit + 1)).all()
    build = builder_of(TransferRow)
    return page_of(rows, request, build=build, key=lambda row: (row.position,))


def transfer(unit: UnitOfWork, digest: str) -> TransferRow | None:
    """Return one wallet transfer."""
    row = unit.execute(query_for(TransferRow, Transfer).where(Transfer.digest == digest)).first()
    return None if row is None else built(TransferRow, row)


def due_transfers(unit: UnitOfWork, *, at: int, limit: int) -> list[tuple[str, int]]:
    """Return (sender, returns_at) of pending transfers that lapsed at a moment."""
    query = (
        select(Transfer.sender, Transfer.returns_at)
        .where(Transfer.state == "PENDING", Transfer.returns_at <= at)
        .order_by(Transfer.returns_at)
        .limit(limit)
    )
    return [(row.sender, row.returns_at) for row in unit.execute(query)]


def funds(unit: UnitOfWork, *, region: str | None = None) -> list[FundRow]:
    """Return the named funds with their money, by region, scheme and kind."""
    in_cash = and_(Wallet.account == Fund.account, Wallet.pocket == int(Pocket.CASH))
    query: Any = (
        select(
            *(Fund.account, Fund.region, Fund.scheme, Fund.kind, Fund.insurer),
            func.coalesce(Wallet.available_fen, 0),
            func.coalesce(Wallet.held_fen, 0),
        )
        .outerjoin(Wallet, in_cash)
        .order_by(Fund.region, Fund.scheme, Fund.kind)
    )
    if region is not None:
        query = query.where(Fund.region == region)
    return [built(FundRow, row) for row in unit.execute(query)]


def money_sums(unit: UnitOfWork) -> dict[str, int]:
    """Return Σ of all balances: money (CASH and MEDICAL) and points, each 0 (INV of the ledger)."""
    query = select(Wallet.pocket, func.sum(Wallet.available_fen + Wallet.held_fen)).group_by(
        Wallet.pocket
    )
    sums = {pocket: int(total) for pocket, total in (tuple(row) for row in unit.execute(query))}
    money = sums.get(int(Pocket.CASH), 0) + sums.get(int(Pocket.MEDICAL), 0)
    return {"money_fen": money, "points": sums.get(int(Pocket.POINTS), 0)}
