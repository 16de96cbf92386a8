"""The gateway of these tests."""

from tests.fixtures.gateway.in_process import api, sqlite_api

__all__ = ["api", "sqlite_api"]
