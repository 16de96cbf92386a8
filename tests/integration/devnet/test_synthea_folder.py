"""Loading a Synthea folder: grouping, exact cents, named faults (M13)."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from node.devnet.synthea import folder as synthea

FOLDER = Path(__file__).parents[2] / "data" / "synthea"
Change = Callable[[str], str]
COINSURANCE_BP = {"Medicaid": 500, "Medicare": 2000, "Blue Cross Blue Shield": 2500}

MEDICAID = "7c4411ce-02f1-39b5-b9ec-dfbea9ad3c1a"
DUAL_ELIGIBLE = "b3221cfc-24fb-339e-823d-bc4136cbc4ed"
PATIENT = "261ad2a4-7c6f-da54-6a5b-3441beab9a6a"
FILES = (
    *("patients.csv", "payers.csv", "organizations.csv", "claims.csv", "encounters.csv"),
    *("claims_transactions.csv", "payer_transitions.csv"),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "set"))


def replace_once(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def write_history(
    folder: Path, rows: list[tuple[str, str, str]], *, columns: str = "START_YEAR,END_YEAR"
) -> None:
    """Leave one patient a history of (start, end, payer)."""
    lines = [f"PATIENT,{columns},PAYER", *(",".join((PATIENT, *row)) for row in rows)]
    (folder / "payer_transitions.csv").write_text("\n".join(lines) + "\n")


def only_insured(folder: Path) -> list[synthea.Unsettled]:
    """Return what is not settled of the folder, which must be read."""
    return synthea.load(folder).unsettled()


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
            ("claims_transactions.csv", "COPAY", "BARTER", "unknown method: 'BARTER'"),
            ("claims_transactions.csv", "CHARGEID", "CHARGE", "no column CHARGEID"),
            ("claims_transactions.csv", "1975-01-05T11:25:06Z", "soon", "not a date: 'soon'"),
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

    @pytest.mark.parametrize(
        ("start", "end", "reason"),
        [
            ("1974-11-10T11:25:06Z", "1974-11-09", "END_YEAR: before START_YEAR"),
            ("someday", "1974-11-09", "START_YEAR: not a date"),
            ("0001-01-01", "1974-11-09", "not between 1700-01-01"),
            ("1974-02-30", "1974-11-09", "START_YEAR: not a date"),
        ],
    )
    def test_history_row_that_cannot_be__is_refused_with_its_place(
        self, folder: Path, start: str, end: str, reason: str
    ) -> None:
        write_history(folder, [(start, end, MEDICAID)])
        with pytest.raises(
            synthea.MalformedFolder, match=rf"payer_transitions\.csv row 2, .*{reason}|{reason}"
        ):
            synthea.load(folder)

    @pytest.mark.parametrize("file", FILES)
    def test_file_without_a_byte__is_named(self, folder: Path, file: str) -> None:
        (folder / file).write_bytes(b"")
        with pytest.raises(synthea.MalformedFolder, match=f"{file}: no column"):
            synthea.load(folder)

    @pytest.mark.parametrize("file", FILES)
    def test_bytes_that_are_no_text__are_named(self, folder: Path, file: str) -> None:
        (folder / file).write_bytes(b"\xff\xfeI\x00d\x00")
        with pytest.raises(synthea.MalformedFolder, match=file):
            synthea.load(folder)

    def test_two_charges_of_one_number__are_refused(self, folder: Path) -> None:
        path = folder / "claims_transactions.csv"
        lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join([*lines[:2], lines[1]]))
        with pytest.raises(
            synthea.MalformedFolder,
            match=r"row 3, CHARGEID: is the charge of claims_transactions\.csv row 2 too: '76'",
        ):
            synthea.load(folder)

    def test_two_payers_of_one_id__are_refused(self, folder: Path) -> None:
        path = folder / "payers.csv"
        path.write_text(path.read_text().replace(DUAL_ELIGIBLE, MEDICAID))
        with pytest.raises(
            synthea.MalformedFolder, match=r"payers\.csv row 4, Id: stands in row 2"
        ):
            synthea.load(folder)

    def test_missing_file__is_named(self, folder: Path) -> None:
        (folder / "encounters.csv").unlink()
        with pytest.raises(synthea.MalformedFolder, match=r"encounters\.csv"):
            synthea.load(folder)


class TestForms:
    """What exports differ in and what does not matter."""

    @pytest.mark.parametrize(
        "change",
        [lambda text: text.replace("\n", "\r\n"), lambda text: "\ufeff" + text],
        ids=["CRLF", "byte order mark"],
    )
    def test_file_of_other_bytes__is_read_the_same(self, folder: Path, change: Change) -> None:
        before = synthea.load(folder)
        for path in (folder / file for file in FILES):
            path.write_bytes(change(path.read_text()).encode())
        assert synthea.load(folder) == before

    @pytest.mark.parametrize(
        "change",
        [
            lambda text: text.replace("\n", "\n\n"),
            lambda text: text + text.splitlines()[-1] + "\n",
        ],
        ids=["blank lines", "a repeated row"],
    )
    def test_file_with_more_lines__is_read_the_same(self, folder: Path, change: Change) -> None:
        before = synthea.load(folder)
        for path in (folder / file for file in FILES[:5]):
            path.write_text(change(path.read_text()))
        assert synthea.load(folder) == before

    @pytest.mark.parametrize("file", FILES)
    def test_header_alone__is_a_folder_with_nothing_of_it(self, folder: Path, file: str) -> None:
        path = folder / file
        path.write_text(path.read_text().splitlines()[0] + "\n")
        loaded = synthea.load(folder)
        assert len(loaded.insured_lines()) + len(loaded.unsettled()) in (0, 155)

    def test_newer_column_names_and_an_open_end__are_read(self, folder: Path) -> None:
        write_history(folder, [("2001-02-03", "", MEDICAID)], columns="START_DATE,END_DATE")
        (row,) = synthea.load(folder).history
        assert (row.start.isoformat(), row.end) == ("2001-02-03", synthea.OPEN_END)

    def test_years_alone__count_whole(self, folder: Path) -> None:
        write_history(folder, [("1973", "1974", MEDICAID)])
        (row,) = synthea.load(folder).history
        assert (row.start.isoformat(), row.end.isoformat()) == ("1973-01-01", "1974-12-31")

    @pytest.mark.parametrize("payer", ["", "0", "nobody"])
    def test_history_row_without_a_known_payer__is_left_out(self, folder: Path, payer: str) -> None:
        write_history(folder, [("1973-01-01", "1974-01-01", payer)])
        assert synthea.load(folder).history == ()


class TestUnsettled:
    """An insurer-paid line is settled or named, and the others stay as they are."""

    @pytest.mark.parametrize(
        ("file", "old", "reason"),
        [
            ("patients.csv", PATIENT, "PATIENTID is not in patients.csv"),
            ("claims.csv", "4b09ecee-3b73-f981-0c9d-78072e8a0af4", "CLAIMID is not in claims.csv"),
            ("claims.csv", "6e2f1a2d-27bd-3701-8d08-dae202c58632", "insurer is not in payers.csv"),
            ("encounters.csv", "532558b5-72cd-e32d-ad16-c7477681ba7b", "not in encounters.csv"),
            (
                "encounters.csv",
                "07832985-ceca-3614-852a-2da55166ecec",
                "the encounter's ORGANIZATION is not in organizations.csv",
            ),
        ],
    )
    def test_reference_to_nothing__names_the_line_and_keeps_the_others(
        self, folder: Path, file: str, old: str, reason: str
    ) -> None:
        replace_once(folder / file, old, "nobody")
        loaded = synthea.load(folder)
        found = loaded.unsettled()
        assert found
        assert len(found) + len(loaded.insured_lines()) == 155
        assert reason in found[0].reason
        assert (found[0].charge_id, found[0].place) == (76, "claims_transactions.csv row 2")

    @pytest.mark.parametrize("nobody", ["", "0"])
    def test_claim_that_names_no_payer__is_unsettled(self, folder: Path, nobody: str) -> None:
        replace_once(folder / "claims.csv", "6e2f1a2d-27bd-3701-8d08-dae202c58632", nobody)
        (found,) = only_insured(folder)
        assert found.reason == "the claim names no insurer"

    def test_payment_without_a_charge__is_unsettled(self, folder: Path) -> None:
        replace_once(folder / "claims_transactions.csv", "CHARGE,", "TRANSFERIN,")
        (found,) = only_insured(folder)
        assert found.reason == "an insurer's payment before any charge of its claim"
        assert found.place == "claims_transactions.csv row 4"

    def test_third_insurer__is_unsettled(self, folder: Path) -> None:
        path = folder / "claims_transactions.csv"
        lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join([*lines[:4], lines[3], lines[3], *lines[4:]]))
        (found,) = only_insured(folder)
        assert found.reason == "more than two insurers paid"
