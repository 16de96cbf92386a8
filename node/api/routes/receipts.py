"""Receipts: the own list, and one receipt as JSON or, by `Accept`, as a PDF (S53)."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from node.api.days import show_day
from node.api.deps import CallerDep, GatewayDep, ServicesDep, noun_router
from node.api.pagination import Page, PageDep, list_route, shown_page
from node.api.schemas import shapes
from node.api.schemas.base import AccountQuery
from node.api.schemas.receipts import (
    PayerOut,
    ReceiptDetailOut,
    ReceiptOut,
    SourceAmountOut,
    SubjectOut,
)
from node.api.tags import IfNoneMatch, tagged_model
from node.readmodels.receipts import ReceiptRow
from node.services.receipt_document import PdfNotInstalled, render, shorten
from node.services.receipts import ReceiptView, Subject

PDF = "application/pdf"
JSON = "application/json"
NOT_ACCEPTABLE = 406

router: APIRouter = noun_router("/v1/receipts", tag="receipts")

NumberPath = Annotated[str, Path(pattern=shapes.RECEIPT_NUMBER, description="Number of a receipt.")]
Accept = Annotated[str, Header(alias="Accept", description=f"`{JSON}` or `{PDF}`.")]


@router.get("", **list_route("listReceipts", "List receipts", Page[ReceiptOut]))
async def receipts(
    caller: CallerDep,
    services: ServicesDep,
    page: PageDep,
    *,
    account: AccountQuery = None,
) -> Page[ReceiptOut]:
    """Return the own receipts, newest first; guardians name the `account` of a minor."""
    found = await services.receipts.page(caller, page, account=account)
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
    services: ServicesDep,
    *,
    gateway: GatewayDep,
    accept: Accept = JSON,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Return one receipt as JSON, or as a PDF with a QR code; a voided one says so."""
    view = await services.receipts.find(caller, number)
    if not wants_pdf(accept):
        answer = tagged_model(_detail(view), known=if_none_match)
    else:
        answer = await _pdf(view, sandbox=gateway.is_sandbox)
    answer.headers["Vary"] = "Accept"
    return answer


async def _pdf(view: ReceiptView, *, sandbox: bool) -> Response:
    try:
        content = await asyncio.to_thread(render, view, sandbox=sandbox)
    except PdfNotInstalled as error:
        raise HTTPException(NOT_ACCEPTABLE, f"This gateway makes no PDF: {error}") from error
    named = f'inline; filename="receipt-{view.row.number}.pdf"'
    headers = {"Content-Disposition": named, "Cache-Control": "private, no-cache"}
    return Response(content, media_type=PDF, headers=headers)


def wants_pdf(accept: str) -> bool:
    """Tell whether a client that names PDF prefers it to JSON (RFC 9110 §12.5.1)."""
    weights: dict[str, float] = {}
    for part in accept.split(","):
        media_type, *parameters = [word.strip() for word in part.lower().split(";")]
        named = dict(word.split("=", 1) for word in parameters if "=" in word)
        try:
            weights[media_type] = float(named.get("q", "1"))
        except ValueError:
            weights[media_type] = 0.0
    pdf = weights.get(PDF, 0.0)
    return pdf > 0 and pdf >= weights.get(JSON, 0.0)


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


def _detail(view: ReceiptView) -> ReceiptDetailOut:
    return ReceiptDetailOut(
        **_row(view.row),
        payer=PayerOut(account=shorten(view.row.account), name=view.payer_name),
        chain_id=view.chain_id,
        amounts=[SourceAmountOut.model_validate(asdict(one)) for one in view.amounts],
        subject=None if view.subject is None else _subject(view.subject),
        qr_text=view.qr_text,
    )


def _subject(subject: Subject) -> SubjectOut:
    shown = asdict(subject)
    start, end = shown.pop("start_day"), shown.pop("end_day")
    return SubjectOut(
        **shown,
        start=None if start is None else show_day(start),
        end=None if end is None else show_day(end),
    )
