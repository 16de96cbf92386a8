"""Headers of money requests and tags of answers: keys, waiting, body hashes, ETags (P50)."""

import pytest

from node.api.days import read_day, show_day
from node.api.idempotency import LONGEST_KEY, body_hash, checked_key, wait_seconds
from node.api.tags import tagged
from node.domain.errors import IdempotencyKeyMissing, MalformedBody

BODY = {
    "intent": {"kind": "OPEN_WALLET", "nonce": "1"},
    "signatures": [{"kind": "SECP256K1", "data": "0x1b"}],
}


class TestKey:
    @pytest.mark.parametrize("key", [None, ""])
    def test_none__is_missing(self, key: str | None) -> None:
        with pytest.raises(IdempotencyKeyMissing):
            checked_key(key)

    @pytest.mark.parametrize("key", ["a b", "ключ", "a\n", "k" * (LONGEST_KEY + 1)])
    def test_other_form__is_malformed(self, key: str) -> None:
        with pytest.raises(MalformedBody):
            checked_key(key)

    def test_longest__is_taken(self) -> None:
        assert checked_key("k" * LONGEST_KEY) == "k" * LONGEST_KEY


class TestWait:
    @pytest.mark.parametrize(
        ("prefer", "seconds"),
        [
            (None, 0),
            ("", 0),
            ("respond-async", 0),
            ("wait=5", 5),
            ("WAIT = 5", 5),
            ("respond-async, wait=7", 7),
            ("wait=31", 30),
            ("wait=9999", 30),
            ("wait=99999", 0),
            ("wait=-1", 0),
            ("wait=1.5", 0),
            ("wait=x", 0),
        ],
    )
    def test_header__gives_seconds_of_at_most_30(self, prefer: str | None, seconds: int) -> None:
        assert wait_seconds(prefer) == seconds


class TestBodyHash:
    def test_path_and_every_field__count(self) -> None:
        known = body_hash("/v1/a", BODY)
        other = {**BODY, "signatures": BODY["signatures"] * 2}
        assert body_hash("/v1/b", BODY) != known
        assert body_hash("/v1/a", other) != known
        assert body_hash("/v1/a", BODY) == known


class TestTag:
    def test_same_content__has_the_same_tag(self) -> None:
        first, second = tagged(b"{}", known=None), tagged(b"{}", known=None)
        assert first.headers["ETag"] == second.headers["ETag"]
        assert tagged(b"[]", known=None).headers["ETag"] != first.headers["ETag"]

    def test_known_among_several__is_not_sent_again(self) -> None:
        answer = tagged(b"{}", known='W/"1", W/"7-ab"', version="7-ab")
        assert (answer.status_code, answer.body) == (304, b"")

    def test_unknown__is_sent(self) -> None:
        assert tagged(b"{}", known='"7-ab"', version="7-ab").status_code == 200


class TestDays:
    @pytest.mark.parametrize("text", ["2026-02-30", "2026-13-01", "0000-01-01"])
    def test_no_such_day__is_malformed_at_its_field(self, text: str) -> None:
        with pytest.raises(MalformedBody) as caught:
            read_day(text, field="/start")
        assert caught.value.field == "/start"

    def test_never__shows_as_the_last_date(self) -> None:
        assert show_day(2**31 - 1) == "9999-12-31"
        assert show_day(read_day("2026-03-02", field="/x")) == "2026-03-02"
