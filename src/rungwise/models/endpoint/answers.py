"""Answers kept as they come, one JSON object a line: what is on disk is never asked again.

A line is one write to a file opened for appending, so that threads and processes do not mix
theirs. A killed process can leave half a line at the end; it is passed over, and the next
answer begins a new line. Prompts and keys are not in the file. Halves of surrogate pairs, which
earlier versions kept as a server sent them, are replaced as the file is read.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rungwise.errors import StorageError


class Answers:
    """Key → answer, in memory and, where a path is given, in its file.

    Args:
        path: The file; None keeps them in memory alone.
        most: How many are kept in memory without a file, the latest; None for all.
    """

    def __init__(self, path: Path | None, most: int | None = None) -> None:
        self.path, self._most = path, most if path is None else None
        self._kept: dict[str, Mapping[str, Any]] = {}
        self._torn = False
        self._lock = threading.Lock()
        if path is not None and path.exists():
            self._read(path)

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def spend_usd(self) -> float:
        """What the answers cost when they were asked for."""
        amounts = (one.get("spend_usd") for one in self._kept.values())
        return sum(amount for amount in amounts if isinstance(amount, int | float))

    def get(self, key: str) -> Mapping[str, Any] | None:
        """What was kept under a key."""
        return self._kept.get(key)

    def keep(self, key: str, answer: Mapping[str, Any]) -> None:
        """Remember an answer; once this returns, a killed process does not lose it.

        Raises:
            StorageError: The disk refuses.
        """
        line = json.dumps({"key": key, **answer}, ensure_ascii=False) + "\n"
        with self._lock:
            if self.path is not None:
                self._append(self.path, line)
            self._kept[key] = answer
            if self._most is not None and len(self._kept) > self._most:
                del self._kept[next(iter(self._kept))]

    def _append(self, path: Path, line: str) -> None:
        content = ("\n" + line if self._torn else line).encode()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            try:
                self._torn = True
                written = os.write(file, content)
                self._torn = written < len(content)
            finally:
                os.close(file)
        except OSError as error:
            raise self._refused(error.strerror) from error
        if self._torn:
            raise self._refused("the disk is full")

    def _read(self, path: Path) -> None:
        try:
            content = path.read_bytes()
        except OSError as error:
            raise StorageError(
                f"{path} cannot be read: {error.strerror}", "Name another file for the answers."
            ) from error
        self._torn = bool(content) and not content.endswith(b"\n")
        for line in content.split(b"\n"):
            try:
                answer = json.loads(line)
                key = answer.pop("key")
                self._kept[key] = {
                    name: as_unicode(value) if isinstance(value, str) else value
                    for name, value in answer.items()
                }
            except (ValueError, KeyError, AttributeError, TypeError):
                continue  # half a line of a killed process: that row is asked again

    def _refused(self, reason: str | None) -> StorageError:
        return StorageError(
            f"{self.path} cannot be written: {reason}",
            "Free space or permissions there, then run the same command again.",
        )


def as_unicode(text: str) -> str:
    """A text with U+FFFD for each half of a surrogate pair: JSON can hold one, UTF-8 cannot."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
