"""Letters of other scripts that look like Latin ones, made Latin where they stand in disguise.

`pаypal` with a Cyrillic `а` reads as `paypal` and is a copy of it (R21). A Russian or Greek word
is no disguise, even where some of its letters look Latin: so a letter is replaced only where all
foreign letters around it look Latin and Latin letters stand beside them. Around it means in the
whole text, or, where other words of the text are truly foreign, in its own word.

The pairs are those of Unicode Technical Standard 39, `confusables.txt`, whose prototype is one
Latin letter, for Cyrillic, Greek and Armenian; with them go the lower-case forms of capitals that
look Latin (В and в), so that a text and its capitals fold alike.
"""

from __future__ import annotations

import polars as pl

CYRILLIC = (
    "АВЕЅІЈКМНОРСТУХЬҮҺԁԚԛԜԝӀӏаеѕіјкмноврстухьүһ",
    "ABESIJKMHOPCTYXBYHdQqWwLlaesijkmhobpctyxbyh",
)
GREEK = ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαιοκνρτυχ", "ABEZHIKMNOPTYXaiokvptux")
ARMENIAN = ("ՍՕսօոհցզ", "UOuonhgq")
LOOKALIKES = {
    foreign: latin
    for script in (CYRILLIC, GREEK, ARMENIAN)
    for foreign, latin in zip(*script, strict=True)
}
FOREIGN = r"[\p{Cyrillic}\p{Greek}\p{Armenian}]"
LATIN = r"\p{Latin}"


def undisguised(text: pl.Expr) -> pl.Expr:
    """Texts with disguised letters made Latin; all other texts as they are."""
    suspect = text.str.contains(FOREIGN) & text.str.contains(LATIN)
    mixed = pl.when(suspect).then(text)
    latin = _latin(mixed)
    word = pl.element()
    by_word = pl.when(_disguised(word)).then(_latin(word)).otherwise(word)
    spaced = mixed.str.replace_all(r"\s", " ")
    words = spaced.str.split(" ").list.eval(by_word).list.join(" ")
    whole = pl.when(latin.str.contains(FOREIGN)).then(words).otherwise(latin)
    return pl.when(suspect).then(whole).otherwise(text)


def _disguised(word: pl.Expr) -> pl.Expr:
    return word.str.contains(LATIN) & ~_latin(word).str.contains(FOREIGN)


def _latin(text: pl.Expr) -> pl.Expr:
    return text.str.replace_many(list(LOOKALIKES), list(LOOKALIKES.values()))
