"""Chunks, search by words and by meaning, their fusion, and what recall means (R39)."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.small_documents import documents

from rungwise.evaluation.proportions import wilson
from rungwise.progress import Silent
from rungwise.table import Examples
from rungwise.training.retrieval.best import NONE, best
from rungwise.training.retrieval.chunking import WORD, chunks, spans
from rungwise.training.retrieval.fused import fuse
from rungwise.training.retrieval.index import Index, load
from rungwise.training.retrieval.lexical import Lexical
from rungwise.training.retrieval.recall import recall

TEXTS = pl.Series(
    [
        "the cat sat on the mat",
        "a cat and a dog",
        "dogs and cats are pets, and the dog barks at the cat",
        "nothing of the kind",
    ]
)


# ── chunks ───────────────────────────────────────────────────────────────────────────────
@given(
    st.text(st.sampled_from("ab \n.!?中。é"), max_size=400),
    st.integers(8, 20),
    st.integers(0, 7),
)
def test_chunks_cover_the_text_and_say_where(text: str, size: int, overlap: int) -> None:
    found = list(spans(text, size, overlap))
    covered = {place for start, end in found for place in range(start, end)}
    assert {place for place, letter in enumerate(text) if not letter.isspace()} <= covered
    for start, end in found:
        assert 1 <= len(WORD.findall(text[start:end])) <= size
        assert not text[start].isspace() and not text[end - 1].isspace()
    for (start, end), (following, last) in itertools.pairwise(found):
        assert start < following and end < last, "each brings something new"
        assert len(WORD.findall(text[following:end])) <= overlap


def test_chunks_end_with_paragraphs_and_repeat_sentences() -> None:
    text = (
        "One two three. Four five six.\n\nSeven eight nine. Ten eleven. Twelve thirteen fourteen."
    )
    cut = [text[start:end] for start, end in spans(text, 8, 4)]
    assert cut == [
        "One two three. Four five six.",
        "Seven eight nine. Ten eleven. Twelve thirteen fourteen.",
    ]
    longer = "A b c d. E f. G h i j. K l."
    assert [longer[a:b] for a, b in spans(longer, 8, 2)] == ["A b c d. E f.", "E f. G h i j. K l."]


def test_a_document_of_a_megabyte_is_cut_like_any_other() -> None:
    text = "A sentence of six words here. " * 35_000
    found = list(spans(text, 150, 30))
    assert len(text) > 1_000_000
    # Of 25 sentences a chunk, 5 are those of the one before.
    assert len(found) == pytest.approx(35_000 / 20, abs=2)
    endless = "x" * 1_000_000
    assert [end - start for start, end in spans(endless, 100, 10)][:2] == [5_000, 5_000]


def test_chunks_keep_their_document() -> None:
    found = chunks(documents().rows, 8, 0, Silent())
    texts = dict(documents().rows.select("document", "text").iter_rows())
    assert len(found) == 6
    for document, title, start, end, text in found.iter_rows():
        assert texts[document][start:end] == text
        assert title == document


# ── by words ─────────────────────────────────────────────────────────────────────────────
def test_bm25_is_what_the_formula_says() -> None:
    found = Lexical.of(TEXTS)
    scores = found.scores.toarray()[found.words.to_list().index("dog")]
    lengths = [6, 5, 12, 4]
    weight = math.log(1 + (4 - 2 + 0.5) / (2 + 0.5))  # two of four texts have it
    for text, times in ((0, 0), (1, 1), (2, 1), (3, 0)):
        room = 1.5 * (1 - 0.75 + 0.75 * lengths[text] / (27 / 4))
        assert scores[text] == pytest.approx(weight * times / (times + room), rel=1e-6)


def test_bm25_finds_what_bm25s_finds() -> None:
    peer = pytest.importorskip("bm25s")
    generator = np.random.default_rng(2)
    words = np.array([f"w{number}" for number in range(300)])
    often = 1 / np.arange(1, 301)
    made = [
        " ".join(generator.choice(words, generator.integers(5, 40), p=often / often.sum()))
        for _ in range(400)
    ]
    asked = [" ".join(generator.choice(words, 5)) for _ in range(50)] + ["unknown w7 w7"]
    theirs = peer.BM25()
    theirs.index([text.split() for text in made], show_progress=False)
    ours = Lexical.of(pl.Series(made))
    found = ours.search(pl.Series(asked), 10)
    for question, places in zip(asked, found, strict=True):
        scores = theirs.get_scores(question.split())
        there = places[places != NONE]
        expected = np.argsort(-scores, kind="stable")[: len(there)]
        np.testing.assert_allclose(scores[there], scores[expected], rtol=1e-5)
        assert len(there) == min(10, (scores > 0).sum())


def test_nothing_is_found_where_no_word_is_shared() -> None:
    found = Lexical.of(TEXTS).search(pl.Series(["zebra", "", "CAT!"]), 3)
    assert found.tolist()[:2] == [[NONE] * 3] * 2
    assert sorted(found[2].tolist()) == [0, 1, 2]
    assert Lexical.of(TEXTS).search(pl.Series([], dtype=pl.String), 3).shape == (0, 3)


def test_words_are_told_apart_in_scripts_without_spaces() -> None:
    found = Lexical.of(pl.Series(["我的猫很大", "狗在这里"])).search(pl.Series(["猫"]), 2)
    assert found.tolist() == [[0, NONE]]


# ── both ─────────────────────────────────────────────────────────────────────────────────
def test_fusion_sums_reciprocal_ranks() -> None:
    """Cormack et al. 2009: the sum of 1 / (60 + rank) over the rankings."""
    first = np.array([[0, 1, 2, 3]])
    second = np.array([[2, 0, 5, NONE]])
    # 0: 1/61 + 1/62; 2: 1/63 + 1/61; 1: 1/62; 5: 1/63; 3: 1/64
    assert fuse([first, second], 5).tolist() == [[0, 2, 1, 5, 3]]
    assert fuse([first, second], 6).tolist() == [[0, 2, 1, 5, 3, NONE]]


def test_among_equals_the_earlier_comes_first() -> None:
    scores = np.array([[1, 3, 3, 2, 3], [0, 0, 0, 0, 0]], np.float32)
    assert best(scores, 3).tolist() == [[1, 2, 4], [0, 1, 2]]
    assert best(scores, 4, least=1.0).tolist() == [[1, 2, 4, 3], [NONE] * 4]


def test_what_is_kept_finds_the_same(tmp_path: Path) -> None:
    made = Index.of(chunks(documents().rows, 8, 0, Silent()), None, Silent())
    made.save(tmp_path, "lexical")
    assert {path.suffix for path in tmp_path.iterdir()} == {".json", ".safetensors"}
    again = load(tmp_path, lambda: pytest.fail("nothing was embedded"))
    asked = pl.Series(["when does my parcel arrive", "reset a password"])
    found = again.search(asked, "lexical", 3)
    assert found.tolist() == made.search(asked, "lexical", 3).tolist()
    named = again.chunks["document"].gather(found[:, 0])
    assert named.to_list() == ["parcels", "logins"]


# ── recall ───────────────────────────────────────────────────────────────────────────────
def rows(expected: list[str]) -> Examples:
    ids = [str(place) for place in range(len(expected))]
    frame = pl.DataFrame({"id": ids, "input": expected, "expected": expected})
    return Examples.of(frame)


def test_recall_is_of_the_rows_own_document() -> None:
    cut = chunks(documents().rows, 8, 0, Silent())  # two chunks a document
    found = np.array([[0, 2, 1, 3, 4, 5], [2, 3, 4, 5, 0, 1], [0, 1, 2, 3, 4, 5]])
    of_row = {"0": "refunds", "1": "refunds"}
    told = recall(found, rows(["a", "b", "c"]), cut, of_row, 0.95)
    low, high = wilson(1, 2, 0.95)
    assert told["by"] == "document"
    assert told["recall@1"] == {"value": 0.5, "low": low, "high": high, "rows": 2}
    assert told["recall@5"]["value"] == 1.0  # the third row names no document


def test_without_named_documents_an_answer_must_stand_in_a_chunk() -> None:
    cut = chunks(documents().rows, 8, 0, Silent())
    found = np.array([[0, 1], [2, NONE], [4, 5]])
    told = recall(found, rows(["Nine days!", "by mail", "of no document"]), cut, {}, 0.95)
    assert told["by"] == "answer"
    assert (told["recall@1"]["value"], told["recall@1"]["rows"]) == (0.5, 2)
    assert recall(found, rows(["x", "y", "z"]), cut, {}, 0.95) == {"by": "answer"}


def test_documents_of_squad_are_found(shared_data: Path) -> None:
    from rungwise.data.documents import read_documents

    folder = shared_data / "squad_xquad_en"
    found, _ = read_documents(folder / "docs.jsonl", "docs.jsonl")
    assert len(found.rows) == 240
    asked = pl.read_ndjson(folder / "qa.jsonl")[::6]
    index = Index.of(chunks(found.rows, 150, 30, Silent()), None, Silent())
    told = recall(
        index.search(asked["question"], "lexical", 10),
        Examples.of(asked.select(id="qid", input="question", expected="question")),
        index.chunks,
        dict(asked.select("qid", "doc_id").iter_rows()),
        0.95,
    )
    assert told["by"] == "document"
    assert told["recall@5"]["value"] >= 0.95
