"""Texts made comparable: copies differ only in case, width, spacing or sentence punctuation.

Signs carry meaning: `-3` and `+3`, `C`, `C++` and `C#`, `<5` and `>5`, `2.5` and `25`, `10%` and
`10`, `:)` and `:(` stay apart. What is folded is typography:

- case, white space, characters of no width, compatibility forms (full width, ligatures) that are
  read as the characters that they are made of, and letters in disguise;
- quotation marks and apostrophes, unless they follow a digit (`5'`, `5"`);
- `.`, `,`, `;`, `:` and `!` at the end of a word, and between letters all but the full stop;
- hyphens and low lines between letters, dashes between spaces if no number or sum follows;
- `?` at the end of a text that begins with a question word, which says the same.

Another reading of a text is its words alone (`wording`): what search and likeness compare. Numbers
and names with their signs (`signed`) go with it, where they tell texts apart.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import cache, partial

import polars as pl

from rungwise.conversation import CODED
from rungwise.data.lookalikes import undisguised

NO_WIDTH = r"(\x{1F3F4}[\x{E0020}-\x{E007F}]+)|[\p{Cf}\x{FE00}-\x{FE0F}]"
"""Format characters (zero-width, direction, soft hyphen) and variation selectors; but first, to be
kept, the tags that make a black flag that of England, Scotland or Wales."""
PUNCTUATION = r"[^\p{L}\p{M}\p{N}\p{So}\s]+"
"""Punctuation, mathematical and currency signs; not emoji, which carry meaning."""
ESCAPED = r"\\(?:[bfnrt]|u00[01][0-9a-f])"
"""White space and control characters as JSON writes them."""
TYPOGRAPHIC = {
    "-": "‐‑‒–—―−﹘﹣－",
    "'": "‘’‚‛′ʼ´＇",
    '"': "“”„‟″«»‹›「」『』《》〈〉＂",
    " ": "。、।॥،؛¿¡…",
    "?": "؟",
}
"""Plain sign → the typographic forms of it; what only ends a sentence or a clause is a space."""
APART = ("<super>", "<sub>", "<circle>", "<square>")
"""Compatibility forms that are read otherwise than their characters: `x²` is not `x2`."""
PRIVATE = 0xF0000
"""Where characters that compatibility must not touch are put for its time: nothing is assigned."""
QUESTION = (
    "what|whats|which|who|whose|whom|how|why|when|where|is|are|am|was|were|do|does|did|can|could"
    "|will|would|shall|should|may|might|has|have|had|isn|aren|don|doesn|didn|won|wer|wie|was|wo|wann"
    "|warum|wieso|welche[rsnm]?|qui|que|quoi|quel|quelle|comment|pourquoi|où|quand|combien|qué|quién"
    "|cómo|cuándo|dónde|cuánto|cuál|por qué|chi|che|come|perché|quando|dove"
)
CURRENCIES = (
    "aed|aud|brl|btc|cad|chf|clp|cny|cop|czk|dkk|egp|eth|eur|gbp|hkd|huf|idr|ils|inr|jpy|krw|mxn|myr"
    "|nok|nzd|php|pln|rmb|ron|rs|rub|sar|sek|sgd|thb|try|twd|uah|usd|vnd|zar|kr|kč|zł|ft|tl"
)
"""Codes that stand before a sum."""
CONTROL = r"[\p{Cc}&&[^\s]]"
QUOTED = r"(^|[\s(])['\"`]([.,;:!?-]+)['\"`]($|[\s).,;:!?])"
"""A sign that is spoken of, as in: what does ';' do."""
PRIME = r"(^|[^\p{L}\p{M}'\"`])(\p{L})'($|\s*[=+*/()<>^])"
"""A letter alone with the mark of a derivative or of another point: `x' = 3`, `f'(x)`, `A'`."""
MEGA = r"(\d\s?)M(W|Wh|Hz|J|V|A|Pa|N|eV|Ω|Ω)($|[^\p{L}])"
"""Units whose prefix in lower case is a billionth of them: 5 MW and 5 mW."""
STEPS = (
    (CONTROL, CONTROL, " "),
    # Each twice, for two of them can share what stands between.
    *(("·", r"(\d)·(\d)", "${1}\N{BULLET OPERATOR}${2}"),) * 2,
    ("·", "·", " "),
    *(("['\"`]", QUOTED, "${1}(${2})${3}"),) * 2,
    *(("'", PRIME, "${1}${2}\N{MODIFIER LETTER PRIME}${3}"),) * 2,
    # Quotation marks and apostrophes, but for feet, inches, minutes and seconds.
    ("['\"`]", r"""(^|[^\d'"`])['"`]+""", "${1} "),
    # What ends a word or a clause; `.5`, `.net`, `!=` and `:)` begin one.
    ("[.,;:!]", r"[.,;:!]+(\s|$)", "${1}"),
    # Twice, for a letter can stand between two of them.
    ("[,;:!_-]", r"([\p{L}\p{M}])[,;:!_-]+(\p{L})", "${1} ${2}"),
    ("[,;:!_-]", r"([\p{L}\p{M}])[,;:!_-]+(\p{L})", "${1} ${2}"),
    # A dash between spaces; before a number or a sum it may be a sign, and so after `rh` or `b`.
    ("-", rf"(^|\s)(-)\s+((?:{CURRENCIES})\s?[\d.])", "${1}${2}${3}"),
    ("-", r"(^|\s)(?:-+\s+)+([^\d\s\p{Sc}.+-])", "${1}${2}"),
    ("-", r"([\p{L}\p{M}]{3}|[^\p{L}\p{M}\s-])(?:\s+-+)+\s*$|^(?:\s*-+)+\s*$", "${1}"),
    (r"\?", r"\s*[!.]*\?[?!.]*\s*", "? "),
    (r"\s\s|[\s&&[^ ]]", r"\s{2,}|[\s&&[^ ]]", " "),
)
"""Where they apply, what is replaced, and by what."""
ASKED = rf"^ ?(?:{QUESTION}) [^?]*\? $"
"""A question that would be one without its mark."""
SIGNED = (
    r"[+\-<>=≤≥~±$€£¥]*\p{N}(?:[\p{N}.,:/∙]*\p{N})?(?:\s?[%‰°ᴍ])?"
    r"|\b\p{L}(?:\+\+?|#|-)(?:$|[\s,.;:!?)])|\b\p{Greek}\b|\b\p{L}ʹ"
)
"""A number with its sign and unit, a letter with one (`c++`, `c#`, `a-`, `xʹ`), a Greek symbol."""
MARKS = (
    r"[\p{S}\p{Emoji_Modifier}\x{E0020}-\x{E007F}&&[^`^´¨]]+|[\^&#*@%‰§]+|(?:^|\s)-+"
    r"|[:;=]['-]?[()\[\]/|dp]|\d['\"]"
)
"""Signs that say something themselves: arrows, operators, currencies, emoji, smileys, inches."""
OPERATORS = r"[\p{Sm}&&[^\x00-\x7f]]|(?:^| )\+(?: |$)"
"""Those of them that nobody uses as an ornament, so that one alone tells two texts apart."""

CASED = 0x20000
"""No script beyond this code point has upper and lower case, or compatibility forms."""


def normalised(texts: pl.Series) -> pl.Series:
    """Fold what a reader would call the same text (R21).

    The line ends of a conversation, which JSON writes as letters, are white space too.

    Args:
        texts: Strings (n), such as a table's inputs.

    Returns:
        Strings (n), aligned; null stays null. Nothing is left of sentence punctuation alone.
    """
    if texts.str.starts_with(CODED).any():
        texts = _unescaped(texts)
    plain = texts.str.len_bytes() == texts.str.len_chars()
    mega = partial(_replaced, pattern=MEGA, kept="${1}\N{LATIN LETTER SMALL CAPITAL M}${2}${3}")
    texts = _where(texts.str.contains(MEGA), texts, mega)
    folded = _where(~plain, texts.str.to_lowercase(), _any_script, texts)
    for there, pattern, kept in STEPS:
        step = partial(_replaced, pattern=pattern, kept=kept)
        folded = _where(folded.str.contains(there), folded, step)
    asked = folded.str.contains(ASKED)
    folded = _where(asked, folded, lambda some: some.str.strip_suffix("? "))
    return folded.str.strip_chars().alias(texts.name)


def _where(
    there: pl.Series,
    texts: pl.Series,
    change: Callable[[pl.Series], pl.Series],
    of: pl.Series | None = None,
) -> pl.Series:
    """Texts (n), some of them changed: most rules apply to few rows.

    Args:
        there: Where they are changed (n).
        texts: What stays elsewhere (n).
        change: Takes those of `of`.
        of: What is changed (n); `texts` unless given.
    """
    places = there.arg_true()
    if places.is_empty():
        return texts
    changed = change((texts if of is None else of).gather(places))
    return texts.clone().scatter(places, changed)


def _replaced(texts: pl.Series, pattern: str, kept: str) -> pl.Series:
    return texts.str.replace_all(pattern, kept)


def wording(same: pl.Series) -> pl.Series:
    """Keep the words of normalised texts (n): whatever is no letter, digit or emoji parts them."""
    words = same.str.replace_all(PUNCTUATION, " ").str.replace_all(r"\s+", " ")
    return words.str.strip_chars(" ")


def signed(same: pl.Series) -> pl.Series:
    """Numbers and single letters of normalised texts (n) with their signs: lists of strings."""
    text = pl.col("text")
    for _ in range(2):  # a hyphen after a letter or digit is none: `covid-19`, `2-3 days`
        text = text.str.replace_all(r"([\p{L}\p{N}])-(\p{N})", "${1} ${2}")
    found = text.str.extract_all(SIGNED).list.eval(
        pl.element().str.replace_all(r"[\s,.;:!?)]+$", "").str.replace_all(r"\s", "")
    )
    return same.alias("text").to_frame().select(found.alias(same.name)).to_series()


def marks(same: pl.Series) -> pl.Series:
    """Signs of normalised texts (n) that say something without a number or a letter: strings."""
    found = same.alias("text").to_frame().select(pl.col("text").str.extract_all(MARKS))
    plain = pl.element().str.replace_all(r"[\s\d]", "")
    return found.select(pl.col("text").list.eval(plain).list.join(" ")).to_series()


def _unescaped(texts: pl.Series) -> pl.Series:
    text = pl.col("text")
    plain = pl.when(text.str.starts_with(CODED)).then(text.str.replace_all(ESCAPED, " "))
    frame = texts.alias("text").to_frame()
    return frame.select(plain.otherwise(text).alias(texts.name)).to_series()


def _any_script(texts: pl.Series) -> pl.Series:
    before, after = _typography()
    visible = texts.str.replace_all(NO_WIDTH, "${1}").str.replace_many(before, after)
    # Folding can compose characters, and compatibility forms can hold punctuation (℀ is a/c).
    return _compatible(_folded(visible)).str.replace_many(before, after)


def _folded(texts: pl.Series) -> pl.Series:
    before, after = _case_folds()
    text = pl.col("text")
    frame = _compatible(texts).alias("text").to_frame()
    return (
        frame.select(undisguised(text))
        .to_series()
        .str.to_lowercase()
        .str.replace_many(before, after)
    )


def _compatible(texts: pl.Series) -> pl.Series:
    """Unicode's compatibility form (NFKC), but for the forms that are read otherwise."""
    before, after = _apart()
    held = texts.str.contains(f"[{''.join(before)}]").fill_null(value=False)
    if held.any():
        texts = texts.str.replace_many(before, after)
    folded = texts.str.normalize("NFKC")
    return folded.str.replace_many(after, before) if held.any() else folded


@cache
def _typography() -> tuple[list[str], list[str]]:
    pairs = [(form, plain) for plain, forms in TYPOGRAPHIC.items() for form in forms]
    # A fraction is a number of its own: `5½` is not `51⁄2`.
    pairs += [(form, f" {unicodedata.normalize('NFKC', form)}") for form in _forms(("<fraction>",))]
    return [form for form, _ in pairs], [plain for _, plain in pairs]


@cache
def _apart() -> tuple[list[str], list[str]]:
    forms = _forms(APART)
    return forms, [chr(PRIVATE + place) for place in range(len(forms))]


def _forms(kinds: tuple[str, ...]) -> list[str]:
    """Characters with a compatibility decomposition of these kinds."""
    characters = (chr(point) for point in range(CASED))
    return [c for c in characters if unicodedata.decomposition(c).startswith(kinds)]


@cache
def _case_folds() -> tuple[list[str], list[str]]:
    """Lower-case characters that case folding still changes, such as ς → σ.

    Not ß: beer in Maßen is in moderation, in Massen it is not.
    """
    letters = [chr(point) for point in range(CASED) if not 0xD800 <= point < 0xE000]
    changed = [c for c in letters if c.lower() == c and c.casefold() != c and c not in "ßẞ"]
    return changed, [character.casefold() for character in changed]
