"""Several people's labels of one item are ratings, not copies and not repeated ids (R14)."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from tests.data_made import reading_of, task

from rungwise.data.ratings import items, rated
from rungwise.data.read import Reading
from rungwise.data.split import split

PLAIN = "".join(f"{n},plain text {n},{'xy'[n % 2]},ann\n" for n in range(10, 30))


def read(path: Path, content: str) -> Reading:
    return reading_of(path, content, id="id", input="text", label="label", annotator="who")


def test_rows_of_one_id_by_different_people_are_ratings(tmp_path: Path) -> None:
    content = f"id,text,label,who\n1,hello,x,ann\n1,Hello!,y,bob\n2,there,y,ann\n{PLAIN}"
    found = read(tmp_path / "a.csv", content)
    source = found.frames["source"]
    assert source["id"].to_list()[:3] == ["1@ann", "1@bob", "2"]
    assert found.quarantine.is_empty()
    assert items(source, named=True).to_list()[:3] == ["1", "1", "2"]
    assert any("1 items of a.csv were labelled by several people" in s for s in found.assumptions)


def test_what_is_no_rating_of_the_item_is_still_a_repeated_id(tmp_path: Path) -> None:
    content = (
        "id,text,label,who\n1,hello,x,ann\n1,hello,y,bob\n1,hello,x,ann\n"
        f"1,other text,x,cid\n1,hello,x, \n2,there,x,ann\n2,there,y,ann\n{PLAIN}"
    )
    found = read(tmp_path / "a.csv", content)
    assert found.frames["source"]["id"].to_list()[:3] == ["1@ann", "1@bob", "2"]
    assert found.quarantine["reason"].unique().sort().to_list() == [
        "duplicate id: first at line 2",
        "duplicate id: first at line 7",
    ]
    assert found.quarantine["line"].sort().to_list() == [4, 5, 6, 8]


def test_the_split_keeps_the_ratings_of_an_item_in_one_part(tmp_path: Path) -> None:
    rows = "".join(
        f"{n},some text {n},{'xy'[n % 2]},{who}\n" for n in range(60) for who in ("ann", "bob")
    )
    found = read(tmp_path / "a.csv", f"id,text,label,who\n{rows}")
    asked = task(source="a.csv", id="id", input="text", label="label", annotator="who")
    parts = split(found, asked)
    seen = [set(items(part, named=True)) for part in (parts.train, parts.validation, parts.test)]
    assert sum(len(one) for one in seen) == 60
    assert all(len(part) for part in seen)


def test_without_ids_it_is_said_that_texts_were_labelled_by_several(tmp_path: Path) -> None:
    rows = "".join(f"text {n},{'xy'[n % 2]},{who}\n" for n in range(9) for who in ("ann", "bob"))
    content = f"text,label,who\n{rows}text 20,x,ann\ntext 20,x,ann\n"
    found = reading_of(tmp_path / "a.csv", content, annotator="who")
    assert any("9 items of a.csv were labelled by several" in one for one in found.assumptions)
    assert len(found.frames["source"]) == 20


def test_without_ids_the_same_text_is_the_same_item() -> None:
    rows = pl.DataFrame(
        {
            "id": ["2", "3", "4", "5"],
            "input": ["Hello there", "hello  there!", "else", "hello there"],
            "expected": ["x", "y", "x", "x"],
            "annotator": ["ann", "bob", None, "bob"],
        }
    )
    found = rated(rows, named=False)
    assert found.select("item", "annotator", "expected").rows() == [
        ("hello there", "ann", "x"),
        ("hello there", "bob", "y"),
    ]
