"""The pages behind `type` of a problem: what a code means and what helps, for people and programs.

A page is one static document in zh or en: no script, no form, nothing from another host. Its one
style is allowed by its hash. It shows texts of the wording only, nothing of the request.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cache
from html import escape

from node.api.refusals import (
    HTTP_ERROR,
    INTERNAL_ERROR,
    METHOD_NOT_ALLOWED,
    PAGES,
    ROUTE_UNKNOWN,
)
from node.db.errors import StorageUnavailable
from node.domain.errors import CATALOGUE, Category, NotOwner, RequiredRelation
from node.domain.language import Language
from node.domain.transactions import RejectionReason
from node.domain.wording import (
    code_text,
    error_text,
    explained_codes,
    label_of,
    value_label,
)

_STYLE = """
:root{color-scheme:light dark;font:1.0625rem/1.6 system-ui,sans-serif}
body{margin:0 auto;max-width:44rem;padding:1.5rem}
h1{line-height:1.25;font-size:1.75rem}h2{font-size:1.2rem;margin-top:2rem}
nav{display:flex;flex-wrap:wrap;gap:1.5rem}a{text-underline-offset:.2em}
code{font:.95em ui-monospace,monospace;overflow-wrap:anywhere}
.help{border-inline-start:.3rem solid #1a6fb0;padding:.2rem 1rem;margin-inline:0}
table{border-collapse:collapse;width:100%}
th,td{text-align:start;padding:.4rem .6rem .4rem 0;vertical-align:top;border-bottom:1px solid #8886}
li{margin:.5rem 0}
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
PAGE_HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "public, max-age=3600",
}
"""What keeps a page from loading or running anything."""

_OWN: dict[str, tuple[int | None, Category]] = {
    ROUTE_UNKNOWN: (404, Category.NOT_FOUND),
    METHOD_NOT_ALLOWED: (405, Category.BAD_REQUEST),
    HTTP_ERROR: (None, Category.BAD_REQUEST),
    INTERNAL_ERROR: (500, Category.BUG),
    StorageUnavailable.__name__: (StorageUnavailable.category.http_status, Category.UNAVAILABLE),
}
_ENDINGS = frozenset({*(one.value for one in RejectionReason), "IntentCancelled"})
_TAGS = {Language.ZH: "zh-CN", Language.EN: "en"}
_NAMES = {Language.ZH: "中文", Language.EN: "English"}


@dataclass(frozen=True, slots=True)
class Explanation:
    """A code explained in one language. `status` is None where no one HTTP status belongs to it."""

    code: str
    title: str
    explanation: str
    next_step: str
    status: int | None
    category: str | None
    values: dict[str, str]


def explanation_of(code: str, language: Language) -> Explanation | None:
    """Return what a code means, None for a code without a text."""
    if code not in explained_codes():
        return None
    text = error_text(code, language)
    status, category, names = _facts(code)
    return Explanation(
        code=code,
        title=text.title,
        explanation=text.explanation,
        next_step=text.next_step,
        status=status,
        category=category.word if category else None,
        values={name: value_label(name, language) for name in names},
    )


def explanations(language: Language) -> list[Explanation]:
    """Return every code explained, in the order of the catalogue."""
    found = (explanation_of(code, language) for code in explained_codes())
    return [one for one in found if one is not None]


@cache
def code_page(code: str, language: Language) -> str:
    """Return the page of a code that has a text. Errors: LookupError."""
    found = explanation_of(code, language)
    if found is None:
        raise LookupError(code)
    parts = [
        f"<p><code>{escape(found.code)}</code></p>",
        f"<h1>{escape(found.title)}</h1>",
        f"<p>{escape(found.explanation)}</p>",
        f"<h2>{_word('next_step', language)}</h2>",
        f'<p class="help">{escape(found.next_step)}</p>',
        f"<p>{escape(_outcome(found, language))}</p>",
        _table("values", found.values, language),
        _table("relations", _relations(code, language), language),
    ]
    top = f'<a href="{PAGES}?lang={language}">{_word("all", language)}</a>'
    return _document(found.title, parts, language=language, top=top)


@cache
def list_page(language: Language) -> str:
    """Return the page that lists all codes, by kind."""
    groups: dict[str, list[Explanation]] = {}
    for one in explanations(language):
        groups.setdefault(_kind(one, language), []).append(one)
    parts = [f"<h1>{_word('heading', language)}</h1>"]
    for kind, members in groups.items():
        parts.append(f"<h2>{escape(kind)}</h2>\n<ul>")
        parts += [_entry(one, language) for one in members]
        parts.append("</ul>")
    return _document(label_of("Page", "heading", language), parts, language=language)


@cache
def missing_page(language: Language) -> str:
    """Return the page for a code that does not exist; it does not repeat what was asked."""
    title = label_of("Page", "no_page", language)
    top = f'<a href="{PAGES}?lang={language}">{_word("all", language)}</a>'
    return _document(title, [f"<h1>{escape(title)}</h1>"], language=language, top=top)


def _facts(code: str) -> tuple[int | None, Category | None, list[str]]:
    """Return HTTP status, category and names of values of a code."""
    if code in _OWN:
        return *_OWN[code], []
    if code in _ENDINGS:
        return None, None, []
    error = CATALOGUE.get(code)
    if error is None:
        # Said by a contract while something is quoted or simulated.
        return Category.CONFLICT.http_status, Category.CONFLICT, []
    names = [one.name for one in fields(error) if one.name != "field"]
    return error.http_status or error.category.http_status, error.category, names


def _outcome(found: Explanation, language: Language) -> str:
    """Return status, kind and what became of the money, in one line."""
    said = [_kind(found, language)]
    if found.status is not None:
        said.insert(0, f"HTTP {found.status}")
    unknown = found.category in (Category.UNAVAILABLE.word, Category.BUG.word)
    money = label_of("Page", "unknown_outcome" if unknown else "no_money", language)
    return f"{' · '.join(said)} · {money}"


def _kind(found: Explanation, language: Language) -> str:
    if found.category is None:
        return label_of("Page", "transaction", language)
    if found.code not in CATALOGUE and found.code not in _OWN:
        return label_of("Page", "on_chain", language)
    return label_of("Category", found.category, language)


def _entry(found: Explanation, language: Language) -> str:
    target = f"{PAGES}/{found.code}?lang={language}"
    link = f'<a href="{escape(target)}"><code>{escape(found.code)}</code></a>'
    return f"<li>{link}<br>{escape(found.title)}</li>"


def _relations(code: str, language: Language) -> dict[str, str]:
    """Return what `relation` may say, for the one code that has it."""
    if code != NotOwner.__name__:
        return {}
    return {one.value: code_text(one, language).meaning for one in RequiredRelation}


def _table(heading: str, rows_by_name: dict[str, str], language: Language) -> str:
    if not rows_by_name:
        return ""
    rows = "\n".join(
        f'<tr><th scope="row"><code>{escape(name)}</code></th><td>{escape(meaning)}</td></tr>'
        for name, meaning in rows_by_name.items()
    )
    head = "".join(f'<th scope="col">{_word(word, language)}</th>' for word in ("name", "meaning"))
    title = f"<h2>{_word(heading, language)}</h2>"
    return f"{title}\n<table><thead><tr>{head}</tr></thead>\n<tbody>{rows}</tbody></table>"


def _document(title: str, parts: Iterable[str], *, language: Language, top: str = "") -> str:
    other = next(one for one in Language if one is not language)
    tag = _TAGS[other]
    switch = f'<a href="?lang={other}" lang="{tag}" hreflang="{tag}">{_NAMES[other]}</a>'
    body = "\n".join(part for part in parts if part)
    return (
        f'<!doctype html>\n<html lang="{_TAGS[language]}">\n<head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n"
        f"<body>\n<header><nav>{top}{switch}</nav></header>\n<main>\n{body}\n</main>\n"
        "</body>\n</html>\n"
    )


def _word(code: str, language: Language) -> str:
    return escape(label_of("Page", code, language))
