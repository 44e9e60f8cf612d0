"""What is put before a question: the best chunks, as many as the model has room for."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from safetensors import SafetensorError

from rungwise.conversation import Conversation, Message
from rungwise.errors import ModelError
from rungwise.protocols import RungContext
from rungwise.training.retrieval import dense
from rungwise.training.retrieval.best import NONE
from rungwise.training.retrieval.index import Index, Search, headed, load
from rungwise.training.retrieval.query import Query, rewritten

FOLDER, FILE, ENCODER = "retrieval", "retrieval.json", "encoder"
QUESTION = "\n\nQuestion: "
"""Between the passages and what is asked."""
INSTRUCTION = "Answer from the passages that stand before the question."


@dataclass(frozen=True)
class Way:
    """How passages are looked for.

    Attributes:
        by: The search.
        count: Chunks shown, the best last: what is nearest to the question is read best
            (Liu et al. 2023, "Lost in the Middle").
        encoder: `name@digest` of what embeds; "" by words alone.
        max_tokens: Most tokens that the encoder reads.
        query: What is searched for.
    """

    by: Search
    count: int
    encoder: str
    max_tokens: int
    query: Query = "asked"


@dataclass(frozen=True)
class Passages:
    """An index and how it is asked."""

    index: Index
    way: Way

    def found(self, questions: Sequence[Conversation]) -> NDArray[np.int64]:
        """Places of chunks for each question (n, at most `count`), the best first."""
        query = rewritten(asked(questions), self.way.query, self.index, self.way.by)
        return self.index.search(query, self.way.by, self.way.count)

    def before(
        self,
        question: Conversation,
        found: NDArray[np.int64],
        fits: Callable[[Conversation], bool],
    ) -> tuple[Conversation, int]:
        """The question with passages before it, and how many there was room for."""
        spoken = any(one.role == "user" for one in question)
        places = [int(place) for place in found if place != NONE and spoken]
        texts = headed(self.index.chunks[places]).to_list()
        for count in range(len(texts), 0, -1):
            shown = _with(question, texts[:count][::-1])
            if fits(shown):
                return shown, count
        return question, 0

    def save(self, folder: Path) -> None:
        """Write `retrieval/`."""
        place = folder / FOLDER
        self.index.save(place, self.way.by)
        told = json.dumps(asdict(self.way), ensure_ascii=False, indent=1)
        (place / FILE).write_text(told, encoding="utf-8")

    def export(self, folder: Path) -> None:
        """Write the encoder's files beside what `save` wrote."""
        if self.way.encoder and self.index.dense is not None:
            self.index.dense.embedder.copy_to(folder / FOLDER / ENCODER)


def asked(questions: Sequence[Conversation]) -> pl.Series:
    """What each question is looked up by: all that its user said."""
    texts = ["\n".join(one.content for one in turns if one.role == "user") for turns in questions]
    return pl.Series("question", texts, pl.String)


def told_to_read(system: str) -> str:
    """A system prompt that says where the answer stands."""
    return f"{system}\n\n{INSTRUCTION}"


def restored(folder: Path, context: RungContext) -> Passages | None:
    """What `Passages.save` wrote, with the task's encoder; None where nothing is put before.

    Raises:
        ModelError: The encoder is no longer the one that was measured.
    """
    if not (folder / FOLDER).is_dir():
        return None
    way = _way(folder)

    def embedder() -> dense.Embedder:
        found = dense.of_task(context, way.encoder.rpartition("@")[2])
        if found is None or found.identity != way.encoder:
            raise ModelError(
                f"{way.encoder.partition('@')[0]} is no longer the encoder that was measured",
                "Name the encoder of then (`retrieval.encoder`), or climb again.",
            )
        return found

    return Passages(load(folder / FOLDER, embedder), way)


def served(folder: Path) -> Passages | None:
    """What `Passages.export` wrote, with the encoder beside it; None where nothing is put before.

    Raises:
        ModelError: A file is missing, torn, or not what an export writes.
    """
    if not (folder / FOLDER).is_dir():
        return None
    way = _way(folder)
    place = folder / FOLDER
    try:
        index = load(
            place,
            lambda: dense.of_folder(
                place / ENCODER, way.max_tokens, way.encoder.rpartition("@")[2]
            ),
        )
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise _broken(place) from error
    return Passages(index, way)


def _way(folder: Path) -> Way:
    place = folder / FOLDER
    try:
        return Way(**json.loads((place / FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise _broken(place) from error


def _broken(place: Path) -> ModelError:
    return ModelError(
        f"{place} does not hold what an attempt with retrieval saves",
        "Get the release again, or export the attempt again.",
    )


def _with(question: Conversation, texts: list[str]) -> Conversation:
    """Passages above what was asked last; the turns around it stay as they are."""
    last = max(place for place, one in enumerate(question) if one.role == "user")
    told = "\n\n".join(texts) + QUESTION + question[last].content
    return (*question[:last], Message("user", told), *question[last + 1 :])
