"""The first tables: gateway: outbox, keys, access, care."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "202611220500"
down_revision = None
branch_labels = None
depends_on = None

ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    _part_1()
    _part_2()
    _part_3()
    _part_4()
    _part_5()


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("catalogue_items")
    op.drop_table("visit_lines")
    op.drop_table("visits")
    op.drop_table("lookup_attempts")
    op.drop_table("api_tokens")
    op.drop_table("identities")
    op.drop_table("idempotency")
    op.drop_table("intent_counters")
    op.drop_table("signer_nonces")
    op.drop_table("outbox_transactions")
    op.drop_table("outbox_history")
    op.drop_table("outbox")


def _part_1() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("actor", sa.LargeBinary(), nullable=False),
        sa.Column("intent_nonce", sa.LargeBinary(), nullable=False),
        sa.Column("deadline", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("signatures", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("reason_code", sa.String(64), nullable=True),
        sa.Column("reason_values", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_owner", sa.String(64), nullable=True),
        sa.Column("lease_until_ms", sa.BigInteger(), nullable=True),
        sa.Column("not_before_ms", sa.BigInteger(), nullable=False),
        sa.Column("transaction_id", ROW_NUMBER, nullable=True),
        sa.Column("tx_hash", sa.LargeBinary(), nullable=True),
        sa.Column("block_number", sa.BigInteger(), nullable=True),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("sent_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("mined_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("final_at_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("digest", name=op.f("uq_outbox_digest")),
    )
    op.create_index("ix_outbox_actor", "outbox", ["actor", "intent_nonce"])
    where = sa.text("state IN ('QUEUED', 'LEASED', 'SIGNED', 'SENT', 'MINED')")
    op.create_index(
        "ix_outbox_open", "outbox", ["state", "id"], sqlite_where=where, postgresql_where=where
    )
    where = sa.text("transaction_id IS NOT NULL")
    op.create_index(
        "ix_outbox_transaction",
        "outbox",
        ["transaction_id"],
        sqlite_where=where,
        postgresql_where=where,
    )
    op.create_table(
        "outbox_history",
        sa.Column("id", ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("event", sa.String(16), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("reason_code", sa.String(64), nullable=True),
        sa.Column("tx_hash", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_history")),
    )
    op.create_index("ix_outbox_history_digest", "outbox_history", ["digest"])


def _part_2() -> None:
    op.create_table(
        "outbox_transactions",
        sa.Column("id", ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("signer", sa.LargeBinary(), nullable=False),
        sa.Column("tx_nonce", sa.BigInteger(), nullable=False),
        sa.Column("tx_hash", sa.LargeBinary(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("gas_limit", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("reason_code", sa.String(64), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_ms", sa.BigInteger(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("sent_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("mined_at_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_transactions")),
        sa.UniqueConstraint(
            "signer", "tx_nonce", name=op.f("uq_outbox_transactions_signer_tx_nonce")
        ),
        sa.UniqueConstraint("tx_hash", name=op.f("uq_outbox_transactions_tx_hash")),
    )
    where = sa.text("state IN ('SIGNED', 'SENT', 'STUCK')")
    op.create_index(
        "ix_outbox_transactions_open",
        "outbox_transactions",
        ["state", "next_try_ms"],
        sqlite_where=where,
        postgresql_where=where,
    )
    op.create_table(
        "signer_nonces",
        sa.Column("signer", sa.LargeBinary(), nullable=False),
        sa.Column("next_nonce", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("signer", name=op.f("pk_signer_nonces")),
    )
    op.create_table(
        "intent_counters",
        sa.Column("actor", sa.LargeBinary(), nullable=False),
        sa.Column("next_counter", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("actor", name=op.f("pk_intent_counters")),
    )


def _part_3() -> None:
    op.create_table(
        "idempotency",
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("route", sa.String(96), nullable=False),
        sa.Column("key", sa.String(128), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("response", sa.LargeBinary(), nullable=True),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("actor", "route", "key", name=op.f("pk_idempotency")),
    )
    op.create_index("ix_idempotency_expires_at_ms", "idempotency", ["expires_at_ms"])
    op.create_table(
        "identities",
        sa.Column("member", sa.LargeBinary(), nullable=False),
        sa.Column("number_hash", sa.LargeBinary(), nullable=False),
        sa.Column("number_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("salt_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("member", name=op.f("pk_identities")),
        sa.UniqueConstraint("number_hash", name=op.f("uq_identities_number_hash")),
    )
    op.create_table(
        "api_tokens",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("label", sa.String(64), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_api_tokens")),
    )
    op.create_index("ix_api_tokens_account", "api_tokens", ["account"])
    op.create_table(
        "lookup_attempts",
        sa.Column("id", ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lookup_attempts")),
    )
    op.create_index("ix_lookup_attempts_subject", "lookup_attempts", ["subject"])


def _part_4() -> None:
    op.create_table(
        "visits",
        sa.Column("visit_id", sa.String(36), nullable=False),
        sa.Column("provider", sa.LargeBinary(), nullable=False),
        sa.Column("member", sa.LargeBinary(), nullable=False),
        sa.Column("care_type", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("start_day", sa.Integer(), nullable=False),
        sa.Column("end_day", sa.Integer(), nullable=True),
        sa.Column("diagnoses_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("claim_number_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("claim_id", sa.LargeBinary(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("visit_id", name=op.f("pk_visits")),
        sa.UniqueConstraint("claim_id", name=op.f("uq_visits_claim_id")),
    )
    op.create_index("ix_visits_digest", "visits", ["digest"])
    op.create_index("ix_visits_member", "visits", ["member", "visit_id"])
    op.create_index("ix_visits_provider", "visits", ["provider", "visit_id"])
    op.create_table(
        "visit_lines",
        sa.Column("visit_id", sa.String(36), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("item_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("item_class", sa.String(1), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit_price_fen", sa.BigInteger(), nullable=False),
        sa.Column("gross_fen", sa.BigInteger(), nullable=False),
        sa.Column("over_fen", sa.BigInteger(), nullable=False),
        sa.Column("self_pay_bp", sa.Integer(), nullable=False),
        sa.Column("line_hash", sa.LargeBinary(), nullable=False),
        sa.Column("revoked", sa.Boolean(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("visit_id", "number", name=op.f("pk_visit_lines")),
    )


def _part_5() -> None:
    op.create_table(
        "catalogue_items",
        sa.Column("catalogue", sa.String(32), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("valid_from", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("valid_until", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("item_class", sa.String(1), nullable=False),
        sa.Column("self_pay_bp", sa.Integer(), nullable=False),
        sa.Column("price_limit_fen", sa.BigInteger(), nullable=True),
        sa.Column("limits", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("catalogue", "code", "valid_from", name=op.f("pk_catalogue_items")),
    )
