"""The devnet file: what it says, and how a wrong one is refused (P27)."""

from pathlib import Path

import pytest

from node.devnet.network.chain_clock import chain_time, parse_clock
from node.devnet.network.local import ROOT, AnvilMissingError, find_anvil
from node.devnet.network.manifest import FILE_NAME, ManifestError, load_manifest
from node.domain.days import day_of, day_start
from node.domain.kinds import MemberKind, ProviderType
from node.domain.parties import OfficerRole, OrganisationKind

TEXT = (ROOT / FILE_NAME).read_text()
HOUR = 3_600


def changed(tmp_path: Path, old: str, new: str) -> Path:
    assert old in TEXT
    path = tmp_path / FILE_NAME
    path.write_text(TEXT.replace(old, new, 1))
    return path


class TestLoad:
    def test_our_file__has_the_demo_parties(self) -> None:
        manifest = load_manifest()
        kinds = {one.name: one.kind for one in manifest.organisations}
        assert kinds["INSURER"] is OrganisationKind.INSURER
        assert kinds["BANK"] is OrganisationKind.CHANNEL
        hospital = next(one for one in manifest.organisations if one.name == "HOSPITAL")
        assert (hospital.type, hospital.level) == (ProviderType.HOSPITAL, "3")
        assert [one.name for one in manifest.members] == ["ANN", "BEN", "CARL"]
        assert manifest.members[2].kind is MemberKind.CHILD
        officers = [one for one in manifest.officers if one.organisation == "INSURER"]
        assert len([one for one in officers if one.mask & OfficerRole.PLANS]) == 2
        assert manifest.plans.documents()

    def test_chain__is_the_documented_one(self) -> None:
        chain = load_manifest().chain
        assert (chain.chain_id, chain.idle_block_s, chain.finality_depth) == (8820, 10, 0)
        assert chain.clock_start_s == 10 * HOUR

    def test_keys__are_the_public_test_keys(self) -> None:
        first = load_manifest().chain.keys.secret(0).hex()
        assert first == "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"

    @pytest.mark.parametrize(
        ("old", "new", "reason"),
        [
            ("chain_id = 8820", "chain_id = 1", "not for test networks"),
            ("chain_id = 8820", "chain_id = 8810", "not for test networks"),
            ("chain_id = 8820", "chain_id = 0", "chain.chain_id"),
            ('clock_start = "10:00"', 'clock_start = "25:00"', "10:00"),
            ("relayers = [1, 2]", "relayers = [0, 2]", "one writer per key"),
            ('kind = "EMPLOYER"', 'kind = "BOSS"', "one of"),
            ('name = "BANK"', 'name = "ANN"', "declared twice: ANN"),
            ('guardian = "ANN"', 'guardian = "ZOE"', "not declared: ZOE"),
            ('approver = "OFFICER_B"', 'approver = "OFFICER_A"', "two people"),
            ("cash_fen = 200_000", "cash_fen = -1", "cash_fen"),
            ("110101198503070048", "110101198503070049", "check character"),
            ("cash_fen = 200_000", "cash = 200_000", "cash"),
            ("format = 1", "format = 2", "format"),
            ("format = 1", "format =", "not TOML"),
        ],
    )
    def test_wrong_file__is_refused_with_place_and_next_step(
        self, tmp_path: Path, old: str, new: str, reason: str
    ) -> None:
        with pytest.raises(ManifestError, match="next step") as caught:
            load_manifest(changed(tmp_path, old, new))
        assert reason in str(caught.value)

    def test_missing_file__is_named(self, tmp_path: Path) -> None:
        with pytest.raises(ManifestError, match="is missing"):
            load_manifest(tmp_path / "nothing.toml")


class TestAnvilOptions:
    def test_command_line__says_what_the_file_says(self, tmp_path: Path) -> None:
        arguments = load_manifest().anvil_options(tmp_path, port=9).arguments(now=1_772_416_800)
        for wanted in (
            "--block-time=10",
            "--mixed-mining",
            "--gas-limit=3000000000",
            "--hardfork=osaka",
        ):
            assert wanted in arguments
        assert {
            "--port=9",
            "--chain-id=8820",
            f"--dump-state={tmp_path / 'chain.exit.json'}",
        } < set(arguments)

    def test_missing_program__names_the_next_step(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(AnvilMissingError, match="run scripts/setup"):
            find_anvil(tmp_path)


class TestChainTime:
    """Transfers close at 22:00; a story must not fail at night."""

    TODAY = day_start(20_500)
    START = 10 * HOUR

    def time(self, hour: int, last: int | None = None) -> int | None:
        return chain_time(self.TODAY + hour * HOUR, clock_start_s=self.START, last=last)

    def test_by_day__it_is_the_wall_clock(self) -> None:
        assert self.time(9) is None
        assert self.time(9, last=self.TODAY) is None

    @pytest.mark.parametrize("hour", [0, 3, 5, 20, 23])
    def test_by_night__it_is_the_morning_of_the_same_day(self, hour: int) -> None:
        assert self.time(hour) == self.TODAY + self.START

    def test_saved_chain_ahead__goes_on_by_day(self) -> None:
        last = self.TODAY + 15 * HOUR
        assert self.time(11, last=last) == last + 1

    @pytest.mark.parametrize("hour", [2, 20, 23])
    def test_saved_chain_at_night__jumps_to_a_later_morning(self, hour: int) -> None:
        last = self.TODAY + hour * HOUR + 86_400
        found = self.time(11, last=last)
        assert found is not None
        assert found > last
        assert (found - self.START) == day_start(day_of(found))

    def test_without_a_clock_start__time_only_never_falls(self) -> None:
        assert chain_time(100, clock_start_s=None, last=None) is None
        assert chain_time(100, clock_start_s=None, last=99) is None
        assert chain_time(100, clock_start_s=None, last=100) == 101

    @pytest.mark.parametrize("text", ["24:00", "10", "1:00", "10:60", "ab:cd", ""])
    def test_wrong_time_of_day__is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"."):
            parse_clock(text)
