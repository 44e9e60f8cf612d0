"""Times as people and machines write them, read strictly: what could be two times is asked.

A column is read in one way. Dates that begin with the year or name the month may stand side by
side; whether 03/04/2026 is a day in April or in March is decided by other rows of the column, and
asked if none decides it. Numbers are seconds, milliseconds and so on since 1970, or days of a
spreadsheet: one unit a column.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from rungwise.errors import DataError

CLOCK = (
    r"(?:(?:T|,? +)(?P<hour>\d{1,2}):(?P<minute>\d{2})"
    r"(?::(?P<second>\d{2})(?:[.,](?P<part>\d{1,9}))?)?(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?)?"
)
ZONE = r" ?(?P<zone>[Zz]|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?"
DAY, YEAR = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?", r"(?P<year>\d{4})"
MONTH = r"(?P<month>[A-Za-z]{3,9})\.?"
WEEKDAY = r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*\.?,? +)?"
CALENDAR = (
    rf"^{YEAR}[-/.](?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}}){CLOCK}{ZONE}$",
    rf"^{YEAR}(?P<month>\d{{2}})(?P<day>\d{{2}})"
    rf"(?:[T ]?(?P<hour>\d{{2}})(?P<minute>\d{{2}})(?P<second>\d{{2}})?)?{ZONE}$",
    rf"^{YEAR}-(?P<month>\d{{2}})$",
    r"^(?P<year>(?:19|20)\d{2})$",
    rf"^{WEEKDAY}{DAY}[ -]+{MONTH},?[ -]+{YEAR}{CLOCK}{ZONE}$",
    rf"^{WEEKDAY}{MONTH} +{DAY},? +{YEAR}{CLOCK}{ZONE}$",
    rf"^{WEEKDAY}{MONTH} +{DAY}{CLOCK}{ZONE} +{YEAR}$",
    rf"^(?P<day>\d{{1,2}})\. ?(?P<month>\d{{1,2}})\. ?{YEAR}{CLOCK}{ZONE}$",
)
"""Dates of which no part can be taken for another; with full stops the day comes first."""
SLASHED = rf"^(?P<first>\d{{1,2}})[-/](?P<other>\d{{1,2}})[-/]{YEAR}{CLOCK}{ZONE}$"
NUMBER = r"^\d+(?:\.\d+)?(?:[eE]\+?\d+)?$"
DAYS = "days of a spreadsheet"
UNITS = {
    "seconds since 1970": (6.3e8, 4.1e9, 1_000_000.0),
    "milliseconds since 1970": (6.3e11, 4.1e12, 1_000.0),
    "microseconds since 1970": (6.3e14, 4.1e15, 1.0),
    "nanoseconds since 1970": (6.3e17, 4.1e18, 0.001),
    DAYS: (30_000, 75_000, 86_400_000_000.0),
}
"""Unit → the least and the most that is plausible (1990 to 2100; days: 1982 to 2105), and its
microseconds."""
DAYS_TO_1970 = 25_569
MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september",
          "october", "november", "december")  # fmt: skip
NUMBER_OF = (
    {name: number for number, name in enumerate(MONTHS, 1)}
    | {name[:3]: number for number, name in enumerate(MONTHS, 1)}
    | {"sept": 9}
)
LATEST = 7_258_118_400_000_000
"""The year 2200 in microseconds: later times, such as 9999-12-31, stand for no time."""
SHOWN = 3
NO_TIME, UNREADABLE = "no time", "unreadable time"


@dataclass(frozen=True, slots=True)
class Times:
    """A column of times.

    Attributes:
        micros: Microseconds since 1970 in UTC, Int64 (n), null if a cell cannot be read. A time
            without a zone is taken as UTC.
        said: How they were read, in words.
    """

    micros: pl.Series
    said: tuple[str, ...]


def read_times(cells: pl.Series, column: str, name: str, form: str | None = None) -> Times:
    """Read a column of times.

    Args:
        cells: Strings as the file has them (n), null if nothing is known.
        column: Its name, and `name` that of the file, for messages.
        form: How they are written, in the codes of `strptime`; None: it is found.

    Raises:
        DataError: Most cells cannot be read, or dates can be read in two ways.
    """
    bare = cells.str.strip_chars().alias("cell")
    said: list[str] = []
    if form is not None:
        micros = _by_form(bare, form)
    else:
        micros, said = _dates(bare, column, name)
        numbers, unit = _numbers(bare)
        if numbers.count() > micros.count():
            micros, said = numbers, [f"column `{column}` of {name} is read as {unit}"]
    micros = micros.set(micros >= LATEST, None).alias("time")
    _check_readable(bare, micros, column, name, form)
    return Times(micros, tuple(said))


def _by_form(bare: pl.Series, form: str) -> pl.Series:
    try:
        parsed = bare.str.strptime(pl.Datetime("us"), form, strict=False)
    except pl.exceptions.PolarsError:
        try:  # polars asks for a date where the form has no hour
            parsed = bare.str.strptime(pl.Date, form, strict=False).cast(pl.Datetime("us"))
        except pl.exceptions.PolarsError as error:
            raise DataError(
                f"data.time_format {form!r} is no format of times",
                "Write it in the codes of strptime, such as %d/%m/%Y %H:%M.",
            ) from error
    return parsed.dt.replace_time_zone(None).cast(pl.Int64)


def _dates(bare: pl.Series, column: str, name: str) -> tuple[pl.Series, list[str]]:
    """Microseconds of what is written as a date, and what to say about it."""
    cells = bare.to_frame().with_row_index("row")
    read, left = [], cells.filter(pl.col("cell").is_not_null())
    for pattern in CALENDAR:
        found = left.with_columns(_micros(left["cell"], pattern))
        read.append(found.select("row", "time").drop_nulls())
        left = found.filter(pl.col("time").is_null()).select("row", "cell")
    slashed, said = _slashed(left, column, name)
    known = pl.concat([*read, slashed])
    micros = cells.join(known, on="row", how="left", maintain_order="left")["time"]
    zoned = bare.str.contains(r"(?:\d|[Mm]\.?) ?(?:[Zz]|UTC|GMT|[+-]\d\d:?\d\d)(?: +\d{4})?$")
    zoned &= bare.str.contains(":", literal=True)
    without = int((~zoned & micros.is_not_null()).sum())
    if zoned.any() and without:
        said.append(
            f"times in `{column}` of {name} that name no zone: {without:,}; they are read as UTC"
        )
    return micros, said


def _slashed(left: pl.DataFrame, column: str, name: str) -> tuple[pl.DataFrame, list[str]]:
    """Dates such as 03/04/2026 (`row`, `time`), in the order that other rows of the column show."""
    parts = left["cell"].str.extract_groups(SLASHED).struct.unnest()
    dated = left.with_columns(parts.select(pl.col("first", "other").cast(pl.Int64)))
    dated = dated.filter(pl.col("first").is_not_null())
    if dated.is_empty():
        return pl.DataFrame(schema={"row": pl.UInt32, "time": pl.Int64}), []
    day_first, month_first = dated.filter(pl.col("first") > 12), dated.filter(pl.col("other") > 12)
    told = f"Column `{column}` of {name}"
    asked = "Say it with `--set data.time_format=%d/%m/%Y` or `%m/%d/%Y` (data.time_format)."
    if len(day_first) and len(month_first):
        fact = f"{told} has {day_first['cell'][0]!r} and {month_first['cell'][0]!r}"
        raise DataError(f"{fact}: days and months stand in both orders", "Correct the file.")
    if day_first.is_empty() and month_first.is_empty():
        raise DataError(
            f"{told} has dates such as {dated['cell'][0]!r}: no row tells the day from the month",
            asked,
        )
    order = ("day", "month") if len(day_first) else ("month", "day")
    pattern = SLASHED.replace("first", order[0]).replace("other", order[1])
    read = dated.select("row", "cell").with_columns(_micros(dated["cell"], pattern))
    shown = (day_first if len(day_first) else month_first)["cell"][0]
    said = f"dates in `{column}` of {name} are read {order[0]} first, as {shown!r} shows"
    return read.select("row", "time").drop_nulls(), [said]


def _micros(cells: pl.Series, pattern: str) -> pl.Series:
    """Microseconds (n) of the cells that match and are times; null elsewhere."""
    parts = cells.str.extract_groups(pattern).struct.unnest()
    absent = [name for name in ("month", "day", "hour", "minute", "second", "part", "half", "zone")
              if name not in parts.columns]  # fmt: skip
    parts = parts.with_columns(pl.lit(None, pl.String).alias(name) for name in absent)
    month = pl.col("month").str.to_lowercase()
    month = month.replace_strict(NUMBER_OF, default=None, return_dtype=pl.Int64).fill_null(
        month.cast(pl.Int64, strict=False)
    )
    named = "month" not in absent
    first = pl.lit("01")
    date = pl.concat_str(
        pl.col("year"),
        month.cast(pl.String).str.zfill(2) if named else first,
        pl.col("day").str.zfill(2) if "day" not in absent else first,
        separator="-",
    ).str.to_date("%Y-%m-%d", strict=False)
    hour, minute, second = (
        pl.col(c).cast(pl.Int64).fill_null(0) for c in ("hour", "minute", "second")
    )
    half = pl.col("half").str.to_lowercase()
    on_the_clock = (hour <= 23) & (minute <= 59) & (second <= 60)
    on_the_clock &= half.is_null() | hour.is_between(1, 12)
    hour = pl.when(half.is_null()).then(hour).otherwise(hour % 12 + 12 * (half == "p"))
    part = pl.col("part").str.pad_end(9, "0").str.head(6).cast(pl.Int64).fill_null(0)
    zone = pl.col("zone").str.replace(":", "", literal=True)
    away = zone.str.slice(1, 2).cast(pl.Int64, strict=False) * 60
    away += zone.str.slice(3, 2).cast(pl.Int64, strict=False).fill_null(0)
    away = pl.when(zone.str.starts_with("-")).then(-away).otherwise(away).fill_null(0)
    time = date.cast(pl.Datetime("us")).cast(pl.Int64) + part
    time += (((hour * 60) + minute - away) * 60 + second) * 1_000_000
    return parts.select(pl.when(on_the_clock).then(time).alias("time")).to_series()


def _numbers(bare: pl.Series) -> tuple[pl.Series, str]:
    """Microseconds of numbers in the unit that suits most of them, and the unit."""
    numbers = bare.set(~bare.str.contains(NUMBER), None).cast(pl.Float64)
    fitting = {
        unit: numbers.set(~numbers.is_between(least, most), None)
        for unit, (least, most, _) in UNITS.items()
    }
    unit = max(fitting, key=lambda one: fitting[one].count())
    zero = DAYS_TO_1970 if unit == DAYS else 0
    return ((fitting[unit] - zero) * UNITS[unit][2]).round().cast(pl.Int64), unit


def _check_readable(
    bare: pl.Series, micros: pl.Series, column: str, name: str, form: str | None
) -> None:
    unread = bare.filter(bare.is_not_null() & micros.is_null())
    if len(unread) * 2 <= bare.count() and micros.count():
        return
    shown = ", ".join(repr(cell[:40]) for cell in unread.unique(maintain_order=True).head(SHOWN))
    fact = f"{len(unread):,} of {len(bare):,} cells of column `{column}` of {name} are no times"
    how = f" as {form} says" if form else ""
    raise DataError(
        f"{fact}{how}: {shown}" if shown else f"Column `{column}` of {name} holds no times",
        "Write them as 2026-03-01 or 2026-03-01T14:05:00Z, say how they are written "
        "(`data.time_format`, such as %d/%m/%y), or divide at random (`data.split: random`).",
    )
