"""The scripts and the rules of the suite do what their text says."""

from pathlib import Path

import pytest

from scripts import build_contracts, check_subject
from tests.fixtures import tools


class TestCommitSubject:
    @pytest.mark.parametrize(
        "subject",
        [
            "fix(relayer): keep the nonce when resending",
            "feat!: drop the old route",
            "Merge branch x",
        ],
    )
    def test_conventional_subject__is_accepted(self, subject: str) -> None:
        assert check_subject.problem(subject) is None

    @pytest.mark.parametrize(
        "subject",
        ["Fix things", "fix: a full stop.", "fix:", "feat: " + "x" * 67, "wip: more of it"],
    )
    def test_other_subject__is_refused(self, subject: str) -> None:
        assert check_subject.problem(subject) is not None


class TestRequireTool:
    def test_missing_tool__skips_with_its_name(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv(tools.REQUIRE_VARIABLE, raising=False)
        with pytest.raises(pytest.skip.Exception, match="no-such-tool"):
            tools.require_tool("no-such-tool")

    def test_missing_tool_where_all_are_required__fails(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(tools.REQUIRE_VARIABLE, "1")
        with pytest.raises(pytest.fail.Exception, match="no-such-tool"):
            tools.require_tool("no-such-tool")

    def test_tool_on_the_path__is_found(self) -> None:
        assert tools.require_tool("git").name == "git"


class TestContractSources:
    @pytest.fixture
    def tree(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """Put two contracts where the build looks for them."""
        monkeypatch.setattr(build_contracts, "CONTRACTS", tmp_path)
        for cached in ("read_source", "imports_of", "closure_of", "source_hash"):
            getattr(build_contracts, cached).cache_clear()
        (tmp_path / "src" / "ledger").mkdir(parents=True)
        (tmp_path / "src" / "types").mkdir()
        (tmp_path / "src" / "ledger" / "Ledger.sol").write_text(
            'import {\n    Id\n} from "../types/Ids.sol";\n'
            "// contract Ghost {}\ncontract Ledger {}\n"
        )
        (tmp_path / "src" / "types" / "Ids.sol").write_text("type Id is bytes32;\nlibrary Ids {}\n")
        return tmp_path

    def test_closure__follows_relative_imports(self, tree: Path) -> None:
        found = build_contracts.closure_of("src/ledger/Ledger.sol")
        assert found == {"src/ledger/Ledger.sol", "src/types/Ids.sol"}

    def test_targets__leave_out_what_is_in_a_comment(self, tree: Path) -> None:
        assert set(build_contracts.find_targets([])) == {"Ledger", "Ids"}

    def test_two_contracts_of_one_name__are_refused(self, tree: Path) -> None:
        (tree / "src" / "types" / "Ledger.sol").write_text("library Ledger {}\n")
        with pytest.raises(build_contracts.BuildError, match="Ledger: in"):
            build_contracts.find_targets([])

    def test_runtime_over_the_limit__fails_the_build(self) -> None:
        code = "0x" + "00" * (build_contracts.RUNTIME_LIMIT + 1)
        with pytest.raises(build_contracts.BuildError, match="Big"):
            build_contracts.report_sizes({"Big": {"deployedBytecode": code}})
