"""Letters of other scripts that look like Latin ones, made Latin where they stand in disguise.

`pаypal` with a Cyrillic `а` reads as `paypal` and is a copy of it (R21). A Russian or Greek word
is no disguise, even where some of its letters look Latin: so a letter is replaced only where all
foreign letters around it look Latin and Latin letters stand beside them. Around it means in the
whole text, or, where other words of the text are truly foreign, in its own word. A Greek letter
alone is a symbol: an angle `α` is not an angle `a`.

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
SYMBOL = r"(?:^|[^\p{L}\p{M}])\p{Greek}(?:$|[^\p{L}\p{M}])"
HELD = {letter: chr(0xF8000 + place) for place, letter in enumerate(GREEK[0])}
"""Greek letters that stand alone, while the others are replaced: nothing is assigned there."""


def undisguised(text: pl.Expr) -> pl.Expr:
    """Texts with disguised letters made Latin; all other texts as they are."""
    suspect = text.str.contains(FOREIGN) & text.str.contains(LATIN)
    with_symbols = pl.when(suspect & text.str.contains(SYMBOL)).then(text)
    mixed = pl.when(suspect).then(pl.coalesce(_held(with_symbols), text))
    latin = _latin(mixed)
    word = pl.element()
    by_word = pl.when(_disguised(word)).then(_latin(word)).otherwise(word)
    spaced = mixed.str.replace_all(r"\s", " ")
    words = spaced.str.split(" ").list.eval(by_word).list.join(" ")
    whole = pl.when(latin.str.contains(FOREIGN)).then(words).otherwise(latin)
    free = whole.str.replace_many(list(HELD.values()), list(HELD))
    return pl.when(suspect).then(free).otherwise(text)


def _held(text: pl.Expr) -> pl.Expr:
    """Greek letters that stand alone made characters that are no letters."""
    for letter, held in HELD.items():
        alone = rf"(^|[^\p{{L}}\p{{M}}]){letter}($|[^\p{{L}}\p{{M}}])"
        for _ in range(2):  # twice, for two of them can share what stands between
            text = text.str.replace_all(alone, f"${{1}}{held}${{2}}")
    return text


def _disguised(word: pl.Expr) -> pl.Expr:
    return word.str.contains(LATIN) & ~_latin(word).str.contains(FOREIGN)


def _latin(text: pl.Expr) -> pl.Expr:
    return text.str.replace_many(list(LOOKALIKES), list(LOOKALIKES.values()))
