"""The first tables: bills, receipts, claims."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "202611220503"
down_revision = "202611220502"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    _part_1()
    _part_2()
    _part_3()
    _part_4()
    _part_5()


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("provider_debts")
    op.drop_table("accumulators")
    op.drop_table("claim_steps")
    op.drop_table("claims")
    op.drop_table("receipts")
    op.drop_table("premium_refunds")
    op.drop_table("bill_payments")
    op.drop_table("premium_payments")
    op.drop_table("coverage_gaps")
    op.drop_table("bills")


def _part_1() -> None:
    op.create_table(
        "bills",
        sa.Column("bill_id", sa.LargeBinary(), nullable=False),
        sa.Column("member", sa.LargeBinary(), nullable=False),
        sa.Column("payer", sa.LargeBinary(), nullable=False),
        sa.Column("insurer", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("scheme", sa.String(12), nullable=False),
        sa.Column("member_kind", sa.String(12), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("paid_parts", sa.Integer(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("period_start", sa.Integer(), nullable=False),
        sa.Column("period_end", sa.Integer(), nullable=False),
        sa.Column("joined_day", sa.Integer(), nullable=False),
        sa.Column("due_day", sa.Integer(), nullable=False),
        sa.Column("part_interval_days", sa.Integer(), nullable=False),
        sa.Column("grace_days", sa.Integer(), nullable=False),
        sa.Column("backpay_days", sa.Integer(), nullable=False),
        sa.Column("late_fee_bp_per_day", sa.Integer(), nullable=False),
        sa.Column("region", sa.String(26), nullable=False),
        sa.Column("personal_fen", sa.BigInteger(), nullable=False),
        sa.Column("employee_fen", sa.BigInteger(), nullable=False),
        sa.Column("subsidy_fen", sa.BigInteger(), nullable=False),
        sa.Column("paid_medical_fen", sa.BigInteger(), nullable=False),
        sa.Column("paid_cash_fen", sa.BigInteger(), nullable=False),
        sa.Column("paid_late_fee_fen", sa.BigInteger(), nullable=False),
        sa.Column("plan_id", sa.LargeBinary(), nullable=False),
        sa.Column("plan_version", sa.BigInteger(), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("bill_id", name=op.f("pk_bills")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_bills_member", "bills", ["member", "due_day", "bill_id"])
    op.create_index("ix_bills_payer", "bills", ["payer", "due_day", "bill_id"])
    op.create_table(
        "coverage_gaps",
        sa.Column("bill_id", sa.LargeBinary(), nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("gap_start", sa.Integer(), nullable=False),
        sa.Column("gap_end", sa.Integer(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("bill_id", "part", name=op.f("pk_coverage_gaps")),
    )


def _part_2() -> None:
    op.create_table(
        "premium_payments",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("bill_id", sa.LargeBinary(), nullable=False),
        sa.Column("payer", sa.LargeBinary(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("medical_fen", sa.BigInteger(), nullable=False),
        sa.Column("cash_fen", sa.BigInteger(), nullable=False),
        sa.Column("employee_fen", sa.BigInteger(), nullable=False),
        sa.Column("subsidy_fen", sa.BigInteger(), nullable=False),
        sa.Column("late_fee_fen", sa.BigInteger(), nullable=False),
        sa.Column("refunded", sa.Boolean(), nullable=False),
        sa.Column("receipt_number", sa.String(24), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("timestamp", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_premium_payments")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "bill_payments",
        sa.Column("bill_id", sa.LargeBinary(), nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("bill_id", "part", name=op.f("pk_bill_payments")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "premium_refunds",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("bill_id", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.String(24), nullable=False),
        sa.Column("medical_fen", sa.BigInteger(), nullable=False),
        sa.Column("cash_fen", sa.BigInteger(), nullable=False),
        sa.Column("employee_fen", sa.BigInteger(), nullable=False),
        sa.Column("subsidy_fen", sa.BigInteger(), nullable=False),
        sa.Column("late_fee_fen", sa.BigInteger(), nullable=False),
        sa.Column("receipt_number", sa.String(24), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("timestamp", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_premium_refunds")),
    )
    op.create_index("ix_premium_refunds_bill_id", "premium_refunds", ["bill_id"])


def _part_3() -> None:
    op.create_table(
        "receipts",
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("voids", sa.String(24), nullable=True),
        sa.Column("voided_by", sa.String(24), nullable=True),
        sa.Column("tx_hash", sa.LargeBinary(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.Column("timestamp", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_receipts")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_receipts_account", "receipts", ["account", "number"])
    op.create_index("ix_receipts_digest", "receipts", ["digest"])
    op.create_index("ix_receipts_subject", "receipts", ["subject", "number"])


def _part_4() -> None:
    op.create_table(
        "claims",
        sa.Column("claim_id", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("provider", sa.LargeBinary(), nullable=False),
        sa.Column("member", sa.LargeBinary(), nullable=False),
        sa.Column("insurer", sa.LargeBinary(), nullable=True),
        sa.Column("supplementary_payer", sa.LargeBinary(), nullable=True),
        sa.Column("family_holder", sa.LargeBinary(), nullable=True),
        sa.Column("region", sa.String(26), nullable=True),
        sa.Column("scheme", sa.String(12), nullable=True),
        sa.Column("plan_id", sa.LargeBinary(), nullable=True),
        sa.Column("plan_version", sa.BigInteger(), nullable=True),
        sa.Column("year", sa.SmallInteger(), nullable=True),
        sa.Column("cash_at_counter", sa.Boolean(), nullable=True),
        sa.Column("previous_claim", sa.LargeBinary(), nullable=True),
        sa.Column("total_fen", sa.BigInteger(), nullable=True),
        sa.Column("own_fen", sa.BigInteger(), nullable=True),
        sa.Column("over_fen", sa.BigInteger(), nullable=True),
        sa.Column("pre_self_fen", sa.BigInteger(), nullable=True),
        sa.Column("in_scope_fen", sa.BigInteger(), nullable=True),
        sa.Column("deductible_fen", sa.BigInteger(), nullable=True),
        sa.Column("pooled_fen", sa.BigInteger(), nullable=True),
        sa.Column("big_illness_fen", sa.BigInteger(), nullable=True),
        sa.Column("aid_fen", sa.BigInteger(), nullable=True),
        sa.Column("supplementary_fen", sa.BigInteger(), nullable=True),
        sa.Column("provider_fen", sa.BigInteger(), nullable=True),
        sa.Column("member_fen", sa.BigInteger(), nullable=True),
        sa.Column("medical_fen", sa.BigInteger(), nullable=True),
        sa.Column("family_fen", sa.BigInteger(), nullable=True),
        sa.Column("cash_fen", sa.BigInteger(), nullable=True),
        sa.Column("trace_hash", sa.LargeBinary(), nullable=True),
        sa.Column("evidence", sa.LargeBinary(), nullable=True),
        sa.Column("replaces", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("reversal_digest", sa.LargeBinary(), nullable=True),
        sa.Column("reversal_reason", sa.String(66), nullable=True),
        sa.Column("shortfall_fen", sa.BigInteger(), nullable=True),
        sa.Column("receipt_number", sa.String(24), nullable=True),
        sa.Column("submitted_at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("claim_id", name=op.f("pk_claims")),
    )
    op.create_index("ix_claims_digest", "claims", ["digest"])
    op.create_index("ix_claims_due", "claims", ["state", "expires_at"])
    op.create_index("ix_claims_insurer", "claims", ["insurer", "position"])
    op.create_index("ix_claims_member", "claims", ["member", "position"])
    op.create_index("ix_claims_provider", "claims", ["provider", "position"])


def _part_5() -> None:
    op.create_table(
        "claim_steps",
        sa.Column("claim_id", sa.LargeBinary(), nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("timestamp", sa.BigInteger(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("claim_id", "position", name=op.f("pk_claim_steps")),
    )
    op.create_table(
        "accumulators",
        sa.Column("member", sa.LargeBinary(), nullable=False),
        sa.Column("year", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("deductible_used_e4", sa.Text(), nullable=False),
        sa.Column("in_bands_e4", sa.Text(), nullable=False),
        sa.Column("fund_paid_fen", sa.Text(), nullable=False),
        sa.Column("compliant_self_pay_fen", sa.BigInteger(), nullable=False),
        sa.Column("aid_paid_fen", sa.BigInteger(), nullable=False),
        sa.Column("stays", sa.Integer(), nullable=False),
        sa.Column("last_claim", sa.LargeBinary(), nullable=True),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("member", "year", name=op.f("pk_accumulators")),
    )
    op.create_table(
        "provider_debts",
        sa.Column("provider", sa.LargeBinary(), nullable=False),
        sa.Column("insurer", sa.LargeBinary(), nullable=False),
        sa.Column("debt_fen", sa.BigInteger(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("provider", "insurer", name=op.f("pk_provider_debts")),
    )
