"""The direction of Solidity imports, and documentation where it belongs: in the interfaces."""

from pathlib import Path

import pytest

from tests.architecture.solidity import functions_without_natspec, read_sources, wrong_imports
from tests.fixtures.tools import ROOT

INTERFACE = """
interface ILedger {
    /// @notice Moves money.
    function move() external;
}
"""


def plant(root: Path, **files: str) -> Path:
    """Write files below src/; a name such as ledger__Ledger is a folder and a contract."""
    for name, text in files.items():
        path = root / "src" / (name.replace("__", "/") + ".sol")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


class TestImports:
    def test_our_sources__import_downwards_only(self) -> None:
        assert wrong_imports(read_sources(ROOT / "contracts")) == []

    def test_downward_imports__are_allowed(self, tmp_path: Path) -> None:
        plant(
            tmp_path,
            types__Ids="type Id is bytes32;",
            interfaces__ILedger='import { Id } from "../types/Ids.sol";' + INTERFACE,
            ledger__Base='import "../interfaces/ILedger.sol";\nabstract contract Base {}',
            ledger__Ledger=(
                'import {\n    ILedger\n} from "../interfaces/ILedger.sol";\n'
                'import { Base } from "./Base.sol";\n'
                'import { Pausable } from "@openzeppelin/contracts/utils/Pausable.sol";\n'
                "// import { X } from '../rules/X.sol';\ncontract Ledger is Base {}"
            ),
        )
        assert wrong_imports(read_sources(tmp_path)) == []

    @pytest.mark.parametrize(
        ("path", "problem"),
        [
            ("../rules/Rules.sol", "own row or above"),
            ("../../mocks/Mock.sol", "outside src"),
            ("./Other.sol", "implementation"),
            ("../registry/Registry.sol", "implementation"),
            ("forge-std/Test.sol", "outside src"),
        ],
    )
    def test_planted_import__is_found(self, tmp_path: Path, path: str, problem: str) -> None:
        plant(
            tmp_path,
            ledger__Ledger=f'import {{ X }} from "{path}";\ncontract Ledger {{}}',
            ledger__Other="contract Other {}",
            rules__Rules="abstract contract Rules {}",
            registry__Registry="contract Registry {}",
        )
        assert [problem in finding for finding in wrong_imports(read_sources(tmp_path))] == [True]

    def test_rows_of_the_same_height__do_not_import_each_other(self, tmp_path: Path) -> None:
        plant(
            tmp_path,
            access__Roles='import { M } from "../libraries/M.sol";\nlibrary Roles {}',
            libraries__M="library M {}",
        )
        assert len(wrong_imports(read_sources(tmp_path))) == 1

    def test_unknown_folder__is_found(self, tmp_path: Path) -> None:
        plant(tmp_path, misc__X="library X {}")
        assert wrong_imports(read_sources(tmp_path)) == ["src/misc/X.sol: a folder without a row"]


class TestNatSpec:
    def test_our_interfaces__document_every_function(self) -> None:
        assert functions_without_natspec(read_sources(ROOT / "contracts")) == []

    def test_planted_function__is_found(self, tmp_path: Path) -> None:
        bare = INTERFACE.replace("/// @notice Moves money.", "// Moves money.")
        plant(tmp_path, interfaces__IOne=INTERFACE, interfaces__ITwo=bare)
        assert functions_without_natspec(read_sources(tmp_path)) == [
            "src/interfaces/ITwo.sol:4: move"
        ]
