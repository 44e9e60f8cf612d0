"""US social security numbers by the rules of the Social Security Administration.

Since June 2011 numbers are assigned at random: no area is 000, 666 or 900 to 999, no group is
00, no serial is 0000. Nine digits alone prove nothing, so without separators a cue is asked for.
"""

from __future__ import annotations

import polars as pl

from rungwise.data.personal.kind import Kind, Pattern

ADVERTISED = ("078051120", "219099999")
"""Printed on sample cards and in advertisements; void, and nobody's."""
CUE = r"(?i)\b(?:ssn|social security|soc\.? sec)\b[^0-9]{0,24}$"


def _proved(matches: pl.DataFrame) -> pl.DataFrame:
    digits = pl.col("value").str.replace_all("[^0-9]", "")
    impossible = digits.str.contains("^(?:000|666|9)") | digits.str.contains("^...00|0000$")
    separated = pl.col("value").str.contains("^[0-9]{3}(?:-[0-9]{2}-|[.][0-9]{2}[.]| [0-9]{2} )")
    return matches.filter(
        ~impossible,
        ~digits.is_in(ADVERTISED),
        separated | pl.col("before").str.contains(CUE),
        ~pl.col("after").str.contains(r"^(?:[0-9A-Za-z]|[.-][0-9])"),
    )


KIND = Kind(
    rank=25,
    hint=r"[0-9]{3}[-. ]?[0-9]{2}[-. ]?[0-9]{4}",
    patterns=(Pattern(r"[0-9]{3}[-. ]?[0-9]{2}[-. ]?[0-9]{4}", r"(?:^|[^0-9A-Za-z.+-])"),),
    proved=_proved,
)
