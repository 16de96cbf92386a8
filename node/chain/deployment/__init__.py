"""Deployment of a network, its role table, and whether a chain is ours."""
