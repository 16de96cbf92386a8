"""Alembic's entry: runs migrations on the connection that `node.db.schema` hands in."""

from alembic import context

import node.db.models  # noqa: F401  fills the metadata
from node.db.base import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
