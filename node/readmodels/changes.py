"""Row changes of one range of blocks, gathered in memory and written in bulk.

Projectors read and replace whole rows by primary key; nothing is written before `flush`, and what
was read once is not read again. Only the indexer uses this.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, select

from node.db.base import Base, table_of
from node.db.models import bills, chain, claims, members, parties, wallets
from node.db.unit_of_work import UnitOfWork

Model = type[Base]
Row = dict[str, Any]
Key = tuple[Any, ...]
LOAD_AT_ONCE = 400

REBUILT: tuple[Model, ...] = (
    *(chain.Block, chain.AppliedEvent, chain.ChainIntent, chain.CancelledNonce),
    *(chain.DirectoryEntry, chain.Action, chain.NetworkFlag, chain.ChainState),
    *(parties.Organisation, parties.ProviderContract, parties.Officer, parties.PlanVersion),
    *(members.Member, members.Signer, members.SignerFreeze, members.Guardian),
    *(members.FamilyLink, members.Coverage),
    *(wallets.Wallet, wallets.Entry, wallets.Hold, wallets.AccountFreeze, wallets.Transfer),
    *(wallets.PendingTransfer, wallets.ChannelMovement, wallets.Fund),
    *(bills.Bill, bills.CoverageGap, bills.PremiumPayment, bills.BillPayment),
    *(bills.PremiumRefund, bills.Receipt),
    *(claims.Claim, claims.ClaimStep, claims.MemberYear, claims.ProviderDebt),
)
"""Every table that follows from the chain alone: dropped and filled again by a rebuild (M17)."""


class _TableChanges:
    """What is known and what is new of one table."""

    def __init__(self, model: Model) -> None:
        table = table_of(model)
        self.model, self.table = model, table
        self.key = tuple(column.name for column in table.primary_key)
        self.blank: Row = dict.fromkeys(column.name for column in table.columns)
        self.rows: dict[Key, Row | None] = {}
        self.changed: dict[Key, Row] = {}
        self.added: list[Row] = []


class Changes:
    """The rows that one range of blocks reads and writes."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._tx = unit
        self._tables: dict[Model, _TableChanges] = {}

    def get(self, model: Model, *key: Any) -> Row | None:
        """Return the row as changed so far, None if there is none. Change it through `put`."""
        known = self._of(model)
        if key not in known.rows:
            columns = known.table.columns
            query = select(known.table).where(
                *(columns[name] == value for name, value in zip(known.key, key, strict=True))
            )
            found = self._tx.execute(query).first()
            known.rows[key] = None if found is None else dict(found._mapping)
        return known.rows[key]

    def find(self, model: Model, *key: Any) -> Row:
        """Return the row. Errors: LookupError, which means that events were missed."""
        row = self.get(model, *key)
        if row is None:
            raise LookupError(f"no row {key} in {model.__name__}")
        return row

    def put(self, model: Model, row: Row) -> None:
        """Write a whole new row; columns that are not named are NULL."""
        known = self._of(model)
        whole = {**known.blank, **row}
        key = tuple(whole[name] for name in known.key)
        known.rows[key] = known.changed[key] = whole

    def save(self, model: Model, key: Key, row: Row) -> None:
        """Write a row that names every column already; the hot form of `put`."""
        known = self._of(model)
        known.rows[key] = known.changed[key] = row

    def patch(self, model: Model, key: Key, **values: Any) -> Row:
        """Change some columns of a row that must exist; return it. Errors: LookupError."""
        row = self.find(model, *key)
        row.update(values)
        self._of(model).changed[key] = row
        return row

    def add(self, model: Model, row: Row) -> None:
        """Append a row whose key is new by construction; it is not read back."""
        known = self._of(model)
        known.added.append({**known.blank, **row})

    def prefetch(self, model: Model, keys: Iterable[Key]) -> None:
        """Read rows that will be needed, many at once; keys share all but their first column."""
        known = self._of(model)
        missing = [key for key in dict.fromkeys(keys) if key not in known.rows]
        first = known.table.columns[known.key[0]]
        for at in range(0, len(missing), LOAD_AT_ONCE):
            part = missing[at : at + LOAD_AT_ONCE]
            known.rows.update(dict.fromkeys(part))
            query = select(known.table).where(first.in_({key[0] for key in part}))
            for found in self._tx.execute(query):
                row = dict(found._mapping)
                key = tuple(row[name] for name in known.key)
                if known.rows.get(key) is None:
                    known.rows[key] = row

    def flush(self) -> None:
        """Write everything."""
        for known in self._tables.values():
            self._tx.insert_many(known.model, known.added)
            self._tx.upsert_many(known.model, list(known.changed.values()))
            known.added, known.changed = [], {}

    def _of(self, model: Model) -> _TableChanges:
        known = self._tables.get(model)
        if known is None:
            known = self._tables[model] = _TableChanges(model)
        return known


def drop_all(unit: UnitOfWork) -> None:
    """Empty every table that a rebuild fills again."""
    for model in REBUILT:
        unit.execute(delete(model))
