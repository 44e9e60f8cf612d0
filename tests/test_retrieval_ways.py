"""Searches are compared by recall on every validation row, and what would find more is tried."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import polars as pl
import pytest
from tests.small_documents import about_documents
from tests.small_encoder import context, write_encoder

from rungwise import plugins
from rungwise.data.documents import SCHEMA
from rungwise.protocols import RungContext
from rungwise.table import Documents, Examples
from rungwise.task import Retrieval
from rungwise.training.retrieval import build, ways
from rungwise.training.retrieval.query import Query, rewritten
from rungwise.training.retrieval.titles import titled

PLACES = ("Aberdeen", "Bergen", "Cadiz", "Dover", "Emden", "Faro")
LEAD = "This page tells all that a traveller has to know about the town of {}."
BODY = " ".join(["The bus leaves at nine each day and the fare is paid on board by card."] * 4)
PAGES = {place: f"{LEAD.format(place)} {BODY}" for place in PLACES}
"""Only the first sentence says what a page is about, and a chunk is about as long as a sentence."""
SAME = "The bus leaves at nine each day."


def documents(titles: bool, same: bool = False) -> Documents:
    rows = [
        (place, place if titles else None, SAME if same else text) for place, text in PAGES.items()
    ]
    aside = pl.DataFrame(schema={"document": pl.String, "reason": pl.String})
    named = {str(row): place for row, place in enumerate(PLACES * 4)}
    digest = f"pages {titles} {same}"
    return Documents("pages.jsonl", digest, pl.DataFrame(rows, SCHEMA, orient="row"), aside, named)


def questions() -> Examples:
    asked = [f"when does the bus leave each day in {place}" for place in PLACES * 4]
    ids = [str(row) for row in range(len(asked))]
    return Examples.of(pl.DataFrame({"id": ids, "input": asked, "expected": ["at nine"] * 24}))


def about(
    folder: Path, *, titles: bool, same: bool = False, encoder: str | None = None, **wish: str
) -> RungContext:
    plain = about_documents(context(folder, "language", kind="generate"), encoder)
    sizes = {"encoder": encoder, "words": 16, "overlap": 0, "chunks": 2}
    told = Retrieval.model_validate(sizes | wish)
    task = plain.task.model_copy(update={"retrieval": told})
    return dataclasses.replace(
        plain, task=task, documents=lambda: documents(titles, same), validation=questions
    )


def test_recall_is_of_all_validation_rows(tmp_path: Path) -> None:
    here = about(tmp_path, titles=True)
    some = Examples.of(pl.DataFrame({"id": ["0"], "input": ["a bus"], "expected": ["at nine"]}))
    told = build.measured(build.passages("lexical", 2, here), some, here)["retrieval"]
    assert told["recall@5"]["rows"] == 24 and told["by"] == "document"


def test_what_would_find_more_is_named_with_its_recall(tmp_path: Path) -> None:
    """A title above each chunk says what the text does not."""
    bare = about(tmp_path, titles=True, same=True, title="none")
    (found,) = ways.compared(bare)
    ideas = ways.ideas(bare)
    # All pages say the same, so the first five of them are found for every question.
    assert found["recall@1"]["value"] == 1 / 6 and found["recall@5"]["value"] == 5 / 6
    assert ideas[0]["kind"] == "title" and len(ideas) <= 3
    assert ideas[0]["settings"].startswith("retrieval.title=")
    title = ideas[0]["settings"].partition("=")[2]
    (measured,) = ways.compared(about(tmp_path, titles=True, same=True, title=title))
    assert ideas[0]["recall@1"] == measured["recall@1"]
    assert measured["recall@1"]["value"] == 1.0


def test_nothing_is_tried_where_retrieval_finds_it(tmp_path: Path) -> None:
    assert ways.ideas(about(tmp_path, titles=True)) == ()


def test_the_search_is_chosen_by_recall(tmp_path: Path) -> None:
    write_encoder(tmp_path / "encoder")
    here = about(tmp_path, titles=True, encoder="encoder")
    known = ways.compared(here)
    assert {one["search"] for one in known} == {"lexical", "dense", "fused"}
    # By words every page is found; an encoder with random weights knows no town.
    assert known[0]["search"] == "lexical" and known[0]["recall@5"]["value"] == 1.0
    first = plugins.load("rungs", "rag").propose(here, [])
    assert first["search"] == "lexical"


def test_where_no_row_can_tell_each_search_is_asked(tmp_path: Path) -> None:
    here = about(tmp_path, titles=True)
    blind = dataclasses.replace(here, validation=lambda: None)
    assert ways.compared(blind) == () and ways.best(blind) is None


def test_titles() -> None:
    pages = documents(titles=True).rows
    assert titled(pages, "given").equals(pages)
    assert titled(pages, "none")["title"].null_count() == len(pages)
    first = titled(pages, "first_sentence")["title"][0]
    assert first == f"Aberdeen: {LEAD.format('Aberdeen')}"


@pytest.mark.parametrize("query", ["keywords", "expanded"])
def test_a_query_is_rewritten_by_the_words_of_the_documents(query: Query, tmp_path: Path) -> None:
    here = about(tmp_path, titles=False)
    asked = pl.Series(["what about the town of Faro", "and of nothing known"])
    index = build.index(here)
    told = rewritten(asked, query, index, "lexical")
    if query == "keywords":  # `the` and `of` stand in more than a fifth of the chunks
        assert told[0] == "what faro" or told[0].endswith("faro")
        assert "the" not in told[0].split()
    else:
        assert told[0].startswith("what about the town of Faro ")
        assert set(told[0].split()) & {"traveller", "page", "tells"}
