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


class KeptBatches:
    """What was answered so far by one model in one state.

    Args:
        cache: The folder below which they are kept.
        state: Digest of what answers: of the weights, and of what was trained beside them.

    Attributes:
        seconds: What the batches that were found took when they were computed.
    """

    def __init__(self, cache: Path, state: str) -> None:
        self._path = cache / UNFINISHED / f"answers-{state[:32]}.jsonl"
        self.seconds = 0.0

    @functools.cached_property
    def _answers(self) -> Answers:
        return Answers(self._path)

    def find(self, asked: Any) -> Any:
        """A batch (JSON) by all that it follows from besides the state; None if none is kept."""
        kept = self._answers.get(digest_json(asked))
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
    """Delete it: the attempt is on record."""
    shutil.rmtree(cache / UNFINISHED, ignore_errors=True)
