"""Payment card numbers: an issuer's range, its length and the Luhn digit (ISO/IEC 7812)."""

from __future__ import annotations

import polars as pl

from rungwise.data.personal.checksums import luhn
from rungwise.data.personal.kind import Kind, Pattern

ISSUERS: tuple[tuple[int, int, frozenset[int]], ...] = (
    (60400, 60499, frozenset({12})),  # Maestro
    (180000, 180099, frozenset({15})),  # JCB
    (213100, 213199, frozenset({15})),  # JCB
    (220000, 220499, frozenset({16, 17, 18, 19})),  # Mir
    (222100, 272099, frozenset({16})),  # Mastercard
    (300000, 305999, frozenset({14, 16})),  # Diners Club
    (309500, 309599, frozenset({14, 16})),  # Diners Club
    (340000, 349999, frozenset({15})),  # American Express
    (350000, 359999, frozenset({16, 17, 18, 19})),  # JCB
    (360000, 369999, frozenset({14, 16, 19})),  # Diners Club
    (370000, 379999, frozenset({15})),  # American Express
    (380000, 399999, frozenset({14, 16, 19})),  # Diners Club
    (400000, 499999, frozenset({13, 16, 19})),  # Visa
    (500000, 509999, frozenset({12, 13, 14, 15, 16, 17, 18, 19})),  # Maestro, RuPay, Elo
    (510000, 559999, frozenset({16})),  # Mastercard
    (560000, 699999, frozenset({12, 13, 14, 15, 16, 17, 18, 19})),  # Maestro, Discover, UnionPay
    (810000, 829999, frozenset({16, 17, 18, 19})),  # UnionPay, RuPay
    (979200, 979289, frozenset({16})),  # Troy
    (980400, 980499, frozenset({16})),  # Prostir
)
BOUNDARY = r"(?:^|[^0-9A-Za-z+])"
CUE = (
    r"(?i)(?:\b(?:credit|debit|bank|payment|charge|prepaid) ?card"
    r"|\bcard(?: ?(?:number|no|num|nr)\b| ?#|:)|\bcc(?: ?(?:number|no|#))?\b"
    r"|\bvisa\b|\bmaster ?card\b|\bamex\b|\bmaestro\b|\bamerican express\b)[^0-9]{0,24}$"
)
"""After one of these a number of an issuer's form is a card, mistyped or made up though it be."""
ODD = r"^[0-9]{1,2}[ -]+[0-9]{2}"
"""Groups that no issuer prints: rather a telephone number, some of which pass Luhn's check."""


def _proved(matches: pl.DataFrame) -> pl.DataFrame:
    digits = matches["value"].str.replace_all("[^0-9]", "")
    whole = ~matches["after"].str.contains(r"^(?:[0-9A-Za-z]|[.,-][0-9])")
    issued = pl.select(_issued(pl.lit(digits))).to_series()
    cued = matches["before"].str.contains(CUE)
    checked = pl.Series(luhn(digits)) & ~matches["value"].str.contains(ODD)
    return matches.filter(whole & issued & (checked | cued))


def _issued(digits: pl.Expr) -> pl.Expr:
    first, length = digits.str.head(6).cast(pl.Int64), digits.str.len_chars()
    return pl.any_horizontal(
        first.is_between(low, high) & length.is_in(sorted(lengths))
        for low, high, lengths in ISSUERS
    )


KIND = Kind(
    rank=20,
    hint=r"[0-9](?:[ -]{0,2}[0-9]){11}",
    patterns=(
        Pattern(r"[0-9]{12,19}", BOUNDARY),
        Pattern(r"[0-9]{4}(?:[ -]{1,2}[0-9]{4}){3}", BOUNDARY),
        Pattern(r"[0-9]{4}(?:[ -]{1,2}[0-9]{4}){3}[ -]{1,2}[0-9]{3}", BOUNDARY),
        Pattern(r"[0-9]{4}[ -]{1,2}[0-9]{6}[ -]{1,2}[0-9]{4,5}", BOUNDARY),
        Pattern(r"[0-9](?:[ -]{0,2}[0-9]){11,18}", BOUNDARY),
    ),
    proved=_proved,
)
