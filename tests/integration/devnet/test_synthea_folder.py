"""Loading a Synthea folder: grouping, exact cents, named faults (M13)."""

import shutil
from pathlib import Path

import pytest

from node.devnet import synthea

FOLDER = Path(__file__).parents[2] / "data" / "synthea"
COINSURANCE_BP = {"Medicaid": 500, "Medicare": 2000, "Blue Cross Blue Shield": 2500}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "set"))


def replace_once(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


class TestLoad:
    def test_shipped_set__lines_and_totals_are_the_published_ones(self) -> None:
        """M13: 1,017 lines, 155 with an insurer payment, totals to the cent."""
        loaded = synthea.load(FOLDER)
        paid = loaded.insured_lines()
        assert (len(loaded.lines), len(paid)) == (1017, 155)
        assert sum(line.charge for line in paid) == 2_122_598
        assert sum(line.copay for line in paid) == 656_500
        assert sum(line.primary or 0 for line in paid) == 1_283_586
        assert sum(line.secondary or 0 for line in paid) == 52_328
        assert sum(line.member_paid for line in paid) == 130_184

    def test_each_insured_line__is_explained_by_copay_and_coinsurance(self) -> None:
        """M13: payer = half_up((charge - copay) x (1 - coinsurance)) on all 155 lines."""
        loaded = synthea.load(FOLDER)
        for line in loaded.insured_lines():
            ratio = 10_000 - COINSURANCE_BP[loaded.payers[line.payer]]
            rest = line.charge - line.copay
            assert line.primary == (2 * rest * ratio + 10_000) // 20_000
            insurers = sum(line.insurer_payments)
            assert line.charge == line.copay + insurers + line.member_paid


class TestRefusals:
    @pytest.mark.parametrize(
        ("file", "old", "new", "reason"),
        [
            ("claims_transactions.csv", ",129.16,", ",129.161,", "at most two decimals"),
            ("claims_transactions.csv", ",129.16,", ",-5,", "not an amount"),
            ("claims_transactions.csv", "COPAY", "BARTER", "unknown method 'BARTER'"),
            ("claims_transactions.csv", "CHARGEID", "CHARGE", "no column CHARGEID"),
            ("claims_transactions.csv", "1975-01-05T11:25:06Z", "soon", "not a date: 'soon'"),
            ("claims.csv", "6e2f1a2d-27bd-3701-8d08-dae202c58632", "nobody", "unknown id 'nobody'"),
            ("payers.csv", "\n", ",\n", "wrong number of columns"),
        ],
    )
    def test_bad_file__is_refused_with_the_place(
        self, folder: Path, *, file: str, old: str, new: str, reason: str
    ) -> None:
        """M13: a folder that cannot be read is refused, never half-loaded."""
        path = folder / file
        if file == "payers.csv":
            path.write_text(path.read_text().rstrip("\n") + ",one too many\n")
        else:
            replace_once(path, old, new)
        with pytest.raises(synthea.MalformedFolder, match=reason):
            synthea.load(folder)

    def test_missing_file__is_named(self, folder: Path) -> None:
        (folder / "encounters.csv").unlink()
        with pytest.raises(synthea.MalformedFolder, match=r"encounters\.csv"):
            synthea.load(folder)
