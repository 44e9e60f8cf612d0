"""Learn the weights of `rungwise.data.near.nearness` from random edits of public texts.

Of each corpus half of the rows are edited at 15, 30 or 50 percent of their words. A proposed pair
is a near copy where the one was made from the other. Pairs of two originals whose letters agree to
nine tenths are left out, because such corpora hold copies that nobody marked.

    python -m benchmarks.audit.learn_nearness

prints, for each corpus, what weights learnt on the others find in it, and then the weights learnt
on all. AG's News, BANKING77 and the judged near copies stay out: they are what is reported.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.audit.data import folder
from benchmarks.audit.edits import Editor
from benchmarks.audit.minhash_peers import best_threshold
from rungwise.data.near.likeness import Comparison
from rungwise.data.near.nearness import traits
from rungwise.data.near.rare_terms import propose
from rungwise.data.near.words import words
from rungwise.data.normalise import normalised
from rungwise.progress import Silent

SIZES, SEED, RATES = (60, 100, 200, 400, 800, 3_000), 20, (0.15, 0.3, 0.5)


@dataclass(frozen=True, slots=True)
class Lesson:
    """Proposed pairs of one corpus: what is weighed, whether it is a near copy, its rate or 0,
    and the share of common words, which MinHash estimates."""

    traits: NDArray[np.float64]
    near: NDArray[np.bool_]
    rate: NDArray[np.float64]
    made: Mapping[float, int]
    jaccard: NDArray[np.float32]


def corpora() -> dict[str, list[str]]:
    """Texts of five kinds, none of them reported on."""
    tweets = pl.read_csv(folder("drift_crisislex") / "2013_Alberta_Floods.csv")["text"]
    questions = (folder("squad_xquad_en") / "qa.jsonl").read_text(encoding="utf-8").splitlines()
    found = {
        "commands": pl.read_ndjson(folder("snips_nlu") / "train.jsonl")["text"],
        "messages": pl.read_csv(folder("sms_spam") / "sms_spam.csv")["text"],
        "tweets": tweets,
        "reviews": pl.read_ndjson(folder("label_errors") / "imdb_reviews.jsonl")["text"].str.head(
            260
        ),
        "questions": pl.Series([json.loads(line)["question"] for line in questions]),
    }
    return {
        name: texts.unique().sort().sample(fraction=1, seed=1, shuffle=True).to_list()
        for name, texts in found.items()
    }


def lessons_of(texts: list[str]) -> list[Lesson]:
    """From files of several sizes: what a word tells depends on the number of rows."""
    ends = np.cumsum(SIZES)
    parts = [texts[end - size : end] for size, end in zip(SIZES, ends, strict=True)]
    return [lesson(part) for part in parts if len(part) > 1]


def lesson(texts: list[str]) -> Lesson:
    """Edit half of the texts, each one to three times, and look at every proposed pair.

    Two edits of one text are left out: they may have little in common.
    """
    chooser, editor = random.Random(SEED), Editor(texts, SEED)
    half = chooser.sample(range(len(texts)), len(texts) // 2)
    chosen = [place for place in half for _ in range(chooser.choice((1, 1, 2, 3)))]
    rates = [chooser.choice(RATES) for _ in chosen]
    edited = [editor.edit(texts[place], rate) for place, rate in zip(chosen, rates, strict=True)]
    folded = normalised(pl.Series(texts + edited))
    taken = words(folded)
    pairs = propose(taken, Silent())
    like = Comparison(folded, taken).likeness(pairs)
    truth = {(place, len(texts) + n): rates[n] for n, place in enumerate(chosen)}
    rate = np.array([truth.get((one, other), 0.0) for one, other in pairs.tolist()])
    origin = np.array([*range(len(texts)), *chosen])[pairs]
    unknown = (pairs[:, 1] < len(texts)) & (like.letters > 0.9)
    unknown |= (origin[:, 0] == origin[:, 1]) & (rate == 0)
    return Lesson(
        traits(like, pairs)[~unknown],
        rate[~unknown] > 0,
        rate[~unknown],
        {step: rates.count(step) for step in RATES},
        like.common[~unknown],
    )


def learn(lessons: list[Lesson]) -> tuple[NDArray[np.float64], float]:
    """Weights and offset, on the traits as they are."""
    from sklearn.linear_model import LogisticRegression

    seen = np.concatenate([one.traits for one in lessons])
    near = np.concatenate([one.near for one in lessons])
    mean, spread = seen.mean(axis=0), seen.std(axis=0)
    fitted = LogisticRegression(max_iter=5_000).fit((seen - mean) / spread, near)
    weights = fitted.coef_[0] / spread
    return weights, float(fitted.intercept_[0] - weights @ mean)


def main() -> None:
    """Print what was learnt."""
    lessons = {name: lessons_of(texts) for name, texts in corpora().items()}
    for name, left_out in lessons.items():
        rest = [one for other, some in lessons.items() if other != name for one in some]
        weights, offset = learn(rest)
        for size, one in zip(SIZES, left_out, strict=False):
            called = one.traits @ weights + offset >= 0
            recall = {
                rate: round(float((called & (one.rate == rate)).sum() / max(1, made)), 3)
                for rate, made in one.made.items()
            }
            precision = float((called & one.near).sum() / max(1, called.sum()))
            print(f"{name}, {size} rows, left out: recall {recall}, precision {precision:.4f}")
    weights, offset = learn([one for some in lessons.values() for one in some])
    print([round(float(weight), 3) for weight in weights], round(offset, 3))
    everything = [one for some in lessons.values() for one in some]
    jaccard, near = (np.concatenate([getattr(one, n) for one in everything])
                     for n in ("jaccard", "near"))  # fmt: skip
    print(f"share of common words with the best F1: {best_threshold(jaccard, near)}")


if __name__ == "__main__":
    main()
