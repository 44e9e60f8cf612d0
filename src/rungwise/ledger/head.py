"""The newest entry this machine has seen, kept beside the ledger.

A hash chain alone cannot see that its tail was cut off: what is left is a valid chain. The
head remembers sequence and hash of the newest entry. It is written after the entry is safe, so
a killed process leaves it behind the ledger, never ahead: a head the ledger does not hold
means that entries are gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rungwise.errors import LedgerError, StorageError
from rungwise.files import write_text


@dataclass(frozen=True, slots=True)
class Seen:
    """Where the ledger ended when it was last written from here."""

    sequence: int
    hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """The side file."""

    path: Path

    def read(self) -> Seen | None:
        """What was seen; None where nothing was.

        Raises:
            LedgerError: The file is not what `write` leaves.
        """
        try:
            text = self.path.read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError):
            return None
        except UnicodeDecodeError as error:
            raise self._unreadable() from error
        except OSError as error:
            raise StorageError(
                f"{self.path} cannot be read: {error.strerror}", "Free it, then try again."
            ) from error
        sequence, _, digest = text.strip().partition(" ")
        if not sequence.isdecimal() or int(sequence) < 1 or len(digest) != 64:
            raise self._unreadable()
        return Seen(int(sequence), digest)

    def write(self, sequence: int, digest: str) -> None:
        """Remember a newer entry, whole or not at all.

        Raises:
            StorageError: The folder cannot be written.
        """
        seen = self.read()
        if seen is not None and seen.sequence >= sequence:
            return  # another process has gone further meanwhile
        try:
            write_text(self.path, f"{sequence} {digest}\n")
        except OSError as error:
            raise StorageError(
                f"{self.path} cannot be written: {error.strerror}",
                "Free space or permissions there, then run the same command again.",
            ) from error

    def _unreadable(self) -> LedgerError:
        return LedgerError(
            f"{self.path} does not name an entry",
            "Restore it from a backup; delete it only if you know why it changed.",
        )


def gone(seen: Seen, last: int) -> LedgerError:
    """Say that entries this machine has seen are no longer there."""
    return LedgerError(
        f"The ledger ends at entry {last}, but entry {seen.sequence} ({seen.hash[:12]}) was "
        f"written: entry {last + 1} and what followed are gone",
        "Restore the ledger from a backup.",
    )


def replaced(seen: Seen) -> LedgerError:
    """Say that the newest entry this machine has seen is another one now."""
    return LedgerError(
        f"Entry {seen.sequence} is not the one that was written here ({seen.hash[:12]}): "
        "the ledger was rewritten",
        "Restore the ledger from a backup.",
    )
