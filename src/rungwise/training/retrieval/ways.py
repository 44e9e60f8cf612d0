"""Which search finds most, and what would find more: by recall on every validation row (R39).

Nothing is answered for it. Each idea changes one thing about the best search, and is measured on
the same rows; that the best of several is taken makes its recall a little too good.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rungwise.evaluation.retrieval_recall import RECALL, better, says
from rungwise.protocols import RungContext
from rungwise.records import Numbers
from rungwise.task import Retrieval
from rungwise.training.retrieval import build
from rungwise.training.retrieval.chunking import chunks
from rungwise.training.retrieval.index import SEARCHES, Index, Search
from rungwise.training.retrieval.titles import titled

EMBEDDED = 150_000
"""Words of documents that are embedded anew for an idea; of more, ideas are searched by words."""
SHOWN = 3
"""Ideas that are named."""

_known: dict[tuple[str, ...], tuple[Numbers, ...]] = {}


@dataclass(frozen=True, slots=True)
class Idea:
    """One change of the settings.

    Attributes:
        kind: What is changed: of several sizes the best counts.
        name: In words.
        settings: As `--set` takes them.
        wish: The settings with it.
    """

    kind: str
    name: str
    settings: str
    wish: Retrieval


def compared(context: RungContext) -> tuple[Numbers, ...]:
    """Every search and its recall, the best first; empty where no row can be judged by.

    Of equals the cheaper stands first: words before meaning before both.
    """
    key = _key(context)
    if key not in _known:
        _known.clear()
        index = build.index(context)
        told = [_measured(index, by, context.task.retrieval, context)
                for by in build.searches(context)]  # fmt: skip
        found = [one for one in told if RECALL in one]
        _known[key] = tuple(sorted(found, key=better, reverse=True))
        if found:
            context.progress.say(says(_known[key][0], [one["search"] for one in found]))
    return _known[key]


def best(context: RungContext) -> Search | None:
    """The search that finds most; None where that cannot be measured."""
    found = compared(context)
    return found[0]["search"] if found else None


def ideas(context: RungContext) -> tuple[Numbers, ...]:
    """What would find more, each with its recall; the best of each kind, at most three.

    Empty where retrieval finds what it should (`policy.retrieval_recall`), or is not measured.
    """
    found = compared(context)
    if not found or found[0][RECALL]["value"] >= context.task.policy.retrieval_recall:
        return ()
    key = (*_key(context), "ideas")
    if key not in _known:
        _known[key] = tuple(_tried(context))
    return _known[key]


def _tried(context: RungContext) -> list[Numbers]:
    """Measure each idea, and keep the best of its kind."""
    embedder, _ = build.embedder(context)
    documents = build.named(context).rows
    words = int(documents["text"].str.count_matches(r"\S+").sum())
    by_meaning = embedder is not None and words <= EMBEDDED
    if embedder is not None and not by_meaning:
        context.progress.say(
            f"The documents have {words:,} words: ideas for the search are tried by words alone."
        )
    kept: dict[str, Numbers] = {}
    for one in context.progress.over(list(_ideas(context)), "trying other searches", None):
        rows = titled(documents, one.wish.title)
        cut = chunks(rows, one.wish.words, one.wish.overlap, context.progress)
        index = Index.of(cut, embedder if by_meaning else None, context.progress)
        for by in SEARCHES if by_meaning else SEARCHES[:1]:
            told = _measured(index, by, one.wish, context)
            told = {"kind": one.kind, "name": one.name, "settings": one.settings, **told}
            if RECALL in told and (one.kind not in kept or better(told) > better(kept[one.kind])):
                kept[one.kind] = told
    return sorted(kept.values(), key=better, reverse=True)[:SHOWN]


def _ideas(context: RungContext) -> Iterator[Idea]:
    """Each change of one setting; another embedding is named by whoever has one."""
    wish = context.task.retrieval
    for title, name in (
        ("first_sentence", "the first sentence of the document above each chunk"),
        ("given", "the title of the document above each chunk"),
    ):
        if title != wish.title and (title != "given" or _titles(context)):
            changed = wish.model_copy(update={"title": title})
            yield Idea("title", name, f"retrieval.title={title}", changed)
    for words in (wish.words // 2, wish.words * 2):
        if words >= 16:
            overlap = min(wish.overlap, words // 4)
            changed = wish.model_copy(update={"words": words, "overlap": overlap})
            told = f"retrieval.words={words}"
            told += f" --set retrieval.overlap={overlap}" if overlap != wish.overlap else ""
            yield Idea("size", f"chunks of {words:,} words", told, changed)
    for query, name in (
        ("keywords", "a query of the rarer words of the question"),
        ("expanded", "a query with words of the first chunks found"),
    ):
        if query != wish.query:
            changed = wish.model_copy(update={"query": query})
            yield Idea("query", name, f"retrieval.query={query}", changed)


def _titles(context: RungContext) -> bool:
    return build.named(context).rows["title"].fill_null("").ne("").any()


def _measured(index: Index, by: Search, wish: Retrieval, context: RungContext) -> Numbers:
    return {"search": by, **build.recall_of(index, by, wish.query, None, context)}


def _key(context: RungContext) -> tuple[str, ...]:
    """All that a recall depends on."""
    rows, (embedder, _) = context.validation(), build.embedder(context)
    ids = "" if rows is None else f"{rows.inputs.ids.hash().sum()} {rows.expected.hash().sum()}"
    wish = context.task.retrieval.model_dump_json()
    return build.named(context).digest, wish, embedder.identity if embedder else "", ids
