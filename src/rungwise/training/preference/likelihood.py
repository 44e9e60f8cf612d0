"""How likely a model finds both answers of each pair; what is frozen is asked once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rungwise.models.language.local import LocalLanguageModel
from rungwise.objects import digest_json
from rungwise.progress import Progress, Silent
from rungwise.training.cache import Cache
from rungwise.training.disk import writing
from rungwise.training.language import losses
from rungwise.training.language.blocks import kept
from rungwise.training.language.live import Live
from rungwise.training.language.losses import Read
from rungwise.training.preference.pairs import Pairs


@dataclass(frozen=True)
class Likelihood:
    """Log-probabilities of whole answers, in nats, their ends included.

    Attributes:
        chosen, rejected: Of each pair (n).
    """

    chosen: NDArray[np.float64]
    rejected: NDArray[np.float64]

    @property
    def margins(self) -> NDArray[np.float64]:
        """By how much the chosen answer is more likely (n)."""
        return self.chosen - self.rejected


@dataclass(frozen=True)
class Sides:
    """Both sides of pairs, and their hidden states at the boundary where these are kept."""

    chosen: Read
    rejected: Read

    @staticmethod
    def read_once(
        pairs: Pairs, model: LocalLanguageModel, boundary: int, cache: Path, progress: Progress
    ) -> Sides:
        """What lies below the boundary is computed once, for every rate and epoch."""
        if not boundary:
            return Sides(*(Read(side) for side in pairs.sides))
        store = Cache(cache / "language")
        chosen, rejected = (
            Read(side, kept(model.network, model.digest, side, boundary, store, progress))
            for side in pairs.sides
        )
        return Sides(chosen, rejected)


def likelihood(
    model: LocalLanguageModel,
    live: Live,
    sides: Sides,
    progress: Progress | None = None,
    title: str = "",
) -> Likelihood:
    """Ask the model as it is now."""
    found = [
        -losses.of_rows(model, live, side, progress or Silent(), title) * side.rows.learnt
        for side in (sides.chosen, sides.rejected)
    ]
    return Likelihood(*found)


def of_reference(
    model: LocalLanguageModel,
    live: Live,
    sides: Sides,
    start: str,
    cache: Path,
    progress: Progress,
) -> Likelihood:
    """What the model found before it was tuned: asked once for all learning rates.

    Args:
        model: With what it starts from in place.
        live: What is in place.
        sides: What is asked.
        start: Names what it starts from.
        cache: Where answers are kept.
        progress: Where to report.
    """
    key: dict[str, Any] = {
        "model": model.digest,
        "start": start,
        "pairs": [
            digest_json([side.rows.ids, side.rows.begins.tolist()])
            for side in (sides.chosen, sides.rejected)
        ],
    }
    path = cache / "language" / f"reference-{digest_json(key)[:16]}.json"
    if path.is_file():
        told = json.loads(path.read_text(encoding="utf-8"))
        return Likelihood(np.array(told["chosen"]), np.array(told["rejected"]))
    found = likelihood(model, live, sides, progress, "asking once")
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        told = {"chosen": found.chosen.tolist(), "rejected": found.rejected.tolist()}
        path.write_text(json.dumps(told), encoding="utf-8")
    return found
