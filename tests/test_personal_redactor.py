"""Texts as they are shown: places that an audit recorded, what rules find, and repeated values."""

from __future__ import annotations

import polars as pl

from rungwise.data.personal.redactor import RECORDED, Redactor
from rungwise.reporting.wrong_texts import wrong_texts
from rungwise.table import Predictions

ROWS = pl.DataFrame(
    {
        "id": ["1", "2", "3"],
        "input": ["ask nkechi, ann@example.org", "ask nkechi", None],
        "expected": ["okonkwo says no", "maybe", "yes"],
    }
)
KNOWN = Redactor(
    pl.DataFrame(
        [("1", "input", 4, 10, "name"), ("1", "expected", 0, 7, "name"), ("9", "input", 0, 1, "x")],
        RECORDED,
        orient="row",
    )
)


def test_what_is_recorded_and_what_rules_find_is_replaced() -> None:
    assert KNOWN.cells(ROWS).to_list() == ["ask <NAME>, <EMAIL>", "ask nkechi", None]
    assert KNOWN.cells(ROWS, "expected").to_list() == ["<NAME> says no", "maybe", "yes"]
    assert Redactor().cells(ROWS)[0] == "ask nkechi, <EMAIL>"


def test_the_order_of_the_rows_is_kept_whatever_it_is() -> None:
    turned = ROWS[[2, 1, 0]]
    assert KNOWN.cells(turned).to_list() == [None, "ask nkechi", "ask <NAME>, <EMAIL>"]


def test_a_cell_that_has_become_shorter_is_no_error() -> None:
    shorter = pl.DataFrame({"id": ["1"], "input": ["ask"]})
    assert KNOWN.cells(shorter).to_list() == ["ask"]


def test_an_answer_that_repeats_a_value_of_its_row_is_redacted_too() -> None:
    answers = pl.Series(["NKECHI Okonkwo, nkechis and ann@example.org", "nkechi", None])
    shown = KNOWN.answers(ROWS, answers).to_list()
    assert shown == ["<NAME> <NAME>, nkechis and <EMAIL>", "nkechi", None]


def test_wrong_texts_go_through_it() -> None:
    rows = ROWS[:1]
    predictions = Predictions(rows["id"], pl.Series(["okonkwo says maybe"]), None, ())
    (one,) = wrong_texts(rows, predictions, 5, KNOWN).shown
    expected, output = ("".join(part.text for part in side) for side in (one.expected, one.output))
    assert (one.input, expected, output) == (
        "ask <NAME>, <EMAIL>",
        "<NAME> says no",
        "<NAME> says maybe",
    )
