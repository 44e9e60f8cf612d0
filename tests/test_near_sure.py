"""Short texts are all but sure near copies only if they say the same."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from tests.sentences import sentences

from rungwise.data.near.find import near_pairs
from rungwise.data.near.nearness import NEAR, SURE
from rungwise.data.near.same_content import same_content
from rungwise.data.near.words import words
from rungwise.data.normalise import normalised
from rungwise.progress import Silent

SAME = [
    ("What is the exchange fee?", "what's the exchange fee"),
    ("How do I cancel a transaction?", "How can I cancel my transaction?"),
    ("Why isn't my ID being verified?", "Why is not my ID verified?"),
    ("Which currencies do you accept?", "What currencies do you accept"),
    ("Please rate the current novel four stars", "rate current novel four stars"),
    ("find movie schedules for films nearby", "Find the movie schedule for films nearby"),
    ("My transaction was declined today", "My transation was declined today"),
    ("When will my card arrive in Spain", "When will the cards arrive in Spain"),
]
DIFFERENT = [
    ("What is mad cow disease", "What is a fear of disease"),
    ("When did the last ice age end", "When did the last ice age start"),
    ("When did the movement begin here", "Where did the movement begin here"),
    ("I'm coming home for dinner", "I'm not coming home for dinner"),
    ("My card is not here yet", "My pin is not here yet"),
    ("Rate the current album four stars", "Rate the current album five stars"),
    ("Did the dog bite the postman", "Did the postman bite the dog"),
    ("Can I change my information", "How can I change my information"),
    ("Will you call me tomorrow", "Will he call me tomorrow"),
    ("Play music by Martin Gore", "Play music by Marvin Gaye"),
    ("Find the first plan of 1964", "Find the first plane of 1964"),
    ("Transfer money from Paris", "Transfer money via Paris"),
    ("Wann endete die Eiszeit dort", "Wann begann die Eiszeit dort"),
    ("Which plants rate as rats", "Which plants rate as rates of growth"),
]


def same(one: str, other: str) -> bool:
    texts = normalised(pl.Series([one, other]))
    return bool(same_content(texts, words(texts).single, np.array([[0, 1]]))[0])


@pytest.mark.parametrize("pair", SAME)
def test_what_carries_little_is_no_difference(pair: tuple[str, str]) -> None:
    assert same(*pair) and same(*pair[::-1])


@pytest.mark.parametrize("pair", DIFFERENT)
def test_content_words_order_and_question_words_are(pair: tuple[str, str]) -> None:
    assert not same(*pair) and not same(*pair[::-1])


MIDDLE = "the parcel that was ordered on monday morning arrived broken at my old home address"


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (MIDDLE.replace("broken", "brokn"), True),  # nobody else writes it
        (MIDDLE.replace("monday", "tuesday"), True),
        (MIDDLE.replace("arrived", "never arrived"), False),
        (MIDDLE.replace("at my", "from my"), False),
        (MIDDLE.replace("monday", "7"), False),
        (MIDDLE.replace("ordered", "bought").replace("broken", "late").replace("home", "x"), False),
    ],
)
def test_of_twelve_words_few_may_differ_that_turn_nothing(changed: str, expected: bool) -> None:
    assert same(MIDDLE, changed) is expected


def test_long_texts_are_judged_by_their_shares() -> None:
    text = " ".join(f"word{n}" for n in range(16))
    assert same(text, text.replace("word3", "other"))


def test_a_short_pair_that_differs_in_content_is_near_and_not_sure() -> None:
    pairs = [*SAME, *DIFFERENT]
    texts = pl.Series([*(text for pair in pairs for text in pair), *sentences(300, seed=4)])
    near = near_pairs(texts, "deep", Silent())
    found = dict(zip(map(tuple, near.rows().tolist()), near.score.tolist(), strict=True))
    score = [found.get((2 * n, 2 * n + 1), 0.0) for n in range(len(pairs))]
    assert all(one < SURE for one in score[len(SAME) :])
    assert max(score[len(SAME) :]) >= NEAR, "they stay near copies"
    assert sum(one >= SURE for one in score[: len(SAME)]) >= len(SAME) / 2
