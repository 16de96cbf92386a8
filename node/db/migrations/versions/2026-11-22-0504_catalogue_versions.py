"""Published versions of catalogues with their Merkle roots."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "202611220504"
down_revision = "202611220503"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "catalogue_versions",
        sa.Column("catalogue", sa.String(32), nullable=False),
        sa.Column("version", sa.String(32), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("insurer", sa.LargeBinary(), nullable=False),
        sa.Column("published_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("catalogue", "version", name=op.f("pk_catalogue_versions")),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("catalogue_versions")
