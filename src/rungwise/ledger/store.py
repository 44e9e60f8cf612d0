"""Where the ledger lies: an SQLite file, or any database that SQLAlchemy reaches."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import NullPool

from rungwise.errors import InputError
from rungwise.ledger import schema
from rungwise.ledger.faults import explained
from rungwise.ledger.head import Head

BUSY_SECONDS = 30


class Ledger:
    """A handle on the ledger; nothing is created before the first entry is written.

    Args:
        folder: Where `head` lies, and `ledger.db` unless a URL says otherwise.
        url: A database that a team shares, such as `postgresql://host/name`.

    Raises:
        InputError: The URL is none, or its driver is not installed.
    """

    def __init__(self, folder: Path, url: str | None = None) -> None:
        self.folder = folder
        self.file = folder / "ledger.db" if url is None else None
        where = URL.create("sqlite", database=str(self.file)) if url is None else _url(url)
        self.place = str(self.file or where.render_as_string(hide_password=True))
        self.head = Head(folder / "head")
        self.engine = _engine(where)
        self._ready = False

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection | None]:
        """A connection inside one consistent view; None where there is no ledger yet.

        Raises:
            StorageError: It cannot be reached, or must be migrated and cannot be written.
            LedgerError: It is damaged, no ledger, or was written by a newer version.
        """
        with explained(self.place):
            if self.file and not self.file.exists():
                yield None
                return
            if not self._ready:
                with self.engine.connect() as connection, connection.begin():
                    self._ready = schema.is_newest(connection, self.place)
            if not self._ready:
                with self.writing():
                    pass  # migrates
            with self.engine.connect() as connection, connection.begin():
                yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection inside a transaction that keeps other writers of the file out.

        Raises:
            StorageError: It cannot be reached or written.
            LedgerError: It is damaged, no ledger, or was written by a newer version.
        """
        with explained(self.place):
            self.folder.mkdir(parents=True, exist_ok=True)
            with self.engine.connect().execution_options(writing=True) as connection:
                with connection.begin():
                    if not self._ready and not schema.is_newest(connection, self.place):
                        schema.upgrade(connection)
                    yield connection
                self._ready = True


def _url(text: str) -> URL:
    try:
        return make_url(text)
    except ArgumentError as error:
        raise _unusable("it is no URL") from error  # not shown: it may hold a password


def _engine(url: URL) -> Engine:
    file = url.get_backend_name() == "sqlite"
    try:
        # NullPool: no connection stays open behind the caller's back.
        engine = create_engine(
            url, poolclass=NullPool, connect_args={"timeout": BUSY_SECONDS} if file else {}
        )
    except (NoSuchModuleError, ImportError) as error:
        raise _unusable(f"there is no driver for {url.drivername} ({error})") from error
    except ArgumentError as error:
        raise _unusable(f"{url.drivername} does not take it") from error
    if file:
        event.listen(engine, "connect", _own_transactions)
        event.listen(engine, "begin", _begin)
    return engine


def _unusable(why: str) -> InputError:
    return InputError(
        f"The ledger's URL cannot be used: {why}",
        "Write it as postgresql://user@host/name, and install the driver that it names.",
    )


def _own_transactions(connection: Any, _record: Any) -> None:
    # The driver's own idea of when to begin would leave reads and DDL outside.
    connection.isolation_level = None
    # Damaged text must reach `verify`, which names its entry, instead of failing in the driver.
    connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")


def _begin(connection: Connection) -> None:
    # IMMEDIATE takes the write lock at once: what is read next cannot change before the commit.
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
