"""The one page that checks a receipt: static, in both languages, with nothing from elsewhere.

Its bytes are the same for every address, so that it says nothing about a number. Its script asks
the address it was opened at for JSON. A browser runs that script only: the policy names its hash.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from functools import cache
from pathlib import Path

from fastapi.responses import Response

from node.domain.language import Language
from node.features.receipts.words import words

PAGE = Path(__file__).with_name("receipt_check.html")
WORDS_HERE = "{/*words*/}"


def page_response() -> Response:
    """Return the page with the policy that a browser enforces on it."""
    page, policy = _page()
    headers = {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-cache",
        "Referrer-Policy": "no-referrer",
        "Vary": "Accept",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(page, media_type="text/html", headers=headers)


@cache
def _page() -> tuple[bytes, str]:
    both = {language.value: words(language) for language in Language}
    # A script ends at the first `</script`, also inside a text.
    shown = json.dumps(both, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    page = PAGE.read_text(encoding="utf-8").replace(WORDS_HERE, shown)
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {_hash_of(page, 'script')}",
            f"style-src {_hash_of(page, 'style')}",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )
    return page.encode(), policy


def _hash_of(page: str, element: str) -> str:
    (content,) = re.findall(f"<{element}>(.*?)</{element}>", page, re.DOTALL)
    digest = hashlib.sha256(content.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
