"""Roles of people and organisations; each request acts under one (domain.md §2)."""

from __future__ import annotations

import enum


class Role(enum.StrEnum):
    """Role id. The value is what tokens, tables and audit entries carry."""

    MEMBER = "MEMBER"
    DEPENDANT = "DEPENDANT"
    PROVIDER = "PROVIDER"
    INSURER = "INSURER"
    EMPLOYER = "EMPLOYER"
    CHANNEL = "CHANNEL"
    AUDITOR = "AUDITOR"
    OPERATOR = "OPERATOR"
    VALIDATOR = "VALIDATOR"
