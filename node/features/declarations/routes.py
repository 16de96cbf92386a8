"""Employers' staff files: prepared in one answer, handed in with one request (P45)."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import Depends, Request
from fastapi.responses import Response

from node.api.deps import CallerDep, KernelDep, NounRouter, service
from node.api.idempotency import KeyHeader, body_hash, checked_key, route_of, signed_intent
from node.api.languages import LanguageDep, language_headers
from node.api.refusals import refusal_texts, shown_values
from node.api.schemas.base import AccountPath
from node.api.schemas.intents import SignedIntentIn
from node.desk.bulk import BulkSubmission
from node.domain.declarations import BadRow, read_month, read_table
from node.domain.errors import DomainError
from node.domain.language import Language
from node.features.declarations.access import ACCESS
from node.features.declarations.schemas import (
    BulkOut,
    FileRequest,
    PreparedFile,
    SignedFileIn,
    TableRequest,
)
from node.features.declarations.service import (
    DeclarationsService,
    DeclarationTerms,
    DeclaredRow,
    PreparedDeclarations,
)
from node.intents.messages import SignedIntent
from node.intents.typed_data import Domain
from node.outbox.keys import KeyOwner

_NOT_ASKED: Any = {"items": {"__all__": {"domain"}}}
"""Naming the network again changes nothing of what is asked."""

router = NounRouter("/v1/employers", tag="premiums", access=ACCESS)
DeclarationsDep = Annotated[DeclarationsService, Depends(service(DeclarationsService))]


@router.post(
    "/{employer_id}/declarations/intents",
    operation_id="prepareDeclarations",
    summary="Prepare the staff file of an employer",
    response_model=PreparedFile,
)
async def prepare_declarations(
    employer_id: AccountPath,
    *,
    asked: FileRequest,
    caller: CallerDep,
    declarations: DeclarationsDep,
    language: LanguageDep,
) -> Response:
    """Compute both shares per person, report every bad row, and prepare the good ones.

    At most 10,000 rows and 32 MiB.
    """
    terms = DeclarationTerms(
        plan_id=asked.plan_id,
        plan_version=asked.plan_version,
        month=read_month(asked.month, field="/month"),
    )
    rows = read_table(asked.csv, field="/csv") if isinstance(asked, TableRequest) else asked.rows
    prepared = await declarations.prepare(caller, employer=employer_id, terms=terms, rows=rows)
    answer = {
        "employer_id": employer_id,
        "month": asked.month,
        **_sums(prepared.rows),
        "quote_expires_at": prepared.quote_expires_at,
        "bad_rows": [_bad_row(one, language) for one in prepared.bad],
        "typed_data": declarations.typed_data(prepared.intents),
        "rows": _good_rows(declarations, prepared),
    }
    # Not through the response model: with ten thousand rows it would hold up everybody else.
    return Response(
        orjson.dumps(answer), headers=language_headers(language), media_type="application/json"
    )


@router.post(
    "/{employer_id}/declarations",
    operation_id="declareWages",
    summary="Declare and pay a staff file",
    status_code=202,
    response_model=BulkOut,
)
async def declare(
    employer_id: AccountPath,
    *,
    body: SignedFileIn,
    request: Request,
    caller: CallerDep,
    declarations: DeclarationsDep,
    kernel: KernelDep,
    idempotency_key: KeyHeader = None,
) -> Response:
    """Hand in all signed declarations and payments of a file; each is judged by itself."""
    submission = BulkSubmission(
        [_signed(one, kernel.desk.domain) for one in body.items],
        KeyOwner(caller.account, route_of(request), checked_key(idempotency_key)),
        body_hash(request.url.path, body.model_dump(mode="json", exclude=_NOT_ASKED)),
    )
    found = await declarations.submit(caller, submission, employer=employer_id)
    headers = {"Idempotency-Replayed": "true"} if found.replayed else {}
    content = orjson.dumps(found.answer)
    return Response(content, found.status, headers, media_type="application/json")


def _signed(item: SignedIntentIn, domain: Domain) -> SignedIntent | DomainError:
    try:
        return signed_intent(item.model_dump(), domain)
    except DomainError as error:
        return error


def _sums(rows: list[DeclaredRow]) -> dict[str, int]:
    shares = [one.shares for one in rows]
    return {
        "employer_fen": sum(one.employer_fen for one in shares),
        "employee_fen": sum(one.employee_fen for one in shares),
        "late_fee_fen": sum(one.late_fee_fen for one in shares),
        "payable_fen": sum(one.payable_fen for one in shares),
    }


def _bad_row(bad: BadRow, language: Language) -> dict[str, Any]:
    error = bad.error
    values = error.values()
    return {
        "row": bad.number,
        "field": error.field,
        "code": error.code,
        "values": shown_values(values),
        **refusal_texts(error.code, values, language),
    }


def _good_rows(
    service: DeclarationsService, prepared: PreparedDeclarations
) -> list[dict[str, Any]]:
    declarations, payments = prepared.intents[::2], prepared.intents[1::2]
    return [
        {
            "row": one.row.number,
            "member_id": one.row.member,
            "bill_id": one.bill_id,
            **_sums([one]),
            "declare": service.show(declaration),
            "pay": service.show(payment),
        }
        for one, declaration, payment in zip(prepared.rows, declarations, payments, strict=True)
    ]
