"""tokens.json of a devnet's home: what it says, who reads it, what an old one does (P27)."""

import json
import stat
from pathlib import Path

import pytest

from node.devnet.home.folder import DevnetHome, token_holders
from node.devnet.home.tokens import Access, ChainPlace, Holder
from node.devnet.network.manifest import load_manifest
from node.domain.roles import Role

CHAIN = ChainPlace(rpc_url="http://127.0.0.1:18545", chain_id=8820, directory="0x" + "dd" * 20)
ANN = Holder(role=Role.MEMBER, account="0x1" + "a" * 39, token="secret")
ACCESS = Access(chain=CHAIN, api="http://127.0.0.1:18080", holders={"ANN": ANN})


class TestAccessFile:
    def test_kept__is_the_documented_form(self, tmp_path: Path) -> None:
        """Examples in other languages read these names."""
        DevnetHome(tmp_path).keep_access(ACCESS)
        assert json.loads((tmp_path / "tokens.json").read_text()) == {
            "chain": {
                "rpc_url": "http://127.0.0.1:18545",
                "chain_id": 8820,
                "directory": "0x" + "dd" * 20,
            },
            "api": "http://127.0.0.1:18080",
            "holders": {
                "ANN": {"role": "MEMBER", "account": "0x1" + "a" * 39, "token": "secret"},
            },
        }

    def test_kept_over_a_readable_file__is_for_the_owner_only(self, tmp_path: Path) -> None:
        (tmp_path / "tokens.json").touch(mode=0o644)
        DevnetHome(tmp_path).keep_access(ACCESS)
        assert stat.S_IMODE((tmp_path / "tokens.json").stat().st_mode) == 0o600
        assert [one.name for one in tmp_path.iterdir()] == ["tokens.json"]

    def test_kept__is_found_at_the_next_start(self, tmp_path: Path) -> None:
        DevnetHome(tmp_path).keep_access(ACCESS)
        assert DevnetHome(tmp_path).access() == ACCESS

    @pytest.mark.parametrize("text", ['{"ANN": "secret"}', '{"holders": {"ANN', "", "[]"])
    def test_old_or_cut_off__holds_nobody(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "tokens.json").write_text(text)
        assert DevnetHome(tmp_path).access() is None

    def test_missing__holds_nobody(self, tmp_path: Path) -> None:
        assert DevnetHome(tmp_path).access() is None


class TestHolders:
    def test_our_file__has_an_auditor(self) -> None:
        roles = {one.party.name: one.role for one in token_holders(load_manifest())}
        assert roles["AUDITOR"] is Role.AUDITOR
        assert set(roles.values()) >= set(Role) - {Role.DEPENDANT, Role.VALIDATOR}
