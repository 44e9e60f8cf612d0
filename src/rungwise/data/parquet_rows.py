"""Parquet, columnar; a row's line is its number in the file, from 1.

The schema decides what is read: columns whose values have a text become strings, the others are
left out, aloud, before a byte of them is decoded.
"""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from rungwise.data.nested import as_json
from rungwise.data.raw import Raw, no_bad_rows
from rungwise.errors import DataError


@dataclass(frozen=True, slots=True)
class Columns:
    """What of a Parquet file is read.

    Attributes:
        names: Columns that become strings, in file order.
        classes: Column of class numbers → their names, as Hugging Face's `ClassLabel` says.
        said: What is left out or read as something else, in words.
    """

    names: tuple[str, ...]
    classes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    said: tuple[str, ...] = ()


def read_parquet(
    content: bytes, name: str, asked: Sequence[str] = (), *, nested: bool = False
) -> Raw:
    """Read every column as strings: whole numbers without a point, booleans as true and false.

    Args:
        content: The file.
        name: Its name, for messages.
        asked: Column names that the user gave.
        nested: Lists and structures are read too, as JSON; else they are left out, aloud.

    Raises:
        DataError: The file is damaged or encrypted, or a column that was asked for has no text.
    """
    with readable(name):
        file = parquet.ParquetFile(pa.BufferReader(content))
        columns = find_columns(file.schema_arrow, name, asked, nested=nested)
        cells = read_groups(file, range(file.num_row_groups), columns, name)
    lines = pl.int_range(1, len(cells) + 1, dtype=pl.Int64, eager=True)
    types = _plain_types(file.schema_arrow, columns)
    return Raw(cells, lines, no_bad_rows(), columns.said, types=types)


def _plain_types(schema: pa.Schema, columns: Columns) -> dict[str, pl.DataType]:
    """Column → type, of numbers and truth values."""
    first = {column.name: column for column in reversed(list(schema))}
    plain = {
        name: pl.from_arrow(pa.array([], first[name].type))
        for name in columns.names
        if name not in columns.classes
        and (pa.types.is_boolean(first[name].type) or pa.types.is_primitive(first[name].type))
        and not pa.types.is_temporal(first[name].type)
    }
    return {name: empty.dtype for name, empty in plain.items() if isinstance(empty, pl.Series)}


@contextlib.contextmanager
def readable(name: str) -> Iterator[None]:
    """Turn what Arrow says of a file that it cannot read into one line."""
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        fact = str(error).splitlines()[0]
        if "encrypt" in fact.lower():
            raise DataError(f"{name} is encrypted", "Write it without encryption.") from error
        raise DataError(
            f"{name} is not a readable Parquet file: {fact}", "Write it again."
        ) from error


def find_columns(schema: pa.Schema, name: str, asked: Sequence[str], *, nested: bool) -> Columns:
    """Tell by the schema what can be read as text.

    Raises:
        DataError: A column that was asked for cannot.
    """
    read: list[str] = []
    lists: list[str] = []
    other: list[str] = []
    said: list[str] = []
    for column in schema:
        kind = _stored(column.type)
        if column.name in read:
            said.append(f"{name} has several columns `{column.name}`; the first is used")
        elif (why := _no_text(kind, nested=nested)) is None or (
            why == "binary" and column.name in asked
        ):
            read.append(column.name)
            if why:
                said.append(f"column `{column.name}` of {name} is binary and read as UTF-8")
        elif column.name in asked:
            raise DataError(
                f"Column `{column.name}` of {name} holds {why} values, which are no text",
                "Name another column, or write it as text.",
            )
        elif pa.types.is_nested(kind) and why == "nested":
            lists.append(column.name)
        else:
            other.append(f"{column.name} ({why})")
    if lists:
        said.append(f"columns of lists or structures in {name} are left out: {', '.join(lists)}")
    if other:
        said.append(f"columns of {name} that hold no text are left out: {', '.join(other)}")
    classes = {column: names for column, names in _class_names(schema).items() if column in read}
    said += [
        f"column `{column}` of {name} has the names of its {len(names)} classes beside it: "
        "they stand for its numbers, and -1 for no label"
        for column, names in classes.items()
    ]
    return Columns(tuple(read), classes, tuple(said))


def _stored(kind: pa.DataType) -> pa.DataType:
    """The type of the values themselves, without an extension or a dictionary."""
    while isinstance(kind, pa.BaseExtensionType) or pa.types.is_dictionary(kind):
        if isinstance(kind, pa.BaseExtensionType) and kind.extension_name == "arrow.uuid":
            return kind
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind.storage_type
    return kind


def _no_text(kind: pa.DataType, *, nested: bool) -> str | None:
    """Why values of a type are not read, as an adjective; None for those that are."""
    if isinstance(kind, pa.BaseExtensionType):
        return "binary"  # a UUID
    if pa.types.is_nested(kind):
        inner = (_no_text(_stored(each.type), nested=True) for each in _fields(kind))
        return next((why for why in inner if why), None) if nested else "nested"
    known = (
        pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_null,
        pa.types.is_boolean, pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal,
        pa.types.is_date, pa.types.is_timestamp, pa.types.is_time,
    )  # fmt: skip
    if any(check(kind) for check in known):
        return None
    if pa.types.is_duration(kind):
        return "duration"
    binary = "binary" in str(kind)
    return "binary" if binary else str(kind)


def _fields(kind: pa.DataType) -> Iterator[pa.Field]:
    if pa.types.is_map(kind):
        yield from (kind.key_field, kind.item_field)
    elif hasattr(kind, "value_field"):
        yield kind.value_field
    else:
        yield from (kind.field(place) for place in range(kind.num_fields))


def _class_names(schema: pa.Schema) -> dict[str, Sequence[str]]:
    """Names of classes by column, from what the library `datasets` writes beside the schema."""
    try:
        features = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"]
        return {
            column: [str(name) for name in feature["names"]]
            for column, feature in features.items()
            if isinstance(feature, dict) and feature.get("_type") == "ClassLabel"
            if pa.types.is_integer(schema.field(column).type)
        }
    except (KeyError, TypeError, ValueError, AttributeError):
        return {}


def read_groups(
    file: parquet.ParquetFile, groups: Sequence[int], columns: Columns, name: str
) -> pl.DataFrame:
    """Some row groups of a file, with strings in every column.

    Raises:
        DataError: Text of the file is no UTF-8.
    """
    if not columns.names:
        return pl.DataFrame()
    table = file.read_row_groups(list(groups), columns=list(columns.names))
    return as_texts(table, columns, name)


def as_texts(table: pa.Table, columns: Columns, name: str) -> pl.DataFrame:
    """The columns of an Arrow table that can be read, as strings (n).

    Raises:
        DataError: Text of the table is no UTF-8.
    """
    places = {column.name: at for at, column in reversed(list(enumerate(table.schema)))}
    return pl.DataFrame(
        [
            _texts(table.column(places[column]), column, columns.classes.get(column), name)
            for column in columns.names
        ]
    )


def _texts(values: Any, column: str, classes: Sequence[str] | None, name: str) -> pl.Series:
    """The values of a column as strings (n)."""
    uuids = False
    while isinstance(values.type, pa.BaseExtensionType):
        uuids |= values.type.extension_name == "arrow.uuid"
        chunks = [chunk.storage for chunk in values.chunks]
        values = pa.chunked_array(chunks, values.type.storage_type)
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    kind = values.type
    if uuids:
        told = [None if one is None else str(uuid.UUID(bytes=one)) for one in values.to_pylist()]
        return pl.Series(column, told, pl.String)
    if pa.types.is_nested(kind):
        return pl.Series(column, map(as_json, values.to_pylist()), pl.String)
    if pa.types.is_decimal(kind):
        return _series(column, values.cast(pa.string()))
    if classes is not None:
        return _named(pl.Series(column, pl.from_arrow(values)), classes)
    if "string" in str(kind) or "binary" in str(kind):
        try:
            values = values.cast(pa.large_binary()).cast(pa.large_string())
        except pa.ArrowInvalid as error:
            raise DataError(
                f"Column `{column}` of {name} holds bytes that are no UTF-8",
                "Name another column, or write it as text.",
            ) from error
        return _series(column, values)
    if pa.types.is_boolean(kind):
        values = pc.if_else(values, "true", "false")
    values = in_known_zone(values)
    return _series(column, values)


def in_known_zone(values: Any) -> Any:
    """Arrow values; times in UTC if polars cannot read their zone, such as `+05:30`."""
    try:
        pl.from_arrow(pa.array([], values.type))
    except pl.exceptions.PolarsError:
        if pa.types.is_timestamp(values.type):
            return values.cast(pa.timestamp(values.type.unit, "UTC"))
        raise
    return values


def _series(column: str, values: Any) -> pl.Series:
    series = pl.from_arrow(values)
    assert isinstance(series, pl.Series), "an Arrow column becomes a series"
    return series.cast(pl.String).alias(column)


def _named(numbers: pl.Series, names: Sequence[str]) -> pl.Series:
    """The name of each class number (n): null for -1; a number without a name stays one."""
    places = numbers.cast(pl.Int64)
    found = places.replace_strict(dict(enumerate(names)), default=None, return_dtype=pl.String)
    left = places.set(places == -1, None).cast(pl.String)
    return pl.select(pl.coalesce(found, left)).to_series().alias(numbers.name)
