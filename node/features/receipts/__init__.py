"""Receipts: proofs of payment as JSON, PDF and a public check."""
