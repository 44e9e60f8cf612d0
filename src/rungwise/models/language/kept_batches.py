"""Batches of answers, each kept as it ends: a killed rung goes on behind the last one.

Batches are found by all that they were computed from, in the same composition. So answers are those
of a run that nobody killed, to the last bit, whatever padding does to a sum.
"""

from __future__ import annotations

import functools
import shutil
from pathlib import Path
from typing import Any

from rungwise.models.endpoint.answers import Answers
from rungwise.objects import digest_json

UNFINISHED = "unfinished"
"""Folder in the cache: all that an attempt that was killed goes on from."""
PILOTS = "pilots"
"""Folder in the cache: answers to a few rows that more than one attempt asks for first."""


class KeptBatches:
    """What was answered so far by one model in one state.

    Args:
        cache: The folder below which they are kept.
        state: Digest of what answers: of the weights, and of what was trained beside them.
        lasting: Whether they are kept among the pilots, for other attempts too.

    Attributes:
        seconds: What the batches that were found took when they were computed.
    """

    def __init__(self, cache: Path, state: str, *, lasting: bool = False) -> None:
        name = f"answers-{state[:32]}.jsonl"
        self._path = cache / (PILOTS if lasting else UNFINISHED) / name
        self._pilots = cache / PILOTS / name
        self.seconds = 0.0

    @functools.cached_property
    def _answers(self) -> Answers:
        return Answers(self._path)

    @functools.cached_property
    def _others(self) -> Answers:
        return self._answers if self._pilots == self._path else Answers(self._pilots)

    def find(self, asked: Any) -> Any:
        """A batch (JSON) by all that it follows from besides the state; None if none is kept."""
        key = digest_json(asked)
        kept = self._answers.get(key) or self._others.get(key)
        if kept is None:
            return None
        self.seconds += float(kept["seconds"])
        return kept["batch"]

    def keep(self, asked: Any, batch: Any, seconds: float) -> None:
        """Keep a batch; once this returns, a killed process does not lose it.

        Args:
            asked: As `find` has it.
            batch: What was answered, as JSON.
            seconds: That it took.

        Raises:
            StorageError: The disk refuses.
        """
        self._answers.keep(digest_json(asked), {"batch": batch, "seconds": seconds})


def forget(cache: Path) -> None:
    """Delete what is unfinished: the attempt is on record. Pilots stay for the next attempts."""
    shutil.rmtree(cache / UNFINISHED, ignore_errors=True)
