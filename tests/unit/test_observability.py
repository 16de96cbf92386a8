"""What may stand in a log, and what is hidden or masked (P21)."""

import io
import json
import logging
import sys

import pytest
import structlog

from node.observability import (
    REDACTED,
    configure_logs,
    is_secret,
    mask,
    mask_numbers,
    redact,
    request_scope,
)

DIGEST = "0x" + "1380013800013800" * 4


class TestRedact:
    @pytest.mark.parametrize(
        "name",
        [
            *("token", "access_token", "seal_key", "Authorization", "privateKey", "pin", "name"),
            *("member_name", "phoneNumber", "id_card", "X-Api-Key", "mnemonic", "diagnoses"),
        ],
    )
    def test_secret_or_personal_name__is_hidden(self, name: str) -> None:
        assert is_secret(name)
        assert redact(None, "", {name: "value"}) == {name: REDACTED}

    @pytest.mark.parametrize(
        "name", ["digest", "keyboard", "filename", "tx_hash", "contract_address", "pinned_block"]
    )
    def test_public_name__is_shown(self, name: str) -> None:
        assert redact(None, "", {name: "value"}) == {name: "value"}

    def test_nested_values__are_hidden_too(self) -> None:
        entry = {"body": {"items": [{"password": "x", "amount_fen": 5}]}}
        assert redact(None, "", entry) == {
            "body": {"items": [{"password": REDACTED, "amount_fen": 5}]}
        }

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("id 11010519491231002X!", "id 1****************X!"),
            ("old 110105491231002", "old 1*************2"),
            ("call +8613800138000 now", "call +************0 now"),
            ("call 13800138000", "call 1*********0"),
            ("card 6222020200112233445", "card 6*****************5"),
            ("ssn 999-12-3456", "ssn 9*********6"),
        ],
    )
    def test_personal_number_in_a_text__is_masked(self, text: str, shown: str) -> None:
        assert mask_numbers(text) == shown

    @pytest.mark.parametrize("text", [DIGEST, "block 12345678", "2026-01-31T06:00:00Z", ""])
    def test_hashes_blocks_and_times__stay(self, text: str) -> None:
        assert mask_numbers(text) == text

    def test_number_with_a_unit__is_no_phone_number(self) -> None:
        entry = {"amount_fen": 13_800_138_000, "unnamed": 13_800_138_000}
        assert redact(None, "", entry) == {
            "amount_fen": 13_800_138_000, "unnamed": "1*********0",
        }  # fmt: skip

    def test_bytes_and_objects__are_not_dumped(self) -> None:
        entry = redact(None, "", {"raw": b"\1\2", "error": ValueError("of 13800138000")})
        assert entry == {"raw": "<2 bytes>", "error": "of 1*********0"}

    def test_short_text__is_hidden_whole(self) -> None:
        assert mask("张三") == REDACTED


class TestLogs:
    @pytest.fixture
    def stream(self, monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
        stream = io.StringIO()
        monkeypatch.setattr(sys, "stderr", stream)
        configure_logs()
        return stream

    def test_entry__is_one_json_line_with_the_request(self, stream: io.StringIO) -> None:
        with request_scope() as request_id:
            structlog.get_logger().info("paid", amount_fen=5, token="x")
        entry = json.loads(stream.getvalue())
        assert (entry["event"], entry["amount_fen"], entry["token"]) == ("paid", 5, REDACTED)
        assert entry["request_id"] == request_id

    def test_traceback__is_masked(self, stream: io.StringIO) -> None:
        try:
            raise ValueError("phone 13800138000")
        except ValueError:
            structlog.get_logger().exception("failed")
        assert "13800138000" not in stream.getvalue().replace('raise ValueError("phone ', "")

    def test_logs_of_libraries__pass_the_same_way(self, stream: io.StringIO) -> None:
        logging.getLogger("library").warning("user %s", "13800138000")
        entry = json.loads(stream.getvalue())
        assert entry["event"] == "user 1*********0"

    def test_request_ids__differ(self) -> None:
        with request_scope() as first, request_scope() as second:
            assert first != second
