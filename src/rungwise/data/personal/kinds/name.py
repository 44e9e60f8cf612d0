"""Names of people, as far as rules go: after a title, after a cue, or behind a frequent given name.

Rules know no rare names without a cue, nothing in lower case, and few scripts without capitals;
the second tier (`deep`) reads the sentence. What is called a name here mostly is one.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import polars as pl

from rungwise.data.personal.kind import LETTER, LOWER, UPPER, Kind, Pattern

CAPITAL = rf"(?:[{UPPER}][{LETTER}'’]*[{LOWER}][{LETTER}'’]*(?:-[{UPPER}][{LETTER}'’]+)?)"
INITIAL = rf"(?:[{UPPER}]\.)"
PARTICLE = r"(?:de|du|del|della|di|da|dos|la|le|van|von|den|der|ter|ten|bin|ibn|al|el|y|zu)"
FOLLOWING = rf"(?: (?:{PARTICLE} ){{0,2}}(?:{CAPITAL}|{INITIAL})){{0,3}}"
SURNAMES = rf"(?: (?:{PARTICLE} ){{0,2}}{CAPITAL}){{1,3}}"
FULL = rf"(?:{CAPITAL}|{INITIAL}){FOLLOWING}"
TITLE = (
    r"\b(?:Mr|Mrs|Ms|Mx|Miss|Mister|Dr|Doctor|Prof|Professor|Sir|Dame|Madame|Mme|Mlle|Monsieur|Herr"
    r"|Frau|Señora?|Sra?|Signora?|Mevrouw|Meneer|Captain|Capt|Sgt|Rev)\.? "
)
STRONG = (
    r"(?i:\bmy (?:full |first |last )?name(?: is|['’]s|:)|\bname (?:is|on (?:the )?card is)"
    r"|\bname ?:|\b(?:i am|i['’]m) called|\bcall me|\bdear|\bsincerely,?|\bregards,?|\battn\.?:?"
    r"|\battention:|\bcardholder:?|\baccount holder:?|\bsigned,?:?)\s{1,3}"
)
WEAK = (
    r"(?i:\bi am|\bi['’]m|\bthis is|\bhi|\bhello|\bhey|\bthanks,?|\bthank you,?|\bcheers,?"
    r"|\bcontact|\bfrom|\bby|\bto|\bfor|\bwith|\bask|\bmet|\btell|\bcustomer|\bpatient|\bclient|\bemployee"
    r"|\bmanager|\bson|\bdaughter|\bwife|\bhusband|\bfriend|\bbrother|\bsister|\bcolleague"
    r"|\bneighbou?r|\bboss|\bnamed|\bbest,?|\byours,?)\s{1,3}"
)
NO_NAMES = (
    r"^(?i:mr|mrs|ms|mx|miss|mister|dr|doctor|prof|professor|sir|sirs|madam|team|all|customers?|support|service|everyone|everybody|friends?|folks"
    r"|colleagues?|manager|hr|bank|please|the|a|an|i|my|your|this|that|not|from|to|in|on|of|and|or"
    r"|account|card|credit|debit|master|visa|apple|google|amazon|microsoft|facebook|samsung|paypal"
    r"|pay|new|old|north|south|east|west|saint|st|united|monday|tuesday|wednesday|thursday|friday"
    r"|saturday|sunday|january|february|march|april|may|june|july|august|september|october"
    r"|november|december|sort|street|road|just|help|thanks|thank|hello|hi|regards|best|kind"
    r"|what|why|how|when|where|who|is|are|was|can|could|would|do|does|we|you|it|here|there|one)$"
)


@cache
def given_names() -> tuple[str, ...]:
    """Frequent given names of many countries; those that are also English words are left out."""
    listed = files("rungwise.data.personal").joinpath("given_names.txt")
    return tuple(listed.read_text(encoding="utf-8").split())


GIVEN = "(?:" + "|".join(sorted(given_names(), key=len, reverse=True)) + ")"


def _proved(matches: pl.DataFrame) -> pl.DataFrame:
    """Not where the first word is no name; a possessive `'s` is left out of the span."""
    first = pl.col("value").str.extract(rf"^([{LETTER}]+)")
    possessive = pl.col("value").str.extract(r"(['’]s)$").str.len_chars().fill_null(0)
    return matches.filter(~first.fill_null("").str.contains(NO_NAMES)).with_columns(
        end=pl.col("end") - possessive.cast(pl.Int64)
    )


KIND = Kind(
    rank=60,
    hint=rf"[{UPPER}][{LETTER}]*[{LOWER}.]",
    patterns=(
        Pattern(FULL, TITLE),
        Pattern(FULL, STRONG),
        Pattern(rf"{GIVEN}\b{FOLLOWING}", WEAK),
        Pattern(
            rf"{GIVEN}(?:-{CAPITAL})?(?: {INITIAL}){{0,2}}{SURNAMES}",
            rf"(?:^|[^{LETTER}\p{{N}}_@./-])",
        ),
    ),
    proved=_proved,
    structured=False,
)
