"""What a database driver complains about, told in one line."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from rungwise.errors import LedgerError, RungwiseError, StorageError

REFUSED = {
    "SQLITE_FULL": "the disk is full",
    "SQLITE_READONLY": "it or its folder is read-only",
    "SQLITE_CANTOPEN": "it cannot be opened there",
    "SQLITE_BUSY": "another process has been writing to it for too long",
    "SQLITE_IOERR": "the disk failed",
    "SQLITE_PERM": "permission denied",
}
DAMAGED = {
    "SQLITE_NOTADB": "is not a ledger database",
    "SQLITE_CORRUPT": "is damaged",
}


@contextlib.contextmanager
def explained(place: str) -> Iterator[None]:
    """Turn the driver's errors into Rungwise's; a lost race (IntegrityError) passes through.

    Raises:
        StorageError: The disk or the server refused.
        LedgerError: What is there is damaged, or is no ledger.
    """
    try:
        yield
    except IntegrityError:
        raise
    except DBAPIError as error:
        raise _explain(place, error) from error
    except SQLAlchemyError as error:
        raise LedgerError(
            f"{place} cannot be read as a ledger: {_line(error)}", "Restore it from a backup."
        ) from error
    except OSError as error:
        raise StorageError(
            f"{place} cannot be written: {error.strerror}",
            "Free space or permissions there, then run the same command again.",
        ) from error


def _explain(place: str, error: DBAPIError) -> RungwiseError:
    name = getattr(error.orig, "sqlite_errorname", "")
    for prefix, fact in DAMAGED.items():
        if name.startswith(prefix):
            return LedgerError(f"{place} {fact}", "Restore it from a backup.")
    for prefix, fact in REFUSED.items():
        if name.startswith(prefix):
            return StorageError(
                f"{place} cannot be used: {fact}",
                "Free space or permissions there, then run the same command again.",
            )
    return StorageError(
        f"{place} cannot be used: {_line(error.orig or error)}",
        "See that the database is reachable and is a ledger's own.",
    )


def _line(error: BaseException) -> str:
    """The first line of a driver's message."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
