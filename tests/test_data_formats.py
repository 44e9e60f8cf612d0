"""JSON Lines and Parquet, and files whose extension says nothing."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.data_made import reading_of

from rungwise.data.formats import read_file
from rungwise.data.jsonl_rows import read_jsonl
from rungwise.data.parquet_rows import read_parquet
from rungwise.errors import DataError

TEXTS = st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=20)


# ── JSON Lines ───────────────────────────────────────────────────────────────────────────
@settings(max_examples=60, deadline=None)
@given(st.lists(st.fixed_dictionaries({"text": TEXTS, "an odd [0] 'key'.$": TEXTS}), min_size=1))
def test_strings_come_back_as_written(rows: list[dict[str, str]]) -> None:
    for ascii_only in (True, False):
        text = "\n".join(json.dumps(row, ensure_ascii=ascii_only) for row in rows)
        raw = read_jsonl(text.encode(), "a.jsonl", ())
        assert raw.cells.to_dicts() == rows
        assert raw.lines.to_list() == list(range(1, len(rows) + 1))
        assert raw.bad.is_empty()


def test_numbers_come_back_exactly_as_written() -> None:
    written = ["1", "1.0", "1.50", "-0.0", "1e5", "123456789012345678901234567890", "true"]
    text = "\n".join(f'{{"text": "\\"label\\": 7,", "label" : {number}}}' for number in written)
    assert read_jsonl(text.encode(), "a.jsonl", ()).cells["label"].to_list() == written


def test_bad_lines_are_named_and_blank_ones_are_none() -> None:
    lines = [
        '{"text": "a", "label": "x"}',
        "",
        '{"text": "b", "label": "x"',
        '["c", "x"]',
        '{"text": "d", "label": NaN}',
        '{"text": null, "label": null}',
        '{"label": "y"}',
    ]
    raw = read_jsonl("\r\n".join(lines).encode(), "a.jsonl", ())
    assert raw.lines.to_list() == [1, 6, 7]
    assert raw.cells.rows() == [("a", "x"), (None, None), (None, "y")]
    assert raw.bad.select("line", "reason").rows() == [
        (3, "bad JSON: Expecting ',' delimiter at character 28"),
        (4, "bad JSON: not an object"),
        (5, "NaN: NaN is not JSON"),
    ]
    assert raw.bad["input"][0].strip() == lines[2]


def test_a_key_may_appear_late_when_it_is_asked_for() -> None:
    text = '{"a": "x"}\n' * 1500 + '{"late": "y"}\n'
    assert "late" not in read_jsonl(text.encode(), "a.jsonl", ()).cells.columns
    raw = read_jsonl(text.encode(), "a.jsonl", ("late", "never"))
    assert raw.cells.columns == ["a", "late"]
    assert raw.cells["late"].drop_nulls().to_list() == ["y"]


def test_lists_and_objects_are_left_out_aloud() -> None:
    text = b'{"text": "a", "tags": ["x"], "label": "y", "a \\"b\\"": "z"}\n'
    raw = read_jsonl(text, "a.jsonl", ("tags",))
    assert raw.cells.columns == ["text", "label", 'a "b"']
    assert raw.assumptions == ("keys of a.jsonl are left out (lists or objects): tags",)


def test_no_object_at_all() -> None:
    with pytest.raises(DataError, match="holds no JSON objects"):
        read_jsonl(b"text,label\na,x\n", "a.jsonl", ())


# ── Parquet ──────────────────────────────────────────────────────────────────────────────
def parquet(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


def test_parquet_cells_become_strings() -> None:
    frame = pl.DataFrame(
        {
            "text": ["a", None],
            "label": [1, 2],
            "share": [0.5, float("nan")],
            "flag": [True, None],
            "kind": pl.Series(["x", "y"], dtype=pl.Categorical),
            "parts": [["p"], ["q"]],
        }
    )
    raw = read_parquet(parquet(frame), "a.parquet")
    assert raw.cells.columns == ["text", "label", "share", "flag", "kind"]
    assert raw.cells.rows() == [("a", "1", "0.5", "true", "x"), (None, "2", "NaN", None, "y")]
    assert raw.lines.to_list() == [1, 2]
    assert raw.assumptions == ("columns of lists or structures in a.parquet are left out: parts",)


def test_a_damaged_parquet_file_is_one_line() -> None:
    with pytest.raises(DataError, match=r"a\.parquet is not a readable Parquet file") as caught:
        read_parquet(b"PAR1 and then nothing", "a.parquet")
    assert "\n" not in str(caught.value)


# ── which reader ─────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"text,label\na,x\n", "CSV"),
        (b'\xef\xbb\xbf  {"text": "a", "label": "x"}\n', "JSONL"),
        (b'[{"text": "a", "label": "x"}]', "JSON"),
        (parquet(pl.DataFrame({"text": ["a"], "label": ["x"]})), "PARQUET"),
    ],
)
def test_an_unknown_extension_is_read_by_content_and_said(
    tmp_path: Path, content: bytes, kind: str
) -> None:
    (tmp_path / "rows.data").write_bytes(content)
    raw, _ = read_file(tmp_path / "rows.data", "rows.data", ())
    assert raw.cells.rows() == [("a", "x")]
    assert raw.assumptions[0] == f"rows.data is read as {kind}, by its content"


@pytest.mark.parametrize("name", ["a.csv", "a.CSV", "a.tsv", "a.jsonl", "a.ndjson", "a.parquet"])
def test_a_known_extension_goes_without_saying(tmp_path: Path, name: str) -> None:
    frame = pl.DataFrame({"text": ["a"], "label": ["x"]})
    write: dict[str, Callable[[Path], object]] = {
        ".csv": frame.write_csv,
        ".tsv": lambda path: frame.write_csv(path, separator="\t"),
        ".jsonl": frame.write_ndjson,
        ".ndjson": frame.write_ndjson,
        ".parquet": frame.write_parquet,
    }
    write[Path(name).suffix.lower()](tmp_path / name)
    raw, _ = read_file(tmp_path / name, name, ())
    assert raw.cells.equals(frame)
    assert raw.assumptions == ()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b" \n\n ", "is empty"),
        (b"PK\x03\x04 sheet", "a spreadsheet or an archive. Export it as CSV"),
    ],
)
def test_files_of_no_use_are_one_clear_line(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "rows.data").write_bytes(content)
    with pytest.raises(DataError, match=says):
        read_file(tmp_path / "rows.data", "rows.data", ())


def test_absent_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"There is no file .*/data/a\.csv\."):
        read_file(tmp_path / "data" / "a.csv", "data/a.csv", ())
    with pytest.raises(DataError, match="is a folder, not a file"):
        read_file(tmp_path, "data", ())


def test_one_nested_value_costs_its_row_and_not_the_column(tmp_path: Path) -> None:
    lines = [f'{{"text": "row {n}", "label": "{"ab"[n % 2]}"}}' for n in range(20)]
    lines[7] = '{"text": {"a": 1}, "label": "a"}'
    lines[9] = '{"text": "row 9", "label": ["a"]}'
    reading = reading_of(tmp_path / "rows.jsonl", "\n".join(lines))
    assert len(reading.frames["source"]) == 18
    assert reading.quarantine.select("line", "reason").rows() == [
        (8, "a list or an object, not text: in `text`"),
        (10, "a list or an object, not text: in `label`"),
    ]


def test_half_a_character_is_said_to_be_one(tmp_path: Path) -> None:
    lines = [f'{{"text": "row {n}", "label": "{"ab"[n % 2]}"}}' for n in range(20)]
    lines[3] = '{"text": "odd \\ud800 one", "label": "a"}'
    lines[4] = '{"text": "whole \\ud83d\\ude00", "label": "a"}'
    reading = reading_of(tmp_path / "rows.jsonl", "\n".join(lines))
    assert reading.quarantine.select("line", "reason").rows() == [
        (4, "undecodable: half a character in `text`")
    ]
    assert "whole 😀" in reading.frames["source"]["input"].to_list()
