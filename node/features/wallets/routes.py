"""Wallets: one balance read, the live record, and money in, out and to relatives."""

from __future__ import annotations

import re
from typing import Annotated, Any

import orjson
from fastapi import Depends, Query, Request
from fastapi.responses import Response

from node.api.deps import CallerDep, caller_of, header_of, service, services_of
from node.api.idempotency import Money
from node.api.pagination import Page, PageDep, list_route, shown_page
from node.api.pairs import MoneyRouter
from node.api.schemas.base import AccountPath, HashQuery
from node.api.tags import IfNoneMatch, tagged
from node.db.hot import BalanceAt
from node.desk.intents import PreparedIntent
from node.desk.subjects import require_actor, require_subject
from node.domain.kinds import Pocket
from node.domain.money import MAX_AMOUNT_FEN
from node.features.wallets.access import ACCESS
from node.features.wallets.schemas import (
    BalanceOut,
    DepositRequest,
    EntryOut,
    OpeningRequest,
    PocketName,
    PurposeName,
    SendRequest,
    TransferRequest,
    WithdrawalRequest,
)
from node.features.wallets.service import WalletsService
from node.intents.messages import IntentKind
from node.readmodels.entries import EntryFilter, EntryRow

router = MoneyRouter("/v1/wallets", tag="wallets", access=ACCESS)
WalletsDep = Annotated[WalletsService, Depends(service(WalletsService))]

Seconds = Annotated[int | None, Query(ge=0, lt=2**62, description="Unix seconds.")]
SumLimit = Annotated[int | None, Query(ge=0, le=MAX_AMOUNT_FEN, description="Absolute, in fen.")]
_POCKETS = tuple((int(pocket), pocket.name) for pocket in Pocket)
_ACCOUNT = re.compile(r"0x[0-9a-f]{40}")
Purpose = Annotated[PurposeName | None, Query(description="Only those of this purpose.")]


async def _read_balance(request: Request) -> Response | None:
    """Answer for a well-formed account."""
    account_id = request.path_params["account_id"]
    if not _ACCOUNT.fullmatch(account_id):
        return None
    return await balance(request, account_id, header_of(request, b"if-none-match"))


@router.fast(
    "GET",
    "/{account_id}/balance",
    reader=_read_balance,
    operation_id="readBalance",
    summary="Read the balance of a wallet",
    response_model=BalanceOut,
)
async def balance(
    request: Request, account_id: AccountPath, if_none_match: IfNoneMatch = None
) -> Response:
    """Return available, held and total of every pocket at the last final block (S01)."""
    # The most frequent read: each dependency would cost as much as the query.
    wallets, caller = services_of(request).get(WalletsService), await caller_of(request)
    found = await wallets.balance(caller, account_id)
    content = orjson.dumps(_balance(account_id, found))
    version = f"{found.block_number}-{found.block_hash[2:10]}"
    return tagged(content, known=if_none_match, version=version)


@router.get(
    "/{account_id}/entries",
    **list_route("listEntries", "List the entries of a wallet", Page[EntryOut]),
)
async def entries(
    *,
    account_id: AccountPath,
    caller: CallerDep,
    wallets: WalletsDep,
    page: PageDep,
    pocket: Annotated[PocketName | None, Query(description="Only this pocket.")] = None,
    purpose: Purpose = None,
    ref: HashQuery = None,
    since: Seconds = None,
    until: Seconds = None,
    at_least_fen: SumLimit = None,
    at_most_fen: SumLimit = None,
) -> Page[EntryOut]:
    """Return the live record, newest first; filters survive every page (S02, P58)."""
    wanted = EntryFilter(
        pocket=None if pocket is None else int(Pocket[pocket]),
        purpose=purpose,
        ref=ref,
        since=since,
        until=until,
        at_least_fen=at_least_fen,
        at_most_fen=at_most_fen,
    )
    return shown_page(await wallets.entries(caller, account_id, wanted, page), _entry)


@router.prepare("/{account_id}/openings", "prepareWalletOpening", "Prepare the opening of a wallet")
async def prepare_opening(
    account_id: AccountPath, asked: OpeningRequest, caller: CallerDep, wallets: WalletsDep
) -> PreparedIntent:
    """Prepare the opening of the own wallet."""
    return await wallets.prepare_opening(caller, account=account_id, terms_hash=asked.terms_hash)


@router.submit(
    "/{account_id}/openings", "openWallet", "Open a wallet", kinds=(IntentKind.OPEN_WALLET,)
)
async def open_wallet(account_id: AccountPath, money: Money) -> None:
    """Hand in the signed opening of a wallet."""
    require_actor(money.submission, account_id)


@router.prepare(
    "/{account_id}/transfers", "prepareTransfer", "Prepare a transfer or its acceptance"
)
async def prepare_transfer(
    account_id: AccountPath, asked: TransferRequest, caller: CallerDep, wallets: WalletsDep
) -> PreparedIntent:
    """Prepare a transfer to a near relative, or the acceptance of one (P12)."""
    if isinstance(asked, SendRequest):
        return await wallets.prepare_transfer(
            caller, sender=account_id, receiver=asked.receiver_id, amount_fen=asked.amount_fen
        )
    return await wallets.prepare_acceptance(
        caller, receiver=account_id, sender=asked.sender_id, amount_fen=asked.amount_fen
    )


@router.submit(
    "/{account_id}/transfers",
    "sendTransfer",
    "Send a transfer or accept it",
    kinds=(IntentKind.TRANSFER_MEDICAL, IntentKind.ACCEPT_TRANSFER),
)
async def transfer(account_id: AccountPath, money: Money) -> None:
    """Hand in a signed transfer or acceptance."""
    require_actor(money.submission, account_id)


@router.prepare("/{account_id}/deposits", "prepareDeposit", "Prepare a deposit")
async def prepare_deposit(
    account_id: AccountPath, asked: DepositRequest, caller: CallerDep, wallets: WalletsDep
) -> PreparedIntent:
    """Prepare money that the calling channel received for the account."""
    return await wallets.prepare_deposit(
        caller,
        account=account_id,
        amount_fen=asked.amount_fen,
        notice_hash=asked.notice_hash,
    )


@router.submit("/{account_id}/deposits", "deposit", "Deposit money", kinds=(IntentKind.DEPOSIT,))
async def deposit(account_id: AccountPath, money: Money) -> None:
    """Hand in a channel's signed deposit."""
    require_subject(money.submission, account_id, name="account")


@router.prepare("/{account_id}/withdrawals", "prepareWithdrawal", "Prepare a withdrawal")
async def prepare_withdrawal(
    account_id: AccountPath, asked: WithdrawalRequest, caller: CallerDep, wallets: WalletsDep
) -> PreparedIntent:
    """Prepare CASH leaving through a channel."""
    return await wallets.prepare_withdrawal(
        caller,
        account=account_id,
        channel=asked.channel_id,
        amount_fen=asked.amount_fen,
        destination_hash=asked.destination_hash,
    )


@router.submit(
    "/{account_id}/withdrawals", "withdraw", "Withdraw money", kinds=(IntentKind.WITHDRAW,)
)
async def withdraw(account_id: AccountPath, money: Money) -> None:
    """Hand in a signed withdrawal."""
    require_actor(money.submission, account_id)


def _balance(account: str, found: BalanceAt) -> dict[str, Any]:
    return {
        "account_id": account,
        "block_number": found.block_number,
        "block_hash": found.block_hash,
        "family_medical_fen": found.family_medical_fen,
        "pockets": shown_pockets(found),
    }


def shown_pockets(found: BalanceAt) -> dict[str, dict[str, int]]:
    """Return every pocket as it is answered, those never used too."""
    known = {pocket: (available, held) for pocket, available, held in found.pockets}
    pockets = {}
    for number, name in _POCKETS:
        available, held = known.get(number, (0, 0))
        pockets[name] = {
            "available_fen": available,
            "held_fen": held,
            "total_fen": available + held,
        }
    return pockets


def _entry(row: EntryRow) -> EntryOut:
    return EntryOut.model_validate(
        {
            **row._asdict(),
            "counterpart_id": row.counterpart,
            # Wider than what a browser's number keeps.
            "position": str(row.position),
            "pocket": Pocket(row.pocket).name,
            "counterpart_pocket": Pocket(row.counterpart_pocket).name,
        }
    )
