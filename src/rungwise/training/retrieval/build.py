"""The index of a task's documents, made once a process and shared by every attempt."""

from __future__ import annotations

from rungwise.conversation import of_input
from rungwise.errors import ModelError
from rungwise.protocols import RungContext
from rungwise.records import Numbers
from rungwise.table import Documents, Examples
from rungwise.training.retrieval import dense
from rungwise.training.retrieval.chunking import chunks
from rungwise.training.retrieval.index import SEARCHES, Index, Search
from rungwise.training.retrieval.passages import Passages, Way, asked
from rungwise.training.retrieval.recall import AT, recall

_held: dict[tuple[str, int, int, str], Index] = {}


def excuse(context: RungContext) -> str | None:
    """Why nothing can be looked up here, as a sentence; None where something can."""
    if context.task.data.documents is None:
        return "Not applicable, because `data.documents` names nothing to look answers up in."
    return None


def searches(context: RungContext) -> tuple[Search, ...]:
    """The ways to search; by words alone where no encoder is there."""
    return SEARCHES if _embedder(context)[0] is not None else SEARCHES[:1]


def passages(by: Search, count: int, context: RungContext) -> Passages:
    """What is put before each question, for a way to search."""
    found = index(context)
    embedder = found.dense.embedder if found.dense is not None and by != "lexical" else None
    way = Way(by, count, embedder.identity if embedder else "", context.task.training.max_tokens)
    return Passages(found, way)


def index(context: RungContext) -> Index:
    """The task's documents, in chunks; what was made of the same ones before is used again."""
    documents, wish = named(context), context.task.retrieval
    embedder, trouble = _embedder(context)
    identity = embedder.identity if embedder else ""
    key = (documents.digest, wish.words, wish.overlap, identity)
    if key not in _held:
        _held.clear()  # one index in memory at a time
        if trouble:
            context.progress.say(f"Documents are searched by words alone: {trouble}")
        cut = chunks(documents.rows, wish.words, wish.overlap, context.progress)
        context.progress.say(
            f"{len(documents.rows):,} documents in {len(cut):,} chunks of at most {wish.words} "
            f"words, searched by words{' and by meaning' if embedder else ' alone'}."
        )
        _held[key] = Index.of(cut, embedder, context.progress)
    return _held[key]


def measured(looked_up: Passages, rows: Examples, context: RungContext) -> Numbers:
    """What should be remembered of a search: `documents`, and `retrieval` with its recall."""
    documents = named(context)
    found = looked_up.index.search(
        asked([of_input(text) for text in rows.inputs.values]), looked_up.way.by, AT[-1]
    )
    told = recall(
        found, rows, looked_up.index.chunks, documents.of_row, context.task.policy.confidence
    )
    return {
        "documents": {
            "source": documents.source,
            "digest": documents.digest,
            "documents": len(documents.rows),
            "set_aside": len(documents.aside),
            "chunks": len(looked_up.index.chunks),
        },
        "retrieval": {"search": looked_up.way.by, **told},
    }


def named(context: RungContext) -> Documents:
    """The documents; the rung has excused itself where there are none."""
    found = context.documents()
    assert found is not None, "the rung has excused itself otherwise"
    return found


def _embedder(context: RungContext) -> tuple[dense.Embedder | None, str]:
    """The task's encoder, or None; and why it cannot be used, where one is named."""
    try:
        return dense.of_task(context), ""
    except ModelError as error:
        return None, str(error)
