"""Receipts: the own list, and one receipt as JSON or, by `Accept`, as a PDF (S53)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import Depends, Header, Path, Query, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from node.api.accept import HTML, JSON, PDF, prefers
from node.api.days import show_day
from node.api.deps import CallerDep, KernelDep, NounRouter, service
from node.api.feature import Kernel
from node.api.languages import language_of
from node.api.pagination import Page, PageDep, list_route, shown_page
from node.api.schemas import shapes
from node.api.schemas.base import AccountQuery
from node.api.tags import IfNoneMatch, tagged_model
from node.domain.adjudication.trace import RefusedPart
from node.domain.errors import ReceiptCodeWrong
from node.domain.language import Language
from node.domain.wording import reason_text
from node.features.receipts.access import ACCESS
from node.features.receipts.care import Care, ReceiptLine
from node.features.receipts.check_page import page_response
from node.features.receipts.document import PdfNotInstalled, render, shorten
from node.features.receipts.names import Party
from node.features.receipts.schemas import (
    CareOut,
    PayerOut,
    ReceiptCheckOut,
    ReceiptDetailOut,
    ReceiptLineOut,
    ReceiptOut,
    RefusedOut,
    SourceAmountOut,
    SubjectOut,
)
from node.features.receipts.service import ReceiptsService, ReceiptView, Subject
from node.readmodels.receipts import ReceiptRow

CHECKED_FIELDS = (
    *("number", "kind", "state", "amount_fen", "voids", "voided_by"),
    *("tx_hash", "block_number", "timestamp"),
)
SUBJECT_FIELDS = ("kind", "scheme", "region", "part", "parts", "subsidy_fen")
LINE_FIELDS = ("number", "item_code", "item_class", "quantity", "unit_price_fen", "gross_fen")
NOT_ACCEPTABLE = 406
VARIES = "Accept, Accept-Language"

router = NounRouter("/v1/receipts", tag="receipts", access=ACCESS)
check_router = NounRouter("/check", tag="receipts", access=ACCESS)
ReceiptsDep = Annotated[ReceiptsService, Depends(service(ReceiptsService))]

NumberPath = Annotated[str, Path(pattern=shapes.RECEIPT_NUMBER, description="Number of a receipt.")]
# What is checked is not validated: a wrong form gets the one answer of every wrong pair.
CheckedNumber = Annotated[str, Path(description="Number of a receipt, as on the paper.")]
CodePath = Annotated[
    str, Path(description="Its code: the last part of the address in the QR code.")
]
Accept = Annotated[str, Header(alias="Accept", description=f"`{JSON}` or `{PDF}`.")]
AcceptPage = Annotated[str, Header(alias="Accept", description=f"`{JSON}` or `{HTML}`.")]
Lang = Annotated[
    Language | None, Query(description="Language of names and reasons, and of the whole PDF.")
]


@router.get("", **list_route("listReceipts", "List receipts", Page[ReceiptOut]))
async def receipts(
    caller: CallerDep,
    receipts: ReceiptsDep,
    page: PageDep,
    *,
    account_id: AccountQuery = None,
) -> Page[ReceiptOut]:
    """Return the own receipts, newest first; guardians name the `account_id` of a minor."""
    found = await receipts.page(caller, page, account=account_id)
    return shown_page(found, lambda row: ReceiptOut(**_row(row)))


@router.get(
    "/{number}",
    operation_id="readReceipt",
    summary="Read a receipt as JSON or PDF",
    response_model=ReceiptDetailOut,
    responses={200: {"content": {PDF: {"schema": {"type": "string", "format": "binary"}}}}},
)
async def receipt(
    number: NumberPath,
    caller: CallerDep,
    receipts: ReceiptsDep,
    *,
    kernel: KernelDep,
    request: Request,
    lang: Lang = None,
    accept: Accept = JSON,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Return one receipt as JSON, or as a PDF in one language with a QR code to check it.

    The language is `lang`, else what `Accept-Language` prefers, else English. A voided
    receipt says so. A receipt of care explains each refused fen, and shows its lines to the
    patient, a guardian and the provider. People are named in full on their own copy only.
    """
    language = lang or language_of(request.scope)
    view = await receipts.find(caller, number, language=language)
    check_url = _check_url(view, base=kernel.network.public_url or str(request.base_url))
    if not prefers(accept, PDF):
        shown = _detail(view, check_url=check_url)
        answer = tagged_model(shown, known=if_none_match, language=language)
    else:
        answer = await _pdf(view, sandbox=kernel.network.is_sandbox, check_url=check_url)
    answer.headers["Vary"] = VARIES
    return answer


@check_router.get("", include_in_schema=False)
async def check_page() -> Response:
    """Show the page on which number and code of a receipt can be typed."""
    return page_response()


@check_router.get("/{number}", include_in_schema=False)
async def check_without_code(
    number: CheckedNumber, kernel: KernelDep, receipts: ReceiptsDep, *, accept: AcceptPage = JSON
) -> Response:
    """Answer for a number alone as for a wrong code."""
    return await _checked(kernel, receipts, number=number, code="", accept=accept)


@check_router.get(
    "/{number}/{receipt_code}",
    operation_id="checkReceipt",
    summary="Check a receipt by the code on it, without signing in",
    response_model=ReceiptCheckOut,
    responses={200: {"content": {HTML: {"schema": {"type": "string"}}}}},
)
async def check(
    number: CheckedNumber,
    receipt_code: CodePath,
    kernel: KernelDep,
    receipts: ReceiptsDep,
    *,
    accept: AcceptPage = JSON,
) -> Response:
    """Return number, amounts and state of a receipt to whoever holds the paper; nobody is named.

    Every wrong pair gets one and the same answer, `ReceiptCodeWrong`. A browser gets a page.
    """
    return await _checked(kernel, receipts, number=number, code=receipt_code, accept=accept)


async def _checked(
    kernel: Kernel, receipts: ReceiptsService, *, number: str, code: str, accept: str
) -> Response:
    if prefers(accept, HTML):
        return page_response()
    found = await receipts.check(number, code)
    if found is None:
        # Whoever has the code may be told that this gateway has not read the chain yet.
        await kernel.health.require_caught_up()
        raise ReceiptCodeWrong
    shown = ReceiptCheckOut(
        **{name: getattr(found.row, name) for name in CHECKED_FIELDS},
        chain_id=found.chain_id,
        sandbox=kernel.network.is_sandbox,
        amounts=[SourceAmountOut.model_validate(asdict(one)) for one in found.amounts],
    )
    headers = {"Cache-Control": "no-store", "Vary": "Accept"}
    return Response(shown.model_dump_json(), media_type=JSON, headers=headers)


def _check_url(view: ReceiptView, *, base: str) -> str:
    return f"{base.rstrip('/')}/check/{view.row.number}/{view.code}"


async def _pdf(view: ReceiptView, *, sandbox: bool, check_url: str) -> Response:
    try:
        content = await asyncio.to_thread(render, view, sandbox=sandbox, check_url=check_url)
    except PdfNotInstalled as error:
        raise HTTPException(NOT_ACCEPTABLE, f"This gateway makes no PDF: {error}") from error
    named = f'inline; filename="receipt-{view.row.number}.pdf"'
    headers = {
        "Content-Disposition": named,
        "Content-Language": view.language.value,
        "Cache-Control": "private, no-cache",
    }
    return Response(content, media_type=PDF, headers=headers)


def _row(row: ReceiptRow) -> dict[str, Any]:
    return {
        "number": row.number,
        "kind": row.kind,
        "state": row.state,
        "amount_fen": row.amount_fen,
        "digest": row.digest,
        "subject_id": row.subject,
        "voids": row.voids,
        "voided_by": row.voided_by,
        "tx_hash": row.tx_hash,
        "block_number": row.block_number,
        "timestamp": row.timestamp,
    }


def _detail(view: ReceiptView, *, check_url: str) -> ReceiptDetailOut:
    payer = view.payer
    return ReceiptDetailOut(
        **_row(view.row),
        payer=PayerOut(account_id=shorten(payer.account), name=payer.name),
        chain_id=view.chain_id,
        amounts=[SourceAmountOut.model_validate(asdict(one)) for one in view.amounts],
        subject=None if view.subject is None else _subject(view.subject),
        care=None if view.care is None else _care(view.care, view.language),
        qr_text=check_url,
    )


def _subject(subject: Subject) -> SubjectOut:
    kept = {name: getattr(subject, name) for name in SUBJECT_FIELDS}
    kept["subject_id"] = subject.id
    for role in ("member", "insurer", "provider", "family_holder"):
        party: Party | None = getattr(subject, role)
        kept[f"{role}_id"] = party and party.account
        kept[f"{role}_name"] = party and party.name
    start, end = subject.start_day, subject.end_day
    return SubjectOut(
        **kept,
        start=None if start is None else show_day(start),
        end=None if end is None else show_day(end),
    )


def _care(care: Care, language: Language) -> CareOut:
    lines = None
    if care.lines is not None:
        lines = [_line(line, language) for line in care.lines]
    return CareOut(
        deductible_fen=care.deductible_fen,
        refused=None if care.refused is None else _refused(care.refused, language),
        lines=lines,
    )


def _line(line: ReceiptLine, language: Language) -> ReceiptLineOut:
    share = line.share
    return ReceiptLineOut(
        **{name: getattr(line.row, name) for name in LINE_FIELDS},
        item_name=line.name,
        fund_fen=share.fund_fen,
        provider_fen=share.provider_fen,
        self_fen=share.self_fen,
        refused=_refused(share.refused, language),
    )


def _refused(parts: Iterable[RefusedPart], language: Language) -> list[RefusedOut]:
    return [
        RefusedOut(
            code=part.reason.value,
            text=reason_text(part.reason, language).meaning,
            amount_fen=part.amount_fen,
        )
        for part in parts
    ]
