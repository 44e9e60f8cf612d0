"""Alembic's entry point: migrates over the connection and inside the transaction it is given."""

from __future__ import annotations

from alembic import context

from rungwise.ledger.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=False,  # the caller's transaction holds the whole upgrade
)
context.run_migrations()
