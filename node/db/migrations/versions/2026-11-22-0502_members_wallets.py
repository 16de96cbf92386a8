"""The first tables: members, coverages, wallets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "202611220502"
down_revision = "202611220501"
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
    op.drop_table("funds")
    op.drop_table("channel_movements")
    op.drop_table("pending_transfers")
    op.drop_table("transfers")
    op.drop_table("account_freezes")
    op.drop_table("holds")
    op.drop_table("entries")
    op.drop_table("wallets")
    op.drop_table("coverages")
    op.drop_table("family_links")
    op.drop_table("guardians")
    op.drop_table("members")


def _part_1() -> None:
    op.create_table(
        "members",
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("identity_commitment", sa.LargeBinary(), nullable=False),
        sa.Column("categories", sa.BigInteger(), nullable=False),
        sa.Column("opened_by", sa.LargeBinary(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("terms_hash", sa.LargeBinary(), nullable=True),
        sa.Column("wallet_opened_at", sa.BigInteger(), nullable=True),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_members")),
    )
    op.create_table(
        "guardians",
        sa.Column("member", sa.LargeBinary(), nullable=False),
        sa.Column("guardian", sa.LargeBinary(), nullable=False),
        sa.Column("until_day", sa.Integer(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("member", "guardian", name=op.f("pk_guardians")),
    )
    op.create_index("ix_guardians_guardian", "guardians", ["guardian"])
    op.create_table(
        "family_links",
        sa.Column("holder", sa.LargeBinary(), nullable=False),
        sa.Column("relative", sa.LargeBinary(), nullable=False),
        sa.Column("relation", sa.String(12), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("linked_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("holder", "relative", name=op.f("pk_family_links")),
    )
    op.create_index("ix_family_links_relative", "family_links", ["relative"])


def _part_2() -> None:
    op.create_table(
        "coverages",
        sa.Column("member", sa.LargeBinary(), nullable=False),
        sa.Column("scheme", sa.String(12), nullable=False),
        sa.Column("start_day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("end_day", sa.Integer(), nullable=False),
        sa.Column("care_from_day", sa.Integer(), nullable=False),
        sa.Column("insurer", sa.LargeBinary(), nullable=False),
        sa.Column("member_kind", sa.String(12), nullable=False),
        sa.Column("region", sa.String(26), nullable=False),
        sa.Column("tenure_years", sa.Integer(), nullable=False),
        sa.Column("bill_id", sa.LargeBinary(), nullable=False),
        sa.Column("end_reason", sa.String(66), nullable=True),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("member", "scheme", "start_day", name=op.f("pk_coverages")),
    )
    op.create_index("ix_coverages_bill_id", "coverages", ["bill_id"])
    op.create_index("ix_coverages_insurer", "coverages", ["insurer", "member"])
    op.create_table(
        "wallets",
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("pocket", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("available_fen", sa.BigInteger(), nullable=False),
        sa.Column("held_fen", sa.BigInteger(), nullable=False),
        sa.Column("is_counter", sa.Boolean(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "pocket", name=op.f("pk_wallets")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "entries",
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("pocket", sa.SmallInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("balance_fen", sa.BigInteger(), nullable=False),
        sa.Column("counterpart", sa.LargeBinary(), nullable=False),
        sa.Column("counterpart_pocket", sa.SmallInteger(), nullable=False),
        sa.Column("purpose", sa.String(20), nullable=False),
        sa.Column("ref", sa.LargeBinary(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("timestamp", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "position", name=op.f("pk_entries")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_entries_ref", "entries", ["ref"])


def _part_3() -> None:
    op.create_table(
        "holds",
        sa.Column("hold_id", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("pocket", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("posted_fen", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("placed_block", sa.BigInteger(), nullable=False),
        sa.Column("finished_block", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("hold_id", name=op.f("pk_holds")),
    )
    op.create_index("ix_holds_account", "holds", ["account", "state"])
    op.create_table(
        "account_freezes",
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("frozen", sa.Boolean(), nullable=False),
        sa.Column("reason_code", sa.String(66), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_account_freezes")),
    )
    op.create_table(
        "transfers",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("sender", sa.LargeBinary(), nullable=False),
        sa.Column("receiver", sa.LargeBinary(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("returns_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_transfers")),
    )
    op.create_index("ix_transfers_due", "transfers", ["state", "returns_at"])
    op.create_index("ix_transfers_receiver", "transfers", ["receiver", "position"])
    op.create_index("ix_transfers_sender", "transfers", ["sender", "position"])
    op.create_table(
        "pending_transfers",
        sa.Column("sender", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sender", name=op.f("pk_pending_transfers")),
    )


def _part_4() -> None:
    op.create_table(
        "channel_movements",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("direction", sa.String(4), nullable=False),
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("channel", sa.LargeBinary(), nullable=False),
        sa.Column("pocket", sa.SmallInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("reference_hash", sa.LargeBinary(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("timestamp", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_channel_movements")),
    )
    op.create_index("ix_channel_movements_account", "channel_movements", ["account", "position"])
    op.create_index("ix_channel_movements_channel", "channel_movements", ["channel", "position"])
    op.create_table(
        "funds",
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("region", sa.String(26), nullable=False),
        sa.Column("scheme", sa.String(12), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("insurer", sa.LargeBinary(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_funds")),
    )
    op.create_index("ix_funds_region", "funds", ["region", "scheme", "kind"])
