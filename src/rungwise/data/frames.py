"""Tables that lie in memory: polars, pandas, Arrow and `datasets`, all as one Arrow table.

pandas and datasets are told by the module of the object's class; neither is imported here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from rungwise.data.parquet_rows import in_known_zone
from rungwise.errors import DataError

TAKEN = "a path, a polars or pandas frame, an Arrow table or a datasets.Dataset"


@dataclass(frozen=True, slots=True)
class Table:
    """A table that was given.

    Attributes:
        arrow: Its rows (n).
        said: What was read as something else, in words.
        index: Columns of the rows that were the index of a pandas frame.
    """

    arrow: pa.Table
    said: tuple[str, ...] = ()
    index: tuple[str, ...] = ()

    def polars(self) -> pl.DataFrame:
        """The same rows as a polars frame (n).

        Raises:
            DataError: A column is of a type that polars does not know.
        """
        columns = []
        for name, values in zip(self.arrow.column_names, self.arrow.columns, strict=True):
            try:
                columns.append(pl.Series(name, in_known_zone(values)))
            except (pl.exceptions.PolarsError, pa.ArrowException, TypeError, ValueError) as error:
                raise DataError(
                    f"Column `{name}` of the frame is of type {values.type}, which cannot be read",
                    "Leave it out, or write it as text.",
                ) from error
        return pl.DataFrame(columns)


def library(given: object) -> str:
    """The library that an object's class comes from, such as `pandas`."""
    return type(given).__module__.partition(".")[0]


def is_pandas_frame(given: object) -> bool:
    """Whether it is a pandas frame."""
    return library(given) == "pandas" and type(given).__name__ == "DataFrame"


def table_of(given: Any) -> Table | None:
    """The rows of a table that lies in memory; None for what is no table.

    Raises:
        DataError: A table that cannot be read: several splits at once, columns of one name, or
            values that Arrow does not know.
    """
    if isinstance(given, pl.LazyFrame):
        given = given.collect()
    if isinstance(given, pl.DataFrame):
        if objects := [name for name, kind in given.schema.items() if kind == pl.Object]:
            raise DataError(
                f"Column `{objects[0]}` of the frame holds Python objects",
                "Leave it out, or write it as text.",
            )
        return Table(given.to_arrow())
    if isinstance(given, pa.Table):
        return Table(given)
    if is_pandas_frame(given):
        return _of_pandas(given)
    if library(given) == "datasets":
        return _of_dataset(given)
    return None


def _of_dataset(given: Any) -> Table:
    """A data set's rows, its filters and order applied, with the names of its classes."""
    if isinstance(given, Mapping):
        raise DataError(
            f"The data set has the splits {', '.join(map(str, given))}",
            f"Give one of them, such as dataset[{next(iter(given), 'train')!r}]; others can be "
            "`validation` and `test`.",
        )
    if not hasattr(given, "__len__"):
        raise DataError("The data set is streamed", "Load it without `streaming=True`.")
    # The features stand in the metadata, where the Parquet reader finds names of classes.
    rows = given.with_format("arrow")[:]
    return Table(rows.replace_schema_metadata(given.features.arrow_schema.metadata))


def _of_pandas(given: Any) -> Table:
    said: list[str] = []
    names = [str(name) for name in given.columns]
    if repeated := [name for at, name in enumerate(names) if name in names[:at]]:
        raise DataError(
            f"The frame has several columns `{repeated[0]}`", "Rename all but one of them."
        )
    columns = {name: _values(given.iloc[:, at], name, said) for at, name in enumerate(names)}
    index = _index(given.index, names, said)
    return Table(pa.table(columns | index), tuple(said), tuple(index))


def _index(index: Any, names: list[str], said: list[str]) -> dict[str, pa.Array]:
    """The levels of an index that says more than the place of a row, as columns."""
    plain = type(index).__name__ == "RangeIndex" and index.start == 0 and index.step == 1
    if plain and index.name is None:
        return {}
    kept: dict[str, pa.Array] = {}
    for level in range(index.nlevels):
        unnamed = "index" if index.nlevels == 1 else f"index_{level}"
        column = unnamed if index.names[level] is None else str(index.names[level])
        while column in names or column in kept:
            column = f"{column}_of_row"
        kept[column] = _values(index.get_level_values(level).to_series(), column, said)
    return kept


def _values(series: Any, name: str, said: list[str]) -> pa.Array:
    """A pandas column: missing values are null, and what pandas made of a type is undone."""
    try:
        values = pa.Array.from_pandas(series)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        said.append(f"column `{name}` of the frame holds values of several types, read as text")
        missing = series.isna()
        told = [None if gone else str(one) for one, gone in zip(series, missing, strict=True)]
        return pa.array(told, pa.string())
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    # pandas makes 1 to 1.0 where a column of whole numbers has gaps.
    if pa.types.is_floating(values.type) and values.null_count:
        known = values.drop_null()
        if len(known) and pc.all(pc.equal(pc.floor(known), known)).as_py():
            said.append(f"column `{name}` of the frame has gaps in whole numbers, read as such")
            return values.cast(pa.int64())
    return values
