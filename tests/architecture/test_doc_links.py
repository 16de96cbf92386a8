"""Links between our documents lead somewhere, down to the heading."""

import re
from pathlib import Path
from urllib.parse import unquote

from scripts.tidy import list_files
from tests.fixtures.tools import ROOT

LINK = re.compile(r"(?<!\!)\[[^\]]*\]\(<?([^)>\s]+)>?(?:\s+\"[^\"]*\")?\)|!\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.M | re.S)
CODE = re.compile(r"`[^`\n]*`")


def anchors(text: str) -> set[str]:
    """Return the anchors of a document's headings, as the usual renderers make them."""
    found: set[str] = set()
    for heading in re.findall(r"^#{1,6} +(.+?) *#* *$", FENCE.sub("", text), re.M):
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        number = 0
        while (name := f"{slug}-{number}" if number else slug) in found:
            number += 1
        found.add(name)
    return found


def broken_links(root: Path, document: str) -> list[str]:
    """Return each relative link of a document whose file or heading does not exist."""
    path = root / document
    problems = []
    for groups in LINK.findall(CODE.sub("", FENCE.sub("", path.read_text()))):
        link = unquote(groups[0] or groups[1])
        if re.match(r"[a-z][a-z0-9+.-]*:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (root / name.lstrip("/") if name.startswith("/") else path.parent / name).resolve()
        target = target if name else path
        exists = target.exists()
        if exists and anchor and target.suffix == ".md":
            exists = anchor in anchors(target.read_text())
        if not exists:
            problems.append(f"{document}: {link}")
    return problems


class TestDocLinks:
    def test_our_documents__link_to_what_exists(self) -> None:
        documents = [path for path in list_files(ROOT) if path.endswith(".md")]
        assert [link for path in documents for link in broken_links(ROOT, path)] == []

    def test_planted_links__are_found(self, tmp_path: Path) -> None:
        (tmp_path / "docs").mkdir()
        (tmp_path / "docs" / "b.md").write_text("# The first, one\n\n```\n# no heading\n```\n")
        (tmp_path / "a.md").write_text(
            "[ok](docs/b.md) [ok](docs/b.md#the-first-one) [ok](https://example.org/x) [ok](docs)\n"
            "`[code](nowhere.md)` [gone](docs/c.md) [none](docs/b.md#no-heading) ![p](p.png)\n"
        )
        expected = ["a.md: docs/c.md", "a.md: docs/b.md#no-heading", "a.md: p.png"]
        assert broken_links(tmp_path, "a.md") == expected
