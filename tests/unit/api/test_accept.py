"""Which form of a receipt a client wants (S53)."""

import pytest

from node.api.accept import PDF, prefers


class TestPrefers:
    """S53: JSON unless PDF is asked for by name."""

    @pytest.mark.parametrize(
        "accept",
        ["", "*/*", "application/json", "application/*", "application/pdf;q=0", "text/html",
         "application/json, application/pdf;q=0.5", "application/pdf;q=nonsense"],
    )  # fmt: skip
    def test_anything_else__is_json(self, accept: str) -> None:
        assert not prefers(accept, PDF)

    @pytest.mark.parametrize(
        "accept",
        ["application/pdf", "APPLICATION/PDF", "application/pdf, */*;q=0.1",
         "application/json;q=0.4, application/pdf;q=0.5"],
    )  # fmt: skip
    def test_pdf_named_and_not_ranked_lower__is_pdf(self, accept: str) -> None:
        assert prefers(accept, PDF)
