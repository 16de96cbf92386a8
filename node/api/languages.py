"""In which language an answer speaks, and how it says so."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import Response
from starlette.types import Scope

from node.domain.language import Language, accepted_language

_ACCEPT_LANGUAGE = b"accept-language"


def language_of(scope: Scope) -> Language:
    """Return the language a request prefers; several headers count as one list (RFC 9110 §5.3)."""
    wanted = [value for name, value in scope["headers"] if name == _ACCEPT_LANGUAGE]
    return accepted_language(b",".join(wanted).decode("latin-1")) if wanted else Language.EN


def language_headers(language: Language) -> dict[str, str]:
    """Return the headers of an answer with texts: its language, and that caches must ask for it."""
    return {"Content-Language": language.value, "Vary": "Accept-Language"}


async def _asked_language(request: Request, response: Response) -> Language:
    """Return the language and mark what FastAPI answers; a ready `Response` marks itself."""
    language = language_of(request.scope)
    response.headers.update(language_headers(language))
    return language


LanguageDep = Annotated[Language, Depends(_asked_language)]
