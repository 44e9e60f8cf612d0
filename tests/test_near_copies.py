"""Near copies: what is found, what is not, and that neither order nor bulk matters (R21)."""

from __future__ import annotations

import math
import random
from typing import get_args

import numpy as np
import polars as pl
import pytest
from tests.data_made import frame, parts_of, task
from tests.sentences import edited, sentences

from rungwise.data.near.find import near_pairs
from rungwise.data.near.likeness import Comparison
from rungwise.data.near.words import words
from rungwise.data_section import Depth
from rungwise.progress import Silent

DEPTHS = get_args(Depth)


def pairs_of(texts: list[str], depth: Depth = "deep") -> set[frozenset[str]]:
    """The pairs that are found, as texts."""
    near = near_pairs(pl.Series(texts, dtype=pl.String), depth, Silent())
    assert all(0.5 <= score <= 1 for score in near.score)
    return {frozenset((texts[one], texts[other])) for one, other in near.rows().tolist()}


@pytest.mark.parametrize("depth", DEPTHS)
def test_edited_rows_are_found_beside_their_original_and_nothing_else(depth: Depth) -> None:
    originals = sentences(300, seed=1)
    copies = {text: edited(text, 2, seed=place) for place, text in enumerate(originals[:60])}
    found = pairs_of([*originals, *copies.values()], depth)
    truth = {frozenset(pair) for pair in copies.items()}
    assert len(found & truth) >= 57
    assert len(found - truth) <= 1


def test_a_long_text_is_found_in_what_was_rewritten_from_it() -> None:
    """Half of it in another order, a fifth of that changed, and half as much of the own."""
    drawn = sentences(80, seed=7, length=120)
    originals, own = drawn[:60], [text.split()[:30] for text in drawn[60:]]
    rewritten = {}
    for place, text in enumerate(originals[:20]):
        said = edited(text, 24, seed=place).split()
        rewritten[text] = " ".join([*said[80:110], *own[place], *said[20:50]])
    found = pairs_of([*originals, *rewritten.values()])
    truth = {frozenset(pair) for pair in rewritten.items()}
    assert len(found & truth) >= 18
    assert found <= truth


def test_long_texts_that_end_alike_are_no_copies() -> None:
    (footer,) = sentences(1, seed=9, length=40)
    texts = [f"{text} {footer}" for text in sentences(60, seed=10, length=50)]
    assert pairs_of(texts) == set()


def test_deep_finds_what_half_of_the_words_leave() -> None:
    originals = sentences(300, seed=2, length=30)
    copies = {text: edited(text, 15, seed=place) for place, text in enumerate(originals[:60])}
    truth = {frozenset(pair) for pair in copies.items()}
    texts = [*originals, *copies.values()]
    assert len(pairs_of(texts, "deep") & truth) >= 51 > len(pairs_of(texts, "fast") & truth)


@pytest.mark.parametrize("depth", DEPTHS)
def test_rows_of_one_template_are_no_copies(depth: Depth) -> None:
    assert (
        pairs_of([f"{w} order {n}" for n in range(200) for w in ("pay", "track")], depth) == set()
    )
    assert pairs_of([f"text {n} {m}" for n in range(20) for m in range(2 * n)], depth) == set()
    assert pairs_of(sentences(300, seed=3), depth) == set()


@pytest.mark.parametrize("depth", DEPTHS)
def test_the_order_of_the_rows_does_not_matter(depth: Depth) -> None:
    originals = sentences(150, seed=4)
    texts = [*originals, *(edited(text, 3, seed=n) for n, text in enumerate(originals[:50]))]
    shuffled = random.Random(4).sample(texts, len(texts))
    assert pairs_of(texts, depth) == pairs_of(shuffled, depth)


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize(
    "texts",
    [
        [], [""], ["one"], ["!", "?", "\u200b"], ["same words here"] * 100_000,
        ["\u202eabc\u202c def ghi jkl", "a\0b c d e f", "日本語の本です", "日本語の本でした"],
        ["word " * 200_000, "word " * 199_999 + "other", "x" * 1_000_000],
    ],
    ids=["none", "empty", "one", "marks", "one text many times", "odd letters", "a megabyte"],
)  # fmt: skip
def test_odd_rows_do_no_harm(texts: list[str], depth: Depth) -> None:
    near = near_pairs(pl.Series(texts, dtype=pl.String), depth, Silent())
    assert len(near.number) == len(texts)
    assert near.pairs.shape == (len(near.score), 2)


def test_scripts_without_spaces_are_compared_letter_by_letter() -> None:
    text = "私は昨日新しい携帯電話を買いましたがもう壊れてしまいました"
    others = ["天気がとても良いので公園へ散歩に行きました", "会議は来週の月曜日に延期されました"]
    assert pairs_of([text, text.replace("昨日", "今日"), *others]) == {
        frozenset((text, text.replace("昨日", "今日")))
    }


def test_a_word_weighs_what_it_tells() -> None:
    """By hand: of four rows, `a` is in all (0 bits), `b` in two (1 bit), the rest in one (2)."""
    texts = pl.Series(["a b c", "a b d", "a e", "a f"])
    like = Comparison(texts, words(texts)).likeness(np.array([[0, 1], [0, 2]]))
    assert like.bits.tolist() == [1.0, 0.0]
    assert like.words.tolist() == pytest.approx([1 / (1 + 2 + 2), 0.0])
    assert like.contained.tolist() == pytest.approx([1 / 3, 0.0])
    assert like.pairs.tolist() == pytest.approx([1 / (1 + 2 + 2), 0.0])
    assert like.letters.tolist() == pytest.approx([8 / 10, 4 / 8])
    assert like.size.tolist() == [3, 2]
    assert words(texts).single.bits.max() == math.log2(4)


def test_the_split_keeps_near_copies_together() -> None:
    originals = sentences(120, seed=5)
    rows = [(text, "ab"[place % 2]) for place, text in enumerate(originals)]
    rows += [(edited(text, 2, seed=place), label) for place, (text, label) in enumerate(rows[:40])]
    parts = parts_of(task(), source=frame(rows))
    place = {
        row: part for part in ("train", "validation", "test") for row in getattr(parts, part)["id"]
    }
    together = sum(place[str(n + 1)] == place[str(120 + n + 1)] for n in range(40))
    assert together >= 38  # chance alone keeps about 21
    assert parts.numbers["depth"] == "deep"
    assert any("near copies are looked for deep" in said for said in parts.assumptions)


def test_many_rows_are_looked_at_fast_unless_the_task_says_otherwise() -> None:
    rows = [(text, "ab"[place % 2]) for place, text in enumerate(sentences(60, seed=6))]
    small = {"deep_rows": 50}
    assert parts_of(task(small), source=frame(rows)).numbers["depth"] == "fast"
    assert parts_of(task(small, depth="deep"), source=frame(rows)).numbers["depth"] == "deep"
