"""The general probe, put to a language model before and after tuning (R53)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from rungwise.conversation import Message
from rungwise.data.general import Probe, probe
from rungwise.evaluation.forgetting import Probed, forgotten
from rungwise.models.language.kept_batches import KeptBatches
from rungwise.models.language.local import LocalLanguageModel
from rungwise.objects import digest_json
from rungwise.policy import Policy
from rungwise.progress import Progress
from rungwise.protocols import RungContext
from rungwise.records import Numbers
from rungwise.training.language import losses
from rungwise.training.language.live import Live
from rungwise.training.language.supervised import Supervised

if TYPE_CHECKING:
    from torch import nn

LONGEST = 24
"""Tokens of an answer: what is asked takes one word."""


def forgetting(
    model: LocalLanguageModel,
    tuned: Callable[[], AbstractContextManager[object]],
    cache: Path,
    policy: Policy,
    progress: Progress,
    kept: KeptBatches | None = None,
    own: Path | None = None,
) -> Numbers:
    """What tuning cost the model in general, as an attempt remembers it under `general`.

    Args:
        model: The base.
        tuned: While its context lasts, the model's network is the tuned one.
        cache: Where the base's own numbers are kept, for every attempt on it.
        policy: `confidence`, `resamples` and `seed`.
        progress: Where to report.
        kept: Where answers of the tuned model are kept as they come.
        own: The user's own file of general questions and sentences, which join the probe.

    Raises:
        DataError: It cannot be read.
    """
    asked = probe(own)
    if excuse := _too_long(model, asked):
        return {"excuse": excuse}
    before = _of_base(model, asked, cache, progress)
    with tuned():
        after = _measure(model, asked, progress, kept)
    return forgotten(before, after, policy)


@runtime_checkable
class InPlace(Protocol):
    """Something fitted that can put what it learnt into a language model for a while."""

    model: LocalLanguageModel

    kept: KeptBatches | None

    @property
    def details(self) -> Numbers:
        """What the attempt keeps of how it was tuned."""

    def in_place(self) -> AbstractContextManager[object]:
        """While the context lasts, the model's network is the tuned one."""


def of(fitted: object, context: RungContext, rung: str, value: float) -> Numbers:
    """What an attempt remembers of forgetting.

    Nothing where no language model was tuned, and nothing of a learning rate that was stopped and
    did no better than another of its rung: it is never selected, and the probe takes as long as an
    epoch of a small task.

    Args:
        fitted: What was tuned.
        context: Other attempts are read.
        rung: Of the attempt.
        value: Of the attempt, in the goal's metric.
    """
    if not isinstance(fitted, InPlace):
        return {}
    rivals = [one.goal.value for one in context.attempts if one.rung == rung]
    ahead = any(one >= value if context.greater else one <= value for one in rivals)
    if ahead and fitted.details.get("stopped"):
        return {}
    cache, policy = context.cache / "language", context.task.policy
    name = context.task.data.probe
    told = forgetting(
        fitted.model, fitted.in_place, cache, policy, context.progress, fitted.kept,
        context.folder / name if name else None,
    )  # fmt: skip
    return {"general": told}


def _too_long(model: LocalLanguageModel, asked: Probe) -> str:
    longest = max(len(model.tokens((Message("user", text),))) for text, _ in asked.questions)
    whole = longest + LONGEST + model.thinking_room
    if whole <= model.context:
        return ""
    return (
        f"{model.name} reads {model.context:,} tokens, too few for the general probe, whose "
        f"longest question with its answer takes {whole:,}"
    )


def _of_base(model: LocalLanguageModel, asked: Probe, cache: Path, progress: Progress) -> Probed:
    chat = [dict(model.chat_options)] if model.chat_options else []
    key = digest_json([model.digest, "float32", asked.questions, asked.sentences, LONGEST, *chat])
    path = cache / f"general-{key[:16]}.json"
    if path.is_file():
        told = json.loads(path.read_text(encoding="utf-8"))
        return Probed(np.array(told["losses"]), np.array(told["tokens"]), np.array(told["right"]))
    found = _measure(model, asked, progress, None)
    cache.mkdir(parents=True, exist_ok=True)
    told = {name: getattr(found, name).tolist() for name in ("losses", "tokens", "right")}
    path.write_text(json.dumps(told), encoding="utf-8")
    return found


def _measure(
    model: LocalLanguageModel, asked: Probe, progress: Progress, kept: KeptBatches | None
) -> Probed:
    nats, tokens = _losses(model, asked.sentences)
    prompts = [(Message("user", text),) for text, _ in asked.questions]
    longest = LONGEST + model.thinking_room
    told = model.generate(prompts, progress, max_tokens=longest, kept=kept)
    right = [
        _holds(one.text, answers) for one, (_, answers) in zip(told, asked.questions, strict=True)
    ]
    return Probed(nats, tokens, np.array(right))


def _holds(text: str, answers: tuple[str, ...]) -> bool:
    """Whether one of the answers stands in the text as a word of its own."""
    return any(re.search(rf"(?<!\w){re.escape(one)}(?!\w)", text, re.IGNORECASE) for one in answers)


def _losses(
    model: LocalLanguageModel, sentences: tuple[str, ...]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Nats of each sentence from its second token on, and how many tokens those are."""
    ids = tuple(tuple(model.tokenizer(text)["input_ids"]) for text in sentences)
    rows = Supervised(ids, np.ones(len(ids), np.int64), 0)
    whole = Live({}, prefix=cast("nn.Parameter | None", model.prefix))
    by_row = losses.of_rows(model, whole, losses.Read(rows))
    tokens = rows.learnt.astype(np.float64)
    return by_row * tokens, tokens
