"""Towns, months and ordinals in small letters are no people, nor are the values of JSON answers."""

from __future__ import annotations

import json

import polars as pl
import pytest

from rungwise.data.personal.detect import SCHEMA
from rungwise.data.personal.json_sentences import sentences_alone
from rungwise.data.personal.lower_case import without_places_and_dates


def kept(texts: list[str], taken: list[tuple[int, str, str]]) -> list[tuple[int, str]]:
    """Row and value of what stays; `taken` has row, value and kind."""
    spans = [
        (row, texts[row].index(value), texts[row].index(value) + len(value), kind)
        for row, value, kind in taken
    ]
    left = without_places_and_dates(pl.DataFrame(spans, SCHEMA, orient="row"), pl.Series(texts))
    assert left.columns == list(SCHEMA)
    return [(row, texts[row][start:end]) for row, start, end, _ in left.iter_rows()]


FLIGHTS = [f"i want a flight from {a} to {b}" for a, b in (
    ("washington", "oslo"), ("oslo", "washington"), ("washington", "lyon"), ("lyon", "oslo"),
)]  # fmt: skip


def test_a_town_that_is_taken_for_a_person_in_few_of_its_rows_is_none() -> None:
    assert kept(FLIGHTS, [(0, "washington", "name"), (3, "lyon", "name")]) == [(3, "lyon")]


def test_a_person_in_small_letters_stays() -> None:
    mails = [f"i wrote to okonkwo {time}" for time in ("twice", "again", "last week", "then")]
    found = [(row, "okonkwo", "name") for row in range(3)]
    assert len(kept(mails, found)) == 3, "taken for a name in three of four rows"
    assert len(kept(mails[:2], found[:1])) == 1, "two rows are too few to compare"


def test_a_value_with_a_capital_stays_as_it_is() -> None:
    rows = [*(text.title() for text in FLIGHTS), "Ask Washington"]
    assert kept(rows, [(4, "Washington", "name")]) == [(4, "Washington")]


@pytest.mark.parametrize("value", ["may", "thirtieth", "june tenth", "friday morning", "the 2nd"])
@pytest.mark.parametrize("kind", ["name", "address"])
def test_words_of_the_calendar_are_nobody(value: str, kind: str) -> None:
    assert kept([f"leave on {value} please"], [(0, value, kind)]) == []


@pytest.mark.parametrize("value", ["fifth avenue", "may okafor", "juneau"])
def test_other_words_beside_them_stay(value: str) -> None:
    assert kept([f"go to {value}"], [(0, value, "address")]) == [(0, value)]


def cells(*texts: str | None) -> pl.DataFrame:
    return pl.DataFrame({"row": list(range(len(texts))), "start": [0] * len(texts), "text": texts},
                        {"row": pl.Int64, "start": pl.Int64, "text": pl.String})  # fmt: skip


def test_only_the_sentences_of_json_are_read_at_their_places() -> None:
    answer = json.dumps(
        {"to": ["washington"], "month": "may", "a key of five words": 1,
         "reply": 'Dear Ngozi, "we" will call you'}, ensure_ascii=False,
    )  # fmt: skip
    found = sentences_alone(cells(answer, "write to ada about it", None, "[1, 2]"))
    assert found["row"].to_list() == [0, 1, 2]
    sentence = found["text"][0]
    assert sentence.startswith("Dear Ngozi") and answer[found["start"][0] :].startswith(sentence)


def test_broken_json_is_read_as_a_text() -> None:
    assert sentences_alone(cells('{"to": Ada'))["text"].to_list() == ['{"to": Ada']
