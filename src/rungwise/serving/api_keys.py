"""API keys: made on the command line, kept as hashes, and compared in constant time.

`.rungwise/api-keys.jsonl` has one line a key and one line a revocation. Lines are only appended, so
two commands cannot lose each other's key, and a server sees both without a restart.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from rungwise.errors import InputError, StorageError

SCOPES = ("predict", "admin", "review")
FILE_NAME = "api-keys.jsonl"
PREFIX = "rw"
NOBODY = hashlib.sha256(b"").hexdigest()
"""Compared with if no key has the id, so that the time tells nothing."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key, without its secret.

    Attributes:
        id: What tells keys apart, in lists and in a revocation; part of the key.
        scope: What it allows; `admin` allows everything.
        digest: Sha256 of the secret, which has 256 random bits.
        expires: Seconds since 1970; None if it does not.
        revoked: Whether it was.
    """

    id: str
    scope: str
    digest: str
    expires: float | None = None
    revoked: bool = False

    @property
    def valid(self) -> bool:
        """Whether it opens anything now."""
        return not self.revoked and (self.expires is None or time.time() < self.expires)

    def allows(self, scope: str) -> bool:
        """Whether it may be used for this."""
        return self.scope in (scope, "admin")


class ApiKeys:
    """The keys in a file, read again whenever it has changed.

    Args:
        path: The file; it need not exist.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int] | None = None
        self._keys: dict[str, ApiKey] = {}

    def all(self) -> list[ApiKey]:
        """Every key, in the order in which they were made.

        Raises:
            StorageError: The file cannot be read, or is damaged.
        """
        try:
            status = self._path.stat()
        except FileNotFoundError:
            self._seen, self._keys = None, {}
            return []
        if (seen := (status.st_mtime_ns, status.st_size)) != self._seen:
            self._keys, self._seen = self._read(), seen
        return list(self._keys.values())

    def find(self, token: str) -> ApiKey | None:
        """The valid key that a client has sent, or None."""
        self.all()
        prefix, _, rest = token.partition("-")
        name, _, secret = rest.partition("-")
        key = self._keys.get(name) if prefix == PREFIX else None
        digest = hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
        same = hmac.compare_digest(digest, key.digest if key else NOBODY)
        return key if same and key and key.valid else None

    def new(self, scope: str, days: float | None = None) -> str:
        """Make a key; the only time that it is shown.

        Raises:
            InputError: There is no such scope, or it would never be valid.
            StorageError: The file cannot be written.
        """
        if scope not in SCOPES:
            raise InputError(f"{scope!r} is no scope", f"Give one of {', '.join(SCOPES)}.")
        if days is not None and not days > 0:
            raise InputError(f"A key cannot be valid for {days:g} days", "Give more than 0.")
        name, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
        digest = hashlib.sha256(secret.encode()).hexdigest()
        expires = None if days is None else time.time() + days * 86_400
        self._append(asdict(ApiKey(name, scope, digest, expires)))
        return f"{PREFIX}-{name}-{secret}"

    def revoke(self, name: str) -> None:
        """Make a key worthless, at once also for servers that run.

        Raises:
            InputError: There is no such key.
            StorageError: The file cannot be written.
        """
        if name not in {key.id for key in self.all()}:
            raise InputError(f"There is no API key {name!r}", "See `rungwise keys list`.")
        self._append({"id": name, "revoked": True})

    def _read(self) -> dict[str, ApiKey]:
        keys: dict[str, ApiKey] = {}
        try:
            for line in self._path.read_text(encoding="utf-8").splitlines():
                told = json.loads(line)
                if told["id"] in keys:
                    keys[told["id"]] = replace(keys[told["id"]], revoked=True)
                else:
                    keys[told["id"]] = ApiKey(**told)
        except OSError as error:
            raise StorageError(
                f"{self._path} cannot be read: {error.strerror}", "Free it, then try again."
            ) from error
        except (ValueError, TypeError, KeyError) as error:
            raise StorageError(
                f"{self._path} is damaged", "Remove it and make new keys with `rungwise keys new`."
            ) from error
        return keys

    def _append(self, record: dict[str, object]) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(self._path, flags, 0o600), "ab") as file:
                file.write(json.dumps(record).encode() + b"\n")
        except OSError as error:
            raise StorageError(
                f"{self._path} cannot be written: {error.strerror}",
                "Free space or permissions there, then run the same command again.",
            ) from error
