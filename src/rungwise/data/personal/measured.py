"""Where the learnt reader may look, and how often findings were right where it was measured (R18).

The reader learnt from English messages in which people write about their own affairs. Elsewhere it
takes for people whatever has a capital or is rare: greetings and nouns in German and French mails,
handles in posts, what is asked about in questions of general knowledge, firms in news. So it does
not look there. The rules look at every text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from rungwise.data.languages import languages, likely_languages
from rungwise.percent import percent

MESSAGES, CHATS, POSTS = "English messages", "English chats", "English posts"
OTHER = "English texts that are no messages"
OWN = r"(?i)\b(?:i|i['’]?(?:m|ve|d|ll)|me|my|mine|we|us|our|ours|you|your|yours)\b"
HANDLE = r"(?:^|[\s(.])[@#][A-Za-z_]"
SHORT = (
    r"(?i)\b(?:u|ur|r|lol|omg|pls|plz|thx|txt|wat|dis|dat|gonna|wanna|gotta|cuz|coz|b4|2day|2nite|luv"
    r"|lor|haha)\b"
)
"""How people write who save letters, in whose words no reader of usual English finds its way."""
LEAST_OWN, MOST_HANDLES, MOST_SHORT = 0.4, 0.1, 0.08
"""Share of rows that say I, you or we from which texts are messages, and shares of rows with
handles or hashtags, and with `SHORT`, above which they are posts or chats. Of the public sets
BANKING77 has .88, 0 and .00, `pii_presidio` .60, 0 and .01; `sms_spam` .70, 0 and .29, tweets .59,
.61 and .14; SNIPS .34, AG News .13, SQuAD's questions .01, E2E .06 of the first."""
ENGLISH, LEAST_ENGLISH = (
    (
        r"(?i)\b(?:the|and|my|you|your|this|that|with|have|has|from|please|what|when|where|how|which"
        r"|would|cannot|it|back)\b"
    ),
    2,
)
"""Small words of English, and how many make a text English, if no other language has more."""
FOREIGN = (
    r"(?i)\b(?:der|die|das|und|ich|nicht|ist|mit|bitte|haben|wir|sie|eine?n?|für|auf|mein|zu|noch"
    r"|le|les|vous|pas|est|une?|mon|nous|avec|merci|pour|je|sur|dans|où|qui|que"
    r"|el|los|por|para|gracias|está|mi|pero|il|non|che|sono|grazie|per|não|uma|meu|obrigad[oa]"
    r"|het|een|niet|mijn|ik|voor|nie|się|jest)\b"
)
"""Small words of other languages that are no words of English."""
LATIN, SMALL_LATIN = r"\p{Latin}+", r"\b[a-zß-öø-ÿ]{2,}\b"
OTHER_SCRIPT = (
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Khmer}\p{Lao}\p{Myanmar}]"
    r"|[\p{L}--\p{Latin}][\p{L}\p{M}]*"
)
"""Words in Latin letters and in others; where no space divides words a letter counts as one."""
NAMES = {
    "ar": "Arabic", "cs": "Czech", "da": "Danish", "de": "German", "en": "English", "es": "Spanish",
    "fi": "Finnish", "fr": "French", "hu": "Hungarian", "it": "Italian", "ja": "Japanese",
    "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian",
    "ru": "Russian", "sv": "Swedish", "tr": "Turkish", "uk": "Ukrainian", "zh": "Chinese",
}  # fmt: skip
"""Languages by their codes; others are called by the code."""
UNKNOWN, SEVERAL = "no known language", "texts in several languages"
LEAST_WORDS = 2
"""Words of a cell from which the learnt reader has something to go by."""
MOST, READ = 100_000, 3_000
"""Rows whose kind is told one by one; of more than these so many are looked at for all."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Findings that were held against the truth: how many rows, and how many were right."""

    right: int
    rows: int

    @property
    def precision(self) -> float:
        """The share that was right."""
        return self.right / self.rows


PRECISION: Mapping[str, Mapping[str, Judged]] = {
    MESSAGES: {
        "name": Judged(297, 326),
        "address": Judged(178, 183),
        "phone": Judged(42, 54),
        "card": Judged(72, 72),
        "email": Judged(19, 19),
        "ssn": Judged(16, 16),
        "iban": Judged(11, 11),
    },
    CHATS: {
        "name": Judged(86, 88),
        "address": Judged(27, 27),
        "phone": Judged(387, 387),
        "email": Judged(7, 7),
    },
    POSTS: {
        "name": Judged(148, 200),
        "address": Judged(36, 50),
        "phone": Judged(58, 60),
        "email": Judged(15, 16),
    },
    OTHER: {"name": Judged(2179, 2281), "address": Judged(0, 10)},
    "German": {
        "name": Judged(403, 405),
        "address": Judged(101, 101),
        "phone": Judged(117, 117),
        "email": Judged(80, 80),
        "iban": Judged(40, 40),
    },
    "French": {
        "name": Judged(477, 480),
        "address": Judged(113, 113),
        "phone": Judged(120, 120),
        "email": Judged(80, 80),
        "iban": Judged(40, 40),
    },
    "Spanish": {
        "name": Judged(412, 412),
        "address": Judged(120, 120),
        "phone": Judged(120, 120),
        "email": Judged(80, 80),
        "iban": Judged(40, 40),
    },
}
"""Kind of text → kind of value → rows with such a finding that were held against the truth.

Messages are `pii_presidio` by its own marks and BANKING77 by hand; chats are `sms_spam`, posts
tweets on floods and a hurricane (`drift_crisislex`), other English texts AG News and SNIPS, all by
hand, and people out of fiction are not right; German, French and Spanish are sentences of our own
with values from Faker (`benchmarks/audit/RESULTS-personal.md`).
"""


@dataclass(frozen=True, slots=True)
class TextKinds:
    """What kind of text each row is.

    Attributes:
        of_row: Such as `MESSAGES` or `German` (n).
        left_out: Why the learnt reader does not look at every row, or "".
    """

    of_row: pl.Series
    left_out: str

    @property
    def readable(self) -> pl.Series:
        """Whether the learnt reader was measured on such texts (n)."""
        return self.of_row == MESSAGES


def text_kinds(texts: pl.Series) -> TextKinds:
    """Tell what kind of text each row is.

    Args:
        texts: Raw cells (n); null cells hold nothing.
    """
    filled = texts.fill_null("")
    if len(texts) > MOST:
        return _of_many(filled)
    # A rare name makes a short text look like another language, or like the pidgin of English
    # (pcm); its small words tell it.
    codes = likely_languages(_sentences(filled)).replace("pcm", "en")
    codes = codes.set(_surely_english(filled), "en")
    codes = codes.set(_not_latin(filled) & (codes == "en"), None)
    named = codes.replace_strict(NAMES, default=codes, return_dtype=pl.String).fill_null(UNKNOWN)
    english = codes == "en"
    kind, why = _english(filled.filter(english.fill_null(False)))
    of_row = pl.select(pl.when(english).then(pl.lit(kind)).otherwise(named).alias("kind"))
    foreign = named.filter(named != NAMES["en"]).value_counts(sort=True, name="rows")
    reasons = [f"{rows:,} are in {language}" for language, rows in foreign.head(3).iter_rows()]
    return TextKinds(of_row.to_series(), "; ".join([*reasons, *([why] if why else [])]))


def _surely_english(texts: pl.Series) -> pl.Series:
    words = texts.str.count_matches(ENGLISH)
    return (words >= LEAST_ENGLISH) & (words > texts.str.count_matches(FOREIGN))


def _sentences(texts: pl.Series) -> pl.Series:
    """Texts without names and addresses in another script than the sentence around them (n)."""
    places = texts.str.contains(OTHER_SCRIPT).arg_true()
    if places.is_empty():
        return texts  # as most columns: no copy of all texts is made
    some = texts.gather(places)
    around = ~_not_latin(some) & (some.str.count_matches(SMALL_LATIN) >= LEAST_WORDS)
    sentences = some.zip_with(~around, some.str.replace_all(OTHER_SCRIPT, " "))
    return texts.clone().scatter(places, sentences)


def _not_latin(texts: pl.Series) -> pl.Series:
    """Whether most words of a text are in another script than the Latin one (n)."""
    return texts.str.count_matches(OTHER_SCRIPT) > texts.str.count_matches(LATIN)


def for_learnt_reader(cells: pl.Series) -> pl.Series:
    """Whether the learnt reader may read each cell of a row that it may read (n).

    Not a word alone, such as the subject `Lieferung`, since a name is known by the words around it,
    nor a cell in a language of its own beside an English one.
    """
    filled = cells.fill_null("")
    foreign = ~languages(_sentences(filled)).replace("pcm", "en").fill_null("en").is_in(["en"])
    words = filled.str.count_matches(r"[\p{L}\p{M}\p{N}]+")
    english = (~foreign & ~_not_latin(filled)) | _surely_english(filled)
    return (words >= LEAST_WORDS) & english


def _of_many(texts: pl.Series) -> TextKinds:
    """What a sample is; the rows of a file in several languages are not told apart."""
    told = text_kinds(texts.sample(READ, seed=0))
    kinds = told.of_row.unique()
    kind = str(kinds[0]) if len(kinds) == 1 else SEVERAL
    of_row = pl.Series("kind", [kind]).new_from_index(0, len(texts))
    return TextKinds(of_row, f"of {READ:,} rows {told.left_out}" if told.left_out else "")


def _english(texts: pl.Series) -> tuple[str, str]:
    """What kind of English texts they are, and why they are no messages, "" if they are."""
    own, handles, short = (
        float(texts.str.contains(sign).mean() or 0)  # type: ignore[arg-type]
        for sign in (OWN, HANDLE, SHORT)
    )
    if handles > MOST_HANDLES:
        return POSTS, f"{percent(handles)} have handles or hashtags, as posts do"
    if short > MOST_SHORT:
        return CHATS, f"{percent(short)} are written as chats are, such as `u` for `you`"
    if len(texts) and own < LEAST_OWN:
        return OTHER, f"only {percent(own)} say I, you or we, as messages do"
    return MESSAGES, ""
