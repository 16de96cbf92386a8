"""The first tables: chain position, parties, plans."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "202611220501"
down_revision = "202611220500"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    _part_1()
    _part_2()
    _part_3()
    _part_4()


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("signer_freezes")
    op.drop_table("signers")
    op.drop_table("plans")
    op.drop_table("officers")
    op.drop_table("provider_contracts")
    op.drop_table("organisations")
    op.drop_table("network_flags")
    op.drop_table("actions")
    op.drop_table("directory_entries")
    op.drop_table("cancelled_nonces")
    op.drop_table("intents")
    op.drop_table("applied_events")
    op.drop_table("blocks")
    op.drop_table("chain_state")


def _part_1() -> None:
    op.create_table(
        "chain_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("chain_id", sa.BigInteger(), nullable=False),
        sa.Column("genesis_hash", sa.LargeBinary(), nullable=False),
        sa.Column("final_number", sa.BigInteger(), nullable=False),
        sa.Column("final_hash", sa.LargeBinary(), nullable=False),
        sa.Column("final_timestamp", sa.BigInteger(), nullable=False),
        sa.Column("head_number", sa.BigInteger(), nullable=False),
        sa.Column("head_hash", sa.LargeBinary(), nullable=False),
        sa.Column("head_timestamp", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chain_state")),
    )
    op.create_table(
        "blocks",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("parent_hash", sa.LargeBinary(), nullable=False),
        sa.Column("timestamp", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_blocks")),
    )
    op.create_index("ix_blocks_timestamp", "blocks", ["timestamp"])
    op.create_table(
        "applied_events",
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("block_hash", sa.LargeBinary(), nullable=False),
        sa.Column("log_index", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint(
            "block_number", "block_hash", "log_index", name=op.f("pk_applied_events")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "intents",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("actor", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("reason_code", sa.String(64), nullable=True),
        sa.Column("reason_values", sa.Text(), nullable=True),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.Column("tx_hash", sa.LargeBinary(), nullable=False),
        sa.Column("timestamp", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_intents")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_intents_actor", "intents", ["actor", "block_number", "log_index"])


def _part_2() -> None:
    op.create_table(
        "cancelled_nonces",
        sa.Column("actor", sa.LargeBinary(), nullable=False),
        sa.Column("intent_nonce", sa.LargeBinary(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("actor", "intent_nonce", name=op.f("pk_cancelled_nonces")),
    )
    op.create_table(
        "directory_entries",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("target", sa.LargeBinary(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", "version", name=op.f("pk_directory_entries")),
    )
    op.create_table(
        "actions",
        sa.Column("action_id", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("proposer", sa.LargeBinary(), nullable=False),
        sa.Column("payload_hash", sa.LargeBinary(), nullable=False),
        sa.Column("approver", sa.LargeBinary(), nullable=True),
        sa.Column("corrected_ref", sa.LargeBinary(), nullable=True),
        sa.Column("proposed_at", sa.BigInteger(), nullable=False),
        sa.Column("approved_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("action_id", name=op.f("pk_actions")),
    )
    op.create_table(
        "network_flags",
        sa.Column("name", sa.String(16), nullable=False),
        sa.Column("value", sa.Boolean(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_network_flags")),
    )


def _part_3() -> None:
    op.create_table(
        "organisations",
        sa.Column("organisation", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("provider_type", sa.String(12), nullable=False),
        sa.Column("level", sa.String(34), nullable=False),
        sa.Column("region", sa.String(26), nullable=False),
        sa.Column("settlement_account", sa.LargeBinary(), nullable=False),
        sa.Column("status_reason", sa.String(66), nullable=True),
        sa.Column("registered_at", sa.BigInteger(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("organisation", name=op.f("pk_organisations")),
    )
    op.create_index(
        "ix_organisations_kind", "organisations", ["kind", "provider_type", "organisation"]
    )
    op.create_table(
        "provider_contracts",
        sa.Column("provider", sa.LargeBinary(), nullable=False),
        sa.Column("insurer", sa.LargeBinary(), nullable=False),
        sa.Column("contracted", sa.Boolean(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("provider", "insurer", name=op.f("pk_provider_contracts")),
    )
    op.create_index("ix_provider_contracts_insurer", "provider_contracts", ["insurer"])
    op.create_table(
        "officers",
        sa.Column("officer", sa.LargeBinary(), nullable=False),
        sa.Column("organisation", sa.LargeBinary(), nullable=False),
        sa.Column("roles", sa.Integer(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("officer", name=op.f("pk_officers")),
    )
    op.create_index("ix_officers_organisation", "officers", ["organisation"])


def _part_4() -> None:
    op.create_table(
        "plans",
        sa.Column("plan_id", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("status", sa.String(8), nullable=False),
        sa.Column("region", sa.String(26), nullable=False),
        sa.Column("scheme", sa.String(12), nullable=False),
        sa.Column("member_kind", sa.String(12), nullable=False),
        sa.Column("care_type", sa.String(34), nullable=False),
        sa.Column("valid_from", sa.Integer(), nullable=False),
        sa.Column("valid_until", sa.Integer(), nullable=False),
        sa.Column("insurer", sa.LargeBinary(), nullable=False),
        sa.Column("source_hash", sa.LargeBinary(), nullable=False),
        sa.Column("catalogue_root", sa.LargeBinary(), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("proposer", sa.LargeBinary(), nullable=False),
        sa.Column("approver", sa.LargeBinary(), nullable=True),
        sa.Column("proposed_at", sa.BigInteger(), nullable=False),
        sa.Column("approved_at", sa.BigInteger(), nullable=True),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("plan_id", "version", name=op.f("pk_plans")),
    )
    op.create_index(
        "ix_plans_selector", "plans", ["region", "scheme", "member_kind", "care_type", "valid_from"]
    )
    op.create_table(
        "signers",
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("book", sa.String(12), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "key", name=op.f("pk_signers")),
    )
    op.create_index("ix_signers_key", "signers", ["key"])
    op.create_table(
        "signer_freezes",
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("frozen", sa.Boolean(), nullable=False),
        sa.Column("reason_code", sa.String(66), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_signer_freezes")),
    )
