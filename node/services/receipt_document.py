"""The printed form of a receipt: a PDF in Chinese and English with its state and a QR code (S53).

Needs the extra `pdf`: typst, and the font that carries the Chinese text. Nothing outside that font
and typst's own is used, so a receipt looks the same on every machine. Blocking: call it in a
thread.
"""

from __future__ import annotations

import datetime
import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import segno

from node.domain.amounts_in_words import amount_in_words
from node.domain.days import SHANGHAI_OFFSET_S, iso
from node.services.receipts import ReceiptView, Subject

TEMPLATE = Path(__file__).with_name("documents") / "receipt.typ"
SHANGHAI = datetime.timezone(datetime.timedelta(seconds=SHANGHAI_OFFSET_S))
FONT_PACKAGE = "noto_cjk_sans_otc"


class PdfNotInstalled(Exception):  # noqa: N818
    """The extra `pdf` is not installed; the text names the next step."""


def render(view: ReceiptView, *, sandbox: bool) -> bytes:
    """Return the receipt as a PDF; the same bytes for the same receipt. Errors: PdfNotInstalled."""
    typst, fonts = _typesetter()
    printed = typst.compile(
        TEMPLATE.read_bytes(),
        font_paths=fonts,
        sys_inputs={
            "receipt": json.dumps(_content(view, sandbox=sandbox), ensure_ascii=False),
            "qr": qr_svg(view.qr_text),
        },
        format="pdf",
        timestamp=view.row.timestamp,
    )
    return bytes(printed)


def qr_svg(text: str) -> str:
    """Return a QR code that can be read with a quarter of it lost."""
    # A border is part of the code: without it cameras do not find the corners.
    return str(segno.make(text, error="q", micro=False).svg_inline(border=2))


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
    return {
        "number": row.number,
        "kind": row.kind,
        "state": row.state,
        "sandbox": sandbox,
        "payer_name": view.payer_name,
        "payer": shorten(row.account),
        "subject": None if subject is None else _subject(subject),
        "amounts": [[one.source, yuan(one.amount_fen)] for one in view.amounts],
        "total": yuan(row.amount_fen),
        "words": amount_in_words(row.amount_fen),
        "voids": row.voids,
        "voided_by": row.voided_by,
        "chain_id": str(view.chain_id),
        "tx_hash": row.tx_hash,
        "block": f"{row.block_number:,}",
        "time": shanghai_time(row.timestamp),
    }


def _subject(subject: Subject) -> dict[str, Any]:
    start, end = subject.start_day, subject.end_day
    shown = None if start is None or end is None else (iso(start), iso(end - 1))
    part = None
    if subject.part is not None and subject.parts is not None and subject.parts > 1:
        part = f"{subject.part} / {subject.parts}"
    return {
        "kind": subject.kind,
        "id": subject.id,
        "insurer": subject.insurer and shorten(subject.insurer),
        "provider": subject.provider and shorten(subject.provider),
        "scheme": subject.scheme,
        "period": shown and (shown[0] if shown[0] == shown[1] else " – ".join(shown)),
        "part": part,
        "subsidy": yuan(subject.subsidy_fen) if subject.subsidy_fen else None,
    }


def shorten(account: str) -> str:
    """Return an account as papers show it: enough to recognise it, not to use it."""
    return f"{account[:6]}…{account[-4:]}"


def yuan(amount_fen: int) -> str:
    """Return an amount in yuan with separators, without a float."""
    sign, amount_fen = ("-", -amount_fen) if amount_fen < 0 else ("", amount_fen)
    return f"{sign}{amount_fen // 100:,}.{amount_fen % 100:02d}"


def shanghai_time(timestamp: int) -> str:
    """Return a moment as a Shanghai date and time."""
    return datetime.datetime.fromtimestamp(timestamp, SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
