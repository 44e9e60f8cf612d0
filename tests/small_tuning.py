"""What tests of tuning a language model share: the methods, a few rows, and one training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rungwise.conversation import Message
from rungwise.progress import Silent
from rungwise.training.cache import Cache
from rungwise.training.language.adapter import Adapters
from rungwise.training.language.blocks import kept
from rungwise.training.language.everything import Everything
from rungwise.training.language.live import Method
from rungwise.training.language.loop import Judged, Plan, train
from rungwise.training.language.losses import Read
from rungwise.training.language.prefix import Prefix
from rungwise.training.language.supervised import Supervised, supervised
from rungwise.training.language.unfinished import Unfinished
from rungwise.training.loop import Trained

BOUNDARY = 2
METHODS: dict[str, Method] = {
    "lora": Adapters(BOUNDARY),
    "dora": Adapters(BOUNDARY, dora=True),
    "lora everywhere": Adapters(0),
    "prefix": Prefix((5, 9, 30, 7)),
    "full": Everything(),
}


def rows_of(model: Any) -> Supervised:
    prompts = [(Message("user", f"say {letter * place}"),) for place, letter in enumerate("abcdef")]
    return supervised(model, prompts, [letter * 3 for letter in "abcdef"], limit=64)


def read(model: Any, rows: Supervised, tmp_path: Path, boundary: int = BOUNDARY) -> Read:
    if not boundary:
        return Read(rows)
    cache = Cache(tmp_path)
    return Read(rows, kept(model.network, model.digest, rows, boundary, cache, Silent()))


def train_it(
    model: Any,
    part: Read,
    method: Method,
    epochs: int = 3,
    rate: float = 5e-3,
    state: Unfinished | None = None,
) -> Trained:
    plan = Plan(epochs=epochs, patience=epochs, learning_rate=rate, seed=3)
    return train(model, method, part, part, plan, lambda _: Judged(0.5, 1.0), Silent(), state)
