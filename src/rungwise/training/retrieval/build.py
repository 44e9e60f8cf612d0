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
from rungwise.training.retrieval.query import Query, rewritten
from rungwise.training.retrieval.recall import AT, recall
from rungwise.training.retrieval.titles import titled

_held: dict[tuple[str, int, int, str, str], Index] = {}


def excuse(context: RungContext) -> str | None:
    """Why nothing can be looked up here, as a sentence; None where something can."""
    if context.task.data.documents is None:
        return "Not applicable, because `data.documents` names nothing to look answers up in."
    return None


def searches(context: RungContext) -> tuple[Search, ...]:
    """The ways to search; by words alone where no encoder is there."""
    return SEARCHES if embedder(context)[0] is not None else SEARCHES[:1]


def passages(by: Search, count: int, context: RungContext, *, by_words: bool = False) -> Passages:
    """What is put before each question, for a way to search; `by_words` embeds nothing."""
    found = index(context, by_words=by_words)
    encoder = found.dense.embedder if found.dense is not None and by != "lexical" else None
    limit = context.task.training.max_tokens
    query: Query = "asked" if by_words else context.task.retrieval.query
    return Passages(found, Way(by, count, encoder.identity if encoder else "", limit, query))


def index(context: RungContext, *, by_words: bool = False) -> Index:
    """The task's documents, in chunks; what was made of the same ones before is used again."""
    documents, wish = named(context), context.task.retrieval
    encoder, trouble = (None, "") if by_words else embedder(context)
    identity = encoder.identity if encoder else ""
    key = (documents.digest, wish.words, wish.overlap, wish.title, identity)
    if key not in _held:
        _held.clear()  # one index in memory at a time
        if trouble:
            context.progress.say(f"Documents are searched by words alone: {trouble}")
        rows = titled(documents.rows, wish.title)
        cut = chunks(rows, wish.words, wish.overlap, context.progress)
        context.progress.say(
            f"{len(documents.rows):,} documents in {len(cut):,} chunks of at most {wish.words} "
            f"words, searched by words{' and by meaning' if encoder else ' alone'}."
        )
        _held[key] = Index.of(cut, encoder, context.progress)
    return _held[key]


def measured(looked_up: Passages, rows: Examples, context: RungContext) -> Numbers:
    """What should be remembered of a search: `documents`, and `retrieval` with its recall.

    Searching costs nothing beside answering, so recall is measured on every validation row, also
    where answers are measured on some of them; on `rows` if there are no others.
    """
    documents = named(context)
    chunks_ = looked_up.index.chunks
    told = recall_of(looked_up.index, looked_up.way.by, looked_up.way.query, rows, context)
    return {
        "documents": {
            "source": documents.source,
            "digest": documents.digest,
            "documents": len(documents.rows),
            "set_aside": len(documents.aside),
            "chunks": len(chunks_),
        },
        "retrieval": {"search": looked_up.way.by, **told},
    }


def recall_of(
    index: Index, by: Search, query: Query, rows: Examples | None, context: RungContext
) -> Numbers:
    """How much of what the validation rows ask for a search finds, as `recall.recall` says."""
    every = context.validation() or rows
    if every is None or not len(every):
        return {}
    questions = asked([of_input(text) for text in every.inputs.values])
    found = index.search(rewritten(questions, query, index, by), by, AT[-1])
    level = context.task.policy.confidence
    return recall(found, every, index.chunks, named(context).of_row, level)


def named(context: RungContext) -> Documents:
    """The documents; the rung has excused itself where there are none."""
    found = context.documents()
    assert found is not None, "the rung has excused itself otherwise"
    return found


def embedder(context: RungContext) -> tuple[dense.Embedder | None, str]:
    """The task's encoder, or None; and why it cannot be used, where one is named."""
    try:
        return dense.of_task(context), ""
    except ModelError as error:
        return None, str(error)
