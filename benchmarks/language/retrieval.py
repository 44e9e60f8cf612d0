"""Retrieval: what it finds of SQuAD, how fast beside bm25s, and what a small model makes of it.

    python -m benchmarks.language.retrieval recall
    python -m benchmarks.language.retrieval speed --documents 100000 --questions 1000
    python -m benchmarks.language.retrieval answers --rows 300 --measured 60

`recall` asks all 1,190 questions of 240 paragraphs, and 110 of them again in other words, with the
titles of the paragraphs removed; nothing is fitted or chosen on them. The other words were written
for `paraphrased.jsonl` before any search had seen them, without looking at the paragraphs. `speed`
gives ours and bm25s the same texts of words already apart, so that both see the same words, and
compares the scores of what they find. `answers` is the whole way: documents are known, questions
are not, and the articles that the measured questions are about have none in train.
"""

from __future__ import annotations

import json
import os
import random
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.banking77.commands import rungwise
from benchmarks.language.climbed import climbed
from benchmarks.rows import Row, arguments, show
from benchmarks.timing import alternate
from rungwise.data.documents import read_documents
from rungwise.data.normalise import normalised
from rungwise.modalities.text import Text
from rungwise.progress import Silent
from rungwise.table import Examples
from rungwise.training.retrieval.best import NONE
from rungwise.training.retrieval.chunking import chunks
from rungwise.training.retrieval.dense import Embedder
from rungwise.training.retrieval.index import SEARCHES, Index
from rungwise.training.retrieval.lexical import Lexical
from rungwise.training.retrieval.query import Query, rewritten
from rungwise.training.retrieval.recall import recall
from rungwise.training.retrieval.titles import Title, titled
from rungwise.training.trunk import Trunk

ROOT = Path(__file__).resolve().parents[2]
ENCODER = "all-MiniLM-L6-v2"
WORDS, OVERLAP, TOKENS = 150, 30, 256
"""As a task has them by default."""
COUNT = 10
PARAPHRASED = Path(__file__).with_name("paraphrased.jsonl")
"""Derived from SQuAD (CC BY-SA 4.0): ids of questions, and the same asked in other words."""
GOAL = "Answer the question about the documents with at least 60 percent answer F1"


def found() -> Iterator[Row]:
    """Recall of each search, under what stands above each chunk, on two sets of questions."""
    folder = _data() / "squad_xquad_en"
    pages, _ = read_documents(folder / "docs.jsonl", "docs.jsonl")
    asked = pl.read_ndjson(folder / "qa.jsonl").select("qid", "doc_id", "question")
    put_otherwise = pl.read_ndjson(PARAPHRASED)
    harder = put_otherwise.join(asked.drop("question"), on="qid", how="left")
    untitled = titled(pages.rows, "none")
    same = asked.filter(pl.col("qid").is_in(harder["qid"].implode()))
    with tempfile.TemporaryDirectory() as cache:
        trunk = Trunk(Text().open(ENCODER, folder), Path(cache), TOKENS)
        encoder = Embedder(trunk, folder)
        sets: tuple[tuple[str, pl.DataFrame, pl.DataFrame, tuple[Title, ...]], ...] = (
            ("SQuAD", asked, pages.rows, ("given", "none", "first_sentence")),
            ("as asked, titles removed", same, untitled, ("none", "first_sentence")),
            ("paraphrased, titles removed", harder, untitled, ("none", "first_sentence")),
            ("paraphrased", harder, pages.rows, ("given",)),
        )
        for name, questions, documents, titles in sets:
            for title, words, query in _settings(
                titles, harder=documents is untitled and questions is harder
            ):
                cut = chunks(titled(documents, title), words, min(OVERLAP, words // 4), Silent())
                index = Index.of(cut, encoder, Silent())
                told = f"{name}, title {title}, {words} words, query {query}"
                yield from _recalled(told, index, questions, query)


def _settings(titles: tuple[Title, ...], *, harder: bool) -> Iterator[tuple[Title, int, Query]]:
    """What is changed: one thing at a time, as a task tries it where recall is poor."""
    yield from ((title, WORDS, "asked") for title in titles)
    if harder:
        yield from (("none", words, "asked") for words in (WORDS // 2, 2 * WORDS))
        yield from (("none", WORDS, query) for query in ("keywords", "expanded"))


def _recalled(told: str, index: Index, questions: pl.DataFrame, query: Query) -> Iterator[Row]:
    """One row a search and a depth; `ours` is the value, the interval stands with the workload."""
    rows = Examples.of(questions.select(id="qid", input="question", expected="question"))
    named = dict(questions.select("qid", "doc_id").iter_rows())
    for by in SEARCHES:
        asked = rewritten(questions["question"], query, index, by)
        places = index.search(asked, by, COUNT)
        for name, one in recall(places, rows, index.chunks, named, 0.95).items():
            if name != "by":
                interval = f"[{one['low']:.3f}, {one['high']:.3f}]"
                yield Row(f"{told}, {by} {interval}", name, one["value"], None, "")


def timed(count: int, asked: int, repeats: int) -> Iterator[Row]:
    """Seconds to index and to ask, ours and bm25s; quality is the share of scores that agree."""
    import bm25s

    texts, questions = _made(count, asked)
    held: dict[str, Any] = {}

    def words(of: list[str]) -> Any:
        return bm25s.tokenize(of, stopwords=None, token_pattern=r"\S+", show_progress=False)

    def ours_made() -> float:
        held["ours"] = Lexical.of(pl.Series(texts))
        return 1.0

    def peer_made() -> float:
        held["peer"] = bm25s.BM25()
        held["peer"].index(words(texts), show_progress=False)
        return 1.0

    def ours_asked() -> float:
        held["places"] = held["ours"].search(pl.Series(questions), COUNT)
        return 1.0

    def peer_asked() -> float:
        _, held["scores"] = held["peer"].retrieve(words(questions), k=COUNT, show_progress=False)
        return 1.0

    pairs: tuple[tuple[str, Callable[[], float], Callable[[], float]], ...] = (
        (f"index {count:,} documents", ours_made, peer_made),
        (f"ask {asked:,} questions, top {COUNT}", ours_asked, peer_asked),
    )
    for title, ours, peer in pairs:
        one, other = alternate(ours, peer, repeats)
        yield Row(title, "seconds", one.seconds, other.seconds, "bm25s")
    agree = _agreeing(held["peer"], questions, held["places"], held["scores"])
    yield Row("scores that agree to 1e-4", "share", agree, 1.0, "bm25s")


def _agreeing(
    peer: Any, questions: list[str], places: NDArray[np.int64], theirs: NDArray[np.float32]
) -> float:
    """Share of our finds whose score by bm25s is that of its own find at the same rank."""
    agree = []
    for question, found_, scores in zip(questions, places, theirs, strict=True):
        by_peer = peer.get_scores(question.split())
        ours = np.where(found_ == NONE, 0.0, by_peer[found_])
        agree.append(np.isclose(ours, scores, rtol=1e-4))
    return float(np.mean(agree))


def _made(count: int, asked: int) -> tuple[list[str], list[str]]:
    """Texts of three sentences of news, and the beginnings of other sentences."""
    news = pl.read_csv(_data() / "ag_news_test" / "ag_news_test.csv", infer_schema=False)
    told = normalised(pl.concat([news["description"].str.split(". ").explode()]))
    sentences = [one for one in told if one and len(one.split()) > 3]
    chance = random.Random(1)
    texts = [" ".join(chance.sample(sentences, 3)) for _ in range(count)]
    return texts, [" ".join(chance.choice(sentences).split()[:8]) for _ in range(asked)]


def answered(count: int, measured: int, rungs: list[str]) -> Iterator[Row]:
    """One row an attempt."""
    with tempfile.TemporaryDirectory() as folder:
        task = str(Path(folder) / "task")
        _init(Path(folder), task, count, measured)
        yield from climbed("SQuAD", task, "answer_f1", rungs)


def _init(folder: Path, task: str, count: int, measured: int) -> None:
    data = _data() / "squad_xquad_en"
    articles = dict(pl.read_ndjson(data / "docs.jsonl").select("doc_id", "article").iter_rows())
    asked = [json.loads(line) for line in (data / "qa.jsonl").open(encoding="utf-8")]
    random.Random(1).shuffle(asked)
    with (folder / "questions.jsonl").open("w", encoding="utf-8") as file:
        for one in asked[:count]:
            row = {
                "question": one["question"],
                "answer": one["answers"][0]["text"],
                "doc_id": one["doc_id"],
                "article": str(articles[one["doc_id"]]),
            }
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    rungwise(
        "init", task,
        "--data", str(folder / "questions.jsonl"), "--documents", str(data / "docs.jsonl"),
        "--input", "question", "--label", "answer", "--group", "article",
        "--goal", GOAL, "--metric", "answer_f1", "--min", "0.6",
        "--set", f"policy.evaluation_rows={measured}",
    )  # fmt: skip


def _data() -> Path:
    return Path(os.environ.get("RUNGWISE_SHARED_DATA", ROOT.parent / "shared" / "data"))


def main() -> None:
    """Run the part that the command line names."""
    parser = arguments(__doc__ or "")
    parser.add_argument("part", choices=("recall", "speed", "answers"))
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--questions", type=int, default=1_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--rows", type=int, default=300, help="questions in the task")
    parser.add_argument("--measured", type=int, default=60, help="validation rows measured on")
    parser.add_argument("--rungs", default="prompt,few_shot,rag", help="in this order")
    told = parser.parse_args()
    parts: dict[str, Callable[[], Iterator[Row]]] = {
        "recall": found,
        "speed": lambda: timed(told.documents, told.questions, told.repeats),
        "answers": lambda: answered(told.rows, told.measured, told.rungs.split(",")),
    }
    show(parts[told.part](), as_json=told.json)


if __name__ == "__main__":
    main()
