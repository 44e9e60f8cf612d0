"""From files to tables: what is kept, what is set aside and why, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.data_made import reading_of, task

from rungwise.data import quarantine
from rungwise.data.classes import example_rows
from rungwise.data.read import Reading, read
from rungwise.errors import DataError
from rungwise.objects import digest_file
from rungwise.progress import Silent
from rungwise.table import COLUMNS

GOOD = "".join(f"question number {number},{'xy'[number % 2]}\n" for number in range(6))


def aside(reading: Reading) -> list[tuple[int, str]]:
    return reading.quarantine.select("line", "reason").rows()


# ── what is kept ─────────────────────────────────────────────────────────────────────────
def test_the_table_has_the_agreed_columns(tmp_path: Path) -> None:
    content = "text,label,who,when,by\n" + "".join(
        f" Hello {n} , {'xy'[n % 2]} ,{'anna' if n else ''},2026-01-0{n + 1},bob\n"
        for n in range(4)
    )
    found = reading_of(tmp_path / "a.csv", content, group="who", time="when", annotator="by")
    source = found.frames["source"]
    assert tuple(source.columns) == COLUMNS
    assert source.schema["line"] == pl.Int64
    assert set(source.drop("line").dtypes) == {pl.String()}
    assert source.row(0) == ("2", " Hello 0 ", "x", None, "2026-01-01", "a.csv", "bob", 2)
    assert source["group"].to_list() == [None, "anna", "anna", "anna"]
    assert found.sources == {"a.csv": digest_file(tmp_path / "a.csv")}
    assert found.assumptions == (
        "column `text` of a.csv is taken as the input",
        "column `label` of a.csv is taken as the label",
        "white space around the labels of a.csv is left out",
        "rows of a.csv are named by their line",
    )


def test_number_labels_stay_as_written(tmp_path: Path) -> None:
    found = reading_of(tmp_path / "a.csv", "text,label\na,01\nb,1\nc,1.0\nd,01\n")
    assert found.frames["source"]["expected"].to_list() == ["01", "1", "1.0", "01"]


# ── what is set aside ────────────────────────────────────────────────────────────────────
def test_every_kind_of_bad_row_is_set_aside_with_line_and_reason(tmp_path: Path) -> None:
    content = (
        "id,text,label\n"
        "a,fine,x\n"
        "b, \u200b ,x\n"
        "c,text, \n"
        "d,nan,x\n"
        "e,text,NaN\n"
        "f,with \0 in it,x\n"
        f"g,{'z' * 1_000_001},x\n"
        "a,again,y\n"
        ",nobody,x\n"
        "h,too,many,fields\n"
        "i,too few\n"
        "j,voilà,y\n"
    ).encode() + b"k,bad \xff\xfe bytes,x\nl,fine too,y\n"
    found = reading_of(tmp_path / "a.csv", content, id="id", input="text", label="label")
    assert found.frames["source"]["id"].to_list() == ["a", "j", "l"]
    assert aside(found) == [
        (3, "empty input"),
        (4, "no label"),
        (5, "NaN: as the input"),
        (6, "NaN: as the label"),
        (7, "NUL byte: in the input"),
        (8, "cell above 1 MB: 1.0 MB"),
        (9, "duplicate id: first at line 2"),
        (10, "no id"),
        (11, "wrong number of fields: 4 instead of 3"),
        (12, "wrong number of fields: 2 instead of 3"),
        (14, "undecodable: bytes that are not text in the file's encoding"),
    ]
    assert found.quarantine.schema == quarantine.SCHEMA
    assert found.quarantine["id"].to_list()[:3] == ["b", "c", "d"]
    assert found.quarantine["id"].to_list()[-4:] == ["line 10", "line 11", "line 12", "line 14"]
    assert found.quarantine["input"].str.len_chars().max() == quarantine.SHOWN
    assert "k | bad \ufffd\ufffd bytes | x" in found.quarantine["input"][-1]
    assert quarantine.kinds(found.quarantine)["wrong number of fields"] == 2
    assert sum(quarantine.kinds(found.quarantine).values()) == 11


def test_the_first_of_a_repeated_id_stays_even_behind_a_bad_row(tmp_path: Path) -> None:
    content = "id,text,label\na,,x\na,one,x\na,two,y\nb,three,y\nc,four,y\n"
    found = reading_of(tmp_path / "a.csv", content, id="id")
    assert found.frames["source"]["line"].to_list() == [3, 5, 6]
    assert aside(found) == [(2, "empty input"), (4, "duplicate id: first at line 3")]


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_a_missing_label_is_set_aside_in_every_format(tmp_path: Path, suffix: str) -> None:
    rows = pl.DataFrame({"text": list("abcd"), "label": ["x", None, "x", "y"]})
    path = tmp_path / f"a.{suffix}"
    write: dict[str, Callable[[Path], object]] = {
        "csv": rows.write_csv,
        "jsonl": rows.write_ndjson,
        "parquet": rows.write_parquet,
    }
    write[suffix](path)
    found = read(task(source=path.name), tmp_path, Silent())
    line = {"csv": 3, "jsonl": 2, "parquet": 2}[suffix]
    assert aside(found) == [(line, "no label")]
    assert found.frames["source"].select("input", "expected").rows() == [
        ("a", "x"), ("c", "x"), ("d", "y"),
    ]  # fmt: skip


# ── several files ────────────────────────────────────────────────────────────────────────
def two_files(folder: Path, first: str, second: str, **data: Any) -> Reading:
    (folder / "a.csv").write_text(first)
    (folder / "b.csv").write_text(second)
    return read(task(source="a.csv", test="b.csv", **data), folder, Silent())


def test_rows_named_by_line_carry_their_file_where_there_are_several(tmp_path: Path) -> None:
    found = two_files(tmp_path, "text,label\n" + GOOD, "text,label\nother,x\n,x\n")
    assert found.frames["source"]["id"][0] == "a:2"
    assert found.frames["test"]["id"].to_list() == ["b:2"]
    assert found.quarantine["id"].to_list() == ["b:3"]
    assert any("`a:…`, `b:…`" in line for line in found.assumptions)


def test_ids_that_do_not_collide_stay_as_they_are(tmp_path: Path) -> None:
    head = "id,text,label\n"
    found = two_files(tmp_path, head + "1,a,x\n2,b,y\n3,c,x\n", head + "4,d,x\n", id="id")
    assert found.frames["test"]["id"].to_list() == ["4"]
    found = two_files(tmp_path, head + "1,a,x\n2,b,y\n3,c,x\n", head + "3,d,x\n", id="id")
    assert found.frames["test"]["id"].to_list() == ["b:3"]


def test_files_of_one_name_are_told_apart_by_their_folder(tmp_path: Path) -> None:
    for folder, rows in (("old", GOOD), ("new", "other,x\n")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.csv").write_text("text,label\n" + rows)
    found = read(task(source="old/a.csv", test="new/a.csv"), tmp_path, Silent())
    assert found.frames["test"]["id"].to_list() == ["new/a.csv:2"]


def test_the_second_file_must_have_the_columns_of_the_first(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"b\.csv has no column `text`; it has `txt`, `label`"):
        two_files(tmp_path, "text,label\n" + GOOD, "txt,label\nother,x\n")


# ── what is refused ──────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("", "a.csv has no rows"),
        ("a,\nb,\n", "no usable rows: all 2 are set aside (no label 2)"),
        ("a,x\nb,x\nc,x\n", "one class only: 'x' in all 3 rows"),
        ("same,x\nsame,x\nsame,x\n", "All 3 inputs of a.csv are identical"),
        ("same,x\nsame,y\nsame,x\n", "All 3 inputs of a.csv are identical"),
        ("a,x\nb,y\nc,z\n", "one row a class (3 classes in 3 rows), so it cannot be split"),
        (
            "a,x\n,x\nb,y\nc,\n",
            "(2 classes in 2 rows), so it cannot be split; set aside: line 3 (empty input), "
            "line 5 (no label)",
        ),
        ("a,x\n,x\nb,x\n", "one class only: 'x' in all 2 rows; set aside: line 3 (empty input)"),
    ],
)
def test_rows_that_cannot_be_learnt_from_are_one_clear_line(
    tmp_path: Path, rows: str, says: str
) -> None:
    with pytest.raises(DataError) as caught:
        reading_of(tmp_path / "a.csv", "text,label\n" + rows)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_test_file_with_other_labels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"2 of 3 rows of b\.csv have labels that a\.csv never"):
        two_files(tmp_path, "text,label\n" + GOOD, "text,label\nother,0\nmore,1\nlast,x\n")
    with pytest.raises(DataError, match=r"b\.csv has no usable rows"):
        two_files(tmp_path, "text,label\n" + GOOD, "text,label\n,0\n")


# ── examples for the guideline (R13) ─────────────────────────────────────────────────────
def test_examples_are_real_distinct_and_few(tmp_path: Path) -> None:
    rows = [
        (f"{word} {'long ' * (n % 5)}question", "ab"[n % 2])
        for n, word in enumerate(
            ("how", "when", "where", "why", "who", "what", "which", "whose", "can", "may", "will")
        )
    ]
    rows += [("only one", "c"), ("Only  one!", "c")]
    lines = "".join(f"{text},{label}\n" for text, label in rows)
    found = reading_of(tmp_path / "a.csv", "text,label\n" + lines)
    examples = example_rows(found.frames["source"]).select("input", "expected")
    assert examples["expected"].to_list() == ["a", "a", "a", "b", "b", "b", "c"]
    assert set(examples.rows()) <= set(rows)
    backwards = "".join(f"{text},{label}\n" for text, label in reversed(rows))
    turned = reading_of(tmp_path / "a.csv", "text,label\n" + backwards).frames["source"]
    assert example_rows(turned).select("input", "expected").equals(examples)


# ── real files ───────────────────────────────────────────────────────────────────────────
def test_banking77(shared_data: Path) -> None:
    found = read(task(source="train.csv", test="test.csv"), shared_data / "banking77", Silent())
    assert {part: len(rows) for part, rows in found.frames.items()} == {
        "source": 10_003,
        "test": 3_080,
    }
    assert found.quarantine.is_empty()
    assert found.frames["source"]["expected"].n_unique() == 77
    examples = example_rows(found.frames["source"])["expected"].value_counts()
    assert len(examples) == 77 and set(examples["count"]) == {3}


@pytest.mark.parametrize(("name", "rows"), [("sms_spam", 5_574), ("ag_news_test", 7_600)])
def test_rows_agree_with_pythons_own_reader(shared_data: Path, name: str, rows: int) -> None:
    import csv

    path = shared_data / name / f"{name}.csv"
    text = "text" if name == "sms_spam" else "description"
    found = read(task(source=path.name, input=text), path.parent, Silent())
    with path.open(encoding="utf-8", newline="") as file:
        expected = [(row[text], row["label"]) for row in csv.DictReader(file)]
    assert found.frames["source"].select("input", "expected").rows() == expected
    assert len(expected) == rows
