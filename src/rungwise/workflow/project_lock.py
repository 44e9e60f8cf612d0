"""One writer a project: an advisory lock on `.rungwise/lock` that ends with its process.

`flock` locks belong to an open file, so two `Project` objects of one process exclude each other as
two processes do, and the kernel frees the lock of a process that was killed.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import socket
import stat
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from rungwise.errors import ProjectLocked, StorageError

NAME = "lock"
HELD = frozenset({errno.EAGAIN, errno.EACCES})
LONGEST = 1000
"""Bytes of a lock file that are read: who holds it."""
AGAIN = 0.1
"""Seconds between two tries to take a lock that is waited for."""
FLAGS = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


class ProjectLock:
    """The lock of one project, as one `Project` object sees it.

    A thread that holds it may enter again, so a verb can call another; other threads are kept out
    as other processes are.

    Args:
        path: The lock file; its folder is made.
        project: The folder that is locked, for messages.
        wait: Whether to wait for another holder instead of refusing.
        say: Where a wait is announced.
        remove: Whether the file is removed when the lock is left.
    """

    def __init__(
        self,
        path: Path,
        project: Path,
        *,
        wait: bool = False,
        say: Callable[[str], None] = lambda _: None,
        remove: bool = False,
    ) -> None:
        self.path = path
        self.project = project
        self.wait = wait
        self._say = say
        self._remove = remove
        self._threads = threading.RLock()
        self._depth = 0
        self._handle = -1

    @contextlib.contextmanager
    def held(self, verb: str) -> Iterator[bool]:
        """Hold the lock; yields whether it was taken here, not in an outer verb.

        Raises:
            ProjectLocked: Another holds it, and this one does not wait; the message names the
                holder and its verb.
            StorageError: The lock file cannot be made, is not a plain file, or lies on a file
                system without locks.
        """
        if not self._threads.acquire(blocking=self.wait):
            raise self._locked(self._holder())
        try:
            self._depth += 1
            try:
                if self._depth == 1:
                    self._take(verb)
                yield self._depth == 1
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self._leave()
        finally:
            self._threads.release()

    def _take(self, verb: str) -> None:
        while self._handle < 0:
            handle = self._open()
            try:
                self._lock(handle)
                if _is_at(handle, self.path):  # else it was removed while this one waited
                    self._handle = handle
                    self._write(verb)
            finally:
                if self._handle != handle:
                    os.close(handle)

    def _leave(self) -> None:
        if self._handle < 0:
            return
        with contextlib.suppress(OSError):  # only tells others who held it
            os.ftruncate(self._handle, 0)
            if self._remove:
                self.path.unlink()
        os.close(self._handle)
        self._handle = -1

    def _open(self) -> int:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.path, FLAGS, 0o666)
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise self._not_plain("a symbolic link") from None
            raise StorageError(
                f"{self.path} cannot be written: {error.strerror}",
                "Free space or permissions there, then run the same command again.",
            ) from error
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
            os.close(handle)
            # What is written into the lock would be written into that other file.
            raise self._not_plain("not a file of its own")
        return handle

    def _lock(self, handle: int) -> None:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in HELD:
                raise self._no_locks(error) from error
        else:
            return
        if not self.wait:
            raise self._locked(self._holder())
        self._say(f"Waiting for {self._holder()} …")
        # Asked again and again: Ctrl-C just before a blocking call would wait as long as that does.
        while True:
            time.sleep(AGAIN)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno not in HELD:
                    raise self._no_locks(error) from error
            else:
                return

    def _write(self, verb: str) -> None:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        told = {"verb": verb, "pid": os.getpid(), "host": socket.gethostname(), "since": now}
        try:
            os.ftruncate(self._handle, 0)
            os.pwrite(self._handle, json.dumps(told).encode(), 0)
        except OSError as error:
            raise StorageError(
                f"{self.path} cannot be written: {error.strerror}",
                "Free space or permissions there, then run the same command again.",
            ) from error

    def _holder(self) -> str:
        """Who holds the lock, in a few words; the file may be empty for a moment."""
        try:
            told = json.loads(self.path.read_bytes()[:LONGEST])
            verb, pid, host, since = (str(told[key]) for key in ("verb", "pid", "host", "since"))
        except (OSError, ValueError, KeyError, TypeError):
            return "another process"
        return f"`{verb}` of process {pid} on {host}, which began at {since}"

    def _locked(self, holder: str) -> ProjectLocked:
        return ProjectLocked(
            f"{self.project} is being written by {holder}",
            "Wait for it to end, or give `--wait`.",
        )

    def _not_plain(self, what: str) -> StorageError:
        return StorageError(f"The lock {self.path} is {what}", "Remove it; it holds nothing.")

    def _no_locks(self, error: OSError) -> StorageError:
        return StorageError(
            f"The file system of {self.path.parent} has no locks (flock: {error.strerror})",
            "Move the project to a file system that has them, such as a local disk.",
        )


def _is_at(handle: int, path: Path) -> bool:
    try:
        there = path.lstat()
    except OSError:
        return False
    return os.path.samestat(os.fstat(handle), there)
