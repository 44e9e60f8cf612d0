"""Bringing a database to the newest revision; Alembic is loaded only when there is work.

A revision is a file `migrations/versions/NNNN_title.py`; the newest is the last by name.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from rungwise.errors import LedgerError

MIGRATIONS = Path(__file__).parent / "migrations"


def revisions() -> list[str]:
    """Every revision that this version knows, oldest first."""
    files = (MIGRATIONS / "versions").glob("[0-9]*_*.py")
    return sorted(path.name.partition("_")[0] for path in files)


def revision_of(connection: Connection) -> str | None:
    """The database's revision; None where the ledger has not been created yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def is_newest(connection: Connection, place: str) -> bool:
    """Whether nothing is left to migrate.

    Raises:
        LedgerError: A newer version of Rungwise wrote it, or it belongs to something else.
    """
    found, known = revision_of(connection), revisions()
    if found is not None and found not in known:
        raise LedgerError(
            f"{place} has revision {found}; this Rungwise knows up to {known[-1]}",
            "Upgrade Rungwise to the version that wrote it.",
        )
    if found is None and inspect(connection).has_table("entries"):
        raise LedgerError(
            f"{place} has a table `entries` that Rungwise did not make",
            "Give the ledger a database of its own.",
        )
    return found == known[-1]


def upgrade(connection: Connection) -> None:
    """Run every migration that is missing, inside the caller's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    command.upgrade(config, "head")
