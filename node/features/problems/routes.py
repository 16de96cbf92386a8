"""What the codes of problems mean: pages for people, JSON for programs; open to anybody."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Header, Path, Query
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

from node.api.deps import NounRouter
from node.api.languages import LanguageDep, language_headers
from node.api.problem_pages import (
    PAGE_HEADERS,
    Explanation,
    code_page,
    explanation_of,
    explanations,
    list_page,
    missing_page,
)
from node.api.refusals import PAGES
from node.domain.language import Language
from node.features.problems.access import ACCESS
from node.features.problems.schemas import ExplanationOut, ExplanationsOut

router = NounRouter(PAGES, tag="health", access=ACCESS)

_HTML, _JSON = "text/html", "application/json"
CodePath = Annotated[str, Path(max_length=64, description="A code, as in `type`.")]
Accept = Annotated[str, Header(alias="Accept", description=f"`{_HTML}` or `{_JSON}`.")]
Lang = Annotated[
    Language | None,
    Query(description="The language; without it that of `Accept-Language`.", examples=["zh"]),
]
_PAGE: dict[int | str, dict[str, Any]] = {200: {"content": {_HTML: {"schema": {"type": "string"}}}}}


@router.get(
    "",
    operation_id="listProblems",
    summary="List the codes of problems and what helps",
    response_model=ExplanationsOut,
    responses=_PAGE,
)
async def problems(asked: LanguageDep, *, accept: Accept = _HTML, lang: Lang = None) -> Response:
    """Explain every error and refusal code, as a page or, by `Accept`, as JSON."""
    language = lang or asked
    if not wants_json(accept):
        return _page(list_page(language), language)
    items = [_shown(one) for one in explanations(language)]
    return _data(ExplanationsOut(items=items).model_dump_json(), language)


@router.get(
    "/{code}",
    operation_id="readProblem",
    summary="Read what a code means and what helps",
    response_model=ExplanationOut,
    responses=_PAGE,
)
async def problem(
    code: CodePath, asked: LanguageDep, *, accept: Accept = _HTML, lang: Lang = None
) -> Response:
    """Explain one code: the `type` of a problem leads here."""
    language = lang or asked
    found = explanation_of(code, language)
    if wants_json(accept):
        if found is None:
            raise HTTPException(404)
        return _data(_shown(found).model_dump_json(), language)
    if found is None:
        return _page(missing_page(language), language, status=404)
    return _page(code_page(found.code, language), language)


def wants_json(accept: str) -> bool:
    """Tell whether a client names JSON and no page: browsers name pages, programs only JSON."""
    named = [part.split(";")[0].strip().lower() for part in accept.split(",")]
    return any(name.endswith(("/json", "+json")) for name in named) and _HTML not in named


def _shown(found: Explanation) -> ExplanationOut:
    return ExplanationOut.model_validate(found, from_attributes=True)


def _page(content: str, language: Language, *, status: int = 200) -> Response:
    return HTMLResponse(content, status, headers={**PAGE_HEADERS, **_depends(language)})


def _data(content: str, language: Language) -> Response:
    headers = {**PAGE_HEADERS, **_depends(language)}
    return Response(content, headers=headers, media_type=_JSON)


def _depends(language: Language) -> dict[str, str]:
    headers = language_headers(language)
    return {**headers, "Vary": f"Accept, {headers['Vary']}"}
