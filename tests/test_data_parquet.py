"""Parquet of every type: what has a text is read, the rest is left out aloud, nothing is thrown."""

from __future__ import annotations

import datetime as dt
import decimal
import io
import json
import uuid
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet
from tests.data_made import reading_of

from rungwise.data import blocks
from rungwise.data.formats import read_file
from rungwise.data.parquet_rows import read_parquet
from rungwise.errors import DataError

DAY = dt.datetime(2026, 3, 1, 12, 30)
ONE = uuid.UUID("12345678-1234-5678-1234-567812345678")
UUIDS = pa.ExtensionArray.from_storage(pa.uuid(), pa.array([ONE.bytes] * 2, pa.binary(16)))
READ: dict[str, tuple[Any, list[str | None]]] = {
    "dictionary": (pa.array(["a", None]).dictionary_encode(), ["a", None]),
    "large_string": (pa.array(["a", "ü"], pa.large_string()), ["a", "ü"]),
    "string_view": (pa.array(["a", "ü"], pa.string_view()), ["a", "ü"]),
    "null": (pa.nulls(2), [None, None]),
    "int": (pa.array([1, None]), ["1", None]),
    "uint64": (pa.array([2**64 - 1, 0], pa.uint64()), ["18446744073709551615", "0"]),
    "half": (pa.array([1.5, 2.0], pa.float16()), ["1.5", "2.0"]),
    "bool": (pa.array([True, None]), ["true", None]),
    "decimal": (pa.array([decimal.Decimal("1.50"), None]), ["1.50", None]),
    "decimal256": (pa.array([decimal.Decimal("-1.50")] * 2, pa.decimal256(50, 2)), ["-1.50"] * 2),
    "date": (pa.array([DAY.date()] * 2), ["2026-03-01"] * 2),
    "time": (pa.array([DAY.time()] * 2), ["12:30:00"] * 2),
    "json": (
        pa.ExtensionArray.from_storage(pa.json_(), pa.array(['{"a":1}'] * 2)),
        ['{"a":1}'] * 2,
    ),
}
LEFT_OUT: dict[str, Any] = {
    "binary": pa.array([b"\xff\x00", None]),
    "binary of letters": pa.array([b"abc", b"abc"]),
    "large_binary": pa.array([b"\xff", b"a"], pa.large_binary()),
    "binary_view": pa.array([b"\xff", b"a"], pa.binary_view()),
    "fixed": pa.array([b"abcd"] * 2, pa.binary(4)),
    "dictionary of binary": pa.array([b"\xff"] * 2).dictionary_encode(),
    "uuid": UUIDS,
    "duration": pa.array([dt.timedelta(1), None]),
    "list": pa.array([["a"], ["b"]]),
    "list_view": pa.array([[1], [2]], pa.list_view(pa.int64())),
    "array": pa.array([[1, 2]] * 2, pa.list_(pa.int64(), 2)),
    "struct": pa.array([{"a": 1}, {"a": 2}]),
    "image": pa.array([{"bytes": b"\xff", "path": "x.png"}] * 2),
    "map": pa.array([[("k", 1)]] * 2, pa.map_(pa.string(), pa.int64())),
    "struct in list": pa.array([[{"a": [1]}]] * 2),
}


def written(**columns: Any) -> bytes:
    buffer = io.BytesIO()
    parquet.write_table(pa.table({"text": ["a", "b"], "label": ["x", "y"], **columns}), buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", READ)
def test_what_has_a_text_is_read(kind: str) -> None:
    values, texts = READ[kind]
    raw = read_parquet(written(beside=values), "a.parquet")
    assert raw.cells["beside"].to_list() == texts
    assert raw.assumptions == ()


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_times_are_written_as_iso_8601(unit: str) -> None:
    for zone, hour in ((None, "12:30"), ("Europe/Berlin", "13:30")):
        values = pa.array([DAY.replace(tzinfo=None if zone is None else dt.UTC)] * 2)
        cells = read_parquet(written(at=values.cast(pa.timestamp(unit, zone))), "a").cells
        assert cells["at"][0].startswith(f"2026-03-01 {hour}")


@pytest.mark.parametrize("zone", ["+05:30", "-08:00", "+00:00", "Europe/Berlin", "UTC"])
def test_times_of_any_zone_are_read(zone: str) -> None:
    noon = dt.datetime(2024, 7, 1, 12, tzinfo=dt.UTC)
    values = pa.array([noon, None], pa.timestamp("us", zone))
    (told, missing) = read_parquet(written(at=values), "a").cells["at"]
    assert dt.datetime.fromisoformat(told) == noon and missing is None


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("kind", LEFT_OUT)
def test_what_has_no_text_is_left_out_aloud(kind: str, nested: bool) -> None:
    raw = read_parquet(written(beside=LEFT_OUT[kind]), "a.parquet", nested=nested)
    assert raw.cells["text"].to_list() == ["a", "b"]
    if "beside" in raw.cells.columns:  # a model may learn to write lists and structures, as JSON
        assert nested and json.loads(raw.cells["beside"][0]) is not None
    else:
        assert "beside" in raw.assumptions[0] and "left out" in raw.assumptions[0]


@pytest.mark.parametrize("kind", ["binary", "duration", "list", "image"])
def test_a_column_that_is_asked_for_and_has_no_text_is_one_line(kind: str) -> None:
    with pytest.raises(DataError, match=r"Column `beside` of a\.parquet holds") as caught:
        read_parquet(written(beside=LEFT_OUT[kind]), "a.parquet", ["text", "beside"])
    assert "\n" not in str(caught.value)


def test_binary_text_and_uuids_are_read_where_they_are_asked_for() -> None:
    content = written(beside=pa.array(["ü".encode(), None]), key=UUIDS)
    raw = read_parquet(content, "a.parquet", ["beside", "key"])
    assert raw.cells.rows() == [("a", "x", "ü", str(ONE)), ("b", "y", None, str(ONE))]
    assert raw.assumptions[0] == "column `beside` of a.parquet is binary and read as UTF-8"


def test_the_issue_s_file_becomes_a_split(tmp_path: Path) -> None:
    count = 40
    table = pa.table(
        {
            "text": [f"row {number}" for number in range(count)],
            "label": ["ab"[number % 2] for number in range(count)],
            "blob": [b"\xff\xfe"] * count,
            "took": [dt.timedelta(seconds=1)] * count,
            "a.b": ["dotted"] * count,
        }
    )
    parquet.write_table(table, tmp_path / "rows.parquet")
    reading = reading_of(tmp_path / "rows.parquet", (tmp_path / "rows.parquet").read_bytes())
    assert len(reading.frames["source"]) == count
    assert (
        "columns of rows.parquet that hold no text are left out: blob (binary), took (duration)"
        in reading.assumptions
    )


def test_names_of_classes_stand_for_their_numbers() -> None:
    features = {"label": {"names": ["negative", "positive"], "_type": "ClassLabel"}}
    table = pa.table({"text": list("abcd"), "label": [0, 1, -1, 7]})
    table = table.replace_schema_metadata(
        {"huggingface": json.dumps({"info": {"features": features}})}
    )
    buffer = io.BytesIO()
    parquet.write_table(table, buffer)
    raw = read_parquet(buffer.getvalue(), "a.parquet")
    assert raw.cells["label"].to_list() == ["negative", "positive", None, "7"]
    assert "has the names of its 2 classes beside it" in raw.assumptions[0]


@pytest.mark.parametrize(
    "told", [b"", b"{", b'{"info": 3}', b'{"info": {"features": {"label": 1}}}']
)
def test_metadata_that_is_no_use_is_none(told: bytes) -> None:
    table = pa.table({"text": ["a"], "label": [0]}).replace_schema_metadata({"huggingface": told})
    buffer = io.BytesIO()
    parquet.write_table(table, buffer)
    assert read_parquet(buffer.getvalue(), "a").cells["label"].to_list() == ["0"]


def test_datasets_writes_names_that_are_read(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    features = datasets.Features(
        {"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["no", "yes"])}
    )
    made = datasets.Dataset.from_dict({"text": ["a", "b"], "label": [1, 0]}, features=features)
    made.to_parquet(tmp_path / "hub.parquet")
    raw, _ = read_file(tmp_path / "hub.parquet", "hub.parquet", ())
    assert raw.cells.rows() == [("a", "yes"), ("b", "no")]


@pytest.mark.parametrize("cut", [3, 50, 200])
def test_truncated_files_are_one_line(cut: int) -> None:
    for content in (written()[:-cut], written()[:cut], written()[:-4] + b"PARE"):
        with pytest.raises(DataError, match=r"a\.parquet is (not a readable|encrypted)") as caught:
            read_parquet(content, "a.parquet")
        assert "\n" not in str(caught.value)


def test_no_row_groups_are_no_rows(tmp_path: Path) -> None:
    schema = pa.schema({"text": pa.string(), "label": pa.string()})
    parquet.ParquetWriter(tmp_path / "none.parquet", schema).close()
    raw, _ = read_file(tmp_path / "none.parquet", "none.parquet", ())
    assert raw.cells.shape == (0, 2)
    with pytest.raises(DataError, match="none"):
        reading_of(tmp_path / "none.parquet", (tmp_path / "none.parquet").read_bytes())


def test_blocks_read_what_the_whole_file_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "LARGE", 1)
    monkeypatch.setattr(blocks, "BLOCK", 1)
    table = pa.table({"text": list("abcdef"), "label": list("xyxyxy"), "blob": [b"\xff"] * 6})
    parquet.write_table(table, tmp_path / "a.parquet", row_group_size=2)
    found, _ = read_file(tmp_path / "a.parquet", "a.parquet", (), cache=tmp_path / "cache")
    whole, _ = read_file(tmp_path / "a.parquet", "a.parquet", ())
    assert found.cells.rows() == whole.cells.rows()
    assert found.lines.to_list() == [1, 2, 3, 4, 5, 6]
    assert found.assumptions == whole.assumptions
