"""Wallets: balances, entries, transfers, deposits, withdrawals."""
