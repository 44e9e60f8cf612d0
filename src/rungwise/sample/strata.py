"""Which requests are kept, and with which probability.

A request is kept if its number between 0 and 1, a hash of seed, version and id, is below its
chance. The chance depends on what came before and on the request's own stratum, never on later
ones, so a row that was kept stays, with a weight that is final: the inverse of its chance. Sums
over kept rows by weight are unbiased (Horvitz and Thompson 1952), for several writers together as
for one, and however often somebody looks.

Two chances, of which the larger holds:

- the *even* part: the nth request of a day and version has the chance min(1, rows / n), whatever
  it says. Among these rows stable requests look like held-out rows, so tests that rank them are
  exact. Of 1,000,000 requests a day about rows × (1 + ln(1,000,000 / rows)) are kept.
- the *strata*, week × answer × confidence (below .5, below .9, above), each with an equal part of
  `class_rows`: rare labels and doubtful answers are few in the even part, and they are what
  people need to see and what decides about quality. Answers share 128 places by a checksum, so
  any number of them, or generated text, takes bounded memory.
"""

from __future__ import annotations

import hashlib
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

PLACES = 128
"""Answers whose checksums agree here share a stratum."""
DOUBTS = (0.5, 0.9)
"""Confidence that divides the strata."""
SCALE = 2.0**-64


@dataclass(slots=True)
class Strata:
    """The counts of one writer.

    Attributes:
        rows: Requests a day of the even part that are kept whatever comes.
        class_rows: Requests a week that the strata share.
        seed: Of the hash.
    """

    rows: int
    class_rows: int
    seed: int
    _days: Counter[tuple[date, str]] = field(default_factory=Counter)
    _strata: dict[tuple[date, str], Counter[tuple[int, int]]] = field(default_factory=dict)

    def admit(
        self,
        version: str,
        ids: Sequence[str],
        times: Sequence[datetime],
        answers: Sequence[str],
        confidence: NDArray[np.float32] | None,
    ) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.bool_]]:
        """Choose among requests (n), in order of arrival.

        Returns:
            Places of those that are kept (k), their weights (k), and whether each belongs to the
            even part (k).
        """
        doubts = np.full(len(ids), len(DOUBTS))
        if confidence is not None:
            doubts = np.searchsorted(DOUBTS, np.nan_to_num(confidence, nan=1.0), side="right")
        kept, weights, even = [], [], []
        for place, (name, time, answer) in enumerate(zip(ids, times, answers, strict=True)):
            day = time.date()
            self._days[day, version] += 1
            plain = min(1.0, self.rows / self._days[day, version])
            chance = max(plain, self._of_stratum(day, version, answer, int(doubts[place])))
            number = self._number(version, name)
            if number < chance:
                kept.append(place)
                weights.append(1 / chance)
                even.append(number < plain)
        return np.array(kept, np.int64), np.array(weights), np.array(even, np.bool_)

    def _of_stratum(self, day: date, version: str, answer: str, doubt: int) -> float:
        year, week, _ = day.isocalendar()
        monday = date.fromisocalendar(year, week, 1)
        strata = self._strata.setdefault((monday, version), Counter())
        stratum = zlib.crc32(answer.encode("utf-8", "surrogatepass")) % PLACES, doubt
        strata[stratum] += 1
        return min(1.0, self.class_rows // len(strata) / strata[stratum])

    def _number(self, version: str, name: str) -> float:
        text = f"{self.seed}\0{version}\0{name}".encode("utf-8", "surrogatepass")
        return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest()) * SCALE
