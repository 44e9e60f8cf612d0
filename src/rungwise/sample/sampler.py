"""The writer of the sample: behind the answer, in a thread of its own; it never raises.

Requests wait in memory until the thread has chosen, redacted and embedded those that are kept.
What is not written yet is lost if the process is killed; a file is never half there.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rungwise.data.personal.redactor import Redactor
from rungwise.policy import MonitoringPolicy
from rungwise.sample import redaction, segments
from rungwise.sample.request_rows import STORED, Embed, Requests
from rungwise.sample.strata import Strata

log = logging.getLogger("rungwise.sample")

WAITING = 20_000
"""Requests that may wait for the thread; more are lost, and counted."""
HELD = 20_000
"""Kept rows that may wait for the disk; more are lost, and counted."""
PAUSE = 20.0
"""Seconds between two writes of a writer."""
MEGABYTE = 1_000_000


@dataclass(slots=True)
class Counts:
    """What became of the requests that a sampler was offered.

    Attributes:
        offered: All of them.
        kept: Written, or waiting to be written.
        lost: Not looked at, or chosen and not written.
        known: Chosen, and in the sample already.
        failures: Times that choosing, redacting, embedding or writing failed.
        last: What the last failure was; "" if the last write went well.
    """

    offered: int = 0
    kept: int = 0
    lost: int = 0
    known: int = 0
    failures: int = 0
    last: str = ""


class Sampler:
    """Keeps some requests of one process; threads may share it.

    Args:
        folder: `.rungwise/sample` of the project.
        policy: How much is kept.
        seed: Of the choice.
        redactor: Knows the columns of the input.
        pause: Seconds between two writes.
        known: Version, day and id of requests that are in the sample already: not written again.

    Attributes:
        counts: What became of the requests.
    """

    def __init__(
        self,
        folder: Path,
        policy: MonitoringPolicy,
        seed: int,
        redactor: Redactor | None = None,
        pause: float = PAUSE,
        known: Collection[tuple[str, date, str]] = frozenset(),
    ) -> None:
        self._known = known
        self.counts = Counts()
        self._folder, self._most = folder, policy.sample_megabytes * MEGABYTE
        self._strata = Strata(policy.sample_rows, policy.class_rows, seed)
        self._redactor, self._pause = redactor or Redactor(), pause
        self._waiting: deque[Requests] = deque()
        self._rows = 0  # of what waits
        self._days: dict[date, pl.DataFrame] = {}
        self._files: dict[date, str] = {}
        self._unwritten: dict[date, int] = {}
        self._lock, self._work = threading.Lock(), threading.Condition()
        self._thread: threading.Thread | None = None
        self._closing = False

    def offer(self, requests: Requests) -> None:
        """Take some requests that were answered, and return at once."""
        with self._work:
            self.counts.offered += len(requests)
            if self._closing or self._rows + len(requests) > WAITING:
                self.counts.lost += len(requests)
                return
            self._waiting.append(requests)
            self._rows += len(requests)
            if self._thread is None:
                # Not one that the process waits for: `close` writes what is left.
                self._thread = threading.Thread(target=self._run, name="sample", daemon=True)
                self._thread.start()
            self._work.notify()

    def add(self, requests: Requests) -> None:
        """Take requests here and now, however many; `close` writes them."""
        with self._work:
            self.counts.offered += len(requests)
        self._keep(requests)

    def close(self) -> None:
        """Write what is left."""
        with self._work:
            self._closing = True
            self._work.notify()
        if self._thread is not None:
            self._thread.join()
        self._flush()

    def _run(self) -> None:
        due = time.monotonic() + self._pause
        while True:
            with self._work:
                if not self._waiting and not self._closing:
                    self._work.wait(max(0.0, due - time.monotonic()) if self._unwritten else None)
                taken, self._waiting, self._rows = self._waiting, deque(), 0
                closing = self._closing
            for requests in taken:
                self._keep(requests)
            if closing:
                return
            if time.monotonic() >= due:
                self._flush()
                due = time.monotonic() + self._pause

    def _keep(self, requests: Requests) -> None:
        """Choose, redact and embed; whatever fails is counted."""
        try:
            with self._lock:
                rows = self._chosen(requests)
                self.counts.kept += len(rows)
                for (day,), part in rows.group_by(pl.col("time").dt.date(), maintain_order=True):
                    assert isinstance(day, date)
                    held = self._days.get(day, STORED.to_frame())
                    self._days[day] = pl.concat([held, part])
                    self._unwritten[day] = self._unwritten.get(day, 0) + len(part)
        except Exception as error:  # noqa: BLE001 - a request never fails because of its sample
            self._failed(error)
            self.counts.lost += len(requests)

    def _chosen(self, requests: Requests) -> pl.DataFrame:
        count = len(requests)
        now = datetime.now(UTC)
        ids = list(requests.ids) if requests.ids is not None else _made(count)
        times = [t.astimezone(UTC) for t in requests.times] if requests.times else [now] * count
        confidence = requests.confidence
        chosen, weights, even = self._strata.admit(
            requests.version, ids, times, requests.answers, confidence
        )
        if self._known:
            new = [
                (requests.version, times[place].date(), redaction.safe_id(ids[place]))
                not in self._known
                for place in chosen
            ]
            self.counts.known += len(new) - sum(new)
            chosen, weights, even = chosen[new], weights[new], even[new]
        texts = [requests.texts[place] for place in chosen]
        embeddings: NDArray[np.float32] | None = None
        if requests.embeddings is not None:
            embeddings = requests.embeddings[chosen]
        elif requests.embed is not None and texts:
            embeddings = self._embedded(requests.embed, texts)
        shares, sizes = requests.probabilities, requests.sizes
        sizes = sizes(texts) if callable(sizes) else np.asarray(sizes, np.int64)[chosen]
        answers = [requests.answers[place] for place in chosen]
        columns: dict[str, Any] = {
            "id": redaction.safe_ids(pl.Series([ids[place] for place in chosen], dtype=pl.String)),
            "time": [times[place] for place in chosen],
            "text": redaction.without_values(texts, self._redactor),
            "answer": redaction.answers(answers, requests.classes),
            "confidence": None if confidence is None else confidence[chosen],
            "review": None if requests.review is None else np.asarray(requests.review)[chosen],
            "probabilities": None if shares is None else _lists(shares[chosen]),
            "embedding": None if embeddings is None else _lists(embeddings),
            "size": sizes,
            "weight": weights,
            "uniform": even,
            "cut": None if requests.cut is None else [requests.cut[place] for place in chosen],
        }
        made = {
            name: pl.Series(name, [None] * len(chosen) if values is None else values)
            for name, values in columns.items()
        }
        beside = {"version": requests.version, "source": requests.source}
        rows = pl.DataFrame(made).with_columns(pl.lit(v).alias(k) for k, v in beside.items())
        return rows.select(STORED.names()).cast(STORED)

    def _embedded(self, embed: Embed, texts: list[str]) -> NDArray[np.float32] | None:
        """Embeddings (rows, width); None if there are none, or if that fails."""
        try:
            return embed(texts)
        except Exception as error:  # noqa: BLE001 - the rest of the row is as good without
            self._failed(error)
            return None

    def _flush(self) -> None:
        """Write the files of days that have new rows; whatever fails is tried again."""
        with self._lock:
            for day in list(self._unwritten):
                try:
                    self._write(day)
                except Exception as error:  # noqa: BLE001 - as above
                    self._failed(error)
                else:
                    del self._unwritten[day]
            newest = max(self._days, default=None)
            for day in [day for day in self._days if day != newest and day not in self._unwritten]:
                self._forget(day)  # rows of it that come later lie in a file of their own
            if sum(self._unwritten.values()) > HELD:
                for day in list(self._unwritten):
                    self.counts.lost += self._unwritten.pop(day)
                    self._forget(day)

    def _write(self, day: date) -> None:
        name = self._files.setdefault(day, segments.writer_name())
        segments.write(self._folder / day.isoformat(), name, self._days[day])
        left = segments.bound(self._folder, self._most, day)
        self.counts.last = ""
        if left > self._most:
            self._forget(day)
            raise OSError(f"the requests of {day} alone take more than the sample may")

    def _forget(self, day: date) -> None:
        self._days.pop(day, None)
        self._files.pop(day, None)

    def _failed(self, error: Exception) -> None:
        told = f"{type(error).__name__}: {error}".splitlines()[0]
        if told != self.counts.last:  # once, not every time
            log.warning("the sample of production is not complete: %s", told)
        self.counts.failures += 1
        self.counts.last = told


def _made(count: int) -> list[str]:
    return [uuid.uuid4().hex for _ in range(count)]


def _lists(rows: NDArray[np.float32]) -> pl.Series:
    """Rows of numbers (n, width) as a column of lists (n)."""
    if not rows.size:
        return pl.Series([None] * len(rows), dtype=pl.List(pl.Float32))
    return pl.Series(np.ascontiguousarray(rows, np.float32)).arr.to_list()
