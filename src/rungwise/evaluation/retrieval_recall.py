"""How much of what is needed a search finds, as attempts keep it, and in words (R39)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from rungwise.percent import estimate, percent
from rungwise.records import Evidence, Numbers

RECALL = "recall@5"
AT = ("recall@1", "recall@5", "recall@10")
SEARCHING = frozenset({"rag", "rag_lora"})
"""Rungs that show a model what a search finds."""
NAMES = {"lexical": "words", "dense": "meaning", "fused": "words and meaning"}


def better(one: Numbers) -> tuple[float, ...]:
    """What a search is ranked by: recall among five chunks, then among one, then ten."""
    return tuple(one[key]["value"] for key in (RECALL, AT[0], AT[2]) if key in one)


def of(attempts: Iterable[Evidence]) -> Numbers | None:
    """The best search on record; of equals the newest. None where none was measured."""
    found = [
        told
        for one in attempts
        if one.rung in SEARCHING and RECALL in (told := one.details.get("retrieval", {}))
    ]
    return max(reversed(found), key=better, default=None)


def line(found: Numbers) -> str:
    """Its recall with intervals, such as `recall@1 25 % [18, 32], recall@5 …, on 168 rows`."""
    told = ", ".join(f"{key} {_share(found[key])}" for key in AT if key in found)
    by = "" if found.get("by") != "answer" else ", by chunks that hold the expected answer"
    return f"{told}, on {found[RECALL]['rows']:,} validation rows{by}"


def says(found: Numbers, searches: Collection[str] = ()) -> str:
    """A sentence about the search that was chosen."""
    among = f", the best of {len(searches)}" if len(searches) > 1 else ""
    return f"Search by {NAMES[found['search']]}{among}: {line(found)}."


def misses(found: Numbers) -> str:
    """What it does not find, such as `60 % of questions`, and its recall in brackets."""
    share = found[RECALL]
    return (
        f"retrieval misses what would help in {percent(1 - share['value'])} of questions "
        f"({RECALL} {_share(share)} on {share['rows']:,} validation rows)"
    )


def named(idea: Numbers) -> str:
    """An idea with its recall, such as `chunks of 75 words: recall@5 52 % [45, 60]`."""
    by = NAMES[idea["search"]]
    return f"{idea['name']}, searched by {by}: {RECALL} {_share(idea[RECALL])}"


def _share(told: dict[str, Any]) -> str:
    return estimate(told["value"], told["low"], told["high"])
