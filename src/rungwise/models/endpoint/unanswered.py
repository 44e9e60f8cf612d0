"""Rows of one run whose replies are no answers: counted, and too many in a row end the run."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from rungwise.conversation import Generated
from rungwise.errors import ModelError
from rungwise.models.endpoint.server import NoAnswer


class Unanswered:
    """Rows of one run that got no answer; raises once too many follow each other."""

    def __init__(self, most_in_a_row: int) -> None:
        self.rows: dict[str, Mapping[str, Any]] = {}
        self._most, self._in_a_row, self._answered = most_in_a_row, 0, 0
        self._first: NoAnswer | None = None
        self._lock = threading.Lock()

    def answered(self) -> None:
        """Count a row that has its answer."""
        with self._lock:
            self._in_a_row, self._answered = 0, self._answered + 1

    def add(self, key: str, none: NoAnswer) -> None:
        """Count a row that has none.

        Raises:
            ModelError: So many in a row are a fault of the server or the prompt, not of a row.
        """
        with self._lock:
            told = {"why": none.why, "model": none.model}
            self.rows[key] = {**asdict(Generated("", 0, 0, "unanswered")), **told}
            self._first = self._first or none
            self._in_a_row += 1
            if self._in_a_row >= self._most:
                raise ModelError(
                    f"{self._in_a_row} replies in a row are no answers: {none.error.fact}",
                    "Look at the prompt and at the server's log, or raise "
                    "`endpoint.unanswered_in_a_row`.",
                )

    def check(self) -> None:
        """Raise the first `ModelError` if the server broke the protocol and answered no row."""
        if self._first and not self._answered and self._first.why == "broken":
            raise self._first.error
