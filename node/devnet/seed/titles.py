"""What the organisations of the devnet file are called: for papers, in the gateway's database."""

from __future__ import annotations

from node.db.repositories.organisation_names import NameRow, keep_name
from node.db.unit_of_work import UnitOfWork
from node.devnet.network.manifest import Manifest
from node.devnet.seed.parties import organisation_party


def name_organisations(unit: UnitOfWork, manifest: Manifest, *, now_ms: int) -> None:
    """Store the titles of the devnet file; what a person named otherwise is named back."""
    for entry in manifest.organisations:
        if entry.title is not None:
            account = organisation_party(entry.name).account
            keep_name(unit, NameRow(account, entry.title.zh, entry.title.en), now_ms=now_ms)
