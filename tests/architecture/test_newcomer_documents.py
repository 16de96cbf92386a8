"""README in two languages, licence, glossary: they agree with each other and with the code."""

import hashlib
import json
import re
import tomllib

from tests.fixtures.guide import steps_of
from tests.fixtures.tools import ROOT

FENCE = re.compile(r"^```.*?^```", re.M | re.S)
STANDARD = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"
OWNER = "Copyright 2026 The Yibao Node authors"
ENGLISH, CHINESE = ((ROOT / name).read_text() for name in ("README.md", "README.zh.md"))


def headings(page: str) -> list[int]:
    """Return the levels of a page's headings, in order."""
    return [len(one) for one in re.findall(r"^(#+) ", FENCE.sub("", page), re.M)]


class TestReadme:
    def test_languages__have_the_same_headings_and_tables(self) -> None:
        assert headings(CHINESE) == headings(ENGLISH)
        rows = [len(re.findall(r"^\|", page, re.M)) for page in (ENGLISH, CHINESE)]
        assert rows[0] == rows[1]

    def test_languages__have_the_same_blocks_links_and_pictures(self) -> None:
        assert FENCE.findall(CHINESE) == FENCE.findall(ENGLISH)
        links = [re.findall(r"\]\(([^)]+)\)", page) for page in (ENGLISH, CHINESE)]
        assert [one for one in links[0] if "README.zh" not in one] == [
            one for one in links[1] if one != "README.md"
        ]

    def test_blocks__that_need_a_running_sandbox_are_run(self) -> None:
        """Each is a step of tests/e2e/newcomer; what sets up or starts networks is not."""
        assert set(steps_of(ROOT / "README.md")) == {"calls", "money", "verify"}
        unmarked = re.findall(r"(?<!-->\n)```sh\n(.*?)```", ENGLISH, re.S)
        words = {line.split()[0] for block in unmarked for line in block.splitlines()}
        assert words == {"./scripts/start", "./scripts/test", ".venv/bin/yibao"}


class TestLicence:
    def test_text__is_the_standard_one_with_our_name(self) -> None:
        text = (ROOT / "LICENSE").read_text()
        standard = text.replace(OWNER, "Copyright [yyyy] [name of copyright owner]")
        assert OWNER in text
        assert hashlib.sha256(standard.encode()).hexdigest() == STANDARD

    def test_packages_and_sources__name_it(self) -> None:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
        assert (project["license"], project["license-files"]) == ("Apache-2.0", ["LICENSE"])
        for folder in ("contracts", "examples"):
            assert (
                json.loads((ROOT / folder / "package.json").read_text())["license"] == "Apache-2.0"
            )
        sources = [
            path for path in (ROOT / "contracts").rglob("*.sol") if "node_modules" not in path.parts
        ]
        first = {path.read_text().partition("\n")[0] for path in sources}
        assert first == {"// SPDX-License-Identifier: Apache-2.0"}


# Words of the field that nothing uses yet.
TO_COME = {"repair", "direct settlement", "reimbursement", "filing", "cross-region care", "netting"}


def code() -> str:
    """Return the sources as one text of lower-case words without separators."""
    folders = ("node", "contracts/src", "scripts")
    files = [path for one in folders for path in (ROOT / one).rglob("*")]
    text = "".join(one.read_text() for one in files if one.suffix in {".py", ".sol"})
    return re.sub(r"[-_ \s]", "", text).lower()


class TestGlossary:
    def test_words__are_those_of_the_code(self) -> None:
        rows = re.findall(r"^\| [^|]+ \| (.*?) \|", (ROOT / "docs/glossary.md").read_text(), re.M)
        words = {word for row in rows[1:] for word in re.findall(r"`([^`]+)`", row)}
        assert len(words) > 40
        known = code()
        missing = {one for one in words if re.sub(r"[-_ ]", "", one).lower() not in known}
        assert missing <= TO_COME
