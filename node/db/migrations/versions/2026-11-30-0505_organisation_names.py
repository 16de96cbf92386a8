"""What organisations are called, for receipts and other papers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "202611300505"
down_revision = "202611220504"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "organisation_names",
        sa.Column("organisation", sa.LargeBinary(), nullable=False),
        sa.Column("name_zh", sa.String(120), nullable=False),
        sa.Column("name_en", sa.String(120), nullable=False),
        sa.Column("named_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("organisation", name=op.f("pk_organisation_names")),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("organisation_names")
