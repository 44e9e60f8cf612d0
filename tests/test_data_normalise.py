"""What counts as the same text, against a plain reference and published counts."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rungwise.data.lookalikes import LOOKALIKES
from rungwise.data.normalise import normalised

ASSIGNED = st.one_of(
    st.characters(exclude_categories=["Cs", "Cn", "Co"]), st.characters(max_codepoint=127)
)


def one(text: str) -> str:
    return str(normalised(pl.Series([text]))[0])


def reference(text: str) -> str:
    """The same rule, character by character, on Python's own Unicode tables."""
    visible = "".join(
        c for c in text if unicodedata.category(c) != "Cf" and not 0xFE00 <= ord(c) <= 0xFE0F
    )
    plain = undisguised(unicodedata.normalize("NFKC", spaced(visible)))
    folded = spaced(plain.lower().casefold())
    return " ".join(spaced(unicodedata.normalize("NFKC", folded)).split())


def scripts(text: str) -> set[str]:
    """The first words of the letters' names: CYRILLIC, LATIN, GREEK, …"""
    return {unicodedata.name(c, "").split(" ")[0] for c in text if c.isalpha()}


def undisguised(text: str) -> str:
    """Look-alikes made Latin where no truly foreign letter stands in the text, or in the word."""
    foreign = {"CYRILLIC", "GREEK", "ARMENIAN"}
    latin = "".join(LOOKALIKES.get(c, c) for c in text)
    if "LATIN" not in scripts(text) or not foreign & scripts(text):
        return text
    if not foreign & scripts(latin):
        return latin
    words = text.split()
    return " ".join(
        undisguised(word)
        if not foreign & scripts("".join(LOOKALIKES.get(c, c) for c in word))
        else word
        for word in words
    )


def spaced(text: str) -> str:
    kept = ("L", "M", "N")
    return "".join(
        c if unicodedata.category(c)[0] in kept or unicodedata.category(c) == "So" else " "
        for c in text
    )


@settings(max_examples=200, deadline=None)
@given(st.text(ASSIGNED, max_size=20))
def test_it_agrees_with_a_plain_reference(text: str) -> None:
    assert one(text) == reference(text)


MIXED_SCRIPTS = st.text(st.sampled_from("aоpсBВнж αΩхс\u0301e5 \nЖ"), max_size=12)


@settings(max_examples=20, deadline=None)
@given(st.lists(MIXED_SCRIPTS, max_size=30))
def test_disguise_agrees_with_a_plain_reference(texts: list[str]) -> None:
    folded = normalised(pl.Series(texts, dtype=pl.String))
    assert folded.to_list() == [reference(text) for text in texts]
    assert normalised(folded).to_list() == folded.to_list()


@settings(max_examples=100, deadline=None)
@given(st.text(ASSIGNED, max_size=20))
def test_twice_is_once(text: str) -> None:
    assert one(one(text)) == one(text)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("Where's my card?!", "where s my card"),
        ("  STRASSE\t\u2009 ", "straße"),
        ("ΟΔΥΣΣΕΥΣ", "οδυσσευσ"),
        ("ﬁve ½ １２３", "five 1⁄2 123"),
        ("zero\u200bwidth soft\u00adhyphen \ufeff", "zerowidth softhyphen"),
        ("cafe\u0301", "café"),
        ("don\u00b4t", "don't"),
        ("foo_bar", "foo bar"),
        ("heart ❤\ufe0f", "heart ❤"),
        ("pаypаl ассоunt", "paypal account"),  # Cyrillic а, с
        ("ΒΑΝΚ card", "bank card"),  # Greek capitals
        ("купил iPhоne", "купил iphone"),  # a Cyrillic о in a Latin word of a Russian text
    ],
)
def test_copies(text: str, same: str) -> None:
    assert one(text) == one(same)


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("great 😀", "great 😡"),
        ("1 2", "12"),
        ("resume", "résumé"),
        ("сор", "cop"),
        ("5 µm", "5 mm"),
        ("купил сор Xerox", "купил cop Xerox"),
    ],
)
def test_no_copies(text: str, other: str) -> None:
    assert one(text) != one(other)


def test_nulls_and_names_stay() -> None:
    texts = pl.Series("words", ["A", None, "!"])
    assert normalised(texts).to_list() == ["a", None, ""]
    assert normalised(texts).name == "words"


def extra(texts: pl.Series) -> int:
    return len(texts) - texts.n_unique()


def test_banking77_has_the_published_copies(shared_data: Path) -> None:
    """Its README: 31 extra copies in train, 4 in test, 25 test rows also in train."""
    folder = shared_data / "banking77"
    train = normalised(pl.read_csv(folder / "train.csv")["text"])
    test = normalised(pl.read_csv(folder / "test.csv")["text"])
    assert (extra(train), extra(test)) == (31, 4)
    assert test.is_in(train.implode()).sum() == 25


def test_sms_spam_has_the_published_copies(shared_data: Path) -> None:
    """Its README: 403 byte-exact extra copies, 444 after normalisation."""
    texts = pl.read_csv(shared_data / "sms_spam" / "sms_spam.csv")["text"]
    assert (extra(texts), extra(normalised(texts))) == (403, 444)
