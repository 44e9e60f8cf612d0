"""Near copies stay in one part, unless the user's own test shows that texts recur (C4, R21)."""

from __future__ import annotations

import random

import polars as pl
import pytest
from tests.data_made import frame, parts_of, task
from tests.made_texts import edited, texts

from rungwise.data.near.nearness import NEAR, SURE
from rungwise.data.split import Parts


def split_of(of_source: int, of_test: int, changes: int = 4) -> tuple[Parts, dict[str, str]]:
    """Split 120 texts and edits of `of_source` of them; the test has `of_test` edits of 60.

    Returns the parts, and each edited source text by its original.
    """
    draw = random.Random(7)
    originals = texts(draw, 120)
    pairs = {text: edited(text, draw, changes) for text in originals[:of_source]}
    tests = [edited(text, draw, changes) for text in originals[60 : 60 + of_test]]
    tests += texts(draw, 60 - of_test)
    source = frame([(text, "ab"[n % 2]) for n, text in enumerate([*originals, *pairs.values()])])
    test = frame([(text, "ab"[n % 2]) for n, text in enumerate(tests)])
    return parts_of(task(test="t.csv"), source=source, test=test), pairs


def straddling(parts: Parts, pairs: dict[str, str]) -> int:
    held = set(parts.validation["input"])
    return sum((one in held) != (other in held) for one, other in pairs.items())


def test_near_copies_stay_together_where_the_test_was_drawn_apart() -> None:
    parts, pairs = split_of(of_source=60, of_test=0)
    assert straddling(parts, pairs) == 0
    assert parts.numbers["near_score"] == NEAR
    assert parts.numbers["near_share_test"] == 0
    assert parts.numbers["near_share_source"] == pytest.approx(120 / 180)
    assert parts.numbers["near_pairs"] == 60


def test_validation_is_drawn_as_a_test_that_repeats_the_source() -> None:
    parts, pairs = split_of(of_source=60, of_test=40, changes=7)
    assert parts.numbers["near_share_test"] == pytest.approx(40 / 60, abs=0.1)
    assert parts.numbers["near_share_source"] == pytest.approx(120 / 180, abs=0.1)
    assert parts.numbers["near_score"] == SURE
    assert straddling(parts, pairs) > 0
    said = next(text for text in parts.assumptions if "near copies" in text)
    assert f"{100 * parts.numbers['near_share_test']:.1f} % of your test rows nearly repeat" in said


def test_a_test_that_repeats_the_source_much_less_was_drawn_apart() -> None:
    parts, pairs = split_of(of_source=60, of_test=10)
    assert parts.numbers["near_score"] == NEAR
    assert straddling(parts, pairs) == 0


def test_all_but_sure_near_copies_stay_together_even_so() -> None:
    parts, pairs = split_of(of_source=60, of_test=40, changes=1)
    assert parts.numbers["near_score"] == SURE
    assert parts.numbers["near_pairs"] > 50
    assert straddling(parts, pairs) == 0


def test_without_a_test_of_the_users_all_near_copies_stay_together() -> None:
    draw = random.Random(3)
    originals = texts(draw, 80)
    rows = [*originals, *(edited(text, draw, 4) for text in originals)]
    parts = parts_of(task(), source=frame([(text, "ab"[n % 2]) for n, text in enumerate(rows)]))
    together = pl.Series(rows[:80]), pl.Series(rows[80:])
    for part in (parts.train, parts.validation, parts.test):
        one, other = (texts.is_in(part["input"].implode()) for texts in together)
        assert one.to_list() == other.to_list()
    assert "near_share_test" not in parts.numbers
