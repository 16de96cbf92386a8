"""The printed form of a receipt: a PDF in one language with its state and a QR code (S53).

Needs the extra `pdf`: typst, and the font that carries the Chinese text. Nothing outside that font
and typst's own is used, so a receipt looks the same on every machine. Blocking: call it in a
thread.
"""

from __future__ import annotations

import datetime
import json
import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import segno

from node.domain.adjudication.trace import RefusedPart
from node.domain.amounts_in_words import amount_in_words
from node.domain.days import SHANGHAI_OFFSET_S, iso
from node.domain.language import Language
from node.domain.money import yuan
from node.domain.wording import reason_text
from node.features.receipts.care import Care, ReceiptLine
from node.features.receipts.names import Party
from node.features.receipts.service import ReceiptView, Subject
from node.features.receipts.words import words

TEMPLATE = Path(__file__).with_name("receipt.typ")
SHANGHAI = datetime.timezone(datetime.timedelta(seconds=SHANGHAI_OFFSET_S))
FONT_PACKAGE = "noto_cjk_sans_otc"
LONG_WORD = re.compile(r"[^\s\u2e80-\uffef]{21,}")
BREAK_HERE = "\u200b"


class PdfNotInstalled(Exception):  # noqa: N818
    """The extra `pdf` is not installed; the text names the next step."""


def render(view: ReceiptView, *, sandbox: bool, check_url: str) -> bytes:
    """Return a receipt as a PDF; the same bytes for the same view and address.

    Errors: PdfNotInstalled.
    """
    return bytes(_typeset(view, sandbox=sandbox, check_url=check_url, form={"format": "pdf"}))


def pictures(
    view: ReceiptView, *, sandbox: bool, check_url: str, dots_per_inch: int = 144
) -> list[bytes]:
    """Return the pages of a receipt as PNG, as the PDF shows them. Errors: PdfNotInstalled."""
    form: dict[str, Any] = {"format": "png", "ppi": dots_per_inch}
    found = _typeset(view, sandbox=sandbox, check_url=check_url, form=form)
    return [bytes(page) for page in found] if isinstance(found, list) else [bytes(found)]


def qr_svg(text: str) -> str:
    """Return a QR code that can be read with a quarter of it lost."""
    # A border is part of the code: without it cameras do not find the corners.
    return str(segno.make(text, error="q", micro=False).svg_inline(border=2))


def shorten(account: str) -> str:
    """Return an account as papers show it: enough to recognise it, not to use it."""
    return f"{account[:6]}…{account[-4:]}"


def shanghai_time(timestamp: int) -> str:
    """Return a moment as a Shanghai date and time."""
    return datetime.datetime.fromtimestamp(timestamp, SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def one_line(name: str) -> str:
    """Return a name that can do no harm to the text beside it, whoever entered it and when.

    Marks that break a line or turn its direction would move figures; a word that cannot be broken
    would be printed over them.
    """
    kept = (one for one in name if unicodedata.category(one) not in ("Cc", "Cf", "Zl", "Zp"))
    return LONG_WORD.sub(lambda word: BREAK_HERE.join(word[0]), "".join(kept))


def _typeset(view: ReceiptView, *, sandbox: bool, check_url: str, form: dict[str, Any]) -> Any:
    typst, fonts = _typesetter()
    return typst.compile(
        TEMPLATE.read_bytes(),
        font_paths=fonts,
        sys_inputs={
            "receipt": json.dumps(_content(view, sandbox=sandbox), ensure_ascii=False),
            "words": json.dumps(words(view.language), ensure_ascii=False),
            "qr": qr_svg(check_url),
        },
        timestamp=view.row.timestamp,
        **form,
    )


@cache
def _typesetter() -> tuple[Any, Any]:
    """Return typst and the fonts of all receipts: read once, they are large."""
    package = find_spec(FONT_PACKAGE)
    if find_spec("typst") is None or package is None or package.origin is None:
        raise PdfNotInstalled("install the extra: pip install 'yibao[pdf]'")
    import typst

    folder = str(Path(package.origin).parent)
    return typst, typst.Fonts(include_system_fonts=False, font_paths=[folder])


def _content(view: ReceiptView, *, sandbox: bool) -> dict[str, Any]:
    """Return what the template shows: text only, amounts already written out."""
    row, subject = view.row, view.subject
    chinese = view.language is Language.ZH
    return {
        "language": view.language.value,
        "number": row.number,
        "kind": row.kind,
        "state": row.state,
        "sandbox": sandbox,
        "payer": _party(view.payer),
        "subject": None if subject is None else _subject(subject, payer=view.payer),
        "amounts": [[one.source, yuan(one.amount_fen)] for one in view.amounts],
        "total": yuan(row.amount_fen),
        # Capital numerals are how a Chinese paper keeps its amount from being changed.
        "in_words": amount_in_words(row.amount_fen) if chinese else None,
        "care": None if view.care is None else _care(view.care, view.language),
        "voids": row.voids,
        "voided_by": row.voided_by,
        "chain_id": str(view.chain_id),
        "tx_hash": row.tx_hash,
        "block": f"{row.block_number:,}",
        "time": shanghai_time(row.timestamp),
    }


def _subject(subject: Subject, *, payer: Party) -> dict[str, Any]:
    start, end = subject.start_day, subject.end_day
    shown = None if start is None or end is None else (iso(start), iso(end - 1))
    part = None
    if subject.part is not None and subject.parts is not None and subject.parts > 1:
        part = f"{subject.part} / {subject.parts}"
    return {
        "kind": subject.kind,
        "id": subject.id,
        "member": None if subject.member == payer else _party(subject.member),
        "insurer": _party(subject.insurer),
        "provider": _party(subject.provider),
        "family_holder": _party(subject.family_holder),
        "scheme": subject.scheme,
        "period": shown and (shown[0] if shown[0] == shown[1] else " – ".join(shown)),
        "part": part,
        "subsidy": yuan(subject.subsidy_fen) if subject.subsidy_fen else None,
    }


def _party(party: Party | None) -> dict[str, str | None] | None:
    if party is None:
        return None
    name = None if party.name is None else one_line(party.name)
    return {"name": name, "id": shorten(party.account)}


def _care(care: Care, language: Language) -> dict[str, Any]:
    refused = None if care.refused is None else _reasons(care.refused, language)
    lines = None if care.lines is None else [_line(one, language) for one in care.lines]
    total_fen = sum(part.amount_fen for part in care.refused or ())
    return {
        "deductible": yuan(care.deductible_fen) if care.deductible_fen else None,
        "refused": refused,
        "refused_total": yuan(total_fen),
        "lines": lines,
    }


def _reasons(parts: Sequence[RefusedPart], language: Language) -> list[list[str]]:
    """Return label, meaning and amount of each part."""
    texts = [reason_text(part.reason, language) for part in parts]
    return [
        [text.label, text.meaning, yuan(part.amount_fen)]
        for text, part in zip(texts, parts, strict=True)
    ]


def _line(line: ReceiptLine, language: Language) -> dict[str, Any]:
    row, share = line.row, line.share
    return {
        "name": None if line.name is None else one_line(line.name),
        "code": one_line(row.item_code),
        "class": row.item_class,
        "quantity": f"{row.quantity:,}",
        "price": yuan(row.unit_price_fen),
        "gross": yuan(row.gross_fen),
        "fund": yuan(share.fund_fen),
        "refused": yuan(share.gross_fen - share.fund_fen),
        "why": _reasons(share.refused, language),
    }
