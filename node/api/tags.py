"""ETags of single resources: weak, from what the answer says; If-None-Match saves the body."""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import Header
from fastapi.responses import Response
from pydantic import BaseModel

from node.api.languages import language_headers
from node.domain.language import Language

IfNoneMatch = Annotated[
    str | None, Header(alias="If-None-Match", description="ETag of an earlier answer.")
]
NOT_MODIFIED = 304
TAG_BYTES = 12


def tagged(
    content: bytes,
    *,
    known: str | None,
    version: str | None = None,
    language: Language | None = None,
) -> Response:
    """Return JSON content under its tag, or 304 if the client has it.

    `version` changes with the content, as a block or row version does; without a version the tag
    is a hash. `language` is that of the texts in the content, if it has any.
    """
    value = version or hashlib.sha256(content).hexdigest()[: 2 * TAG_BYTES]
    tag = f'W/"{value}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if language is not None:
        headers |= language_headers(language)
    if known is not None and tag in [part.strip() for part in known.split(",")]:
        return Response(status_code=NOT_MODIFIED, headers=headers)
    return Response(content, media_type="application/json", headers=headers)


def tagged_model(
    shown: BaseModel,
    *,
    known: str | None,
    version: str | None = None,
    language: Language | None = None,
) -> Response:
    """Return a model as `tagged` content."""
    content = shown.model_dump_json().encode()
    return tagged(content, known=known, version=version, language=language)
