"""Queries for api, web and services over rows that only the indexer changes."""
