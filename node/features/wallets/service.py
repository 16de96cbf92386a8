"""Wallets: balances, entries, deposits, withdrawals, transfers between relatives (S01, S02, P12).

What is prepared was checked against the read models, so that a request that cannot succeed is
refused before anything is signed; the contract decides in the end.
"""

from __future__ import annotations

from node.db.hot import BalanceAt
from node.db.pages import PageOf, PageRequest
from node.db.unit_of_work import Database, UnitOfWork
from node.desk.access import AccessDecision
from node.desk.callers import Caller
from node.desk.intents import IntentDesk, PreparedIntent
from node.domain.days import day_of
from node.domain.errors import (
    ChainUnavailable,
    InsufficientBalance,
    MemberUnknown,
    ProviderUnknown,
    TransferUnknown,
    WalletNotOpen,
)
from node.domain.ids import AccountId
from node.domain.kinds import Pocket
from node.domain.parties import OrganisationKind
from node.domain.wallets import TransferRequest, send
from node.intents.bodies import AcceptTransfer, Deposit, OpenWallet, TransferMedical, Withdraw
from node.intents.messages import IntentKind
from node.readmodels import transfers
from node.readmodels.entries import EntryFilter, EntryRow, list_entries
from node.readmodels.members import find_member, relation_between
from node.readmodels.organisations import find_organisation


class WalletsService:
    """Commands and questions about the money of one account."""

    def __init__(self, database: Database, *, desk: IntentDesk, access: AccessDecision) -> None:
        self._database = database
        self._desk = desk
        self._access = access

    async def balance(self, caller: Caller, account: str) -> BalanceAt:
        """Return all pockets at the last final block. Errors: NotOwner, ChainUnavailable."""
        if account != caller.account:
            await self._database.read(lambda unit: self._require_seen(unit, caller, account))
        found = await self._database.hot.balance(account)
        if found is None:
            raise ChainUnavailable
        return found

    async def entries(
        self, caller: Caller, account: str, wanted: EntryFilter, request: PageRequest
    ) -> PageOf[EntryRow]:
        """Return entries of an account, newest first. Errors: NotOwner."""

        def read(unit: UnitOfWork) -> PageOf[EntryRow]:
            self._require_seen(unit, caller, account)
            return list_entries(unit, account, wanted, request)

        return await self._database.read(read)

    async def prepare_opening(
        self, caller: Caller, *, account: str, terms_hash: str
    ) -> PreparedIntent:
        """Prepare the opening of the own wallet under terms of that hash. Errors: MemberUnknown."""

        def check(unit: UnitOfWork) -> None:
            if find_member(unit, account) is None:
                raise MemberUnknown(account)

        return await self._desk.prepare(
            caller,
            kind=IntentKind.OPEN_WALLET,
            actor=account,
            body=OpenWallet(terms_hash),
            check=check,
        )

    async def prepare_transfer(
        self, caller: Caller, *, sender: str, receiver: str, amount_fen: int
    ) -> PreparedIntent:
        """Prepare MEDICAL money for a near relative.

        Errors: the transfer's own (WalletNotOpen, NotNearRelative, TransferTooLarge,
        TransferClosedHours, TransferPending, TransferDailyLimit), InsufficientBalance.
        """
        now = self._desk.now_s
        balance = await self._database.hot.balance(sender)

        def check(unit: UnitOfWork) -> None:
            request = TransferRequest(
                sender=AccountId(sender),
                receiver=AccountId(receiver),
                amount_fen=amount_fen,
                relation=relation_between(unit, sender, receiver),
                sender_open=_has_wallet(unit, sender),
                receiver_open=_has_wallet(unit, receiver),
            )
            send(request, transfers.sender_state(unit, sender, now=now), now)
            require_available(balance, sender, pocket=Pocket.MEDICAL, needed_fen=amount_fen)

        return await self._desk.prepare(
            caller,
            kind=IntentKind.TRANSFER_MEDICAL,
            actor=sender,
            body=TransferMedical(receiver, amount_fen),
            check=check,
        )

    async def prepare_acceptance(
        self, caller: Caller, *, receiver: str, sender: str, amount_fen: int
    ) -> PreparedIntent:
        """Prepare the acceptance of what a relative sent. Errors: TransferUnknown."""
        now = self._desk.now_s

        def check(unit: UnitOfWork) -> None:
            waiting = transfers.is_pending(
                unit, sender=sender, receiver=receiver, amount_fen=amount_fen, now=now
            )
            if not waiting:
                raise TransferUnknown(sender, field="/sender_id")

        return await self._desk.prepare(
            caller,
            kind=IntentKind.ACCEPT_TRANSFER,
            actor=receiver,
            body=AcceptTransfer(sender, amount_fen),
            check=check,
        )

    async def prepare_deposit(
        self, caller: Caller, *, account: str, amount_fen: int, notice_hash: str
    ) -> PreparedIntent:
        """Prepare money that a channel received for an account (CASH).

        Errors: MemberUnknown, WalletNotOpen for a member without a wallet.
        """

        def check(unit: UnitOfWork) -> None:
            if find_organisation(unit, account) is not None:
                return
            if find_member(unit, account) is None:
                raise MemberUnknown(account)
            if not _has_wallet(unit, account):
                raise WalletNotOpen(account)

        return await self._desk.prepare(
            caller,
            kind=IntentKind.DEPOSIT,
            actor=caller.account,
            body=Deposit(account, int(Pocket.CASH), amount_fen, notice_hash),
            check=check,
        )

    async def prepare_withdrawal(
        self,
        caller: Caller,
        *,
        account: str,
        channel: str,
        amount_fen: int,
        destination_hash: str,
    ) -> PreparedIntent:
        """Prepare CASH leaving through a channel.

        Errors: WalletNotOpen, ProviderUnknown for an account that is no channel,
        InsufficientBalance.
        """
        balance = await self._database.hot.balance(account)

        def check(unit: UnitOfWork) -> None:
            if not _has_wallet(unit, account):
                raise WalletNotOpen(account)
            found = find_organisation(unit, channel)
            if found is None or found.kind != OrganisationKind.CHANNEL.name:
                raise ProviderUnknown(channel, field="/channel_id")
            require_available(balance, account, pocket=Pocket.CASH, needed_fen=amount_fen)

        return await self._desk.prepare(
            caller,
            kind=IntentKind.WITHDRAW,
            actor=account,
            body=Withdraw(channel, amount_fen, destination_hash),
            check=check,
        )

    def _require_seen(self, unit: UnitOfWork, caller: Caller, account: str) -> None:
        self._access.require_account(unit, caller, account, day=day_of(self._desk.now_s))


def require_available(
    balance: BalanceAt | None, account: str, *, pocket: Pocket, needed_fen: int
) -> None:
    """Make sure that a pocket can pay now; what is held counts as gone (P02, S61).

    Errors: InsufficientBalance with what is there and what is needed.
    """
    pockets = () if balance is None else balance.pockets
    available = next((one.available_fen for one in pockets if one.pocket == pocket), 0)
    if available < needed_fen:
        raise InsufficientBalance(account, pocket.name, available, needed_fen)


def _has_wallet(unit: UnitOfWork, account: str) -> bool:
    row = find_member(unit, account)
    return row is not None and row.wallet_opened_at is not None
