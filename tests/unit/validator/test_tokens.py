"""The Engine API's token: what the library makes, and what the library accepts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey

from node.validator.bridge.tokens import token


class TestToken:
    @given(secret=st.binary(min_size=32, max_size=32), at=st.integers(0, 2**40))
    def test_token__is_the_librarys(self, secret: bytes, at: int) -> None:
        key = OctKey.import_key(secret)
        assert token(secret, at=at) == jwt.encode({"alg": "HS256"}, {"iat": at}, key)
        found = jwt.decode(token(secret, at=at), key, algorithms=["HS256"])
        assert found.claims == {"iat": at}

    def test_token__is_fresh(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("time.time", lambda: 1_795_000_000.9)
        assert token(b"\1" * 32) == token(b"\1" * 32, at=1_795_000_000)
