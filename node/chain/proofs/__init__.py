"""Proof bundles: made from two RPCs, checked offline from the genesis validators."""
