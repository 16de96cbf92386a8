"""Names on the printed receipt stay where they belong: none turns, breaks or covers a figure."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from pypdf import PdfReader

from node.domain.language import Language
from node.features.receipts.document import PdfNotInstalled, render
from node.features.receipts.names import Party
from scripts.receipt_pictures import CHECK_URL, HOSPITAL, samples


def printed(name: str) -> list[str]:
    """Return the lines of a receipt for care on which everybody and every item has this name."""
    view = dict(samples(Language.EN))["care"]
    assert view.subject is not None
    assert view.care is not None
    party = Party(HOSPITAL, name)
    lines = tuple(replace(line, name=name) for line in view.care.lines or ())
    subject = replace(view.subject, provider=party, insurer=party)
    shown = replace(view, payer=party, subject=subject, care=replace(view.care, lines=lines))
    try:
        paper = render(shown, sandbox=True, check_url=CHECK_URL)
    except PdfNotInstalled as error:
        pytest.skip(str(error))
    pages = PdfReader(io.BytesIO(paper)).pages
    return "\n".join(page.extract_text() for page in pages).split("\n")


class TestNames:
    def test_markup__is_printed_as_it_stands(self) -> None:
        name = '#panic("x") $x^2$ *b* _i_ <script> `r` @ref'
        assert f"Payer {name} 0x2a4b…4e5f" in printed(name)

    @pytest.mark.parametrize("odd", ["\u202e", "\u2067", "\u2028", "\u2029", "\u0085", "\n"])
    def test_marks_that_turn_or_break_a_line__are_not_printed(self, odd: str) -> None:
        text = printed(f"Clinic{odd} 1.00")
        assert "Payer Clinic 1.00 0x2a4b…4e5f" in text
        assert "Clinic 1.00 250101015 Class A 2 ¥20.00 ¥40.00 ¥22.40 ¥17.60" in text

    def test_long_word__is_broken_before_it_covers_the_figures(self) -> None:
        assert max(line.count("x") for line in printed("x" * 200)) < 90
