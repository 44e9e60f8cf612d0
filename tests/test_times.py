"""Times are read strictly: what could be two times is asked, what is none is set aside (R9)."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

import polars as pl
import pytest

from rungwise.data.times import read_times
from rungwise.errors import DataError

WHEN = datetime(2026, 3, 1, 14, 5, 9, tzinfo=UTC)
DAY = datetime(2026, 3, 1, tzinfo=UTC)


def read(*cells: str | None, form: str | None = None) -> list[datetime | None]:
    micros = read_times(pl.Series(cells, dtype=pl.String), "date", "x.csv", form).micros
    return [None if one is None else datetime.fromtimestamp(one / 1e6, UTC) for one in micros]


@pytest.mark.parametrize(
    "cell",
    [
        WHEN.isoformat(),
        "2026-03-01T14:05:09Z",
        "2026-03-01 14:05:09",
        "2026-03-01T15:05:09.000+01:00",
        "2026-03-01T09:05:09-0500",
        "2026-03-01 02:05:09 PM",
        "2026/03/01 14:05:09",
        "20260301T140509Z",
        "20260301140509",
        format_datetime(WHEN),  # as in mails: RFC 2822
        WHEN.strftime("%a %b %d %H:%M:%S %z %Y"),  # as in tweets
        WHEN.ctime(),
        "March 1st, 2026 2:05:09 p.m.",
        "1 Mar 2026, 14:05:09",
        "01.03.2026 14:05:09",
        str(int(WHEN.timestamp())),
        f"{WHEN.timestamp():.1f}",
        f"{WHEN.timestamp() * 1e3:.0f}",
        f"{WHEN.timestamp() * 1e6:.0f}",
        f"{WHEN.timestamp() * 1e9:.0f}",
    ],
)
def test_a_time_is_read_however_it_is_written(cell: str) -> None:
    assert read(cell) == [WHEN]


@pytest.mark.parametrize(
    "cell",
    ["2026-03-01", "20260301", "2026-03", "1 March 2026", "Mar 1, 2026", "1.3.2026", "46082"],
)
def test_a_day_is_its_first_moment(cell: str) -> None:
    assert read(cell) == [DAY]


def test_other_rows_tell_the_day_from_the_month() -> None:
    assert read("03/04/2026", "31/01/2026")[0] == datetime(2026, 4, 3, tzinfo=UTC)
    assert read("03-04-2026 10:00", "01-31-2026 10:00")[0] == datetime(2026, 3, 4, 10, tzinfo=UTC)
    said = read_times(pl.Series(["03/04/2026", "31/01/2026"]), "date", "x.csv").said
    assert said == ("dates in `date` of x.csv are read day first, as '31/01/2026' shows",)


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (("03/04/2026", "05/06/2026"), "no row tells the day from the month"),
        (("31/01/2026", "01/31/2026"), "in both orders"),
        (("week 3", "week 4"), "'week 3', 'week 4'"),
        (("1", "2", "3"), "3 of 3 cells"),
        (("10:35", "11:35"), "2 of 2 cells"),
        (("1/31/26", "2/1/26"), "data.time_format"),
        ((None, None), "holds no times"),
        (("2026-02-30", "9999-12-31", "2026-02-28"), "2 of 3 cells"),
    ],
)
def test_what_is_no_time_or_two_is_asked(cells: tuple[str | None, ...], words: str) -> None:
    with pytest.raises(DataError) as caught:
        read(*cells)
    assert words in str(caught.value)


def test_what_the_task_says_is_how_they_are_read() -> None:
    assert read("1/3/26", "2/3/26", form="%d/%m/%y")[0] == DAY
    assert read("01|03|2026 14:05:09", form="%d|%m|%Y %H:%M:%S") == [WHEN]
    assert read("03/01/2026", "no", "03/02/2026", form="%m/%d/%Y")[:2] == [DAY, None]
    with pytest.raises(DataError, match=r"3 cells of column `date` of x\.csv are no times as %Y"):
        read("1", "2", "3", form="%Y-%m-%d")


@pytest.mark.parametrize(
    "cell", ["", "soon", "2026-02-30", "2026-03-01 25:00", "2026-03-01 14:61", "31 Foo 2026",
             "2026-03-01 13:00 PM", "9999-12-31", "2026-03-01 EST", "12345678901234567890123"]
)  # fmt: skip
def test_one_that_cannot_be_read_is_left_empty(cell: str) -> None:
    assert read("2026-03-01", cell, "2026-03-01") == [DAY, None, DAY]


def test_numbers_are_of_one_unit() -> None:
    assert read("1772323200", "1772323200000", "1772323200") == [DAY, None, DAY]


def test_times_without_a_zone_beside_others_are_said() -> None:
    told = read_times(pl.Series(["2026-03-01T14:05:09Z", "2026-03-01 14:05:09"]), "at", "x.csv")
    assert told.micros.n_unique() == 1
    assert told.said == ("times in `at` of x.csv that name no zone: 1; they are read as UTC",)
    assert not read_times(pl.Series(["2026-03-01 14:05", "2026-03-02 14:05"]), "at", "x.csv").said
