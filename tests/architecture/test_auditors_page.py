"""What docs/auditors.md says of ids and packed words is what the contracts and the gateway do."""

import random
from dataclasses import asdict
from pathlib import Path

import pytest

from node.chain.abi.records import ReversalEvidence, YearWords
from node.domain.kinds import Scheme
from node.intents.schema import snake_case
from scripts import build_auditors
from scripts import solidity_texts as solidity
from scripts.build_auditors import PAGE, rendered

LOW = (1 << 64) - 1


def evidence(rng: random.Random) -> ReversalEvidence:
    """Return evidence with every packed bit drawn, but for a scheme and mode that exist."""
    terms = bytearray(rng.randbytes(32))
    terms[:12], terms[12], terms[13] = b"110000".ljust(12, b"\0"), 2, 1
    # What is not a figure is zero: the fourth lane of the last amounts, all above the stays.
    amounts = tuple(rng.getrandbits(bits) for bits in (256, 256, 256, 192))
    years = [YearWords(*(rng.getrandbits(bits) for bits in (256, 192 + 32, 256))) for _ in range(2)]
    account = "0x" + "11" * 20
    return ReversalEvidence(
        *("0x" + "00" * 32,) * 4, "0x" + terms.hex(), *(account,) * 5, amounts, *years
    )


def cut(word: int, one: solidity.Slice) -> int:
    """Return the bits of a word that the page names."""
    return word >> one.first_bit & (1 << one.bits) - 1


class TestPage:
    def test_generated_parts__are_what_the_sources_say(self) -> None:
        page = PAGE.read_text()
        assert rendered(page) == page, "run scripts/build_auditors.py"

    def test_changed_part__is_noticed(self) -> None:
        page = PAGE.read_text().replace("160–255 region", "0–95 region")
        assert rendered(page) != page

    def test_examples_of_accounts__are_those_of_the_gateway(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("node.chain.accounts.fees", lambda: "0xf" + "0" * 39)
        with pytest.raises(solidity.UnknownForm, match=r"accounts\.py derives fees otherwise"):
            build_auditors.derived_accounts()


class TestPackedWords:
    def test_terms__are_cut_where_the_page_says(self, rng: random.Random) -> None:
        claim = evidence(rng)
        terms, word = claim.claim_terms(), int(claim.terms, 16)
        found = {one.field: cut(word, one) for one in solidity.terms_slices()}
        assert found == {
            "region": int.from_bytes(b"110000".ljust(12, b"\0")),
            "scheme": Scheme.RESIDENT,
            "cashMode": 1,
            "year": terms.year,
            "version": terms.plan_version,
            "month": terms.month,
            "fingerprint": int(terms.fingerprint, 16),
        }

    def test_amounts__are_cut_where_the_page_says(self, rng: random.Random) -> None:
        claim = evidence(rng)
        found = {
            snake_case(one.field): cut(claim.amounts[int(one.word[-2])], one)
            for one in solidity.amount_slices()
        }
        assert found == asdict(claim.settlement())

    def test_years__are_cut_where_the_page_says(self, rng: random.Random) -> None:
        year = evidence(rng).before
        found = [
            cut(getattr(year, one.word), one)
            for one in sorted(solidity.year_slices(), key=lambda one: one.first_bit)
        ]
        compliant, stays, aid = found[9:]
        assert [*found[:9], compliant, aid, stays] == list(year.accumulators().words())


class TestSources:
    @pytest.mark.parametrize(
        ("path", "old", "new", "reading"),
        [
            ("Accounts.sol", 'abi.encode("FEES")', "seed()", solidity.derivations),
            ("Accounts.sol", '"RETENTION", provider, insurer', '"RETENTION", provider',
             solidity.derivations),
            ("Accounts.sol", "DERIVED << 156", "DERIVED << 152", solidity.digits),
            ("ClaimEvidence.sol", "uint256(month_) << MONTH | ", "", solidity.terms_slices),
            ("SettlementCodec.sol", "uint64(word >> 64)", "uint64(word >> 60)",
             solidity.amount_slices),
            ("YearCodec.sol", "year.stays = uint32(words.second >> TOP);", "",
             solidity.year_slices),
        ],
    )  # fmt: skip
    def test_other_form__is_refused(
        self, path: str, old: str, new: str, reading: object, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = solidity.source

        def changed(name: str) -> str:
            text = real(name)
            assert Path(name).name != path or old in text
            return text.replace(old, new) if Path(name).name == path else text

        monkeypatch.setattr(solidity, "source", changed)
        with pytest.raises(solidity.UnknownForm):
            reading()  # type: ignore[operator]
