"""Learn the weights of `rungwise.data.near.rewritten` from long texts that are rewritten at random.

Paragraphs of encyclopaedia articles and film reviews: half of each file is rewritten, one to three
times a text, with sentences of a further text on the same matter between (`rewrites`). A pair is a
near copy where the one was made from the other. None are two paragraphs of one article, the nearest
of unrelated texts, texts that end in the same footer, and records of one form.

    python -m benchmarks.audit.learn_rewritten

prints what weights learnt without a file find in it, and then the weights learnt on all. The judged
near copies stay out: they are what is reported.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.audit.data import folder
from benchmarks.audit.edits import Editor
from benchmarks.audit.minhash_peers import best_threshold
from benchmarks.audit.rewrites import Rewriter
from rungwise.data.near.likeness import shared
from rungwise.data.near.rare_terms import propose
from rungwise.data.near.rewritten import LONG, marks
from rungwise.data.near.words import words
from rungwise.data.normalise import normalised
from rungwise.progress import Silent

SEED, LEAST = 20, 0.03
REVIEWS = (60, 100, 400, 1_200)
"""Reviews of each file; as many again lend sentences."""
ARTICLES = (8, 16, 24)
FOOTERS = ((400, 60, 25), (600, 200, 20), (1_000, 300, 40), (200, 100, 40))
"""Texts of each file, those of them that hold a block of words, and its length."""
FORMS = ((100, 40, 0.2), (200, 100, 0.1), (50, 200, 0.3))
"""Texts of each file that fill in no form, records of each of two forms, and how much differs."""
SAME = 0.5
"""Share of weight from which two texts as they are may be copies that nobody marked."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """Pairs of long texts of one file: what is weighed, and whether one was made from the other.

    `jaccard` is what MinHash estimates, the share of common words.
    """

    marks: NDArray[np.float64]
    near: NDArray[np.bool_]
    made: int
    jaccard: NDArray[np.float64]


def topics() -> dict[str, list[list[str]]]:
    """Texts by what they tell of; the last of each topic lends its sentences to rewritings."""
    documents = pl.read_ndjson(folder("squad_xquad_en") / "docs.jsonl")
    grouped = documents.group_by("article", maintain_order=True)
    articles = [group["text"].unique().sort().to_list() for _, group in grouped]
    column = pl.read_ndjson(folder("label_errors") / "imdb_reviews.jsonl")["text"]
    reviews = column.str.replace_all("<br />", " ", literal=True).str.head(3_000).unique().sort()
    drawn = reviews.sample(fraction=1, seed=1, shuffle=True).to_list()
    draw = random.Random(SEED)
    draw.shuffle(articles)
    return {
        "paragraphs": articles,
        "reviews": [drawn[place : place + 2] for place in range(0, len(drawn) - 1, 2)],
    }


def files() -> dict[str, list[Lesson]]:
    """Lessons of several files of each kind."""
    told = topics()
    reviews, articles = told["reviews"], told["paragraphs"]
    unused = [text for topic in reviews[sum(REVIEWS) :] for text in topic]
    return {
        "paragraphs": [lesson(part) for part in _files(articles, ARTICLES)],
        "reviews": [lesson(part) for part in _files(reviews, REVIEWS)],
        "reviews as they are": [_lesson(unused)],
        "footers": [footers(unused, *sizes) for sizes in FOOTERS],
        "forms": [forms(unused, *sizes) for sizes in FORMS],
    }


def _files(told: list[list[str]], sizes: Sequence[int]) -> list[list[list[str]]]:
    ends = np.cumsum(sizes)
    return [told[end - size : end] for size, end in zip(sizes, ends, strict=True)]


def lesson(told: Sequence[Sequence[str]]) -> Lesson:
    """Rewrite half of the texts; two rewritings of one text are left out."""
    draw = random.Random(SEED)
    originals = [(text, topic[-1]) for topic in told for text in topic[:-1]]
    texts = [text for text, _ in originals]
    half = draw.sample(range(len(texts)), len(texts) // 2)
    chosen = [place for place in half for _ in range(draw.choice((1, 1, 2, 3)))]
    rewriter = Rewriter(texts, SEED)
    made = [rewriter.rewrite(*originals[place]) for place in chosen]
    truth = {(place, len(texts) + number) for number, place in enumerate(chosen)}
    return _lesson([*texts, *made], truth, [*range(len(texts)), *chosen])


def footers(texts: Sequence[str], rows: int, holders: int, length: int) -> Lesson:
    """Texts of which some hold one of two blocks of so many words, with three words changed."""
    draw, editor = random.Random(SEED + rows), Editor(texts, SEED)
    blocks = [text.split()[:length] for text in draw.sample(texts, 2)]
    made = []
    for number, text in enumerate(draw.sample(texts, rows)):
        said = text.split()[: draw.randint(30, 70)]
        if number < holders:
            block = [*blocks[number % 2]]
            for place in draw.sample(range(length), 3):
                block[place] = editor.word()
            place = draw.randrange(len(said))
            said[place:place] = block
        made.append(" ".join(said))
    return _lesson(made)


def forms(texts: Sequence[str], rows: int, records: int, share: float) -> Lesson:
    """Records of two forms of 80 words, of which so large a share differs, beside other texts."""
    draw, editor = random.Random(SEED + rows), Editor(texts, SEED)
    made = [" ".join(text.split()[:80]) for text in draw.sample(texts, rows)]
    for text in draw.sample(texts, 2):
        said = text.split()[:80]
        slots = draw.sample(range(len(said)), int(share * len(said)))
        for _ in range(records):
            for slot in slots:
                said[slot] = editor.word()
            made.append(" ".join(said))
    return _lesson(made)


def _lesson(
    texts: Sequence[str],
    truth: Collection[tuple[int, int]] = (),
    origin: Sequence[int] | None = None,
) -> Lesson:
    """Pairs of long texts that have at least a little in common.

    Two texts of one origin, and texts as they are whose words are nearly the same, are left out.
    """
    folded = normalised(pl.Series(texts))
    taken = words(folded)
    pairs = propose(taken, Silent(), LEAST)
    size = np.diff(taken.single.present.indptr)
    near = np.array([pair in truth for pair in map(tuple, pairs.tolist())], bool)
    seen = marks(taken, pairs)
    first = np.array(range(len(texts)) if origin is None else origin)[pairs]
    unknown = ~near & ((seen[:, 0] > SAME) | (first[:, 0] == first[:, 1]))
    kept = ~unknown & (size[pairs].min(axis=1) >= LONG)
    made = sum(min(size[list(pair)]) >= LONG for pair in truth)
    _, count = shared(taken.single, pairs)
    jaccard = (count / (size[pairs].sum(axis=1) - count)).astype(np.float64)
    return Lesson(seen[kept], near[kept], made, jaccard[kept])


def learn(lessons: Sequence[Lesson]) -> tuple[NDArray[np.float64], float]:
    """Weights and offset, on the marks as they are."""
    from sklearn.linear_model import LogisticRegression

    seen = np.concatenate([one.marks for one in lessons])
    near = np.concatenate([one.near for one in lessons])
    mean, spread = seen.mean(axis=0), seen.std(axis=0)
    fitted = LogisticRegression(max_iter=5_000).fit((seen - mean) / spread, near)
    weights = fitted.coef_[0] / spread
    return weights, float(fitted.intercept_[0] - weights @ mean)


def main() -> None:
    """Print what was learnt."""
    lessons = files()
    everything = [one for some in lessons.values() for one in some]
    for name, some in lessons.items():
        for one in some:
            weights, offset = learn([other for other in everything if other is not one])
            called = one.marks @ weights + offset >= 0
            recall = (called & one.near).sum() / max(1, one.made)
            wrong = int((called & ~one.near).sum())
            print(
                f"{name}, {len(one.near):,} pairs, left out: of {one.made} made {recall:.3f} "
                f"found, {wrong} of {int((~one.near).sum()):,} others called so"
            )
    weights, offset = learn(everything)
    print([round(float(weight), 3) for weight in weights], round(offset, 3))
    jaccard, near = (np.concatenate([getattr(one, n) for one in everything])
                     for n in ("jaccard", "near"))  # fmt: skip
    print(f"share of common words with the best F1: {best_threshold(jaccard, near)}")


if __name__ == "__main__":
    main()
