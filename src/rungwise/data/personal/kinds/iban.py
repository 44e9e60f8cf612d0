"""IBANs: the country's length and the check digits (ISO 13616, registry of the year 2025)."""

from __future__ import annotations

import polars as pl

from rungwise.data.personal.checksums import mod_97
from rungwise.data.personal.kind import Kind, Pattern

LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22,
    "BI": 27, "BR": 29, "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27,
    "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FK": 18, "FO": 18, "FR": 27,
    "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HN": 28, "HR": 21, "HU": 28,
    "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28,
    "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22,
    "MK": 19, "MN": 20, "MR": 27, "MT": 31, "MU": 30, "NI": 28, "NL": 18, "NO": 15, "OM": 23,
    "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24,
    "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "SO": 23, "ST": 25, "SV": 28,
    "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20, "YE": 30,
}  # fmt: skip
"""Characters of an IBAN of each country."""


def _proved(matches: pl.DataFrame) -> pl.DataFrame:
    """Cut each match at its country's length, since words may follow, and check what is left."""
    length = pl.col("value").str.head(2).str.to_uppercase()
    length = length.replace_strict(LENGTHS, default=None, return_dtype=pl.Int64)
    known = matches.with_columns(length=length).filter(pl.col("length").is_not_null())
    cut = [_cut(own, int(own["length"][0])) for own in known.partition_by("length")]
    if not cut:
        return matches.clear()
    size = pl.col("value").str.len_chars().cast(pl.Int64)
    shorter = pl.concat(cut).drop_nulls("value").with_columns(end=pl.col("start") + size)
    compact = shorter["value"].str.replace_all("[^A-Za-z0-9]", "").str.to_uppercase()
    return shorter.filter(pl.Series(mod_97(compact))).drop("length")


def _cut(matches: pl.DataFrame, length: int) -> pl.DataFrame:
    """Values shortened to `length` letters and digits; null where a word ends elsewhere."""
    whole = rf"^([A-Za-z0-9](?:[ -]?[A-Za-z0-9]){{{length - 1}}})(?:[ -]|$)"
    return matches.with_columns(pl.col("value").str.extract(whole))


KIND = Kind(
    rank=10,
    hint=r"[A-Za-z]{2}[0-9]{2}[ -]?[A-Za-z0-9]{3}",
    patterns=(
        Pattern(
            r"[A-Za-z]{2}[0-9]{2}(?:[ -]?[A-Za-z0-9]){11,32}",
            r"(?:^|[^0-9A-Za-z])",
        ),
    ),
    proved=_proved,
)
