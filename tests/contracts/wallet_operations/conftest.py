"""Fixtures of money tests."""

from tests.fixtures.wallet import relatives, wallets

__all__ = ["relatives", "wallets"]
