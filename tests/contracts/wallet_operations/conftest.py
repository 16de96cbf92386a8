"""Fixtures of money tests."""

from tests.fixtures.evm.wallet import relatives, wallets

__all__ = ["relatives", "wallets"]
