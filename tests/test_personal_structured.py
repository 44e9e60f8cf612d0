"""Structured kinds against the numbers that their standards publish, never our own output."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rungwise.data.personal.checksums import luhn, mod_97
from rungwise.data.personal.detect import detect
from rungwise.data.personal.kinds.iban import LENGTHS

DIGITS_AND_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def found(texts: list[str]) -> list[list[tuple[str, str]]]:
    """Kind and value of every span, text by text."""
    values: list[list[tuple[str, str]]] = [[] for _ in texts]
    for row, start, end, kind in detect(pl.Series(texts)).iter_rows():
        values[row].append((kind, texts[row][start:end]))
    return values


# Payment providers publish these for tests; the IBANs are the registry's own examples.
CARDS = {
    "visa": "4111111111111111",
    "visa of 13 digits": "4222222222222",
    "mastercard": "5555555555554444",
    "mastercard, series 2": "2223003122003222",
    "american express": "378282246310005",
    "discover": "6011111111111117",
    "diners club": "30569309025904",
    "jcb": "3530111333300000",
    "unionpay of 19 digits": "6205500000000000004",
    "maestro": "6759649826438453",
}
IBANS = [
    "GB82 WEST 1234 5698 7654 32", "DE89370400440532013000", "FR14 2004 1010 0505 0001 3M02 606",
    "NL91 ABNA 0417 1643 00", "NO9386011117947", "CH93 0076 2011 6238 5295 7",
    "MT84MALT011000012345MTLCAST001S", "SA03 8000 0000 6080 1016 7519", "gb82west12345698765432",
    "ES91 2100 0418 4502 0005 1332", "IT60X0542811101000000123456", "BE68 5390 0754 7034",
]  # fmt: skip
FOUND = {
    "email": [
        "first.last+tag@sub.example.co.uk", "x@example.org", "josé@exämple.com", 
        "o'neil@example.ie",
        "jane [at] example [dot] com", "jane at example dot org",
    ],
    "ssn": ["536-22-1234", "001 01 0001", "899.99.9999"],
    "ip": ["192.168.0.1", "8.8.8.8", "2001:db8::8a2e:370:7334", "fe80::1", "::ffff:192.0.2.1"],
    "phone": [
        "+41 44 668 18 00", "+1 650 253 0000", "+442079460958", "(650) 253-0000", "650-253-0000",
        "650.253.0000 x123", "020 7946 0958", "030/1234567", "01 23 45 67 89", "07700900123",
        "0044 20 7946 0958", "+61 2 9374 4000",
        # Examples of libphonenumber, as they are written at home.
        "011 15-2345-6789", "8 0152 45-09-11", "(601) 2345678", "8 (301) 123-45-67", "08-12 34 56",
        "2 22 12 34 56", "020 1234567", "0123456789", "13123456789", "2212-3456", "555 1234",
    ],
    "secret": [
        "AKIAIOSFODNN7EXAMPLE", "ghp_" + "a1B2" * 9, "xoxb-123456789012-abcDEF", "AIza" + "x" * 35,
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIB\nAAKCAQ==\n-----END RSA PRIVATE KEY-----",
    ],
    "card": [*CARDS.values(), "4111 1111 1111 1111", "3782-822463-10005"],
    "iban": IBANS,
}  # fmt: skip


@pytest.mark.parametrize("kind", FOUND)
@pytest.mark.parametrize("around", ["{}", "see {}, thanks", "({})", "see: {}. Then 12/25 go on"])
def test_values_are_found_whole(kind: str, around: str) -> None:
    values = FOUND[kind]
    spans = found([around.format(value) for value in values])
    assert [v for v, s in zip(values, spans, strict=True) if (kind, v) not in s] == []


NOTHING = {
    "a card whose check digit is wrong": "4111111111111112",
    "a card of no issuer": "9111111111111117", "a range of thousands": "2000-2500",
    "an IBAN whose check digits are wrong": "GB83WEST12345698765432",
    "an IBAN that is too long for its country": "GB82WEST123456987654321",
    "a country without IBANs": "US64SVBKUS6S3300958879",
    "area 000": "000-12-3456", "area 666": "666-12-3456", "area 900": "900-12-3456",
    "group 00": "536-00-1234", "serial 0000": "536-22-0000", "on sample cards": "078-05-1120",
    "nine digits": "536221234", "a version": "version 1.2.3.4", "loopback": "127.0.0.1",
    "more than 255": "300.1.1.1", "five numbers": "1.2.3.4.5", "a name in C++": "std::vector",
    "a time": "12:30:45", "a date": "2023-01-15", "money": "£1,500,000", "ten digits": "6502530000",
    "a handle": "@username", "no domain": "user@localhost", "a range": "1990-2000",
    "a sentence": "my password expired", "a key": "press any key to continue",
    "a placeholder": "<EMAIL>", "an hour": "9.30 to 17.45", "an order": "order 12345678",
    "an order in groups": "order number 212-555-0134", "a German order": "Bestellung 0151 23456789",
    "a customer": "Kundennummer: 0049 1234567", "a contract": "Vertrag 089/123456",
    "a French order": "numéro de commande : 06 12 34 56 78", "an invoice": "invoice 020 7946 0958",
}  # fmt: skip


def test_what_only_looks_like_a_value_is_left_alone() -> None:
    spans = found([f"It says {text} here" for text in NOTHING.values()])
    assert {case: s for case, s in zip(NOTHING, spans, strict=True) if s} == {}


CUES = {
    "my card number is 4111111111111112.": ("card", "4111111111111112"),
    "my SSN is 536221234.": ("ssn", "536221234"),
    "call me on 6502530000 tonight": ("phone", "6502530000"),
    "api_key = 'q8Zr2Lx0vT5nB7mC'": ("secret", "q8Zr2Lx0vT5nB7mC"),
    "postgres://admin:opensesame@db/main": ("secret", "opensesame"),
    "password: Tr0ub4dor": ("secret", "Tr0ub4dor"),
    "das Passwort lautet Geheim2024": ("secret", "Geheim2024"),
    "mot de passe : Xk29pqZw": ("secret", "Xk29pqZw"),
    "la contraseña es Xk29pqZw": ("secret", "Xk29pqZw"),
    "my order is late, call 0151 23456789": ("phone", "0151 23456789"),
    "call customer service at 212-555-0134": ("phone", "212-555-0134"),
    "about my order: +49 151 23456789": ("phone", "+49 151 23456789"),
}


def test_a_cue_makes_the_difference() -> None:
    assert found(list(CUES)) == [[span] for span in CUES.values()]


@given(st.from_regex(r"[1-9][0-9]{11,17}", fullmatch=True))
def test_luhn_accepts_one_last_digit_of_ten(number: str) -> None:
    """By ISO/IEC 7812-1, annex B, worked out here digit by digit."""
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    right = (10 - total % 10) % 10
    accepted = luhn(pl.Series([f"{number}{digit}" for digit in range(10)]))
    assert accepted.nonzero()[0].tolist() == [right]


@given(st.sampled_from(sorted(LENGTHS)), st.data())
def test_mod_97_accepts_the_check_digits_that_arithmetic_gives(
    country: str, data: st.DataObject
) -> None:
    size = LENGTHS[country] - 4
    account = data.draw(st.text(DIGITS_AND_LETTERS, min_size=size, max_size=size))
    moved = int("".join(str(int(sign, 36)) for sign in f"{account}{country}00"))
    right = f"{98 - moved % 97:02}"
    wrong = f"{(int(right) + 1) % 97:02}"
    numbers = pl.Series([f"{country}{digits}{account}" for digits in (right, wrong)])
    assert mod_97(numbers).tolist() == [True, False]
