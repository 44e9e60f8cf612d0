"""Delimited text: every cell as written, every line number right, every bad row named."""

from __future__ import annotations

import csv
import io
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.data_made import task

from rungwise.data.csv_layout import Dialect
from rungwise.data.csv_rows import read_csv
from rungwise.data.raw import Raw
from rungwise.errors import DataError
from rungwise.task import with_settings


def rows_of(text: str, *asked: str, tabs: bool = False) -> Raw:
    return read_csv(text.encode(), "a.csv", asked, tabs=tabs)


def lined(raw: Raw) -> list[tuple[object, ...]]:
    """(line, cells…) of each row."""
    return [(line, *cells) for line, cells in zip(raw.lines, raw.cells.iter_rows(), strict=True)]


def faults(raw: Raw) -> list[tuple[int, str, str]]:
    return [(line, reason.split(":")[0], text) for line, reason, text in raw.bad.iter_rows()]


# ── against Python's own reader ──────────────────────────────────────────────────────────
CELLS = st.text(
    st.one_of(
        st.sampled_from(list(",;\"\n\r\t| ab'")),
        st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"),
    ),
    max_size=12,
)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(CELLS, CELLS, st.sampled_from(["x", "y"])), min_size=1, max_size=8),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_it_reads_what_python_wrote_with_the_lines_where_rows_begin(
    rows: list[tuple[str, str, str]], delimiter: str, end: str, quoting: int
) -> None:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator=end, quoting=quoting)  # type: ignore[arg-type]
    writer.writerow(["text", "note", "label"])
    writer.writerows(rows)
    written = buffer.getvalue()
    reader = csv.reader(io.StringIO(written, newline=""), delimiter=delimiter)
    next(reader)
    found, line = [], reader.line_num
    for row in reader:
        found.append((line + 1, *row))
        line = reader.line_num
    raw = rows_of(written, "text", "label")
    # Python leaves a bare \\r unquoted and so tears the row: the pieces are too narrow, or blank.
    torn = [row[0] for row in found if len(row) != 4 and "".join(map(str, row[1:])).strip(" ")]
    assert lined(raw) == [row for row in found if len(row) == 4]
    assert list(raw.bad["line"]) == torn


# ── delimiters ───────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("delimiter", "name"), [(";", "semicolon"), ("\t", "tab"), ("|", "vertical bar")]
)
def test_a_delimiter_that_is_not_the_comma_is_said(delimiter: str, name: str) -> None:
    raw = rows_of("\n".join(delimiter.join(row) for row in [("a", "b"), ("x, y", "z")]))
    assert lined(raw) == [(2, "x, y", "z")]
    assert raw.assumptions == (f"a.csv is delimited by the {name}",)


def test_a_file_that_is_called_tsv_may_hold_commas() -> None:
    assert lined(rows_of("text,label\na\tb,c\n", tabs=True)) == [(2, "a\tb", "c")]


def test_the_comma_goes_without_saying() -> None:
    assert rows_of("text,label\na;b,c\n").assumptions == ()


def test_the_columns_the_user_names_decide_between_delimiters() -> None:
    raw = rows_of("my text;my, label\nx;a, b\ny;c, d\n", "my text")
    assert raw.cells.columns == ["my text", "my, label"]


def test_commas_in_a_file_of_one_column_are_text() -> None:
    raw = rows_of('text\nyes, please\n\n"no, ""thanks"""\n')
    assert lined(raw) == [(2, "yes, please"), (4, 'no, "thanks"')]
    assert raw.assumptions == ("a.csv has one column; commas in it are text",)


# ── rows that are wrong ──────────────────────────────────────────────────────────────────
def test_rows_of_a_wrong_width_are_set_aside_with_their_lines() -> None:
    raw = rows_of('text,label\na,x\nb\nc,x,1\n"d\ne",x\nf,"x\ny",2\ng,x\n')
    assert lined(raw) == [(2, "a", "x"), (5, "d\ne", "x"), (9, "g", "x")]
    assert faults(raw) == [
        (3, "wrong number of fields", "b"),
        (4, "wrong number of fields", "c,x,1"),
        (7, "wrong number of fields", 'f,"x\ny",2'),
    ]
    assert raw.bad["reason"][0] == "wrong number of fields: 1 instead of 2"


def test_blank_lines_are_no_rows_but_rows_of_empty_cells_are() -> None:
    raw = rows_of("\n\ntext,label\n\na,x\n,\n  \nb,x\n\n\n")
    assert lined(raw) == [(5, "a", "x"), (6, "", ""), (8, "b", "x")]
    assert raw.bad.is_empty()
    assert lined(rows_of("text\tlabel\na\tx\n\t\n\n", tabs=True)) == [(2, "a", "x"), (3, "", "")]


@pytest.mark.parametrize(
    ("row", "rest"),
    [
        ('"never closed,x', "e,y\nf,y\n"),
        ('"never closed,x', 'e,y\n"also never,x\nf,y\n'),
        ('"closed" late,x', "e,y\nf,y\n"),
        ('a,"b', "e,y\nf,y\n"),
    ],
)
def test_an_open_quotation_mark_does_not_swallow_the_rows_behind_it(row: str, rest: str) -> None:
    raw = rows_of(f"text,label\na,x\n{row}\nb,x\n{rest}")
    texts = [text for text in raw.cells["text"] if "close" not in text]
    assert texts == ["a", "b", "e", "f"]
    assert all(reason == "unbalanced quotation mark" for _, reason, _ in faults(raw))
    assert len(raw.cells) + len(raw.bad) == raw.lines.append(raw.bad["line"]).n_unique()


def test_rows_merged_by_two_stray_marks_are_found_again() -> None:
    raw = rows_of('text,label\n"open complaint,x\nb,x\n"another,y\nc,y\n')
    assert lined(raw) == [(3, "b", "x"), (5, "c", "y")]
    assert [line for line, *_ in faults(raw)] == [2, 4]


def test_quotation_marks_inside_a_cell_are_text() -> None:
    raw = rows_of('text,label\n5" pipe,x\nsay "hi" now,y\n')
    assert raw.cells["text"].to_list() == ['5" pipe', 'say "hi" now']


def test_tab_delimited_text_with_stray_quotation_marks_is_read_without_quoting() -> None:
    raw = rows_of('text\tlabel\n"Hello he said\tx\nb\ty\n"c\ty\n', tabs=True)
    assert lined(raw) == [(2, '"Hello he said', "x"), (3, "b", "y"), (4, '"c', "y")]
    assert raw.assumptions == ("quotation marks in a.csv are read as text",)


def test_a_mark_behind_a_bare_return_keeps_the_lines_apart() -> None:
    raw = rows_of('text,label\na,x\r"\nb,y\nc,x\n')
    assert lined(raw) == [(2, "a", "x"), (4, "b", "y"), (5, "c", "x")]
    assert [line for line, *_ in faults(raw)] == [3]
    assert rows_of('text\na\n"b\nc\n').cells["text"].to_list() == ["a", "c"]


def test_any_number_of_stray_marks_is_found() -> None:
    strays = "".join(f'"row {i},x\nsound {i},y\n' for i in range(300))
    raw = rows_of("text,label\n" + strays)
    assert raw.cells["text"].to_list() == [f"sound {i}" for i in range(300)]
    assert [line for line, *_ in faults(raw)] == list(range(2, 602, 2))


def test_a_long_row_is_read() -> None:
    long = "x" * 20_000
    raw = rows_of(f'text,label\na,x\n{long},y\nb\n"c\nd",x\n')
    assert lined(raw) == [(2, "a", "x"), (3, long, "y"), (5, "c\nd", "x")]
    assert faults(raw) == [(4, "wrong number of fields", "b")]


def test_lines_are_right_where_cells_become_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rungwise.data.csv_rows.AT_ONCE", 16)
    rows = [f'"row {i}\nends",x' if i % 3 else f"row {i}" for i in range(500)]
    raw = rows_of("text,label\n" + "\n".join(rows) + "\n")
    starts, line = [], 2
    for row in rows:
        starts.append(line)
        line += 1 + row.count("\n")
    assert raw.lines.to_list() == [s for s, row in zip(starts, rows, strict=True) if "," in row]
    assert raw.bad["line"].to_list() == [
        s for s, r in zip(starts, rows, strict=True) if "," not in r
    ]


# ── headers ──────────────────────────────────────────────────────────────────────────────
def test_a_header_may_span_lines_and_repeat_names() -> None:
    raw = rows_of('text,"a\nlabel",text,\nb,x,c,d\n')
    assert raw.cells.columns == ["text", "a\nlabel", "text#3", "column#4"]
    assert raw.assumptions == ("a.csv has several columns `text`; the first is used",)
    assert raw.lines.to_list() == [3]


def test_a_header_alone_gives_no_rows() -> None:
    for text in ("text,label\n", "text,label"):
        assert rows_of(text).cells.columns == ["text", "label"]
        assert rows_of(text).cells.is_empty()


def test_cells_are_strings_as_written() -> None:
    raw = rows_of("text,label\n007,1.50\nNA,null\n 1e5 ,true\n")
    assert raw.cells.rows() == [("007", "1.50"), ("NA", "null"), (" 1e5 ", "true")]
    assert set(raw.cells.dtypes) == {pl.String()}


# ── what the user states ─────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("content", "said", "cells"),
    [
        ("text^label\na, b^x\nc^y\n", {"delimiter": "^"}, [("a, b", "x"), ("c", "y")]),
        ("text\tlabel\na,b\tx\n", {"delimiter": "tab"}, [("a,b", "x")]),
        ("text|label\na;b|x\n", {"delimiter": "|"}, [("a;b", "x")]),
        ("text,label\n'a, b',x\n'it''s',y\n", {"quote": "'"}, [("a, b", "x"), ("it's", "y")]),
        ('text,label\n"a,x\nb",y\n', {"quote": "none"}, [('"a', "x"), ('b"', "y")]),
        ("text;label\n'a;\nb';x\n", {"quote": "'", "delimiter": ";"}, [("a;\nb", "x")]),
    ],
)
def test_stated_delimiters_and_quotation_marks(
    content: str, said: dict[str, Any], cells: list[tuple[str, str]]
) -> None:
    dialect = Dialect.of(task(**said).data, "source.csv")
    raw = read_csv(content.encode(), "source.csv", (), tabs=False, dialect=dialect)
    assert raw.cells.rows() == cells
    assert raw.bad.is_empty()


def test_a_delimiter_that_finds_the_columns_tells_more_than_the_setting() -> None:
    dialect = Dialect(delimiter=";")
    raw = read_csv(b"text,label\na,x\n", "b.csv", ["text", "label"], tabs=False, dialect=dialect)
    assert raw.cells.rows() == [("a", "x")]
    assert raw.assumptions == (
        "b.csv is delimited by the comma, which finds its columns, and not by ';' as "
        "`data.delimiter` says",
    )


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;\r"])
def test_the_line_in_which_excel_says_its_delimiter(first: str) -> None:
    raw = rows_of(f"{first}\ntext;label\na,b;x\n;;\nc;y\n")
    assert raw.cells.rows() == [("a,b", "x"), ("c", "y")]
    assert raw.lines.to_list() == [3, 5]
    assert raw.bad["line"].to_list() == [4]
    assert raw.assumptions == ("a.csv says `sep=;` in its first line",)


@pytest.mark.parametrize(
    "said", [{"delimiter": ",,"}, {"quote": "«"}, {"quote": ",", "delimiter": ","}]
)
def test_settings_that_cannot_be_are_one_line(said: dict[str, Any]) -> None:
    with pytest.raises(DataError, match="data"):
        Dialect.of(task(**said).data, "source.csv")


def test_signs_may_be_set_on_the_command_line() -> None:
    for sign in (";", "|", ",", '"', "tab", "none", "'"):
        content = with_settings(
            {"data": {"source": "a.csv"}}, (f"data.delimiter={sign}", f"data.quote={sign}")
        )
        assert content["data"]["delimiter"] == content["data"]["quote"] == sign
    said = with_settings({}, ("data.delimiter={a.csv: ';'}",))
    assert said["data"]["delimiter"] == {"a.csv": ";"}
