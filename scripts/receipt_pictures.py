"""Draw every kind of receipt in both languages, to be looked at before a change of the template.

    python scripts/receipt_pictures.py FOLDER

writes one PNG a page, and docs/receipt.png anew.
`samples` are what a test checks, too. Nobody in them exists.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from node.db.repositories.visits import LineRow
from node.domain.adjudication.trace import LineTrace, PaidPart, Payer, Reason, RefusedPart
from node.domain.days import parse_day
from node.domain.language import Language
from node.features.receipts.care import Care, ReceiptLine
from node.features.receipts.document import pictures
from node.features.receipts.names import Party
from node.features.receipts.service import ReceiptView, SourceAmount, Subject
from node.readmodels.receipts import ReceiptRow

_Named = Callable[[str], Party]
NUMBER, OTHER = "0000001204-00017", "0000001311-00004"
CODE = "kq4d7x2mzr3vbn6tylwsa5hefu"
CHECK_URL = f"https://yibao.example.gov.cn/check/{NUMBER}/{CODE}"
SHOWN, SHOWN_DPI = Path(__file__).parents[1] / "docs" / "receipt.png", 76
MOMENT_S = 1_772_416_800
LONGEST_FEN = 10_000_000_000_000
LONG = {
    Language.ZH: "某某自治区某某市某某县第一人民医院"
    "（某某医科大学附属第三临床学院、某某省区域医疗中心）",
    Language.EN: "The First People's Hospital of an Autonomous County, Third Clinical College"
    " of the Medical University",
}
MEMBER = "0x1d2c3b4a5968778695a4b3c2d1e0f00112233445"
RELATIVE = "0x17a2c3b4a5968778695a4b3c2d1e0f001122aa01"
HOSPITAL = "0x2a4b6c8d0e1f20314253647586970a1b2c3d4e5f"
INSURER = "0x2b4b6c8d0e1f20314253647586970a1b2c3d4e60"
EMPLOYER = "0x2c4b6c8d0e1f20314253647586970a1b2c3d4e61"
NAMES = {
    MEMBER: ("安小宁", "安小宁"),
    RELATIVE: ("白**", "白**"),
    HOSPITAL: ("沙盒第一人民医院", "Sandbox First People's Hospital"),
    INSURER: ("沙盒医保基金管理中心", "Sandbox Medical Insurance Fund"),
    EMPLOYER: ("沙盒制造有限公司", "Sandbox Manufacturing Ltd"),
}
ITEMS = (
    ("250101015", "血常规", "Blood count", 2_000),
    ("XA02BC", "奥美拉唑肠溶胶囊 20mg", "Omeprazole 20 mg", 2_600),
    ("C00000001", "特需门诊诊查费", "Special consultation", 3_000),
)


def samples(language: Language) -> Iterator[tuple[str, ReceiptView]]:
    """Return every kind of receipt under a name, with long names, no and huge amounts."""
    zh = language is Language.ZH

    def party(account: str) -> Party:
        return Party(account, NAMES[account][0 if zh else 1])

    premium = _premium(language, party)
    care = _care(language, party)
    yield "premium", premium
    assert premium.subject is not None
    part = replace(premium.subject, part=2, parts=4)
    yield "instalment", replace(premium, subject=part)
    employer = replace(
        premium,
        payer=party(EMPLOYER),
        amounts=_sources(CASH=60_000, EMPLOYEE=20_000, LATE_FEE=2_000),
        subject=replace(premium.subject, scheme="EMPLOYEE", subsidy_fen=0),
    )
    yield "employer", employer
    yield "voided", replace(premium, row=replace(premium.row, state="VOIDED", voided_by=OTHER))
    yield "refund", _negative(premium, "PREMIUM_REFUND")
    yield "care", care
    yield "care-many-lines", _many_lines(care)
    yield "care-without-lines", replace(care, care=replace(care.care or Care(0), lines=None))
    yield "care-elsewhere", replace(care, care=Care(1_500))
    yield "reversal", replace(_negative(care, "CLAIM_REVERSAL"), care=None)
    yield "care-voided", replace(care, row=replace(care.row, state="VOIDED", voided_by=OTHER))
    yield "unknown-names", _without_names(care)
    yield "long-names", _long_names(care, language)
    row = replace(premium.row, amount_fen=LONGEST_FEN)
    yield "huge-line", _huge_line(care)
    yield "huge", replace(premium, row=row, amounts=_sources(CASH=LONGEST_FEN))
    nothing = replace(premium.row, amount_fen=0)
    yield "zero", replace(premium, row=nothing, amounts=(), subject=None)


def _premium(language: Language, party: _Named) -> ReceiptView:
    subject = Subject(
        kind="BILL",
        id=_word("bill"),
        member=party(MEMBER),
        insurer=party(INSURER),
        provider=None,
        scheme="RESIDENT",
        region="110000",
        start_day=parse_day("2026-01-01"),
        end_day=parse_day("2027-01-01"),
        part=1,
        parts=1,
        subsidy_fen=67_000,
    )
    return ReceiptView(
        row=_row("PREMIUM", 82_000),
        language=language,
        chain_id=8820,
        code=CODE,
        payer=party(MEMBER),
        subject=subject,
        amounts=_sources(MEDICAL=30_000, CASH=51_900, LATE_FEE=100),
    )


def _care(language: Language, party: _Named) -> ReceiptView:
    """Return care of ¥102.00: ¥33.72 from funds, ¥5.00 borne by the provider."""
    lines = (
        _line(1, language, ITEMS[0], quantity=2, paid=2_240, refused={"band-self-pay": 1_760}),
        _line(
            2,
            language,
            ITEMS[1],
            quantity=2,
            paid=1_132,
            refused={
                "over-limit-provider": 500,
                "pre-self-pay": 470,
                "deductible": 1_500,
                "band-self-pay": 1_598,
            },
        ),
        _line(3, language, ITEMS[2], quantity=1, paid=0, refused={"own-pay": 3_000}),
    )
    subject = Subject(
        kind="CLAIM",
        id=_word("claim"),
        member=party(MEMBER),
        insurer=party(INSURER),
        provider=party(HOSPITAL),
        family_holder=party(RELATIVE),
        scheme="RESIDENT",
        region="110000",
        start_day=parse_day("2026-03-02"),
        end_day=parse_day("2026-03-03"),
    )
    return ReceiptView(
        row=_row("CLAIM", 12_200),
        language=language,
        chain_id=8820,
        code=CODE,
        payer=party(MEMBER),
        subject=subject,
        amounts=_sources(POOLED=3_372, PROVIDER=500, MEDICAL=2_000, FAMILY=1_500, CASH=4_828),
        care=Care(1_500, _totals(lines), lines),
    )


def _many_lines(care: ReceiptView) -> ReceiptView:
    assert care.care is not None
    assert care.care.lines is not None
    times = 20
    lines = tuple(
        replace(one, row=one.row._replace(number=3 * turn + place + 1))
        for turn in range(times)
        for place, one in enumerate(care.care.lines)
    )
    amounts = tuple(replace(one, amount_fen=times * one.amount_fen) for one in care.amounts)
    row = replace(care.row, amount_fen=times * care.row.amount_fen)
    return replace(care, row=row, amounts=amounts, care=Care(30_000, _totals(lines), lines))


def _huge_line(view: ReceiptView) -> ReceiptView:
    assert view.care is not None
    assert view.care.lines is not None
    first = view.care.lines[0]
    row = first.row._replace(quantity=5_000, unit_price_fen=LONGEST_FEN // 5_000,
                             gross_fen=LONGEST_FEN)  # fmt: skip
    funds = (PaidPart(Payer.POOLED, 1),)
    rest = (RefusedPart(Reason.BAND_SELF_PAY, LONGEST_FEN - 1),)
    line = replace(first, row=row, share=LineTrace(LONGEST_FEN, funds, rest))
    return replace(
        view,
        row=replace(view.row, amount_fen=LONGEST_FEN),
        amounts=_sources(POOLED=1, CASH=LONGEST_FEN - 1),
        care=Care(0, rest, (line,)),
    )


def _negative(view: ReceiptView, kind: str) -> ReceiptView:
    amount_fen = -view.row.amount_fen
    row = replace(view.row, kind=kind, number=OTHER, amount_fen=amount_fen, voids=NUMBER)
    amounts = tuple(SourceAmount(one.source, -one.amount_fen) for one in view.amounts)
    return replace(view, row=row, amounts=amounts)


def _without_names(view: ReceiptView) -> ReceiptView:
    assert view.subject is not None
    subject = replace(
        view.subject,
        member=Party(MEMBER, None),
        insurer=Party(INSURER, None),
        provider=Party(HOSPITAL, None),
        family_holder=Party(RELATIVE, None),
    )
    return replace(view, payer=Party(MEMBER, None), subject=subject)


def _long_names(view: ReceiptView, language: Language) -> ReceiptView:
    assert view.subject is not None
    assert view.care is not None
    name = LONG[language]
    subject = replace(
        view.subject, provider=Party(HOSPITAL, name), insurer=Party(INSURER, name * 2)
    )
    lines = tuple(replace(line, name=name) for line in view.care.lines or ())
    payer = Party(MEMBER, "阿卜杜热合曼·麦麦提吐尔逊江·艾合买提")
    return replace(view, payer=payer, subject=subject, care=replace(view.care, lines=lines))


def _line(
    number: int,
    language: Language,
    item: tuple[str, str, str, int],
    *,
    quantity: int,
    paid: int,
    refused: dict[str, int],
) -> ReceiptLine:
    code, chinese, english, price_fen = item
    gross_fen = quantity * price_fen
    assert gross_fen == paid + sum(refused.values()), item
    row = LineRow(
        number=number,
        item_code=code,
        item_class="ABC"[number - 1],
        quantity=quantity,
        unit_price_fen=price_fen,
        gross_fen=gross_fen,
        over_fen=0,
        self_pay_bp=0,
        line_hash=_word(code),
        revoked=False,
    )
    parts = tuple(RefusedPart(Reason(reason), fen) for reason, fen in refused.items())
    funds = (PaidPart(Payer.POOLED, paid),) if paid else ()
    name = chinese if language is Language.ZH else english
    return ReceiptLine(row, name, LineTrace(gross_fen, funds, parts))


def _totals(lines: tuple[ReceiptLine, ...]) -> tuple[RefusedPart, ...]:
    sums: dict[Reason, int] = {}
    for line in lines:
        for part in line.share.refused:
            sums[part.reason] = sums.get(part.reason, 0) + part.amount_fen
    return tuple(RefusedPart(reason, fen) for reason, fen in sums.items())


def _sources(**amounts_fen: int) -> tuple[SourceAmount, ...]:
    return tuple(SourceAmount(source, fen) for source, fen in amounts_fen.items())


def _row(kind: str, amount_fen: int) -> ReceiptRow:
    return ReceiptRow(
        number=NUMBER,
        kind=kind,
        state="ISSUED",
        digest=_word("digest"),
        subject=_word("subject"),
        account=MEMBER,
        amount_fen=amount_fen,
        voids=None,
        voided_by=None,
        tx_hash=_word("transaction"),
        block_number=1204,
        log_index=17,
        timestamp=MOMENT_S,
    )


def _word(text: str) -> str:
    return "0x" + hashlib.sha256(text.encode()).hexdigest()


def main(folder: Path) -> None:
    """Write the pictures into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for language in Language:
        for name, view in samples(language):
            for page, picture in enumerate(pictures(view, sandbox=True, check_url=CHECK_URL), 1):
                file = folder / f"{name}-{language}-{page}.png"
                file.write_bytes(picture)
                print(file)
    care = dict(samples(Language.EN))["care"]
    (shown,) = pictures(care, sandbox=True, check_url=CHECK_URL, dots_per_inch=SHOWN_DPI)
    SHOWN.write_bytes(shown)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
