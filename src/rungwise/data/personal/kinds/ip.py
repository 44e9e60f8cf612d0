"""Addresses of the internet protocol, versions 4 and 6 (RFC 791, RFC 4291)."""

from __future__ import annotations

import ipaddress

import polars as pl

from rungwise.data.personal.kind import Kind, Pattern

OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
VERSION = r"(?i)(?:\bversions?|\bv|\brelease|\bbuild|§|\bsection)[ :.]*$"
"""Four numbers after one of these count something else."""


def _proved(matches: pl.DataFrame) -> pl.DataFrame:
    whole = matches.filter(
        ~pl.col("after").str.contains(r"^(?:[0-9A-Za-z:]|\.[0-9])"),
        ~pl.col("before").str.contains(VERSION),
    )
    kept = [_of_a_host(value) for value in whole["value"]]
    return whole.filter(pl.Series(kept, dtype=pl.Boolean))


def _of_a_host(value: str) -> bool:
    """Loopback and unspecified addresses point at nobody; `a::b` is rather a name in C++."""
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return False
    groups = sum(bool(group) for group in value.split(":"))
    named = address.version == 6 and groups < 3 and not any(sign.isdigit() for sign in value)
    return not (address.is_loopback or address.is_unspecified or named)


KIND = Kind(
    rank=35,
    hint=r"[0-9]\.[0-9]{1,3}\.[0-9]|:[0-9A-Fa-f]{0,4}:",
    patterns=(
        Pattern(rf"{OCTET}(?:\.{OCTET}){{3}}", r"(?:^|[^0-9A-Za-z.])"),
        Pattern(
            r"(?:[0-9A-Fa-f]{1,4}|:):[0-9A-Fa-f:]*(?:[0-9A-Fa-f]|:)(?:\.[0-9]{1,3}){0,3}",
            r"(?:^|[^0-9A-Za-z:.])",
        ),
    ),
    proved=_proved,
)
