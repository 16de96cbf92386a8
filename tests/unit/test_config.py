"""Settings from the environment and from files; the sandbox never meets a production chain."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from node.config import PREFIX, PRODUCTION_CHAIN_IDS, Profile, Settings


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in [one for one in os.environ if one.startswith(PREFIX)]:
        monkeypatch.delenv(name)


class TestSources:
    def test_nothing_set__is_production(self) -> None:
        settings = Settings()
        assert settings.profile is Profile.PRODUCTION
        assert settings.seal_key is None

    def test_environment__sets_a_value(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("YIBAO_CHAIN_ID", "8820")
        assert Settings().chain_id == 8820

    def test_named_file__gives_a_secret_that_does_not_print(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        file = tmp_path / "seal"
        file.write_text("ab" * 32 + "\n")
        monkeypatch.setenv("YIBAO_SEAL_KEY_FILE", str(file))
        settings = Settings()
        assert settings.seal_key is not None
        assert settings.seal_key.get_secret_value() == "ab" * 32
        assert "abab" not in repr(settings)

    def test_value_and_file__the_value_wins(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / "url").write_text("http://file")
        monkeypatch.setenv("YIBAO_RPC_URL_FILE", str(tmp_path / "url"))
        monkeypatch.setenv("YIBAO_RPC_URL", "http://value")
        assert Settings().rpc_url == "http://value"

    def test_argument__wins_over_both(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("YIBAO_CHAIN_ID", "8820")
        assert Settings(chain_id=8821).chain_id == 8821

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            *(("CHAIN_ID", "0"), ("CHAIN_ID", "x"), ("PROFILE", "test"), ("NONCE_SPACE", "-1")),
            *(("DIRECTORY_ADDRESS", "0x12"), ("FINALITY_DEPTH", "-1"), ("LOG_LEVEL", "LOUD")),
        ],
    )
    def test_wrong_value__is_refused(
        self, monkeypatch: pytest.MonkeyPatch, name: str, value: str
    ) -> None:
        monkeypatch.setenv(PREFIX + name, value)
        with pytest.raises(ValidationError):
            Settings()

    def test_settings__never_change(self) -> None:
        with pytest.raises(ValidationError):
            Settings().chain_id = 5  # type: ignore[misc]


class TestSandbox:
    """P27.4: test mode cannot be on with the production chain id."""

    @pytest.mark.parametrize("chain_id", PRODUCTION_CHAIN_IDS)
    def test_sandbox_on_a_production_chain__is_refused(self, chain_id: int) -> None:
        with pytest.raises(ValidationError, match="no sandbox"):
            Settings(profile=Profile.SANDBOX, chain_id=chain_id)

    def test_shorter_list__does_not_free_a_production_chain(self) -> None:
        with pytest.raises(ValidationError, match="no sandbox"):
            Settings(profile=Profile.SANDBOX, chain_id=8810, production_chain_ids=(5,))

    def test_own_production_chain__is_refused(self) -> None:
        with pytest.raises(ValidationError, match="no sandbox"):
            Settings(profile=Profile.SANDBOX, chain_id=99, production_chain_ids=(99,))

    def test_test_keys_in_production__are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ValidationError, match="sandbox_keys"):
            Settings(sandbox_keys=tmp_path / "keys.json")

    def test_sandbox_on_its_own_chain__is_accepted(self, tmp_path: Path) -> None:
        settings = Settings(
            profile=Profile.SANDBOX, chain_id=8820, sandbox_keys=tmp_path / "keys.json"
        )
        assert settings.profile is Profile.SANDBOX
