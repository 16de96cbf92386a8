"""Rows of the gateway's own tables, one module per aggregate; called inside a unit of work."""
